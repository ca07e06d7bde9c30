"""What a newcomer types first, and what scripts read."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from pipeline.manifest.read import read_manifest
from tests.commands.bench import Bench
from tests.truth import hold_to_truth, ledger_lines

ROOT = Path(__file__).resolve().parents[2]
STATUS_KEYS = {
    "job": None,
    "tasks": {"planned", "submitting", "in_doubt", "submitted", "downloaded", "failed"},
    "parked": None,
    "stale": None,
    "total": None,
    "charges": {"lo", "hi"},
    "spend": {"lo", "hi", "currency", "source"},
    "complete": None,
}
PLAN_KEYS = {
    **dict.fromkeys(("job", "digest", "cells", "tasks", "submit", "collect", "held", "failed", "done", "reused")),
    "stale": None,
    "cost": {"known", "unknown_tasks", "currency", "source"},
}


def test_the_demo_makes_twelve_pictures_in_any_folder(bench: Bench) -> None:
    ended = bench.call("demo")
    assert ended.code == 0, ended.err
    assert ended.out == ""
    folder = bench.root / "outputs" / "quickstart"
    assert len(list(folder.glob("images/*.jpg"))) == 12
    for name in ("report/index.html", "report/contact_sheet.csv", "manifest.jsonl"):
        assert f"outputs/quickstart/{name}" in ended.err
        assert (folder / name).stat().st_size > 1000
    hold_to_truth(folder, folder / "emulator/ledger.jsonl")
    assert [path.name for path in bench.root.iterdir()] == ["outputs"]


def test_what_init_writes_plans_and_rehearses(bench: Bench) -> None:
    assert bench.call("init", "my-sweep").code == 0
    sweep = bench.root / "my-sweep"
    written = {file.relative_to(sweep).as_posix() for file in sweep.rglob("*") if file.is_file()}
    assert written == {
        "jobs/first.yaml",
        "templates/painted.j2",
        "fluxsweep.yaml",
        "fluxsweep.schema.json",
        ".gitignore",
    }

    plan = bench.call("plan", "my-sweep/jobs/first.yaml", "--json").json
    assert (plan["job"], plan["cells"], plan["submit"], plan["cost"]["unknown_tasks"]) == ("first", 8, 8, 0)
    assert {file.relative_to(sweep).as_posix() for file in sweep.rglob("*") if file.is_file()} == written

    ended = bench.call("rehearse", "my-sweep/jobs/first.yaml")
    assert ended.code == 0, ended.err
    folder = sweep / "outputs" / "first.rehearsal"
    assert len(hold_to_truth(folder, folder / "emulator/ledger.jsonl").tasks) == 8

    refused = bench.call("init", "my-sweep")
    assert (refused.code, refused.err.count("\n")) == (2, 1)


def test_init_takes_an_empty_folder_and_no_file(bench: Bench) -> None:
    (bench.root / "empty").mkdir()
    (bench.root / "file").write_text("mine")
    assert bench.call("init", "empty").code == 0
    assert bench.call("init", "file").code == 2
    assert (bench.root / "file").read_text() == "mine"


def test_the_teapot_rehearses_whole_and_then_rests(bench: Bench) -> None:
    job = ROOT / "jobs" / "teapot-ab.yaml"
    ended = bench.call("rehearse", job, "-o", "out")
    assert ended.code == 0, ended.err
    status = bench.call("status", "out", "--json").json
    assert status["tasks"]["downloaded"] == status["total"] == 56
    assert status["complete"] is True
    ledger = bench.out / "emulator/ledger.jsonl"
    manifest = hold_to_truth(bench.out, ledger)
    assert len(ledger_lines(ledger)) == 56

    for record in manifest.records.values():
        assert record.artifact is not None
        content = (bench.out / record.artifact.path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == record.artifact.sha256

    before = _everything(bench.out)
    again = bench.call("rehearse", job, "-o", "out")
    assert again.code == 0
    assert _everything(bench.out) == before


def _everything(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Every file with its time and bytes: a run that did nothing has touched none."""
    return {
        str(file): (file.stat().st_mtime_ns, file.read_bytes())
        for file in folder.rglob("*")
        if file.is_file() and file.name != "manifest.lock"
    }


