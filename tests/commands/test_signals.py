"""Ctrl-C and its kin: nothing more is bought, what is paid is collected or kept, and the next run completes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pipeline.manifest.read import read_manifest
from tests.commands.bench import Bench, Ended
from tests.commands.conftest import Emulate
from tests.truth import hold_to_truth, ledger_lines

TASKS = 12


class Underway:
    """A run whose stderr is read as it comes."""

    def __init__(self, bench: Bench, program: subprocess.Popen[str]) -> None:
        self.bench = bench
        self.program = program
        self.said = ""
        self.changed = threading.Condition()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.program.stderr is not None
        for line in self.program.stderr:
            with self.changed:
                self.said += line
                self.changed.notify_all()

    def press(self, sign: signal.Signals, answer: str) -> None:
        """Send a signal, and wait until the program has answered it."""
        os.kill(self.program.pid, sign)
        with self.changed:
            assert self.changed.wait_for(lambda: answer in self.said, 20), self.said

    def end(self) -> Ended:
        """Wait for the end."""
        code = self.program.wait(60)
        self.reader.join()
        self.bench.hear(self.said)
        return Ended(code, "", self.said)


@contextmanager
def interrupted(bench: Bench, origin: str, after: int) -> Iterator[Underway]:
    """A run that has bought at least `after` pictures, one submit at a time."""
    job = bench.job(seeds=f"1..{TASKS // 2}", submits=1)
    program = bench.start("run", job, "--yes", "-o", "out", **bench.real(origin))
    underway = Underway(bench, program)
    while len(ledger_lines(bench.ledger)) < after:
        assert program.poll() is None
    yield underway
    if program.poll() is None:
        program.kill()
        program.wait()
    for pipe in (program.stdout, program.stderr):
        assert pipe is not None
        pipe.close()


def finish(bench: Bench, origin: str) -> None:
    """Run again: complete, with every task once in the ledger."""
    again = bench.call("run", "job.yaml", "--yes", "-o", "out", **bench.real(origin))
    assert again.code == 0, again.err
    assert len(ledger_lines(bench.ledger)) == TASKS
    manifest = hold_to_truth(bench.out, bench.ledger)
    assert {manifest.record(key).status for key in manifest.tasks} == {"downloaded"}


@pytest.mark.parametrize(
    ("sign", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)], ids=["INT", "TERM", "HUP"]
)
def test_one_signal_buys_no_more_and_collects_what_is_paid(
    bench: Bench, emulate: Emulate, sign: signal.Signals, code: int
) -> None:
    origin = emulate(slow=1.0, slow_seconds=0.1, latency=0.5)
    with interrupted(bench, origin, after=3) as underway:
        underway.press(sign, "Stopping")
        bought = len(ledger_lines(bench.ledger))
        ended = underway.end()
        assert ended.code == code
    # One may have been on its way, and one more between its intent and its leaving.
    paid = len(ledger_lines(bench.ledger))
    assert paid <= bought + 1 < TASKS
    manifest = hold_to_truth(bench.out, bench.ledger)
    statuses = [manifest.record(key).status for key in manifest.tasks]
    assert (statuses.count("downloaded"), statuses.count("planned")) == (paid, TASKS - paid)
    said = re.search(r"collecting (\d+) paid tasks", ended.err)
    assert said is not None
    assert int(said[1]) <= bought + 1
    finish(bench, origin)


def test_a_second_ctrl_c_leaves_at_once_with_every_id(bench: Bench, emulate: Emulate) -> None:
    origin = emulate(slow=1.0, slow_seconds=0.1, latency=3.0)
    with interrupted(bench, origin, after=3) as underway:
        underway.press(signal.SIGINT, "Stopping")
        underway.press(signal.SIGINT, "Stopping now")
        assert underway.end().code == 130
    manifest = hold_to_truth(bench.out, bench.ledger)
    held = [record for record in manifest.records.values() if record.status == "submitted"]
    assert len(held) == len(ledger_lines(bench.ledger)) < TASKS
    assert {record.remote_id for record in held} == {line["id"] for line in ledger_lines(bench.ledger)}
    finish(bench, origin)


def test_a_third_ctrl_c_does_not_wait_and_what_was_on_its_way_is_in_doubt(bench: Bench, emulate: Emulate) -> None:
    origin = emulate(slow=1.0, slow_seconds=5.0)
    with interrupted(bench, origin, after=1) as underway:
        underway.press(signal.SIGINT, "Stopping")
        underway.press(signal.SIGINT, "Stopping now")
        os.kill(underway.program.pid, signal.SIGINT)
        assert underway.end().code == 130
    manifest = read_manifest(bench.out / "manifest.jsonl").manifest
    assert [record.status for record in manifest.records.values()] == ["submitting"]
    status = bench.call("status", "out", "--json").json
    assert (status["charges"], len(ledger_lines(bench.ledger))) == ({"lo": 0, "hi": 1}, 1)
    hold_to_truth(bench.out, bench.ledger)
