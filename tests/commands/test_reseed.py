"""Another seed for what was rejected or moderated: with the price first, kept by every later run, whatever crashes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.manifest.read import FILE_NAME, read_manifest
from pipeline.manifest.state import Manifest
from tests.commands.bench import Bench
from tests.commands.test_resolve import emulated, run_on
from tests.truth import hold_to_truth, ledger_lines


def buy(bench: Bench, more: str = "", **knobs: float) -> None:
    """Run a job of four tasks: seeds 1 and 2, two things each."""
    with emulated(bench, **knobs) as real:
        ended = bench.call("run", bench.job(more=more), "--yes", "-o", "out", **real)
    assert ended.code in (0, 1), ended.err


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after such a run."""
    bench = Bench(tmp_path_factory.mktemp("bought"))
    buy(bench)
    return bench.root


@pytest.fixture
def bought(bench: Bench, original: Path) -> Bench:
    """A bench with such a folder of its own."""
    shutil.copytree(original, bench.root, dirs_exist_ok=True)
    return bench


def manifest_of(bench: Bench, folder: str = "out") -> Manifest:
    return read_manifest(bench.root / folder / FILE_NAME).manifest


def standing(bench: Bench) -> list[tuple[Any, str]]:
    """Seed and status of each cell."""
    manifest = manifest_of(bench)
    return [(manifest.tasks[cell.key].params["seed"], manifest.record(cell.key).status) for cell in manifest.cells]


def marks_file(bench: Bench, *rejected: int) -> Path:
    """A file that rejects these cells, by their places."""
    cells = manifest_of(bench).cells
    marks = {cells[at].key: {"reject": True, "at": "2026-11-22T20:15:00Z"} for at in rejected}
    path = bench.root / "marks.json"
    path.write_text(json.dumps({"format": "fluxsweep marks", "version": 1, "job": "small", "marks": marks}))
    return path


def test_a_rejected_picture_is_replaced_and_stays_so(bought: Bench) -> None:
    before = manifest_of(bought)
    asked = bought.call("retry", "out", "--marks", marks_file(bought, 1), "--reseed")
    assert asked.code == 2
    assert "1 new seeds to buy from http://127.0.0.1" in asked.err
    assert "at most $0.025" in asked.err
    assert manifest_of(bought).lines == before.lines
    assert bought.call("retry", "out", "--marks", bought.root / "marks.json", "--reseed", "--yes").code == 0
    assert standing(bought) == [(1, "downloaded"), (3, "planned"), (2, "downloaded"), (2, "downloaded")]
    assert len(ledger_lines(bought.ledger)) == 4
    plan = bought.call("plan", bought.root / "job.yaml", "-o", "out", "--json").json
    assert (plan["submit"], plan["done"], plan["stale"]) == (1, 3, 1)
    with emulated(bought) as real:
        run = ("run", bought.root / "job.yaml", "--yes", "-o", "out", "--accept-origin")
        assert bought.call(*run, **real).code == 0
        after = manifest_of(bought)
        assert "Nothing to do" in bought.call(*run, **real).err
    assert len(ledger_lines(bought.ledger)) == 5
    assert standing(bought)[1] == (3, "downloaded")
    assert after.cells[1].replaces == (before.cells[1].key,)
    assert "_s3_" in after.cells[1].label
    assert manifest_of(bought).lines == after.lines
    # The same marks once more: what they reject stands in no cell any more.
    again = bought.call("retry", "out", "--marks", bought.root / "marks.json", "--reseed", "--yes")
    assert (again.code, manifest_of(bought).lines) == (0, after.lines)
    assert "nothing was changed" in again.err
    hold_to_truth(bought.out, bought.ledger)


def test_report_tells_what_a_picture_replaces(bought: Bench) -> None:
    old = manifest_of(bought).cells[0].key
    assert bought.call("retry", "out", "--marks", marks_file(bought, 0), "--reseed", "--yes").code == 0
    assert run_on(bought).code == 0
    assert bought.call("report", "out", "--format", "jsonl").code == 0
    rows = [json.loads(line) for line in (bought.out / "report" / "contact_sheet.jsonl").read_text().splitlines()]
    assert [row["replaces"] for row in rows] == [[old], [], [], []]


