"""Coming back to a folder: other endpoints, rehearsals, other jobs under an old name, and manifests alone."""

from __future__ import annotations

import shutil

import pytest

from pipeline.commands.flow.opening import open_job
from pipeline.manifest.read import read_manifest
from tests.commands.bench import Bench
from tests.commands.conftest import Emulate
from tests.commands.guide_server import GuideServer
from tests.truth import hold_to_truth, ledger_lines


def test_another_endpoint_needs_a_word(bench: Bench, emulate: Emulate, guide: GuideServer) -> None:
    job = bench.job(seeds="1..2")
    assert bench.call("run", job, "--yes", "-o", "out", **bench.real(emulate())).code == 0
    job = bench.job(seeds="1..3")
    before = (bench.out / "manifest.jsonl").read_bytes()
    refused = bench.call("run", job, "--yes", "-o", "out", **bench.real(guide.origin))
    assert refused.code == 2
    assert "--accept-origin" in refused.err
    assert guide.requests == []
    assert (bench.out / "manifest.jsonl").read_bytes() == before
    accepted = bench.call("run", job, "--yes", "--accept-origin", "-o", "out", **bench.real(guide.origin))
    assert accepted.code == 0
    assert (len(ledger_lines(bench.ledger)), len(guide.jobs)) == (4, 2)


def test_a_rehearsal_and_a_real_run_never_share_a_folder(bench: Bench, guide: GuideServer) -> None:
    job = bench.job()
    assert bench.call("rehearse", job, "-o", "out").code == 0
    refused = bench.call("run", job, "--yes", "-o", "out", **bench.real(guide.origin))
    assert (refused.code, guide.requests) == (2, [])
    assert bench.call("run", job, "--yes", "-o", "real", **bench.real(guide.origin)).code == 0
    before = (bench.root / "real/manifest.jsonl").read_bytes()
    assert bench.call("rehearse", job, "-o", "real").code == 2
    assert (bench.root / "real/manifest.jsonl").read_bytes() == before
    rehearsed, real = (read_manifest(bench.root / name / "manifest.jsonl").manifest for name in ("out", "real"))
    assert rehearsed.tasks == real.tasks


def test_a_job_that_would_push_out_most_of_what_was_bought_needs_a_word(bench: Bench, emulate: Emulate) -> None:
    real = bench.real(emulate())
    assert bench.call("run", bench.job(seeds="1..3"), "--yes", "-o", "out", **real).code == 0
    other = bench.job(seeds="3..6")
    refused = bench.call("run", other, "--yes", "-o", "out", **real)
    assert refused.code == 2
    assert "--replace" in refused.err
    assert len(ledger_lines(bench.ledger)) == 6
    assert bench.call("run", other, "--yes", "--replace", "-o", "out", **real).code == 0
    assert len(ledger_lines(bench.ledger)) == 12
    status = bench.call("status", "out", "--json").json
    assert (status["total"], status["stale"], status["charges"]["lo"]) == (8, 4, 12)
    hold_to_truth(bench.out, bench.ledger)


@pytest.mark.parametrize("verb", ["run", "rehearse"])
def test_a_manifest_alone_sends_the_same_again(bench: Bench, emulate: Emulate, verb: str) -> None:
    real = bench.real(emulate()) if verb == "run" else {}
    source = bench.root / "source"
    source.mkdir()
    job = bench.job().rename(source / "job.yaml")
    (source / "templates").mkdir()
    (source / "templates" / "plain.j2").write_text("a {{ thing }} from a file\n")
    job.write_text(job.read_text().replace('"a {{ thing }}"', "{file: plain.j2}"))
    assert bench.call(verb, job, "-o", "out", *(["--yes"] if verb == "run" else []), **real).code == 0
    shutil.rmtree(source)
    shutil.move(bench.out, bench.root / "elsewhere")

    again = bench.call("rerun", "elsewhere/manifest.jsonl", "-o", "again", *(["--yes"] if real else []), **real)
    assert again.code == 0, again.err
    first, second = (read_manifest(bench.root / name / "manifest.jsonl").manifest for name in ("elsewhere", "again"))
    assert second.tasks == first.tasks
    assert second.plan is not None
    assert first.plan is not None
    assert second.plan.digest == first.plan.digest
    assert {record.status for record in second.records.values()} == {"downloaded"}
    pictures = [
        {record.artifact.sha256 for record in manifest.records.values() if record.artifact}
        for manifest in (first, second)
    ]
    assert pictures[0] == pictures[1]


def test_a_rerun_asks_before_it_spends(bench: Bench, emulate: Emulate) -> None:
    real = bench.real(emulate())
    assert bench.call("run", bench.job(), "--yes", "-o", "out", **real).code == 0
    asked = bench.call("rerun", "out", "-o", "again", **real)
    assert (asked.code, len(ledger_lines(bench.ledger))) == (2, 4)
    assert "$0.10" in asked.err
    assert not (bench.root / "again").exists()
    itself = bench.call("rerun", "out", "-o", "out", "--yes", **real)
    assert (itself.code, len(ledger_lines(bench.ledger))) == (2, 4)


def test_the_outputs_lie_by_the_job_and_not_where_one_types(bench: Bench) -> None:
    project = bench.root / "project"
    (project / "jobs").mkdir(parents=True)
    (project / "fluxsweep.yaml").touch()
    bench.job().rename(project / "jobs" / "job.yaml")
    (bench.root / "desk").mkdir()
    assert bench.call("rehearse", "../project/jobs/job.yaml", cwd="desk").code == 0
    assert (project / "outputs/small.rehearsal/manifest.jsonl").exists()
    assert list((bench.root / "desk").iterdir()) == []


def test_a_moved_folder_goes_on(bench: Bench, emulate: Emulate) -> None:
    real = bench.real(emulate())
    assert bench.call("run", bench.job(seeds="1..2"), "--yes", "-o", "out", **real).code == 0
    shutil.move(bench.out, bench.root / "moved")
    assert bench.call("run", bench.job(seeds="1..3"), "--yes", "-o", "moved", **real).code == 0
    assert len(ledger_lines(bench.ledger)) == 6
    hold_to_truth(bench.root / "moved", bench.ledger)


def test_the_manifest_holds_the_job_as_resolved(bench: Bench) -> None:
    job = bench.job()
    assert bench.call("rehearse", job, "-o", "out").code == 0
    plan = read_manifest(bench.root / "out" / "manifest.jsonl").manifest.plan
    assert plan is not None
    assert plan.job == open_job(job).job
    assert all(prompt["text"] for prompt in plan.job["prompts"])