def test_status_and_plan_say_what_scripts_read(bench: Bench) -> None:
    job = bench.job()
    plan = bench.call("plan", job, "-o", "out", "--json").json
    _hold_keys(plan, PLAN_KEYS)
    assert (plan["cells"], plan["tasks"], plan["submit"], plan["done"]) == (4, 4, 4, 0)
    assert plan["cost"]["known"] == pytest.approx(0.1)
    assert not bench.out.exists()

    assert bench.call("rehearse", job, "-o", "out").code == 0
    status = bench.call("status", "out", "--json").json
    _hold_keys(status, STATUS_KEYS)
    assert sum(status["tasks"].values()) == status["total"] == 4
    for target in ("out", "out/manifest.jsonl"):
        assert bench.call("status", target, "--json").json == status
    after = bench.call("plan", job, "-o", "out", "--json").json
    assert (after["submit"], after["done"], after["digest"]) == (0, 4, plan["digest"])


def _hold_keys(tree: dict[str, object], keys: dict[str, set[str] | None]) -> None:
    assert set(tree) >= set(keys)
    for name, inner in keys.items():
        assert inner is None or set(json.loads(json.dumps(tree[name]))) >= inner


def test_an_edited_job_buys_only_what_is_new(bench: Bench) -> None:
    assert bench.call("rehearse", bench.job(seeds="1..2"), "-o", "out").code == 0
    ledger = bench.out / "emulator/ledger.jsonl"
    before = ledger_lines(ledger)
    ended = bench.call("rehearse", bench.job(seeds="1..3"), "-o", "out")
    assert ended.code == 0
    assert "2 to paint" in ended.err
    assert ledger_lines(ledger)[:4] == before
    assert [line["seed"] for line in ledger_lines(ledger)[4:]] == [3, 3]
    fewer = bench.call("rehearse", bench.job(seeds="2..3"), "-o", "out")
    assert fewer.code == 0
    assert len(ledger_lines(ledger)) == 6
    status = bench.call("status", "out", "--json").json
    assert (status["total"], status["stale"], status["charges"]["lo"]) == (4, 2, 6)
    assert len(read_manifest(bench.out / "manifest.jsonl").manifest.cells) == 4
    hold_to_truth(bench.out, ledger)


def test_models_are_listed_and_one_is_told(bench: Bench) -> None:
    listed = bench.call("models").out.splitlines()
    tree = bench.call("models", "--json").json
    assert [line.split()[0] for line in listed] == list(tree)
    assert {"flux-2-flex", "flux-kontext-max", "flux-2-max"} <= set(tree)
    one = bench.call("models", "flux-2-flex").out
    assert "steps" in one
    assert bench.call("models", "flux-2-flex", "--json").json == {"flux-2-flex": tree["flux-2-flex"]}
    typo = bench.call("models", "flux-2-flax")
    assert (typo.code, typo.out) == (2, "")
    assert "flux-2-flex" in typo.err


@pytest.mark.parametrize("arguments", [["rnu", "job.yaml"], ["run", "job.yaml", "--yess"], ["plan"], ["status", "no"]])
def test_a_slip_on_the_command_line_is_said(bench: Bench, arguments: list[str]) -> None:
    bench.job()
    ended = bench.call(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err
    assert [file.name for file in bench.root.iterdir()] == ["job.yaml"]


def test_help_groups_every_verb_and_each_has_an_example(bench: Bench) -> None:
    said = bench.call("--help").out
    for verb in ("demo", "init", "plan", "run", "rehearse", "status", "report", "rerun", "models", "emulator"):
        assert f"  {verb} " in said
        own = bench.call(verb, "--help")
        assert own.code == 0
        assert f"fluxsweep {verb}" in own.out
