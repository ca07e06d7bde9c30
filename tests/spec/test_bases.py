"""What a job file stands on: files that it extends, and its project's defaults."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.source.document import Document
from pipeline.source.reader import parse_yaml

if TYPE_CHECKING:
    from tests.spec.conftest import Bench

CHILD = "extends: base.yaml\nname: child\nmatrix: {seed: [7]}\n"


@pytest.fixture
def based(bench: Bench, teapot: str) -> Bench:
    """A bench with the teapot job as the file to stand on."""
    (bench.root / "jobs" / "base.yaml").write_text(teapot)
    return bench


def _axes(bench: Bench, text: str) -> dict[str, tuple[object, ...]]:
    return {axis.name: axis.values for axis in bench.spec(text).matrix.axes}


def test_mappings_are_merged_and_lists_and_values_replaced(based: Bench) -> None:
    spec = based.spec(CHILD.replace("[7]", "[7], exclude: [{seed: 7, prompt: lit}]"))
    axes = {axis.name: axis.values for axis in spec.matrix.axes}
    assert axes["seed"] == (7,)
    assert axes["model"] == ("flux-pro-1.1", "flux-2-flex")
    assert list(axes) == ["prompt", "model", "seed", "size", "scene"]
    assert [sorted(line) for line in spec.matrix.exclude] == [["prompt", "seed"]]
    assert (spec.name, spec.budget.images) == ("child", 100)


def test_a_chain_of_files_and_a_folder_above(based: Bench, teapot: str) -> None:
    (based.root / "deep.yaml").write_text(teapot)
    (based.root / "jobs" / "base.yaml").write_text("extends: ../deep.yaml\nbudget: {images: 7}\n")
    spec = based.spec("extends: base.yaml\nname: child\n")
    assert (spec.budget.images, spec.budget.usd) == (7, 5_000_000)


@pytest.mark.parametrize(
    ("child", "base", "said"),
    [
        (
            CHILD,
            ("steps: 36", "stepz: 36"),
            "jobs/base.yaml:20:49 overrides[0].set.stepz: `stepz` is no parameter;",
        ),
        (CHILD, ("cometapi ", "cometapo "), "jobs/base.yaml:3:11 provider: `cometapo` is no provider; did you mean"),
        (CHILD, ("{images", "{imagse"), "jobs/base.yaml:21:10 budget.imagse: unknown key"),
        (CHILD, ("vars: {", "vars: {x: [*a, "), "jobs/base.yaml:4:"),
        (CHILD, ("scene:", "seen: 3\n  scene:"), "jobs/base.yaml:14:3 matrix.seen: `seen` is read by no template"),
        (CHILD.replace("[7]", "seven"), None, "jobs/job.yaml:3:16 matrix.seed: got the text 'seven'"),
        (
            CHILD.replace("base.yaml", "bsae.yaml"),
            None,
            "1:10 extends: there is no file `bsae.yaml`; did you mean `b",
        ),
        (CHILD.replace("base.yaml", "job.yaml"), None, "extends itself: jobs/job.yaml → jobs/job.yaml; name another"),
        (CHILD.replace("base.yaml", "[a, b]"), None, "1:10 extends: got a list; expected the name of a file"),
        (CHILD.replace("base.yaml", "x" * 300), None, "1:10 extends: `xxxx"),
        (CHILD.replace("extends", "extend"), None, "1:1 extend: unknown key `extend`; did you mean `extends`?"),
        (CHILD + "params: {steps: 30}\n", ("params: {", "old_params: {"), "base.yaml:19:1 old_params: unknown key"),
        (CHILD, ("version: 1\n", "extends: job.yaml\n"), "jobs/job.yaml → jobs/base.yaml → jobs/job.yaml; name"),
    ],
)
def test_a_mistake_is_told_where_it_stands(based: Bench, child: str, base: tuple[str, str] | None, said: str) -> None:
    file = based.root / "jobs" / "base.yaml"
    if base is not None:
        assert base[0] in file.read_text()
        file.write_text(file.read_text().replace(*base, 1))
    found = based.problems(child)
    assert any(said in problem for problem in found), found
    assert all(problem.startswith("jobs/") for problem in found)


def test_two_mistakes_in_two_files_are_told_together(based: Bench) -> None:
    file = based.root / "jobs" / "base.yaml"
    file.write_text(file.read_text().replace("usd: 5.00", "usd: five"))
    first, second = based.problems(CHILD + "run: {active: many}\n")
    assert first.startswith("jobs/base.yaml:21:28 budget.usd: ")
    assert second.startswith("jobs/job.yaml:4:15 run.active: ")


def test_what_a_job_does_not_need_of_its_base_is_no_mistake_and_its_own_word_goes_first(based: Bench) -> None:
    matrix = "{prompt: plain, seed: 7, size: 16:9, exclude: [], include: [], product: [a, b], scene: [{surface: ice}]}"
    spec = based.spec(f"extends: base.yaml\nname: child\nmatrix: {matrix}\n")
    assert [prompt.id for prompt in spec.prompts] == ["plain"]
    assert (spec.vars, spec.sizes) == ({}, {})


def test_what_one_file_sets_twice_stays_a_mistake(based: Bench) -> None:
    file = based.root / "jobs" / "base.yaml"
    file.write_text(file.read_text().replace("seed: 1..4", "product: [a, b]"))
    (found,) = based.problems(CHILD)
    assert found.startswith("jobs/base.yaml:12:3 matrix.product: `product` is set here and by `vars.product` at line 4")


def _project(bench: Bench, text: str) -> None:
    (bench.root / "fluxsweep.yaml").write_text(text)


@pytest.mark.parametrize("text", ["", "# This file marks the project.\n"])
def test_an_empty_file_only_marks_the_project(bench: Bench, teapot: str, text: str) -> None:
    alone = bench.spec(teapot)
    _project(bench, text)
    assert bench.spec(teapot) == alone


def test_defaults_of_the_project_stand_below_every_file(based: Bench) -> None:
    _project(based, "budget: {images: 3, usd: 9}\nrun: {submits: 2, active: 5}\nupsampling: as-is\n")
    spec = based.spec(CHILD)
    assert (spec.budget.images, spec.budget.usd) == (100, 5_000_000)
    assert (spec.run.submits, spec.run.active) == (2, 24)
    assert spec.upsampling == "as-is"


def test_a_default_that_the_job_does_not_need_is_no_mistake(bench: Bench, teapot: str) -> None:
    _project(
        bench,
        "vars: {light: soft, surface: stone}\nsizes: {wide: 16:9}\nparams: {guidance: 3, aspect_ratio: '16:9'}\n"
        "report: {rows: [subject]}\n",
    )
    alone = teapot.replace("report: {columns: [model, size], rows: [prompt, scene]}\n", "")
    spec = bench.spec(alone.replace("set: {steps: 36}", "set: {steps: 36, guidance: 4}"))
    assert spec.vars == {"product": "ceramic teapot"}
    assert spec.sizes == {"square": "1024x1024"}
    assert spec.report.rows is None
    assert set(spec.params) == {"output_format", "safety_tolerance", "guidance"}


def test_a_default_that_the_job_needs_is_read(bench: Bench, teapot: str) -> None:
    _project(bench, "vars: {product: glass}\nsizes: {square: 512x512}\n")
    spec = bench.spec(teapot.replace("vars: {product: ceramic teapot}", "#").replace("sizes: {square: 1024x1024}", "#"))
    assert (spec.vars, spec.sizes) == ({"product": "glass"}, {"square": "512x512"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x\n", "fluxsweep.yaml:1:1 name: `name` belongs in a job file; keep what every job of the project has"),
        ("matrix: {seed: 1}\n", "fluxsweep.yaml:1:1 matrix: `matrix` belongs in a job file"),
        ("extends: a.yaml\n", "fluxsweep.yaml:1:1 extends: `extends` belongs in a job file"),
        ("bugdet: {usd: 1}\n", "fluxsweep.yaml:1:1 bugdet: unknown key `bugdet`; did you mean `budget`?"),
        ("params: {stepz: 20}\n", "fluxsweep.yaml:1:10 params.stepz: `stepz` is no parameter; did you mean `steps`?"),
        ("[a]\n", "fluxsweep.yaml:1:1 got a list; expected a job"),
        ("a: [\n", "fluxsweep.yaml:"),
    ],
)
def test_a_mistake_in_the_defaults_is_told_there(bench: Bench, teapot: str, text: str, said: str) -> None:
    _project(bench, text)
    (found,) = bench.problems(teapot)
    assert found.startswith(said)


def test_a_file_above_the_project_is_not_its_own(bench: Bench, teapot: str) -> None:
    inner = bench.root / "inner"
    (inner / ".git").mkdir(parents=True)
    _project(bench, "budget: {images: 0}\n")
    (bench.root / "jobs").rename(inner / "jobs")
    (bench.root / "templates").rename(inner / "templates")
    bench.path = Path("inner/jobs/job.yaml")
    assert bench.spec(teapot).budget.images == 100


TREES = st.recursive(
    st.integers(0, 9) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)


def _document(name: str, tree: Any) -> Document:
    import json

    return parse_yaml(json.dumps(tree), name)


def _merged(below: Any, above: Any) -> Any:
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {
        key: _merged(below[key], above[key]) if key in below and key in above else (below | above)[key]
        for key in below | above
    }


def _paths(tree: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return {path}.union(*(_paths(value, (*path, key)) for key, value in inner))


@given(st.dictionaries(st.sampled_from("abc"), TREES), st.dictionaries(st.sampled_from("abc"), TREES))
def test_every_value_of_a_merged_document_has_the_place_where_it_stands(below: Any, above: Any) -> None:
    job = Document("job", {})
    job.lay(_document("base", below))
    job.lay(_document("job", above))
    assert job.value == _merged(below, above)
    assert set(job.marks) == _paths(job.value)
    for path in job.marks:
        owner = job.marks[path].file or "job"
        assert path in _paths(above if owner == "job" else below), (path, owner)
