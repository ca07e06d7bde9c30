"""What a job may say."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.spec.job import Axis, Compound, Draw, JobSpec, Sample
from pipeline.sweep.cell import Price
from pipeline.sweep.expand import expand

if TYPE_CHECKING:
    from tests.spec.conftest import Bench

HEAD = "version: 1\nname: a\nprovider: emulator\n"


def axis(spec: JobSpec, name: str) -> Axis:
    return next(axis for axis in spec.matrix.axes if axis.name == name)


def test_the_shortest_job_gets_every_standing_axis(bench: Bench) -> None:
    spec = bench.spec(HEAD + "prompts: {one: a cat, two: a dog}\nmatrix: {model: flux-dev}\n")
    assert [(axis.name, axis.values) for axis in spec.matrix.axes] == [
        ("prompt", ("one", "two")),
        ("seed", (1,)),
        ("size", ("auto",)),
        ("model", ("flux-dev",)),
    ]
    assert (spec.upsampling, spec.budget.usd, spec.run.on_doubt, spec.trust_env) == ("off", None, "hold", False)


def test_axes_are_told_apart_by_their_names(bench: Bench) -> None:
    spec = bench.spec(
        HEAD
        + """prompts: {one: "a {{ animal }} at {{ steps }} steps by {{ model }}"}
matrix:
  model: [flux-dev]
  animal: [cat, 16:9, no]
  steps: 20..22
  guidance: [2.5, null]
  repeat: 2
  size: [16:9@2MP, auto]
  exclude: [{steps: 21, animal: [cat, no]}, {guidance: null}]
  include: [{seed: 3..4, animal: dog}]
"""
    )
    kinds = {axis.name: axis.kind for axis in spec.matrix.axes}
    assert kinds["animal"] == "variable"
    assert kinds["steps"] == kinds["guidance"] == "param"
    assert axis(spec, "animal").values == ("cat", "16:9", "no")
    assert axis(spec, "steps").values == (20, 21, 22)
    assert axis(spec, "repeat").values == (1, 2)
    assert spec.matrix.exclude == ({"steps": (21,), "animal": ("cat", "no")}, {"guidance": (None,)})
    assert spec.matrix.include == ({"seed": (3, 4), "animal": ("dog",)},)


def test_a_compound_axis_may_set_axes_and_parameters(bench: Bench) -> None:
    spec = bench.spec(
        HEAD
        + """prompts: {one: "{{ arm }}, {{ arm.light }}"}
matrix:
  arm:
    - {model: flux-dev, size: 16:9, steps: 20, light: dawn}
    - {model: flux-dev, size: auto, steps: null, light: dusk}
    - {id: pro, model: flux-2-pro, size: auto, light: noon}
"""
    )
    assert [axis.name for axis in spec.matrix.axes] == ["prompt", "seed", "arm"]
    labels = [value.id for value in axis(spec, "arm").values if isinstance(value, Compound)]
    assert labels == ["flux-dev-16:9-20-dawn", "flux-dev-auto-null-dusk", "pro"]


def test_a_range_stands_for_its_numbers_on_any_axis_of_numbers(bench: Bench) -> None:
    (bench.root / "jobs" / "ages.txt").write_text("1..3\n")
    spec = bench.spec(
        HEAD
        + """prompts: {one: "a {{ year }} {{ span }}"}
matrix:
  model: flux-dev
  guidance: [1.5..2.5 step 0.5, 4]
  steps: 10..30 step 10
  year: 1950..1990 step 20
  span: {file: ages.txt}
  exclude: [{year: 1951..1980}, {steps: 11..30, guidance: 1..2 step 0.5}]
"""
    )
    assert axis(spec, "guidance").values == (1.5, 2, 2.5, 4)
    assert axis(spec, "steps").values == (10, 20, 30)
    assert axis(spec, "year").values == (1950, 1970, 1990)
    assert axis(spec, "span").values == ("1..3",)
    assert spec.matrix.exclude == ({"year": (1970,)}, {"steps": (20, 30), "guidance": (1.5, 2)})


def test_an_axis_may_be_confined_to_some_cells(bench: Bench) -> None:
    spec = bench.spec(
        HEAD
        + """prompts: {one: "a cat, {{ light }}{% if scene is defined %}{{ scene.surface }}{% endif %}"}
matrix:
  model: [flux-dev, flux-2-flex]
  light: [dawn, dusk]
  steps: {values: 20..22, when: {model: flux-2-flex, light: [dawn, dusk], scene: sea}}
  scene: {values: [{surface: sea, guidance: 3}, {surface: sky, guidance: 4}], when: {model: flux-2-flex}}
