"""Prompts: what templates read, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.load import load_catalog
from pipeline.spec.job import JobSpec
from pipeline.sweep.cell import Finding
from pipeline.sweep.expand import expand

MakeJob = Callable[..., JobSpec]
URL = "https://example.com/a.png"


def rendered(spec: JobSpec) -> list[object]:
    sweep, findings = expand(spec, load_catalog())
    assert findings == []
    assert sweep is not None
    return [cell.task.request.params.get("prompt") for cell in sweep.cells]


def findings_of(spec: JobSpec) -> list[Finding]:
    sweep, findings = expand(spec, load_catalog())
    assert sweep is None
    return findings


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ product }} {{ many }}", "teapot 2"),
        ("{{ arm.light }} {{ light }} {{ arm }} {{ arm.id }} {{ arm['light'] }}", "soft soft one one soft"),
        ("{{ steps }} {{ seed }} {{ model }} {{ size }}", "30 1 flux-2-flex 1024x1024"),
        ("  a\r\n b \n", "a\n b"),
        ("<b> & \"x\" {{ '<' }}", '<b> & "x" <'),
        ("{% if raw is defined %}raw{% else %}cooked{% endif %}", "cooked"),
    ],
)
def test_a_template_reads_constants_axes_and_parts(job: MakeJob, template: str, text: str) -> None:
    axes: dict[str, Any] = {"many": [2.0], "steps": [30], "arm": [{"id": "one", "light": "soft"}]}
    assert rendered(job({"p": template}, axes, vars={"product": "teapot"})) == [text]


@given(word=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1))
def test_a_value_is_never_rendered_again(job: MakeJob, word: str) -> None:
    value = "{{ seed }}{% if x %}" + word
    assert rendered(job({"p": "a {{ thing }}."}, {"thing": [value]})) == [f"a {value}."]


def test_a_null_is_not_defined(job: MakeJob) -> None:
    template = "{% if steps is defined %}in {{ steps }} steps{% else %}freely{% endif %}"
    assert rendered(job({"p": template}, {"steps": [20, None]})) == ["in 20 steps", "freely"]


EMPTY = "give its `if` an `else`, or `exclude` those cells"


@pytest.mark.parametrize(
    ("template", "message", "hint"),
    [
        ("a {{ thin }}", "cannot be rendered: 'thin' is undefined", "did you mean `thing`?"),
        ("a {{ prompt }}", "cannot be rendered: 'prompt' is undefined", ""),
        ("a {{ thing", "cannot be rendered: unexpected end of template", ""),
        ("a {{ thing + 1 }}", "cannot be rendered: `+` takes two numbers or two texts", ""),
        ("a {{ thing.__class__.mro() }}", "cannot be rendered: a call is not allowed in a template", ""),
        ("{% if thing == 'cup' %}a cup{% endif %}", "the prompt comes out empty where thing: lamp", EMPTY),
    ],
)
def test_a_prompt_that_cannot_be_had_is_said_once(job: MakeJob, template: str, message: str, hint: str) -> None:
    axes = {"thing": ["lamp", "vase"], "seed": [1, 2]}
    (found,) = findings_of(job({"bad": template, "good": "a {{ thing }}"}, axes))
    assert found.path == ("prompts", "bad")
    assert found.message.startswith(message)
    assert found.hint == hint


def test_an_empty_prompt_is_taken_beside_an_input_image(job: MakeJob) -> None:
    needs = job({"p": " "}, {"model": ["flux-2-flex"]}, params={"input_image": URL})
    assert rendered(needs) == [""]
    takes = job({"p": " "}, {"model": ["flux-pro-1.1"]}, params={"image_prompt": URL})
    assert rendered(takes) == [None]
