"""Nothing is bought without a key, a price within the budget and somebody's word; a key goes to its own host."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import pytest

from tests.commands.bench import Bench, Ended, clean_environment
from tests.commands.conftest import Emulate
from tests.commands.guide_server import GuideServer
from tests.truth import hold_to_truth, ledger_lines

NOWHERE = "https://api.nowhere.invalid"


def refused(bench: Bench, ended: Ended, code: int) -> str:
    """A run that did nothing: it says so on one line, and no folder was made."""
    assert (ended.code, ended.out) == (code, ""), ended.err
    assert not bench.out.exists()
    return ended.err


def test_without_a_key_nothing_begins(bench: Bench, guide: GuideServer) -> None:
    ended = bench.call("run", bench.job(), "--yes", "-o", "out", COMETAPI_BASE_URL=guide.origin)
    assert "COMETAPI_KEY" in refused(bench, ended, 3)
    assert guide.requests == []


@pytest.mark.parametrize("budget", ["{images: 3}", "{usd: 0.09}"])
def test_a_plan_over_the_budget_is_refused_and_partly_bought_on_demand(
    bench: Bench, emulate: Emulate, budget: str
) -> None:
    real = bench.real(emulate())
    job = bench.job(more=f"budget: {budget}")
    refused(bench, bench.call("run", job, "--yes", "-o", "out", **real), 4)
    assert ledger_lines(bench.ledger) == []

    assert bench.call("run", job, "--partial", "-o", "out", **real).code == 4
    assert len(ledger_lines(bench.ledger)) == 3
    manifest = hold_to_truth(bench.out, bench.ledger)
    assert [manifest.record(key).status for key in manifest.tasks].count("downloaded") == 3
    again = bench.call("run", job, "--partial", "-o", "out", **real)
    assert again.code == 4
    assert len(ledger_lines(bench.ledger)) == 3


def test_an_unknown_price_does_not_pass_under_a_budget_in_money(bench: Bench, guide: GuideServer) -> None:
    job = bench.job(more="budget: {usd: 5}")
    text = job.read_text().replace("flux-dev", "flux-pro-1.0-depth").replace("  size: 256x256\n", "")
    job.write_text(text.replace("format: png", 'format: png, control_image: "https://x.test/a.png"'))
    assert bench.call("plan", job, "--json").json["cost"] == {
        "known": 0.0,
        "unknown_tasks": 4,
        "currency": "USD",
        "source": "unknown",
    }
    ended = bench.call("run", job, "--yes", "-o", "out", **bench.real(guide.origin))
    assert "budget.images" in refused(bench, ended, 4)
    assert guide.requests == []


def test_a_budget_in_the_job_is_consent(bench: Bench, guide: GuideServer) -> None:
    job = bench.job(more="budget: {images: 4}")
    assert bench.call("run", job, "-o", "out", **bench.real(guide.origin)).code == 0
    assert len(guide.jobs) == 4


def test_off_a_terminal_somebody_must_have_said_yes(bench: Bench, guide: GuideServer) -> None:
    ended = bench.call("run", bench.job(), "-o", "out", **bench.real(guide.origin))
    assert "--yes" in refused(bench, ended, 2)
    assert guide.requests == []


@contextmanager
def terminal() -> Iterator[tuple[IO[bytes], int]]:
    """A terminal: the person's end and the program's."""
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "r+b", buffering=0) as person:
        yield person, theirs


@pytest.mark.parametrize(("answer", "code", "bought"), [("n\n", 75, 0), ("\n", 75, 0), ("y\n", 0, 4)])
def test_on_a_terminal_it_asks_once(bench: Bench, guide: GuideServer, answer: str, code: int, bought: int) -> None:
    bench.job()
    with terminal() as (person, theirs):
        program = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "run", "job.yaml", "-o", "out"],
            cwd=bench.root,
            env=clean_environment() | bench.real(guide.origin),
            stdin=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        said = _read_until(person, b"[y/N] ")
        assert guide.requests == []
        person.write(answer.encode())
        said += _read_until(person, None)
        assert program.wait(30) == code
    bench.hear(said.decode())
    assert said.count(b"[y/N]") == 1
    assert guide.origin.encode() in said
    assert b"$0.10" in said
    assert len(guide.jobs) == bought
    assert bench.out.exists() == bool(bought)


def _read_until(person: IO[bytes], mark: bytes | None) -> bytes:
    """What the program says up to `mark`, or up to its end."""
    said = b""
    while mark is None or mark not in said:
        try:
            said += (chunk := person.read(4096))
        except OSError:
            break  # Linux: the program's end of the terminal is closed.
        if not chunk:
            break
    return said


def test_a_dotenv_gives_the_key_and_with_it_the_address(bench: Bench, guide: GuideServer) -> None:
    (bench.root / ".env").write_text(f"COMETAPI_KEY={bench.key}\nCOMETAPI_BASE_URL={guide.origin}\n")
    ended = bench.call("run", bench.job(), "--yes", "-o", "out")
    assert ended.code == 0, ended.err
    assert len(guide.jobs) == 4
    assert guide.wrong == []


def test_a_dotenv_cannot_lead_the_key_of_the_environment_elsewhere(bench: Bench, guide: GuideServer) -> None:
    (bench.root / ".env").write_text(f"COMETAPI_BASE_URL={guide.origin}\n")
    elsewhere = {"COMETAPI_KEY": bench.key}
    ended = bench.call("run", bench.job(more="budget: {images: 1}"), "--yes", "-o", "out", **elsewhere)
    assert "COMETAPI_BASE_URL in .env counts only with" in refused(bench, ended, 2)
    (bench.root / ".env").write_text(f"COMETAPI_KEY=sk-other\nCOMETAPI_BASE_URL={guide.origin}\n")
    asked = bench.call("run", bench.job(), "-o", "out", **elsewhere)
    assert "https://api.cometapi.com" in refused(bench, asked, 2)
    assert guide.requests == []


def test_the_environment_wins_over_the_dotenv(bench: Bench, guide: GuideServer) -> None:
    (bench.root / ".env").write_text(f"COMETAPI_KEY=sk-other\nCOMETAPI_BASE_URL={NOWHERE}\n")
    ended = bench.call("run", bench.job(), "--yes", "-o", "out", **bench.real(guide.origin))
    assert ended.code == 0, ended.err
    assert guide.wrong == []


@pytest.mark.parametrize("url", ["http://192.0.2.1", "http://api.nowhere.invalid", "ftp://127.0.0.1", "127.0.0.1:80"])
def test_a_key_does_not_go_over_plain_http(bench: Bench, url: str) -> None:
    said = refused(bench, bench.call("run", bench.job(), "--yes", "-o", "out", **bench.real(url)), 2)
    assert "COMETAPI_BASE_URL" in said


def test_a_rehearsal_reads_neither_key_nor_address(bench: Bench, guide: GuideServer) -> None:
    (bench.root / ".env").write_text(f"COMETAPI_KEY={bench.key}\nCOMETAPI_BASE_URL={guide.origin}\n")
    real = bench.real(guide.origin) | {"COMETAPI_KEY": "not a key"}
    assert bench.call("rehearse", bench.job(), "-o", "out", **real).code == 0
    assert guide.requests == []


def test_a_proxy_of_the_environment_is_used_only_when_the_job_says_so(bench: Bench, guide: GuideServer) -> None:
    proxied = bench.real(guide.origin) | {"http_proxy": "http://127.0.0.1:9", "no_proxy": ""}
    assert bench.call("run", bench.job(), "--yes", "-o", "out", **proxied).code == 0
    assert len(guide.jobs) == 4
