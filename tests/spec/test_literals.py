"""`{value: …}`: values that are meant as they stand, mappings and lists among them, and what the job calls them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.load import load_catalog
from pipeline.spec.job import JobSpec
from pipeline.spec.literals import json_text
from pipeline.sweep.cell import Sweep
from pipeline.sweep.expand import expand

if TYPE_CHECKING:
    from tests.spec.conftest import Bench

HEAD = "version: 1\nname: a\nprovider: emulator\n"
JOB = (
    HEAD
    + """prompts: {p: "{{ look }}"}
matrix:
  model: flux-dev
  look:
    - {id: one, value: {mood: "{{ sad }}", who: [{name: Ann}, {name: "Tom \\"T\\""}]}}
    - {value: {mood: glad, size: 2.0}}
    - plain
"""
)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def sweep_of(bench: Bench, text: str) -> Sweep:
    sweep, findings = expand(bench.spec(text), load_catalog())
    assert findings == []
    assert sweep is not None
    return sweep


def prompts_of(sweep: Sweep) -> list[object]:
    return [cell.task.request.params["prompt"] for cell in sweep.cells]


def test_a_mapping_is_sent_as_its_json_and_never_rendered(bench: Bench) -> None:
    assert prompts_of(sweep_of(bench, JOB)) == [
        '{"mood": "{{ sad }}", "who": [{"name": "Ann"}, {"name": "Tom \\"T\\""}]}',
        '{"mood": "glad", "size": 2}',
        "plain",
    ]


def test_templates_read_its_parts(bench: Bench) -> None:
    text = JOB.replace("{{ look }}", "{{ look.mood }} {{ look.who[1].name }} {{ look.who }}").replace(
        "    - plain\n", ""
    )
    (prompt,) = prompts_of(sweep_of(bench, text.replace("    - {value: {mood: glad, size: 2.0}}\n", "")))
    assert prompt == '{{ sad }} Tom "T" [{"name": "Ann"}, {"name": "Tom \\"T\\""}]'


def test_how_it_is_written_changes_no_key(bench: Bench) -> None:
    written = JOB.replace("{mood: glad, size: 2.0}", "\n        mood: 'glad'\n        size: 2\n")
    assert written != JOB
    assert (
        sweep_of(bench, JOB).tasks().keys()
        == sweep_of(bench, written.replace("- {value:", "- value:").replace("\n}", "\n")).tasks().keys()
    )


def test_its_label_names_it_everywhere(bench: Bench) -> None:
    text = JOB + "  guidance: [{value: 2.5, id: low}, {value: 5, id: high}]\n"
    text += "  exclude: [{look: plain, guidance: low}]\n  include: [{look: plain, guidance: low, seed: 2}]\n"
    sweep = sweep_of(bench, text)
    assert [cell.label for cell in sweep.cells] == [
        "p_flux-dev_s1_auto_one_low",
        "p_flux-dev_s1_auto_one_high",
        "p_flux-dev_s1_auto_mood-glad-size-2_low",
        "p_flux-dev_s1_auto_mood-glad-size-2_high",
        "p_flux-dev_s1_auto_plain_high",
        "p_flux-dev_s2_auto_plain_low",
    ]
    assert sweep.cells[0].axes["guidance"] == "low"
    assert sweep.cells[0].task.request.params["guidance"] == 2.5


def test_a_literal_text_is_no_range(bench: Bench) -> None:
    text = HEAD + "prompts: {p: '{{ span }}'}\nmatrix: {model: flux-dev, span: [{value: 1..3}, 7..8]}\n"
    assert prompts_of(sweep_of(bench, text)) == ["1..3", "7", "8"]


def test_it_may_stand_wherever_a_value_may(bench: Bench) -> None:
    (bench.root / "jobs" / "rows.jsonl").write_text('{"kit": {"lens": "35mm"}, "unread": [1]}\n')
    text = (
        HEAD
        + """vars: {film: {value: [kodak, fuji]}}
prompts:
  p: "{{ film[1] }} {{ scene.light.kind }} {{ kit.lens }} {{ kit }}"
  j: {value: {shot: wide}}
  k: {value: {shot: "{{ wide }}"}, raw: true}
matrix:
  model: flux-dev
  scene: [{light: {value: {kind: soft}}}]
  row: {file: rows.jsonl}
"""
    )
    spec = bench.spec(text)
    assert JobSpec.model_validate_json(json.dumps(spec.snapshot())) == spec
    assert prompts_of(sweep_of(bench, text)) == [
        'fuji soft 35mm {"lens": "35mm"}',
        '{"shot": "wide"}',
        '{"shot": "{{ wide }}"}',
    ]


@given(TREES)
def test_its_text_reads_back_as_the_same(tree: Any) -> None:
    assert json.loads(json_text(tree)) == tree


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id: one,", "id: [1],", "8:12 matrix.look[0].id: got a list; expected a label"),
        ("id: one,", "id: plain,", "matrix.look[0]: two values are labelled `plain`; give each value its own `id`"),
        ("id: one,", "di: one,", "beside `value` there can be no `di`; did you mean `id`?"),
        (
            "- plain",
            "- {value: {size: 2, mood: glad}, when: {model: flux-dev}}",
            "there can be no `when`; there is `id`",
        ),
        ("- plain", "- {value: {mood: glad, size: 2}}", "stands on this axis twice"),
        ("model: flux-dev", "model: {value: flux-dev}", "matrix.model: got a mapping; expected a list of values"),
        ("model: flux-dev", "model: [{value: flux-dev}]", "6:11 matrix.model[0]: got a mapping; expected one value"),
        ("matrix:", "params: {steps: {value: 9, id: few}}\nmatrix:", "there can be no `id`; remove it"),
        (
            'p: "{{ look }}"',
            "p: '{{ look }}', j: {value: {a: '{{ b }}'}}",
            "would be sent as it stands; write the JSON",
        ),
        ('p: "{{ look }}"', "p: '{{ look }}', j: {value: {a: b}, text: c}", "beside `value` there can be no `text`"),
    ],
)
def test_what_is_wrong_with_it_is_told_once(bench: Bench, old: str, new: str, said: str) -> None:
    assert old in JOB
    found = bench.problems(JOB.replace(old, new, 1))
    assert len(found) == 1, found
    assert said in found[0]


def test_a_mapping_cannot_be_a_number(bench: Bench) -> None:
    text = HEAD + "prompts: {p: a cat}\nmatrix: {model: flux-dev}\nparams: {steps: {value: {a: 1}}}\n"
    _, findings = expand(bench.spec(text), load_catalog())
    assert [found.message for found in findings] == ['`{"a": 1}` cannot be `steps` on `flux-dev`']
