"""A job with something changed at random is a spec, or problems: never a traceback."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import JobError
from pipeline.source.reader import read_yaml

if TYPE_CHECKING:
    from tests.spec.conftest import Bench

NAMES = ["steps", "raw", "image_prompt", "model", "prompt", "seed", "size", "exclude", "include", "repeat", "provider"]
NAMES += ["scene", "surface", "id", "when", "values", "file", "params", "vars", "width", "a b", "", "trust_env", "usd"]
LEAVES: list[Any] = [None, True, 0, -1, 2.5, 10**40, "", "x", "1..3", "3..1", "16:9", "plain", "flux-dev", "marble"]
LEAVES += ["{{ product }}", "{{ scene.foo }}", "{% for x in y %}", "cat.png", "a" * 500, "\u2028", [], {}, ["plain"]]
LEAVES += [[{}], [{"id": "x"}], [{"steps": 1}], [{"model": "flux-dev", "size": "auto"}], [["x"]], {"file": "studio.j2"}]
ONE_JOB = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return ([path] if path else []) + [place for key, value in inner for place in places(value, (*path, key))]


def mutate(draw: st.DrawFn, tree: Any) -> None:
    found = places(tree)
    if not found:
        return
    *parents, last = draw(st.sampled_from(found))
    parent = tree
    for step in parents:
        parent = parent[step]
    match draw(st.sampled_from(["drop", "replace", "rename", "add"])):
        case "drop":
            del parent[last]
        case "replace":
            parent[last] = copy.deepcopy(draw(st.sampled_from(LEAVES)))
        case "rename" if isinstance(parent, dict):
            parent[draw(st.sampled_from(NAMES))] = parent.pop(last)
        case "add" if isinstance(parent, dict):
            parent[draw(st.sampled_from(NAMES))] = copy.deepcopy(draw(st.sampled_from(LEAVES)))
        case _:
            parent.append(copy.deepcopy(draw(st.sampled_from(LEAVES)))) if isinstance(parent, list) else None


@st.composite
def trees(draw: st.DrawFn, text: str) -> Any:
    tree = read_yaml(text, "job.yaml").value
    for _ in range(draw(st.integers(1, 5))):
        mutate(draw, tree)
    return tree


def check(bench: Bench, text: str) -> None:
    try:
        loaded = bench.load(text)
    except JobError:
        return
    assert loaded.spec is not None or loaded.problems
    for problem in map(str, loaded.problems):
        assert "\n" not in problem
        assert len(problem) <= 3 * 120


@ONE_JOB
@given(data=st.data())
def test_a_job_of_any_shape_is_read_or_refused(bench: Bench, teapot: str, data: st.DataObject) -> None:
    check(bench, json.dumps(data.draw(trees(teapot)), indent=1))


@ONE_JOB
@given(data=st.data())
def test_a_job_with_any_letters_changed_is_read_or_refused(bench: Bench, teapot: str, data: st.DataObject) -> None:
    text = teapot
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 12)))
        text = text[:start] + data.draw(st.text("ab1:-[]{}#&*!|'\"% \n\t,.{}", max_size=6)) + text[end:]
    check(bench, text)


DEFAULTS = "budget: {usd: 1}\nvars: {mood: calm}\nsizes: {wide: 16:9}\nparams: {steps: 20}\nreport: {rows: [model]}\n"


@ONE_JOB
@given(data=st.data())
def test_what_a_job_stands_on_may_be_of_any_shape_too(bench: Bench, teapot: str, data: st.DataObject) -> None:
    (bench.root / "jobs" / "base.yaml").write_text(json.dumps(data.draw(trees(teapot))))
    (bench.root / "fluxsweep.yaml").write_text(json.dumps(data.draw(trees(DEFAULTS))))
    check(bench, "extends: base.yaml\nname: child\nmatrix: {seed: [7]}\n")