def test_moderated_tasks_are_replaced_until_a_cell_has_enough(bench: Bench) -> None:
    buy(bench, content_moderated=1.0)
    assert [status for _, status in standing(bench)] == ["failed"] * 4
    ended = bench.call("retry", "out", "--reseed", "--keep", "1", "--yes")
    assert "2 new seeds" in ended.err
    assert sorted(seed for seed, status in standing(bench) if status == "planned") == [3, 3]
    assert bench.call("retry", "out", "--reseed", "--keep", "1", "--yes").code == 0
    assert len([1 for _, status in standing(bench) if status == "planned"]) == 2
    assert run_on(bench).code == 1
    assert len(ledger_lines(bench.ledger)) == 6


def test_the_budget_of_the_job_is_held_and_is_consent(bench: Bench) -> None:
    buy(bench, more="budget: {images: 5}")
    before = manifest_of(bench).lines
    refused = bench.call("retry", "out", "--marks", marks_file(bench, 0, 1), "--reseed", "--yes")
    assert (refused.code, manifest_of(bench).lines) == (4, before)
    assert "6 images" in refused.err
    assert bench.call("retry", "out", "--marks", marks_file(bench, 0), "--reseed").code == 0
    assert standing(bench)[0] == (3, "planned")


@pytest.mark.parametrize("kept", [0, 1, 2, 3])
def test_a_crash_while_it_is_written_leaves_one_plan_or_the_other(bought: Bench, kept: int) -> None:
    marks, path = marks_file(bought, 0), bought.out / FILE_NAME
    before = path.read_bytes()
    assert bought.call("retry", "out", "--marks", marks, "--reseed", "--yes").code == 0
    whole = path.read_bytes()
    lines = whole[len(before) :].splitlines(keepends=True)
    path.write_bytes(before + b"".join(lines[:kept]) + lines[kept][:20])
    assert standing(bought) == [(seed, "downloaded") for seed in (1, 1, 2, 2)]
    assert bought.call("retry", "out", "--marks", marks, "--reseed", "--yes").code == 0
    assert standing(bought)[0] == (3, "planned")
    assert run_on(bought).code == 0
    assert len(ledger_lines(bought.ledger)) == 5
    hold_to_truth(bought.out, bought.ledger)


def test_an_edited_request_begins_with_its_own_seed(bought: Bench) -> None:
    assert bought.call("retry", "out", "--marks", marks_file(bought, 0), "--reseed", "--yes").code == 0
    job = bought.root / "job.yaml"
    job.write_text(job.read_text().replace("[teapot, cat]", "[kettle, cat]"))
    plan = bought.call("plan", job, "-o", "out", "--json").json
    assert (plan["submit"], plan["done"], plan["stale"]) == (2, 2, 3)
    job.write_text(job.read_text().replace("[kettle, cat]", "[teapot, cat]"))
    assert bought.call("plan", job, "-o", "out", "--json").json["submit"] == 1


def test_a_rerun_sends_the_replaced_plan(bought: Bench) -> None:
    assert bought.call("retry", "out", "--marks", marks_file(bought, 0), "--reseed", "--yes").code == 0
    assert run_on(bought).code == 0
    with emulated(bought) as real:
        assert bought.call("rerun", "out", "-o", "again", "--yes", **real).code == 0
    cells = [(cell.key, cell.replaces) for cell in manifest_of(bought).cells]
    assert [(cell.key, cell.replaces) for cell in manifest_of(bought, "again").cells] == cells


def test_marks_choose_among_failed_tasks_and_leave_what_did_not_fail(bought: Bench) -> None:
    ended = bought.call("retry", "out", "--marks", marks_file(bought, 0, 1), "--yes")
    assert ended.code == 0
    assert "2 rejected tasks did not fail" in ended.err
    assert [status for _, status in standing(bought)] == ["downloaded"] * 4


def test_options_that_do_not_go_together_are_refused(bought: Bench) -> None:
    assert bought.call("retry", "out", "--reseed", "--kind", "error").code == 2
    assert bought.call("retry", "out", "--keep", "2").code == 2
    refused = bought.call("retry", "out", "--marks", "nowhere.json", "--reseed")
    assert (refused.code, "nowhere.json: cannot be read" in refused.err) == (2, True)
