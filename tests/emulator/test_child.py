"""The emulator as a program: it starts, dies with its parent, and goes on after a kill."""

from __future__ import annotations

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from pipeline.emulator.child import EmulatorChild, start
from pipeline.emulator.settings import Settings
from pipeline.errors import FluxsweepError


def call(url: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"x-key": "k", "Content-Type": "application/json"})
    with urllib.request.urlopen(request) as reply:
        return json.load(reply)


def ready(child: EmulatorChild, remote_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while (reply := call(f"{child.origin}/flux/v1/get_result?id={remote_id}"))["status"] != "Ready":
        assert time.monotonic() < deadline, reply
        time.sleep(0.01)
    return dict(reply["result"])


def pixels(url: str) -> bytes:
    with urllib.request.urlopen(url) as reply:
        return Image.open(io.BytesIO(reply.read())).tobytes()


def is_gone(origin: str) -> bool:
    deadline = time.monotonic() + 20
    address = (urlsplit(origin).hostname or "", urlsplit(origin).port or 0)
    while time.monotonic() < deadline:
        try:
            socket.create_connection(address, 1).close()
        except OSError:
            return True
        time.sleep(0.02)
    return False


def test_a_killed_emulator_goes_on_from_its_ledger(tmp_path: Path) -> None:
    settings = Settings(ledger=str(tmp_path / "ledger.jsonl"), latency=0.3, latency_sigma=0.0)
    with start(settings) as child:
        body = {"prompt": "a cat", "width": 256, "height": 256, "output_format": "png"}
        done = call(f"{child.origin}/flux/v1/flux-dev", body)["id"]
        before = ready(child, done)
        painted = pixels(before["sample"])
        running = [call(f"{child.origin}/flux/v1/flux-dev", body | {"seed": n})["id"] for n in range(5)]
        os.kill(child.pid, signal.SIGKILL)
    with start(settings) as child:
        assert call(f"{child.origin}/_emulator/stats")["submits"] == 6
        after = ready(child, done)
        assert (after["seed"], after["end_time"]) == (before["seed"], before["end_time"])
        assert pixels(after["sample"]) == painted
        # A URL of before the kill holds on the new port, too.
        old = urlsplit(before["sample"])
        assert pixels(f"{child.origin}{old.path}?{old.query}") == painted
        assert [ready(child, remote_id)["seed"] for remote_id in running] == [0, 1, 2, 3, 4]
        again = call(f"{child.origin}/flux/v1/flux-dev", body | {"seed": 0})["id"]
        assert again not in [done, *running]
        assert [found["count"] for found in call(f"{child.origin}/_emulator/stats")["duplicates"]] == [2]


def test_every_accepted_submit_is_on_disk_before_its_reply(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    with start(Settings(ledger=str(path), painter="flat")) as child:
        for n in range(3):
            remote_id = call(f"{child.origin}/v1/flux-dev", {"prompt": "a", "seed": n})["id"]
            assert json.loads(path.read_bytes().splitlines()[-1])["id"] == remote_id


def test_it_ends_when_its_parent_is_killed() -> None:
    script = (
        "import time; from pipeline.emulator.child import start; from pipeline.emulator.settings import Settings\n"
        "print(start(Settings()).origin, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    origin = parent.stdout.readline().strip()
    assert call(f"{origin}/_emulator/stats")["submits"] == 0
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert is_gone(origin)


def test_it_has_a_session_of_its_own_and_stops_once_and_for_all() -> None:
    child = start(Settings())
    assert os.getsid(child.pid) != os.getsid(0)
    child.stop()
    child.stop()
    assert is_gone(child.origin)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_in_order(sign: signal.Signals) -> None:
    program = subprocess.Popen([sys.executable, "-P", "-m", "pipeline.emulator"], stdout=subprocess.PIPE)
    assert program.stdout is not None
    origin = json.loads(program.stdout.readline())["origin"]
    assert origin.startswith("http://127.0.0.1:")
    program.send_signal(sign)
    assert program.wait(20) == 0
    assert program.stdout.read() == b""
    program.stdout.close()


def test_a_start_that_fails_says_why(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(FluxsweepError, match="did not start"):
            start(Settings(port=port))
        assert f"127.0.0.1:{port}" in capfd.readouterr().err
    with pytest.raises(FluxsweepError):
        start(Settings(ledger=str(tmp_path)))


def test_settings_that_do_not_hold_are_refused(capfd: pytest.CaptureFixture[str]) -> None:
    for text, named in (('{"busy": 2}', "busy"), ('{"bussy": 1}', "bussy")):
        ended = subprocess.run([sys.executable, "-m", "pipeline.emulator", text], check=False)
        assert ended.returncode == 2
        assert named in capfd.readouterr().err
