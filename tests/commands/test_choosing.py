"""What is bought now: a part of the plan, which stays whole; or the one plan that was agreed to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.bench import Bench
from tests.commands.conftest import Emulate
from tests.commands.guide_server import GuideServer
from tests.truth import hold_to_truth, ledger_lines

MATRIX = "thing: [teapot, cat]\n  scene: [{place: oak, light: dim}, {place: ice, light: hard}]"
PLAN_OF_8 = {"cells": 8, "tasks": 8, "stale": 0}


@pytest.fixture
def job(bench: Bench) -> Path:
    """A job of eight pictures: two seeds, two things, two scenes."""
    file = bench.job(more="prices: {flux-dev: 0.02}")
    text = file.read_text().replace("thing: [teapot, cat]", MATRIX)
    file.write_text(text.replace('"a {{ thing }}"', '"a {{ thing }} on {{ place }}, {{ light }}"'))
    return file


def planned(bench: Bench, job: Path, *arguments: str) -> tuple[int, int, float]:
    told = bench.call("plan", job, "-o", "out", "--json", *arguments).json
    assert {name: told[name] for name in PLAN_OF_8} == PLAN_OF_8
    return told["submit"], told["later"], told["cost"]["known"]


def test_same_axis_is_or_and_different_axes_are_and(bench: Bench, job: Path) -> None:
    assert planned(bench, job) == (8, 0, 0.16)
    assert planned(bench, job, "--only", "seed=1") == (4, 4, 0.08)
    assert planned(bench, job, "--only", "seed=1", "--only", "seed=2") == (8, 0, 0.16)
    assert planned(bench, job, "--only", "seed=1..2", "--only", "thing=cat") == (4, 4, 0.08)
    assert planned(bench, job, "--only", "scene=oak", "--only", "thing=cat", "--only", "seed=2") == (1, 7, 0.02)
    assert planned(bench, job, "--only", "light=hard", "--limit", "3") == (3, 5, 0.06)
    assert planned(bench, job, "--only", "scene.place=ice", "--only", "size=256x256") == (4, 4, 0.08)
    assert planned(bench, job, "--only", "model=flux-dev", "--limit", "100") == (8, 0, 0.16)


@pytest.mark.parametrize(
    ("only", "said"),
    [
        ("modle=flux-dev", "no axis is called `modle`; did you mean `model`?"),
        ("thing=caat", "no cell has this thing; did you mean `cat`?"),
        ("seed=7", "no cell has this seed; there is 1, 2"),
        ("seed=2..1", "no cell has this seed; there is 1, 2"),
        ("thing", "expected thing=VALUE, such as thing=teapot"),
        ("scene=marble", "no cell has this scene; there is oak, ice"),
    ],
)
def test_what_no_cell_has_is_a_mistake(bench: Bench, job: Path, guide: GuideServer, only: str, said: str) -> None:
    for verb in ("plan", "run", "rehearse"):
        ended = bench.call(verb, job, "-o", "out", "--only", only, **bench.real(guide.origin))
        assert (ended.code, ended.out, ended.err) == (2, "", f"--only {only}: {said}\n")
    assert guide.requests == []
    assert not bench.out.exists()


def test_values_that_never_meet_are_a_mistake(bench: Bench, job: Path) -> None:
    ended = bench.call("plan", job, "--only", "light=dim", "--only", "place=ice")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("no cell has light=dim and place=ice together")


def test_a_part_is_bought_at_a_time_and_nothing_goes_stale(bench: Bench, job: Path, emulate: Emulate) -> None:
    real = bench.real(emulate())
    ended = bench.call("run", job, "-o", "out", "--yes", "--only", "thing=cat", "--limit", "3", **real)
    assert ended.code == 75, ended.err
    assert f"3 to buy from {real['COMETAPI_BASE_URL']}, at most $0.06 (yours), 5 later" in ended.err
    assert "5 of the plan are still to buy: run it again without --only and --limit" in ended.err
    status = bench.call("status", "out", "--json").json
    assert (status["tasks"]["downloaded"], status["total"], status["stale"]) == (3, 8, 0)
    again = bench.call("run", job, "-o", "out", "--yes", "--only", "thing=cat", "--only", "seed=1", **real)
    assert (again.code, len(ledger_lines(bench.ledger))) == (75, 4 if "1 to buy" in again.err else 3), again.err
    whole = bench.call("run", job, "-o", "out", "--yes", **real)
    assert whole.code == 0, whole.err
    assert len(ledger_lines(bench.ledger)) == 8
    hold_to_truth(bench.out, bench.ledger)
    rest = bench.call("run", job, "-o", "out", "--yes", "--only", "thing=cat", **real)
    assert rest.code == 0, rest.err


def test_a_chosen_part_that_is_done_leaves_with_75_while_the_rest_waits(
    bench: Bench, job: Path, emulate: Emulate
) -> None:
    real = bench.real(emulate())
    for _ in range(2):
        ended = bench.call("run", job, "-o", "out", "--yes", "--only", "seed=1", **real)
        assert ended.code == 75, ended.err
        assert "4 of the plan are still to buy" in ended.err
    assert "Nothing to do." in ended.err
    assert len(ledger_lines(bench.ledger)) == 4


def test_a_budget_is_held_against_what_is_chosen(bench: Bench, job: Path, emulate: Emulate) -> None:
    real = bench.real(emulate())
    job.write_text(f"{job.read_text()}\nbudget: {{images: 5}}\n")
    assert bench.call("run", job, "-o", "out", **real).code == 4
    assert bench.call("run", job, "-o", "out", "--only", "seed=1", **real).code == 75
    over = bench.call("run", job, "-o", "out", "--limit", "2", **real)
    assert over.code == 4, over.err
    assert len(ledger_lines(bench.ledger)) == 4


def test_only_the_plan_that_was_agreed_to_is_sent(bench: Bench, job: Path, emulate: Emulate) -> None:
    real = bench.real(emulate())
    digest: str = bench.call("plan", job, "-o", "out", "--json").json["digest"]
    assert f"  digest      {digest}" in bench.call("plan", job, "-o", "out").out
    other = bench.call("run", job, "-o", "out", "--yes", "--plan", digest, "--set", "matrix.seed=1..3", **real)
    changed: str = bench.call("plan", job, "--json", "--set", "matrix.seed=1..3").json["digest"]
    assert (other.code, other.out) == (2, "")
    assert digest in other.err
    assert changed in other.err
    assert "Nothing was sent." in other.err
    for wrong in ("x", digest[:8], digest + "0", digest.upper()):
        assert bench.call("run", job, "-o", "out", "--yes", "--plan", wrong, **real).code == 2
    assert not bench.out.exists()
    for right in (digest, digest[:12]):
        part = bench.call("run", job, "-o", "out", "--yes", "--limit", "4", "--plan", right, **real)
        assert part.code in (0, 75), part.err
    assert len(ledger_lines(bench.ledger)) == 8
    assert bench.call("run", job, "-o", "out", "--yes", "--plan", digest, **real).code == 0


def test_a_doubt_that_was_not_chosen_is_not_bought_again(bench: Bench, emulate: Emulate) -> None:
    more = "prices: {flux-dev: 0.02}"
    lost = emulate(accepted_drop=1.0)
    assert bench.call("run", bench.job(seeds="1", more=more), "--yes", "-o", "out", **bench.real(lost)).code == 6
    assert len(ledger_lines(bench.ledger)) == 2
    sound = bench.root / "sound.jsonl"
    again = "run: {poll: {min: 0.05s}, on_doubt: {resubmit: {usd: 1}}}"
    job = bench.job(seeds="1", more=f"{more}\n{again}")
    job.write_text(job.read_text().replace("run: {submits: 4, poll: {min: 0.05s}}\n", ""))
    real = bench.real(emulate(ledger=str(sound)))
    part = bench.call("run", job, "--yes", "-o", "out", "--accept-origin", "--only", "thing=cat", **real)
    assert part.code == 6, part.err
    assert "1 to buy from" in part.err
    assert [line["body"]["prompt"] for line in ledger_lines(sound)] == ["a cat"]
    assert bench.call("run", job, "--yes", "-o", "out", **real).code == 0
    assert len(ledger_lines(sound)) == 2
