"""Sweeps that people ask other tools for in vain, written as jobs and expanded."""

from __future__ import annotations

import json
from collections import Counter
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image

from pipeline.catalog.load import load_catalog
from pipeline.sweep.cell import Sweep
from pipeline.sweep.expand import expand

if TYPE_CHECKING:
    from tests.spec.conftest import Bench

HEAD = "version: 1\nname: a\nprovider: cometapi\n"


def sweep_of(bench: Bench, text: str) -> Sweep:
    sweep, findings = expand(bench.spec(HEAD + text), load_catalog())
    assert findings == []
    assert sweep is not None
    return sweep


def photos(bench: Bench, count: int) -> None:
    (bench.root / "jobs" / "photos").mkdir()
    for number in range(count):
        stream = BytesIO()
        Image.new("RGB", (256, 256), (number, 0, 0)).save(stream, "PNG")
        (bench.root / "jobs" / "photos" / f"p{number:02}.png").write_bytes(stream.getvalue())


def test_two_prompts_over_three_models_with_steps_on_one_of_them(bench: Bench) -> None:
    sweep = sweep_of(
        bench,
        """prompts: {plain: a teapot, lit: a teapot lit by a softbox}
matrix:
  model: [flux-pro-1.1, flux-2-pro, flux-2-flex]
  steps: {values: [10, 20, 40], when: {model: flux-2-flex}}
""",
    )
    assert Counter(cell.task.request.model for cell in sweep.cells) == {
        "flux-pro-1.1": 2,
        "flux-2-pro": 2,
        "flux-2-flex": 6,
    }


def test_five_hundred_subjects_with_a_light_and_a_lens_drawn_for_each_picture(bench: Bench) -> None:
    rows = "".join(f'subject {number},"a person, number {number}"\n' for number in range(500))
    (bench.root / "jobs" / "subjects.csv").write_text(f"name,caption\n{rows}")
    sweep = sweep_of(
        bench,
        """prompts: {p: "{{ caption }}, {{ light }}, {{ lens }}"}
matrix:
  model: flux-2-pro
  subject: {file: subjects.csv, id: name}
  seed: {random: 4, from: portraits, per: subject}
  light: {random: 1, of: [dawn, noon, dusk, candles], from: portraits, per: [subject, seed]}
  lens: {random: 1, of: [35 mm, 50 mm, 85 mm], from: portraits, per: [subject, seed]}
""",
    )
    assert len(sweep.tasks()) == 2_000
    pairs = Counter((cell.axes["light"], cell.axes["lens"]) for cell in sweep.cells)
    assert len(pairs) == 12
    assert min(pairs.values()) > 100


def test_forty_photos_by_three_edit_instructions(bench: Bench) -> None:
    photos(bench, 40)
    sweep = sweep_of(
        bench,
        """prompts: {snow: let it snow, night: make it night, ink: as an ink drawing}
matrix: {model: flux-kontext-pro, input_image: {folder: photos/*.png}}
""",
    )
    assert len(sweep.tasks()) == 120
    assert len({cell.label for cell in sweep.cells}) == 120


def test_canny_at_one_guidance_against_depth_at_another_on_the_same_photos(bench: Bench) -> None:
    photos(bench, 5)
    sweep = sweep_of(
        bench,
        """prompts: {p: a porcelain figure}
matrix:
  arm:
    - {id: canny, model: flux-pro-1.0-canny, guidance: 30}
    - {id: depth, model: flux-pro-1.0-depth, guidance: 15}
  control_image: {folder: photos/*.png}
""",
    )
    sent = {(request.model, request.params["guidance"]) for request in sweep.tasks().values()}
    assert sent == {("flux-pro-1.0-canny", 30), ("flux-pro-1.0-depth", 15)}
    assert len(sweep.cells) == 10


def test_quoted_words_in_shop_signs(bench: Bench) -> None:
    (bench.root / "jobs" / "words.txt").write_text('OPEN\nFISH & CHIPS\nJoe\'s "Bar"\n')
    sweep = sweep_of(
        bench,
        """prompts: {sign: 'a shop sign that says "{{ words }}", photograph'}
matrix: {model: flux-2-flex, words: {file: words.txt}, seed: 1..2}
""",
    )
    assert {request.params["prompt"] for request in sweep.tasks().values()} == {
        'a shop sign that says "OPEN", photograph',
        'a shop sign that says "FISH & CHIPS", photograph',
        'a shop sign that says "Joe\'s "Bar"", photograph',
    }


def test_a_prompt_in_json_with_parts_of_it_swept(bench: Bench) -> None:
    sweep = sweep_of(
        bench,
        """prompts: {json: '{"subject": "{{ subject }}", "camera": {{ camera }}}'}
matrix:
  model: [flux-2-pro, flux-2-flex]
  subject: [a lighthouse, a red door]
  camera:
    - {id: wide, value: {lens: 24mm, height: low}}
    - {id: long, value: {lens: 135mm}}
  guidance: {values: 2..4 step 0.5, when: {model: flux-2-flex}}
""",
    )
    assert len(sweep.tasks()) == 2 * 2 + 2 * 2 * 5
    sent = [json.loads(str(request.params["prompt"])) for request in sweep.tasks().values()]
    assert {"subject": "a red door", "camera": {"lens": "24mm", "height": "low"}} in sent


def test_a_library_of_prompts_over_models_that_each_have_their_own_steps(bench: Bench) -> None:
    (bench.root / "jobs" / "library.tsv").write_text(
        "id\tprompt\tset\n"
        + "".join(
            f"p{number}\tscene {number} in {{{{ style }}}}\t{'test' if number % 3 else 'train'}\n"
            for number in range(30)
        )
    )
    sweep = sweep_of(
        bench,
        """prompts: [{file: library.tsv, where: {set: test}}]
matrix: {model: [flux-dev, flux-2-flex], style: [ink, oil]}
models: {flux-dev: {params: {steps: 28}}, flux-2-flex: {params: {steps: 40}}}
""",
    )
    assert len(sweep.tasks()) == 20 * 2 * 2
    assert {(r.model, r.params["steps"]) for r in sweep.tasks().values()} == {("flux-dev", 28), ("flux-2-flex", 40)}


def test_four_shapes_on_two_models_and_raw_on_one_of_them(bench: Bench) -> None:
    sweep = sweep_of(
        bench,
        """prompts: {p: a harbour}
matrix:
  model: [flux-pro-1.1, flux-pro-1.1-ultra]
  size: [1:1, 16:9, 9:16, 4:3]
  raw: {values: [true, false], when: {model: flux-pro-1.1-ultra}}
""",
    )
    assert len(sweep.tasks()) == 4 + 4 * 2
    for request in sweep.tasks().values():
        ultra = request.model == "flux-pro-1.1-ultra"
        assert ("raw" in request.params) == ("aspect_ratio" in request.params) == ultra