params: {guidance: 2, steps: 28}
overrides: [{match: {model: flux-dev}, set: {steps: 30}}]
"""
    )
    assert axis(spec, "steps").values == (20, 21, 22)
    assert axis(spec, "steps").when == {"model": ("flux-2-flex",), "light": ("dawn", "dusk"), "scene": ("sea",)}
    assert axis(spec, "scene").kind == "compound"
    assert axis(spec, "light").when == {}


def test_an_axis_may_be_drawn_and_a_matrix_kept_in_part(bench: Bench) -> None:
    spec = bench.spec(
        HEAD
        + """prompts: {one: "{{ who }}, {{ lens }}, {{ light }}"}
max_tasks: 500
matrix:
  model: flux-dev
  who: [Anna, Ben]
  seed: {random: 2, per: who}
  light: {random: 1, of: [dawn, dusk], from: shoot-1, per: [who, seed]}
  kit: {random: 1, of: [{lens: 35mm, steps: 20}, {lens: 85mm, steps: 30}], when: {who: Ben}, per: seed}
  only: [{who: Ben}]
  sample: {n: 3, from: 8}
  order: depth
"""
    )
    assert axis(spec, "seed") == Axis(name="seed", kind="seed", values=(), draw=Draw(n=2, salt=0, per=("who",)))
    assert axis(spec, "light").values == ("dawn", "dusk")
    assert axis(spec, "light").draw == Draw(n=1, salt="shoot-1", per=("who", "seed"))
    assert axis(spec, "kit").when == {"who": ("Ben",)}
    assert spec.matrix.sample == Sample(n=3, salt=8)
    assert (spec.matrix.only, spec.matrix.order, spec.max_tasks) == (({"who": ("Ben",)},), "depth", 500)


def test_a_comment_that_ends_an_unquoted_prompt_is_noted(bench: Bench) -> None:
    text = """prompts:
  shop: a shop sign, "Room #4" #5 in gold  # a comment
  quoted: "room #4 #5"  # a comment
  glued: room#4
  folded: a long
    prompt # and more
matrix: {model: flux-dev}
"""
    assert bench.load(HEAD + text).notes == [
        "jobs/job.yaml:5: the prompt `shop` ends before ` #`; quote it if that is part of it",
        "jobs/job.yaml:8: the prompt `folded` ends before ` #`; quote it if that is part of it",
    ]
    assert bench.spec(HEAD + text).prompts[0].text == 'a shop sign, "Room'


def test_a_block_prompt_keeps_its_inner_lines(bench: Bench) -> None:
    spec = bench.spec(HEAD + "prompts:\n  one: |\n\n    a cat\n\n    on a mat\n\nmatrix: {model: flux-dev}\n")
    assert spec.prompts[0].text == "a cat\n\non a mat"


PICTURE = base64.b64encode(bytes(range(64))).decode()


@pytest.mark.parametrize("image", ["https://example.org/a.png", PICTURE, f"data:image/png;base64,{PICTURE}"])
def test_an_input_image_is_a_url_or_base64(bench: Bench, image: str) -> None:
    text = f"prompts: {{a: a cat}}\nmatrix: {{model: flux-dev}}\nparams: {{image_prompt: '{image}'}}\n"
    assert bench.spec(HEAD + text).params == {"image_prompt": image}


def test_prices_of_ones_own_go_before_the_list(bench: Bench) -> None:
    text = """prompts: {a: a cat}
matrix: {model: [flux-dev, flux-2-pro, flux-2-flex], size: [1024x1024, 2048x1024],
         exclude: [{model: flux-dev, size: 2048x1024}]}
prices: {flux-2-flex: 0.0425, flux-2-pro: {first: 0.02, further: 0.01}}
"""
    sweep, _ = expand(bench.spec(HEAD.replace("emulator", "cometapi") + text), load_catalog())
    assert sweep is not None
    prices = {(cell.task.request.model, cell.sent_size): cell.price for cell in sweep.cells}
    assert prices["flux-2-flex", "1024x1024"] == prices["flux-2-flex", "2048x1024"] == Price(42_500, "yours")
    assert prices["flux-2-pro", "1024x1024"] == Price(20_000, "yours")
    assert prices["flux-2-pro", "2048x1024"] == Price(30_000, "yours")
    assert prices["flux-dev", "1024x1024"].source.startswith("about: ")


def test_money_may_be_quoted_and_stays_exact(bench: Bench) -> None:
    text = "prompts: {a: a cat}\nmatrix: {model: flux-dev}\nbudget: {usd: '0.1'}\nreport: {rows: seed}\n"
    spec = bench.spec(HEAD + text)
    assert spec.budget.usd == 100_000
    assert spec.report.rows == ("seed",)
