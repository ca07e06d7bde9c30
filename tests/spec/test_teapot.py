"""The teapot job: what it comes to, and a typo in every one of its keys."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pipeline.spec.job import Axis, Compound, JobSpec, Prompt

if TYPE_CHECKING:
    from tests.spec.conftest import Bench

_KEYS = (
    "version name provider vars product prompts plain lit file sizes square matrix prompt model seed size "
    "scene surface lighting surface lighting exclude model size include model seed params output_format "
    "safety_tolerance overrides match model set steps budget images usd run active give_up poll min "
    "on_doubt report columns rows "
)
KEYS = _KEYS.split()


MISSPELLINGS: dict[str, Callable[[str], str]] = {
    "dropped": lambda key: key[:-1],
    "doubled": lambda key: key[0] + key,
    "swapped": lambda key: key[1] + key[0] + key[2:],
    "longer": lambda key: key + "x",
    "capital": str.upper,
}


def test_the_whole_job_is_read(bench: Bench, teapot: str) -> None:
    spec = bench.spec(teapot)
    assert spec.prompts[1] == Prompt(
        id="lit", text="studio photograph of a {{ product }} on {{ surface }}, lit by {{ lighting }}", file="studio.j2"
    )
    assert [axis.name for axis in spec.matrix.axes] == ["prompt", "model", "seed", "size", "scene"]
    assert spec.matrix.axes[2] == Axis(name="seed", kind="seed", values=(1, 2, 3, 4))
    assert spec.matrix.axes[4].values[0] == Compound(id="marble", sets={"surface": "marble", "lighting": "a softbox"})
    assert spec.matrix.exclude == ({"model": ("flux-pro-1.1",), "size": ("1344x768",)},)
    assert spec.matrix.include == ({"model": ("flux-2-pro",), "seed": (1,)},)
    assert (spec.budget.images, spec.budget.usd) == (100, 5_000_000)
    assert (spec.run.give_up, spec.run.poll.min, spec.run.submits) == (300.0, 2.0, 4)
    assert spec.report.rows == ("prompt", "scene")


def test_the_snapshot_reads_back_as_the_same_spec(bench: Bench, teapot: str) -> None:
    spec = bench.spec(teapot)
    assert JobSpec.model_validate_json(json.dumps(spec.snapshot())) == spec


@pytest.mark.parametrize("way", MISSPELLINGS)
def test_a_typo_in_any_key_is_one_error_at_its_line_with_the_key_meant(bench: Bench, teapot: str, way: str) -> None:
    code = re.sub(r"#.*", lambda comment: " " * len(comment[0]), teapot)
    keys = list(re.finditer(r"(?<=[\s{])[a-z_]+(?=:\s)|^[a-z]+(?=:)", code))
    assert [key[0] for key in keys] == KEYS
    for key in keys:
        typo = MISSPELLINGS[way](key[0])
        loaded = bench.load(teapot[: key.start()] + typo + teapot[key.end() :])
        line = teapot.count("\n", 0, key.start()) + 1
        column = key.start() - teapot.rfind("\n", 0, key.start())
        assert [problem[:3] for problem in loaded.problems] == [("jobs/job.yaml", line, column)], (
            typo,
            loaded.problems,
        )
        assert f"did you mean `{key[0]}`" in str(loaded.problems[0])
        assert loaded.spec is not None, typo


def test_mistakes_everywhere_are_told_together_by_line(bench: Bench, teapot: str) -> None:
    text = teapot.replace("name: teapot-ab", "nmae: teapot-ab").replace("flux-2-flex]", "flux-2-flax]")
    text = text.replace("seed: 1..4", "seed: 012").replace("usd: 5.00", "usd: lots").replace("hold", "retry")
    loaded = bench.load(text)
    assert [problem.line for problem in loaded.problems] == [2, 11, 12, 21, 22]
    assert loaded.spec is not None
    assert loaded.spec.name == "teapot-ab"
    assert loaded.spec.matrix.axes[1].values == ("flux-pro-1.1", "flux-2-flex")
