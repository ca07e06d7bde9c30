"""The inbox, a real program of its own: what it heard while nobody ran is collected by the next run, once."""

from __future__ import annotations

import resource
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from pipeline.manifest.read import FILE_NAME as MANIFEST
from pipeline.manifest.read import read_manifest
from pipeline.run.inbox import FILE_NAME, read_inbox
from pipeline.run.listener import Delivery
from pipeline.run.tags import FILE_NAME as SECRET
from pipeline.run.tags import open_tags
from tests.commands.bench import Bench, Ended
from tests.commands.conftest import Emulate
from tests.run.receiving import KEY, free_port
from tests.truth import hold_to_truth, ledger_lines


def told(bench: Bench, run: str, seeds: str = "[1]") -> Path:
    """The bench's job with `run` as the words of its `run` section."""
    job = bench.job(seeds=seeds)
    job.write_text(job.read_text().replace("run: {submits: 4, poll: {min: 0.05s}}", f"run: {{{run}}}"))
    return job


def webhook(called: int, port: int | None = None) -> str:
    """The service calls one port; the job listens on it, or on another one."""
    return f"webhook: {{url: 'http://127.0.0.1:{called}/flux', port: {port or called}}}"


@contextmanager
def listening(bench: Bench, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """An inbox that listens already; it is told to end with the block, and does so in order, unless it has ended."""
    program = bench.start("inbox", *arguments)
    assert program.stderr is not None
    line = program.stderr.readline()
    try:
        assert line.startswith("Listening on 127.0.0.1:"), line + program.stderr.read()
        yield program
    finally:
        ended = program.poll()
        program.terminate()
        assert bench.end(program).code in (0, ended)


def post(bench: Bench, port: int, remote_id: str, *, attempt: int = 1, tag: str | None = None) -> int:
    """Deliver that `remote_id` is ready; `tag` forges one. Gives the status of the answer."""
    tags = open_tags(bench.out)
    words = {"run": tags.run, "task": KEY, "attempt": attempt, "tag": tag or tags.tag(KEY, attempt)}
    body = b'{"id": "%s", "status": "Ready"}' % remote_id.encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/flux?{urlencode(words)}", body, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            return int(reply.status)
    except urllib.error.HTTPError as refusal:
        refusal.close()
        return refusal.code


def wait_until(holds: Callable[[], bool]) -> None:
    """Look until it does."""
    end = time.monotonic() + 40
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


def statuses(bench: Bench) -> Counter[str]:
    manifest = read_manifest(bench.out / MANIFEST).manifest
    return Counter(manifest.record(key).status for key in manifest.planned_keys())


def test_what_was_answered_outlives_a_kill_and_nothing_else_is_kept(bench: Bench) -> None:
    port = free_port()
    job = told(bench, webhook(port))
    first = Delivery(KEY, 1, "id-1", True)
    with listening(bench, job, "-o", "out") as program:
        assert post(bench, port, "id-1") == 200
        assert post(bench, port, "id-7", tag="0" * 32) == 403
        program.kill()
        program.wait()
    assert read_inbox(bench.out) == [first]
    with (bench.out / FILE_NAME).open("ab") as file:
        file.write((bench.out / FILE_NAME).read_bytes()[:50])
    with listening(bench, job, "-o", "out"):
        assert post(bench, port, "id-1") == 200
        assert post(bench, port, "id-2", attempt=2) == 200
    assert read_inbox(bench.out) == [first, Delivery(KEY, 2, "id-2", True)]
    content, tags = (bench.out / FILE_NAME).read_text(), open_tags(bench.out)
    secrets = [tags.webhook_secret, tags.tag(KEY, 1), tags.tag(KEY, 2), (bench.out / SECRET).read_text().strip()]
    assert not [secret for secret in secrets if secret in content]
    assert not (bench.out / MANIFEST).exists()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_in_order(bench: Bench, sign: signal.Signals) -> None:
    with listening(bench, told(bench, webhook(free_port())), "-o", "out") as program:
        program.send_signal(sign)
        assert program.wait(20) == 0


def test_a_disk_that_takes_nothing_more_is_answered_so_and_ends_it(bench: Bench) -> None:
    port = free_port()
    job = told(bench, webhook(port))
    with listening(bench, job, "-o", "out") as program:
        resource.prlimit(program.pid, resource.RLIMIT_FSIZE, (10, 10))
        assert post(bench, port, "id-1") == 503
        assert program.wait(20) == 74
    assert read_inbox(bench.out) == []
    with listening(bench, job, "-o", "out"):
        assert post(bench, port, "id-1") == 200


def test_who_cannot_listen_is_told_why(bench: Bench) -> None:
    port = free_port()
    job = told(bench, webhook(port))
    with listening(bench, job, "-o", "out") as program:
        second = bench.call("inbox", job, "-o", "out")
        assert second.code == 5
        assert f"(process {program.pid}) is listening for webhooks here" in second.err
        other = bench.call("inbox", job, "-o", "other")
        assert (other.code, "cannot listen on" in other.err) == (2, True)
    mute = bench.call("inbox", bench.job(), "-o", "out")
    assert (mute.code, "asks for no webhooks" in mute.err) == (2, True)


def test_beside_a_run_that_listens_itself_there_is_no_room_for_one(bench: Bench, emulate: Emulate) -> None:
    job = told(bench, f"give_up: 10m, {webhook(free_port())}")
    run = bench.start("run", job, "--yes", "-o", "out", **bench.real(emulate(error_500=1.0)))
    assert run.stderr is not None
    assert any("Waiting for webhooks" in line for line in run.stderr)
    second = bench.call("inbox", "out")
    assert second.code == 5
    assert f"(process {run.pid}) is listening for webhooks here" in second.err
    run.send_signal(signal.SIGINT)
    assert bench.end(run).code == 130


def test_a_run_beside_an_inbox_reads_what_it_keeps(bench: Bench, emulate: Emulate) -> None:
    job = told(bench, f"poll: {{min: 0.05s}}, {webhook(free_port())}", "1..4")
    with listening(bench, job, "-o", "out"):
        environment = bench.real(emulate(accepted_drop=0.35, latency=0.3))
        ended = bench.call("run", job, "--yes", "-o", "out", **environment)
    assert ended.code == 0, ended.err
    assert "An inbox listens" in ended.err
    hold_to_truth(bench.out, bench.ledger)
    assert len(ledger_lines(bench.ledger)) == len(read_inbox(bench.out)) == 8
    assert (bench.out / MANIFEST).read_bytes().count(b'"resolved"') > 0


@pytest.mark.parametrize("word", [(), ("--buy-again", "--yes")])
def test_what_came_while_nobody_ran_is_collected_by_the_next_run(
    bench: Bench, emulate: Emulate, word: tuple[str, ...]
) -> None:
    called = free_port()
    job = told(bench, f"give_up: 1s, {webhook(called, free_port())}")
    environment = bench.real(emulate(accepted_drop=1.0, latency=2.5))

    def run() -> Ended:
        return bench.call("run", job, "--yes", "-o", "out", **environment)

    assert run().code == 6
    assert statuses(bench) == Counter(in_doubt=2)
    with listening(bench, "out", "--port", str(called)):
        wait_until(lambda: len(read_inbox(bench.out)) == 2)
        if word:
            said = bench.call("resolve", "out", "--all", *word)
            assert (said.code, said.err) == (0, "took in 2 webhooks that came to the inbox\nNo task is in doubt.\n")
    ended = run()
    assert ("took in 2 webhooks" in ended.err) == (not word)
    collects_all(bench, ended)
    again = run()
    assert (again.code, "Nothing to do" in again.err) == (0, True)
    assert len(ledger_lines(bench.ledger)) == 2


def test_what_a_killed_run_left_open_is_collected_too(bench: Bench, emulate: Emulate) -> None:
    job = told(bench, f"poll: {{min: 0.05s}}, {webhook(free_port())}", "1..4")
    environment = bench.real(emulate(accepted_drop=0.35, latency=1.5))
    with listening(bench, job, "-o", "out"):
        run = bench.start("run", job, "--yes", "-o", "out", **environment)
        wait_until(lambda: len(ledger_lines(bench.ledger)) == 8)
        run.kill()
        bench.end(run)
        wait_until(lambda: len(read_inbox(bench.out)) == 8)
    assert statuses(bench)["downloaded"] < 8
    collects_all(bench, bench.call("run", job, "--yes", "-o", "out", **environment))
    assert len(ledger_lines(bench.ledger)) == 8


def collects_all(bench: Bench, ended: Ended) -> None:
    """Every task is there, bought once."""
    assert ended.code == 0, ended.err
    assert set(statuses(bench)) == {"downloaded"}
    hold_to_truth(bench.out, bench.ledger)
