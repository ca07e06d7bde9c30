"""A job put together and looked at: base files, changes of the command line, one file of it all, one cell of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.manifest.read import read_manifest
from tests.commands.bench import Bench
from tests.commands.conftest import Emulate
from tests.truth import ledger_lines

ROOT = Path(__file__).resolve().parents[2]


def based(bench: Bench) -> Path:
    """A job that stands on another, in a project with defaults of its own."""
    bench.job(more="vars: {place: a table}").rename(bench.root / "base.yaml")
    base = bench.root / "base.yaml"
    base.write_text(base.read_text().replace('"a {{ thing }}"', '"a {{ thing }} on {{ place }}"'))
    (bench.root / "fluxsweep.yaml").write_text("budget: {images: 40}\nvars: {mood: calm}\nsizes: {small: 256x256}\n")
    job = bench.root / "child.yaml"
    job.write_text("extends: base.yaml\nname: child\nmatrix: {thing: [fox, owl]}\nvars: {place: '16:9'}\n")
    return job


def test_what_a_change_makes_of_a_job_is_planned_bought_and_recorded(bench: Bench, emulate: Emulate) -> None:
    real = bench.real(emulate())
    job = bench.job()
    change = ["--set", "matrix.seed=7", "--set", "vars.thing=x"]
    refused = bench.call("run", job, "--yes", "-o", "out", *change, **real)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert refused.err.startswith("--set vars.thing=x: vars.thing: `thing` is set here and by `matrix.thing`"), (
        refused.err
    )
    assert not bench.out.exists()
    ended = bench.call("run", job, "--yes", "-o", "out", *change[:2], **real)
    assert ended.code == 0, ended.err
    assert {line["body"]["seed"] for line in ledger_lines(bench.ledger)} == {7}
    plan = read_manifest(bench.out / "manifest.jsonl").manifest.plan
    assert plan is not None
    assert [axis["values"] for axis in plan.job["matrix"]["axes"] if axis["name"] == "seed"] == [[7]]


def test_the_resolved_job_is_the_job(bench: Bench) -> None:
    job = based(bench)
    change = ["--set", "matrix.seed=3..4", "--set", "params.safety_tolerance=1"]
    plan = bench.call("plan", job, "--json", *change).json
    resolved = bench.call("plan", job, "--resolved", *change)
    assert resolved.code == 0, resolved.err
    for name in ("mood", "small", "extends"):
        assert name not in resolved.out
    assert 'place: "16:9"' in resolved.out
    whole = bench.root / "whole.yaml"
    whole.write_text(resolved.out)
    again = bench.call("plan", whole, "--json").json
    assert (again["digest"], again["cells"]) == (plan["digest"], plan["cells"])
    assert bench.call("plan", whole, "--resolved").out == resolved.out


@pytest.mark.parametrize("name", ["teapot-ab", "quickstart", "portrait-dataset"])
def test_a_shipped_job_resolved_is_the_same_job(bench: Bench, name: str) -> None:
    job = ROOT / "jobs" / f"{name}.yaml"
    resolved = bench.call("plan", job, "--resolved")
    (bench.root / "templates").symlink_to(ROOT / "templates")
    copy = bench.root / "whole.yaml"
    copy.write_text(resolved.out)
    assert bench.call("plan", copy, "--json").json["digest"] == bench.call("plan", job, "--json").json["digest"]


def test_a_mistake_in_a_base_is_told_there(bench: Bench) -> None:
    job = based(bench)
    base = bench.root / "base.yaml"
    base.write_text(base.read_text().replace("output_format: png", "output_fromat: png"))
    for verb in ("plan", "run", "rehearse"):
        ended = bench.call(verb, job)
        assert (ended.code, ended.out) == (2, "")
        assert ended.err.startswith(f"{base}:10:10 params.output_fromat: `output_fromat` is no parameter; did you mean")


def test_a_check_says_what_is_wrong_to_a_script_too(bench: Bench) -> None:
    right = bench.call("plan", bench.job(), "--check", "--json")
    assert (right.code, right.err) == (0, "")
    assert (right.json["right"], right.json["cells"], right.json["problems"]) == (True, 4, [])
    assert bench.call("plan", bench.job(), "--json").json["digest"] == right.json["digest"]
    wrong = bench.call("plan", bench.job(more="bugdet: {usd: 1}\nrun_: 3"), "--check", "--json")
    assert (wrong.code, wrong.err, wrong.json["right"]) == (2, "", False)
    first = wrong.json["problems"][0]
    assert (first["line"], first["column"], first["path"], first["hint"]) == (12, 1, "bugdet", "did you mean `budget`?")


def test_a_check_warns_of_what_a_plan_would_warn_of(bench: Bench) -> None:
    cut = bench.job()
    cut.write_text(cut.read_text().replace('{plain: "a {{ thing }}"}', "\n  plain: a {{ thing }} #1"))
    told = bench.call("plan", cut, "--check")
    assert told.code == 0
    assert "right; 4 cells, 4 tasks" in told.out + told.err
    assert "the prompt `plain` ends before ` #`; quote it if that is part of it" in told.out + told.err
    assert "ends before ` #`" in bench.call("plan", cut, "--check", "--json").json["notes"][0]
    one = bench.call("plan", cut, "--set", "matrix.thing=[owl]", "--set", "matrix.seed=1", "--check")
    assert "right; 1 cell, 1 task\n" in one.out + one.err


def test_a_cell_is_explained_by_label_or_key(bench: Bench) -> None:
    job = based(bench)
    label = "plain_flux-dev_s2_256x256_owl"
    tree = bench.call("plan", job, "--explain", label, "--json", "--set", "params.output_format=jpeg").json
    sent = {source["name"]: (source["value"], source["from"], source["over"]) for source in tree["sent"]}
    assert sent["output_format"][:2] == ("jpeg", "params.output_format (--set params.output_format=jpeg)")
    assert sent["seed"][:2] == (2, f"matrix.seed[1] ({bench.root / 'base.yaml'}:7)")
    read = {source["name"]: source["from"] for source in tree["read"]}
    assert read == {"thing": f"matrix.thing[1] ({job}:3)", "place": f"vars.place ({job}:4)"}
    lines = bench.call("plan", job, "--explain", tree["key"][:9], "--set", "params.output_format=jpeg").out
    assert lines.startswith(f"{label}  {tree['key']}\n  exists      the product of the axes makes it\n")
    wrong = bench.call("plan", job, "--explain", "plain_flux-dev_s2_256x256_olw")
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err.endswith(f"did you mean `{label}`?\n")


def test_every_cell_is_listed_with_its_step(bench: Bench) -> None:
    job = bench.job(more="prices: {flux-dev: 0.02}")
    listed = bench.call("plan", job, "-o", "out", "--all", "--limit", "1").out.splitlines()
    assert [line.split()[1:4] for line in listed if "s1" in line] == [["to", "buy", "$0.02"], ["to", "buy", "later"]]
    told = bench.call("plan", job, "-o", "out", "--all", "--json", "--limit", "1").json
    assert [cell["step"] for cell in told["all"]] == ["submit", "later", "later", "later"]
    assert told["models"] == [{"model": "flux-dev", "submit": 1, "price": 0.02, "source": "yours"}]
    assert json.dumps(told).count(told["digest"]) == 1
