"""Doubt is shown with what a person needs to end it, and ends by a person's word: once, on disk, and as it was said."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline.emulator.child import start
from pipeline.emulator.settings import Settings
from pipeline.manifest.journal import open_journal
from pipeline.manifest.lines import Submitting
from pipeline.manifest.read import FILE_NAME, read_manifest
from pipeline.manifest.record import Record
from pipeline.manifest.state import Manifest
from tests.commands.bench import Bench, Ended
from tests.commands.terminal import answered
from tests.truth import hold_to_truth, ledger_lines

LABELS = ("plain_flux-dev_s1_256x256_teapot", "plain_flux-dev_s1_256x256_cat")


@contextmanager
def emulated(bench: Bench, **knobs: Any) -> Iterator[dict[str, str]]:
    """An emulator for some of a test, on the bench's ledger; gives the environment that leads to it."""
    calm = {"painter": "flat", "latency": 0.02, "latency_sigma": 0.0, "ledger": str(bench.ledger)}
    with start(msgspec.convert(calm | knobs, Settings)) as child:
        yield bench.real(child.origin)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after a run that ended with two tasks in doubt; both were taken."""
    bench = Bench(tmp_path_factory.mktemp("doubtful"))
    with emulated(bench, accepted_drop=1.0) as real:
        ended = bench.call("run", bench.job(seeds="[1]"), "--yes", "-o", "out", **real)
    assert ended.code == 6, ended.err
    assert "fluxsweep resolve out" in ended.err.splitlines()[-1]
    return bench.root


@pytest.fixture
def doubtful(bench: Bench, original: Path) -> Bench:
    """A bench with such a folder of its own."""
    shutil.copytree(original, bench.root, dirs_exist_ok=True)
    return bench


def manifest(bench: Bench) -> Manifest:
    return read_manifest(bench.out / FILE_NAME).manifest


def record(bench: Bench, label: str) -> Record:
    found = manifest(bench)
    return next(found.record(key) for key, name in found.labels.items() if name == label)


def run_on(bench: Bench) -> Ended:
    """The same job again, at a provider without faults."""
    with emulated(bench) as real:
        return bench.call("run", "job.yaml", "--yes", "--accept-origin", "-o", "out", **real)


def test_status_says_what_one_needs_to_know_of_a_doubt(doubtful: Bench) -> None:
    told = doubtful.call("status", "out", "--json").json
    lines = ledger_lines(doubtful.ledger)
    assert [doubt["label"] for doubt in told["doubts"]] == list(LABELS)
    for doubt in told["doubts"]:
        taken = next(line for line in lines if line["body"]["prompt"] == doubt["prompt"])
        assert doubt["sent_from"] <= utc(taken["at"]) <= doubt["sent_to"]
        assert (doubt["price"], doubt["attempt"], doubt["request_id"]) == (0.025, 1, None)
        assert "no whole reply" in doubt["why"]
    said = doubtful.call("status", "out").out
    assert all(doubt["key"][:12] in said for doubt in told["doubts"])
    for way in ("--id ID", "--not-charged", "--buy-again", "--write-off"):
        assert f"fluxsweep resolve out KEY {way}" in said


def test_an_id_from_the_account_ends_the_doubt_for_nothing(doubtful: Bench) -> None:
    taken = {line["body"]["prompt"]: line["id"] for line in ledger_lines(doubtful.ledger)}
    for label, prompt in zip(LABELS, ("a teapot", "a cat"), strict=True):
        assert doubtful.call("resolve", "out", label, "--id", taken[prompt]).code == 0
    assert run_on(doubtful).code == 0
    assert len(ledger_lines(doubtful.ledger)) == 2
    hold_to_truth(doubtful.out, doubtful.ledger)


def test_bought_again_it_may_have_been_paid_twice_and_was(doubtful: Bench) -> None:
    asked = doubtful.call("resolve", "out", "--all", "--buy-again")
    assert (asked.code, record(doubtful, LABELS[0]).status) == (2, "in_doubt")
    assert "may pay 2 twice, at most $0.05" in asked.err
    assert doubtful.call("resolve", "out", "--all", "--buy-again", "--yes").code == 0
    assert run_on(doubtful).code == 0
    assert len(ledger_lines(doubtful.ledger)) == 4
    assert doubtful.call("status", "out", "--json").json["charges"] == {"lo": 2, "hi": 4}


@pytest.mark.parametrize(("answer", "code", "status"), [("n", 75, "in_doubt"), ("y", 0, "planned")])
def test_on_a_terminal_it_asks_before_it_pays_twice(doubtful: Bench, answer: str, code: int, status: str) -> None:
    ended = answered(doubtful, answer, "resolve", "out", "--all", "--buy-again")
    assert (ended.code, record(doubtful, LABELS[0]).status) == (code, status), ended.err
    assert ended.err.count("[y/N]") == 1


def test_what_was_not_charged_is_bought(bench: Bench) -> None:
    with emulated(bench, error_500=1.0) as real:
        assert bench.call("run", bench.job(seeds="[1]"), "--yes", "-o", "out", **real).code == 6
    assert bench.call("resolve", "out", "--all", "--not-charged").code == 0
    assert run_on(bench).code == 0
    hold_to_truth(bench.out, bench.ledger)


def test_what_is_written_off_is_gone_without_and_may_have_been_charged(doubtful: Bench) -> None:
    key = doubtful.call("status", "out", "--json").json["doubts"][1]["key"]
    assert doubtful.call("resolve", "out", key[:6], LABELS[0], "--write-off").code == 0
    ended = run_on(doubtful)
    assert (ended.code, len(ledger_lines(doubtful.ledger))) == (1, 2), ended.err
    kinds = {found.failure.kind for found in manifest(doubtful).records.values() if found.failure}
    assert kinds == {"written_off"}
    assert doubtful.call("status", "out", "--json").json["charges"] == {"lo": 0, "hi": 2}


def test_a_word_that_does_not_say_all_changes_nothing(doubtful: Bench) -> None:
    before = (doubtful.out / FILE_NAME).read_bytes()
    for arguments, told in (
        (["--all"], "one of --id ID"),
        (["--all", "--write-off", "--not-charged"], "one of --id ID"),
        (["--write-off"], "either KEY"),
        (["--all", LABELS[0], "--write-off"], "either KEY"),
        (["--all", "--id", "x"], "--id is for one task, not for 2"),
        ([LABELS[0], "--id", "a b"], "is no id"),
        ([LABELS[0], "nothing", "--write-off"], "nothing: no task's label"),
        (["abcde", "--write-off"], "abcde: no task's label"),
    ):
        ended = doubtful.call("resolve", "out", *arguments)
        assert (ended.code, told in ended.err) == (2, True), ended.err
        assert (doubtful.out / FILE_NAME).read_bytes() == before


def test_an_id_ends_one_doubt_and_no_other(doubtful: Bench) -> None:
    assert doubtful.call("resolve", "out", LABELS[0], "--id", "id-1").code == 0
    again = doubtful.call("resolve", "out", LABELS[1], "--id", "id-1")
    assert (again.code, f"is the id of {LABELS[0]}" in again.err) == (2, True), again.err
    settled = doubtful.call("resolve", "out", LABELS[0], "--write-off")
    assert (settled.code, "is submitted, not in doubt" in settled.err) == (2, True), settled.err


def test_while_a_run_holds_the_manifest_nobody_else_writes(doubtful: Bench) -> None:
    with open_journal(doubtful.out):
        ended = doubtful.call("resolve", "out", "--all", "--write-off")
    assert (ended.code, record(doubtful, LABELS[0]).status) == (5, "in_doubt"), ended.err


def test_what_a_crash_left_open_is_in_doubt_and_can_be_resolved_at_once(doubtful: Bench) -> None:
    assert doubtful.call("resolve", "out", LABELS[0], "--not-charged").code == 0
    with open_journal(doubtful.out) as journal:
        key = next(key for key, name in journal.manifest.labels.items() if name == LABELS[0])
        journal.append_now(Submitting(key=key, attempt=2))
    ended = doubtful.call("resolve", "out", "--all", "--write-off")
    assert (ended.code, "1 that an earlier run left open" in ended.err) == (0, True), ended.err
    assert {found.status for found in manifest(doubtful).records.values()} == {"failed"}


def utc(at: float) -> str:
    """Unix seconds as `status` writes them."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
