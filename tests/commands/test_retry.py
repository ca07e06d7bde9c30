"""A failed task costs money again only because somebody said so, and never to fetch what is paid."""

from __future__ import annotations

import pytest

from pipeline.manifest.read import FILE_NAME, read_manifest
from tests.commands.bench import Bench
from tests.commands.terminal import answered
from tests.commands.test_resolve import emulated, run_on
from tests.truth import hold_to_truth, ledger_lines


def failed(bench: Bench, **knobs: float) -> Bench:
    """The bench after a run of two tasks at a provider with such faults; both failed."""
    with emulated(bench, **knobs) as real:
        ended = bench.call("run", bench.job(seeds="[1]"), "--yes", "-o", "out", **real)
    assert ended.code == 1, ended.err
    return bench


def statuses(bench: Bench) -> list[str]:
    manifest = read_manifest(bench.out / FILE_NAME).manifest
    return [manifest.record(key).status for key in manifest.planned_keys()]


def test_nothing_else_makes_a_failed_task_cost_money(bench: Bench) -> None:
    failed(bench, content_moderated=1.0)
    assert run_on(bench).code == 1
    assert len(ledger_lines(bench.ledger)) == 2


def test_it_says_what_it_will_buy_and_asks(bench: Bench) -> None:
    failed(bench, failed=1.0)
    asked = bench.call("retry", "out")
    assert (asked.code, statuses(bench)) == (2, ["failed", "failed"])
    assert "2 to buy again from http://127.0.0.1" in asked.err
    assert "at most $0.05 (about: the vendor's list price" in asked.err
    assert "2 error; 2 may be paid already" in asked.err
    assert answered(bench, "n", "retry", "out").code == 75
    assert statuses(bench) == ["failed", "failed"]
    assert answered(bench, "y", "retry", "out").code == 0
    assert statuses(bench) == ["planned", "planned"]
    assert len(ledger_lines(bench.ledger)) == 2
    assert run_on(bench).code == 0
    assert len(ledger_lines(bench.ledger)) == 4
    assert bench.call("status", "out", "--json").json["charges"] == {"lo": 2, "hi": 4}


def test_only_the_kinds_and_labels_that_are_asked_for(bench: Bench) -> None:
    failed(bench, request_moderated=1.0)
    assert bench.call("retry", "out", "--yes", "--kind", "error", "--kind", "lost").code == 0
    assert bench.call("retry", "out", "--yes", "--label", "nothing*").code == 0
    assert statuses(bench) == ["failed", "failed"]
    assert bench.call("retry", "out", "--yes", "--kind", "moderated", "--label", "*_cat", "--label", "x").code == 0
    assert statuses(bench) == ["failed", "planned"]
    assert bench.call("retry", "out", "--kind", "unlucky").code == 2


def test_what_is_paid_is_collected_for_nothing(bench: Bench) -> None:
    failed(bench, expired=1.0)
    assert bench.call("retry", "out", "--collect").code == 0
    assert run_on(bench).code == 0
    assert len(ledger_lines(bench.ledger)) == 2
    hold_to_truth(bench.out, bench.ledger)


@pytest.mark.parametrize("flag", [["--yes"], ["--collect"]])
def test_what_the_service_never_took_has_nothing_to_collect(bench: Bench, flag: list[str]) -> None:
    with emulated(bench, accepted_drop=1.0) as real:
        assert bench.call("run", bench.job(seeds="[1]"), "--yes", "-o", "out", **real).code == 6
    assert bench.call("resolve", "out", "--all", "--write-off").code == 0
    ended = bench.call("retry", "out", *flag)
    assert ended.code == 0
    assert statuses(bench) == (["planned"] * 2 if flag == ["--yes"] else ["failed"] * 2)
    assert ("2 left out" in ended.err) == (flag == ["--collect"])
