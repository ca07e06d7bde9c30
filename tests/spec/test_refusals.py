"""Every mistake is one error that names its place and its mend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.spec.conftest import Bench

SIZE = "size: [square, 1344x768]"
SEED = "seed: 1..4"
MODEL = "model: [flux-pro-1.1, flux-2-flex]"
MARBLE = "{surface: marble, lighting: a softbox}"
PLAIN = "a {{ product }} on {{ surface }},"
EXCLUDE = "{model: flux-pro-1.1, size: 1344x768}"
MATCH = "{match: {model: flux-2-flex}, set: {steps: 36}}"

CHANGES = [
    # The whole job.
    ("version: 1\n", "", "1:1 version: `version` is missing; begin the job with `version: 1`"),
    ("version: 1", "version: 2", "1:10 version: got the number 2; expected 1"),
    ("name: teapot-ab", "name: Teapot AB", "did you mean `teapot-ab`?"),
    ("provider: cometapi", "provider: comet", "3:11 provider: `comet` is no provider; did you mean `cometapi`?"),
    ("provider: cometapi", "provider: dalle", "`dalle` is no provider; there is bfl, cometapi, cometapi-replicate"),
    ("budget:", "extends: base.yaml\nbudget:", "21:10 extends: there is no file `base.yaml`; it is looked"),
    (
        "a {{ product }} on",
        "a {{ prodct }} on",
        "6:10 prompts.plain: nothing sets `prodct` for the template `plain`; did you mean `product`?",
    ),
    ("budget:", "output: x\nbudget:", "21:1 output: unknown key `output`; expected one of version, name,"),
    # Keys that belong elsewhere.
    ("hold}", "hold, trust_env: true}", "22:65 run.trust_env: `trust_env` belongs at the top level"),
    ("budget:", "seed: 4\nbudget:", "21:1 seed: `seed` belongs under `matrix`"),
    ("budget:", "usd: 3\nbudget:", "21:1 usd: `usd` belongs under `budget`"),
    ("budget:", "steps: 3\nbudget:", "21:1 steps: `steps` belongs under `params`"),
    ("tolerance: 2", "tolerance: 2, seed: 2", "params.seed: `seed` belongs under `matrix.seed`"),
    ("teapot}", "teapot, steps: 4}", "4:33 vars.steps: `steps` belongs under `params`"),
    # Wrong types, in plain words.
    ("images: 100", "images: '100'", "21:18 budget.images: got the text '100'; expected a whole number; remove"),
    ("images: 100", "images: -1", "got the number -1; expected 0 or more"),
    ("usd: 5.00", "usd: five", "21:28 budget.usd: got the text 'five'; expected an amount of US dollars"),
    ("give_up: 5m", "give_up: 5 days", "run.give_up: got the text '5 days'; expected a number of seconds"),
    ("min: 2s", "min: 2s, max: 1", "22:53 run.poll.max: less than `min`"),
    ("on_doubt: hold", "on_doubt: retry", "got the text 'retry'; expected `hold`"),
    ("budget:", "trust_env: yes\nbudget:", "got the text 'yes'; expected true or false; write true"),
    ("budget:", "upsampling: true\nbudget:", "got true; expected `off`, `on` or `as-is`"),
    ("{product: ceramic teapot}", "{product: [a]}", "4:17 vars.product: got a list"),
    ("vars: {product: ceramic teapot}", "vars:", "4:6 vars: got nothing; expected a mapping"),
    # Axes and their values.
    (SEED, "seed: 4..1", "12:9 matrix.seed: the range runs backwards; write 1..4"),
    (SEED, "seed: 1..10 step 2", "12:9 matrix.seed: the range comes to 9, not to 10; write 1..9 step 2"),
    (SEED, "seed: 1..2 step 0.5", "12:9 matrix.seed: got the number 1.5; expected a whole number"),
    (EXCLUDE, "{seed: 5..9}", "17:20 matrix.exclude[0].seed: nothing of `5..9` stands on `seed`; there is 1, 2, 3, 4"),
    (SEED, "seed: [1, 2, 1]", "12:16 matrix.seed[2]: `1` stands on this axis twice"),
    (SEED, "seed: ['12']", "12:10 matrix.seed[0]: got the text '12'; expected a whole number"),
    (SEED, "seed: -1", "got the number -1; expected 0 or more"),
    (SEED, "seed: {random: 0}", "12:18 matrix.seed.random: got the number 0; expected 1 or more"),
    (SEED, "seed: {random: 4, per: [modle]}", "12:27 matrix.seed.per[0]: `modle` is no axis and no part of one; did"),
    (SEED, "seed: {random: 4, per: [scene, model]}", "a seed of its own for each model: arms could not be compared"),
    (SEED, "seed: {random: 4, per: seed}", "matrix.seed.per: `seed` is drawn by itself"),
    (SEED, "seed: {random: 4, of: 1..3}", "12:18 matrix.seed.random: 4 cannot be drawn of 3; expected at most 3"),
    (SEED, f"{SEED}\n  guidance: {{random: 4}}", "matrix.guidance: `of` is missing: only seeds can be drawn"),
    (MODEL, "model: {random: 1, of: [flux-pro-1.1]}", "`model` is compared, not drawn; list its values"),
    (SEED, f"{SEED}\n  image_prompt: {{folder: refs/*.png}}", "matrix.image_prompt.folder: no file matches `refs"),
    (SEED, f"{SEED}\n  surface: {{folder: refs/*.png}}", "`surface` takes no images; expected an axis of images: "),
    (SEED, f"{SEED}\n  sample: 4", "13:11 matrix.sample: got the number 4; expected a mapping"),
    (SEED, f"{SEED}\n  order: width", "13:10 matrix.order: got the text 'width'; expected `breadth` or `depth`"),
    (SEED, f"{SEED}\n  max_tasks: 4", "13:3 matrix.max_tasks: `max_tasks` belongs at the top level"),
    ("budget:", "prices: {flux-2-felx: 0.06}\nbudget:", "21:10 prices.flux-2-felx: `flux-2-felx` is no model; did"),
    (
        "budget:",
        "prices: {flux-2-flex: six}\nbudget:",
        "prices.flux-2-flex: got the text 'six'; expected an amount",
    ),
    (
        "budget:",
        "prices: {flux-2-flex: {further: 1}}\nbudget:",
        "21:23 prices.flux-2-flex: `first` is missing; exp",
    ),
    (
        "budget:",
        "prices: {flux-2-flex: {first: 1, furter: 1}}\nbudget:",
        "unknown key `furter`; did you mean `fur",
    ),
    ("budget:", "prices: {flux-2-flex: null}\nbudget:", "21:23 prices.flux-2-flex: got nothing; expected a number"),
    ("budget:", "on_unsupported: ignore\nbudget:", "got the text 'ignore'; expected `error` or `drop`"),
    ("budget:", "max_tasks: 0\nbudget:", "max_tasks: got the number 0; expected 1 or more"),
    ("budget:", "order: depth\nbudget:", "21:1 order: `order` belongs under `matrix`"),
    (SEED, "seed: 012", "12:9 matrix.seed: `012` is octal to some readers"),
    (SEED, "repeat: 0", "12:11 matrix.repeat: got the number 0; expected 1 or more"),
    (SEED, f"{SEED}\n  only: [{{seed: 9}}]", "13:17 matrix.only[0].seed: `9` stands nowhere on `seed`"),
    (SEED, f"{SEED}\n  only: [a]", "13:10 matrix.only[0]: got the text 'a'; expected a mapping"),
    (SEED, f"{SEED}\n  guidance: [2, 2.0, null]", "13:17 matrix.guidance[1]: `2.0` stands on this axis twice"),
    (SEED, f"{SEED}\n  mood: {{values: [2]}}", "`mood` is read by no template"),
    (SEED, f"{SEED}\n  guidance: {{values: [2], wen: {{model: flux-2-flex}}}}", "takes no `wen`; did you mean `when`?"),
    (
        SEED,
        f"{SEED}\n  steps: {{values: [2], when: {{modle: flux-2-flex}}}}",
        "13:31 matrix.steps.when.modle: `modle` is no axis",
    ),
    (SEED, f"{SEED}\n  steps: {{values: [2], when: {{model: dev}}}}", "`dev` stands nowhere on `model`"),
    (SEED, f"{SEED}\n  guidance: {{values: [2, 3], when: {{guidance: 2}}}}", "`guidance` is confined by itself"),
    (SEED, f"{SEED}\n  guidance: {{values: [2, 2], when: {{seed: 2}}}}", "13:26 matrix.guidance.values[1]: `2` stands"),
    (
        "model: [flux-pro-1.1, flux-2-flex]",
        "model: {values: [flux-pro-1.1, flux-2-flex], when: {seed: 1}}",
        "every cell has a model",
    ),
    (SEED, f"{SEED}\n  when: {{model: flux-2-flex}}", "13:3 matrix.when: `when` belongs to one axis"),
    (SEED, f"{SEED}\n  mood: [sad, glad]", "13:3 matrix.mood: `mood` is read by no template"),
    (SEED, f"{SEED}\n  provider: [cometapi, nowhere]", "`nowhere` is no provider; there is bfl, cometapi"),
    (SIZE, "size: []", "13:9 matrix.size: got an empty list; expected at least one value"),
    (SIZE, "size: [square, 1344x768, 1024x1024]", "`1024x1024`, which means `square` stands on this axis twice"),
    (SIZE, "size: [square, 1344by768]", "13:18 matrix.size[1]: got the text '1344by768'; expected 1024x768, 16:9"),
    ("1024x1024}", "1024*1024}", "8:17 sizes.square: got the text '1024*1024'"),
    ("1024x1024}", "1024x1024, 2:1: 2:1}", "8:28 sizes.2:1: `2:1` already means a size"),
    (
        MODEL,
        "model: [flux-pro-1.l, flux-2-flex]",
        "`flux-pro-1.l` is no model of `cometapi`; did you mean `flux-pro-1.1`",
    ),
    (f"  {MODEL}\n", "", "matrix.model: no model is named; name at least one model"),
    ("[plain, lit]", "[plain]", "7:3 prompts.lit: nothing uses the prompt `lit`"),
    # Compound axes.
    (MARBLE, "{surface: marble, lighting: soft, hard}", "quote text that has a comma, or write `hard: null`"),
    (MARBLE, "{surface: marble}", "15:7 matrix.scene[0]: this value does not set `lighting`"),
    (MARBLE, "marble", "15:7 matrix.scene[0]: got the text 'marble'; expected a mapping"),
    (MARBLE, "{surface: oak, lighting: low window light}", "16:7 matrix.scene[1]: sets the same as value 0"),
    (MARBLE, "{surface: marble, lighting: soft, when: {a: b}}", "confine a whole axis: `{values: […], when: {…}}`"),
    (MARBLE, "{id: oak, surface: marble, lighting: soft}", "two values are labelled `oak`"),
    (MARBLE, "{surface: {a: b}, lighting: soft}", "15:17 matrix.scene[0].surface: got a mapping; expected one value"),
    (SEED, "seed: [{a: 1}]", "got a mapping; expected one value; a compound axis needs another name"),
    # One name from two sources.
    (MARBLE, "{surface: a, lighting: b, product: cup}", "`product` is set here and by `vars.product` at line 4"),
    (MARBLE, "{surface: a, lighting: b, output_format: png}", "`matrix.scene[0].output_format` at line 15"),
    (SEED, f"{SEED}\n  output_format: [png, jpeg]", "20:10 params.output_format: `output_format` is set here and by"),
    (SEED, f"{SEED}\n  steps: [20, 30]", "21:49 overrides[0].set.steps: `steps` is swept by the matrix at line 13"),
    # Exclude, include, overrides, report.
    (EXCLUDE, "{model: flux-pro-1.0}", "`flux-pro-1.0` stands nowhere on `model`; did you mean `flux-pro-1.1`?"),
    (EXCLUDE, "{}", "17:13 matrix.exclude[0]: selects nothing"),
    (EXCLUDE, "{scene: marbel}", "`marbel` stands nowhere on `scene`; did you mean `marble`?"),
    (EXCLUDE, "{mood: x}", "17:14 matrix.exclude[0].mood: `mood` is no axis and no part of one"),
    (f"[{EXCLUDE}]", EXCLUDE, "17:12 matrix.exclude: got a mapping; expected a list"),
    ("{model: flux-2-pro, seed: 1}", "{model: flux-2-por, seed: 1}", "did you mean `flux-2-pro`?"),
    (MATCH, "{set: {steps: 36}}", "20:13 overrides[0]: `match` is missing"),
    (MATCH, "{match: {model: flux-dev}, set: {steps: 3}}", "`flux-dev` stands nowhere on `model`"),
    ("columns: [model, size]", "columns: [modle, size]", "23:20 report.columns[0]: `modle` is no axis"),
    ("columns: [model, size]", "columns: [model, prompt]", "report.rows[0]: `prompt` is laid out twice"),
    # Parameters.
    ("safety_tolerance: 2", "raw: true", "19:30 params.raw: no model of this job takes `raw`; other models do"),
    ("safety_tolerance: 2", "image_prompt: cat.png", "the image `cat.png` cannot be used: there is no such"),
    ("safety_tolerance: 2", "image_prompt: a cat", "neither a file, a URL nor base64; give a file, a URL"),
    ("safety_tolerance: 2", "safety_tolerance: null", "params.safety_tolerance: got nothing"),
    ("budget:", "models: {flux-2-felx: {params: {steps: 9}}}\nbudget:", "21:10 models.flux-2-felx: no cell of this"),
    ("budget:", "models: {flux-dev: {params: {steps: 9}}}\nbudget:", "no cell of this job asks for the model `flux-d"),
    ("budget:", "models: {flux-2-flex: {steps: 9}}\nbudget:", "models.flux-2-flex.steps: unknown key `steps`; exp"),
    ("budget:", "models: {flux-2-flex: {params: {stpes: 9}}}\nbudget:", "`stpes` is no parameter; did you mean `step"),
    ("budget:", "models: {flux-2-pro: {params: {steps: 9}}}\nbudget:", "`flux-2-pro` does not take `steps`; other mod"),
    ("budget:", "models: {flux-2-pro: {}}\nbudget:", "21:10 models.flux-2-pro: this says nothing; expected {params"),
    # Templates.
    (PLAIN, "a {{ prodcut }} on {{ surface }},", "nothing sets `prodcut` for the template `plain`; did you mean"),
    (PLAIN, "a {{ scene.surfce }},", "6:10 prompts.plain: `scene` has no part `surfce`; did you mean `surface`?"),
    (PLAIN, "a {{ product } on", "6:10 prompts.plain: not a template: unexpected '}'"),
    (PLAIN, "a {{ product | uper }} {{ surface }}", "there is no filter `uper`; did you mean `upper`?"),
    (PLAIN, "{% include 'x' %}", "there is no template `x` in templates/"),
    (PLAIN, "{{ range(9) }}", "a call is not allowed in a template"),
    (
        '"a {{ product }} on {{ surface }}, beautiful dramatic lighting"',
        "{{ product }} on oak",
        "quote a text that holds",
    ),
    ("{file: studio.j2}", "{file: studio.j2, text: x}", "7:8 prompts.lit: got a text and a file; expected a text, or"),
    ("{file: studio.j2}", "{file: studio.j2, raw: yes}", "7:31 prompts.lit.raw: got the text 'yes'; expected true or"),
    ("{file: studio.j2}", "{}", "got neither a text nor a file; expected a text, or {file: …}"),
    ("vars: {product: ceramic teapot}", "", "nothing sets `product` for the template `plain` (nor for 1 more)"),
    ("{product: ceramic teapot}", "{product: cup, color: red}", "4:22 vars.color: `color` is read by no template"),
]


@pytest.mark.parametrize(("old", "new", "said"), CHANGES, ids=range(len(CHANGES)))
def test_one_mistake_is_one_error_that_fits_three_lines(bench: Bench, old: str, new: str, said: str) -> None:
    found = bench.problem(old, new)
    assert said in found
    assert found.startswith("jobs/job.yaml:")
    assert len(found) <= 3 * 120


def test_a_mistake_in_a_template_file_is_told_at_its_own_line(bench: Bench, teapot: str) -> None:
    template = bench.root / "templates" / "studio.j2"
    template.write_text("\n\nstudio, {{ product }} on {{ surface }},\nlit by {{ lightning }}\n")
    assert bench.problems(teapot) == [
        "templates/studio.j2:4:1 prompts.lit: nothing sets `lightning` for the template `lit`; did you mean "
        "`lighting`, which line 15 sets and nothing reads?"
    ]
    template.write_text("\n\n{{ product }} on {{ surface }}\n{{ lighting }} {{ mood }}")
    (problem,) = bench.problems(teapot)
    assert problem.startswith("templates/studio.j2:4:1 prompts.lit: nothing sets `mood` for the template `lit`")
    template.write_text("{{ product }}\n{% if surface %}")
    (problem,) = bench.problems(teapot)
    assert problem.startswith("templates/studio.j2:2:1 prompts.lit: not a template: ")


def test_a_mistake_in_a_block_of_text_is_told_at_its_own_line(bench: Bench, teapot: str) -> None:
    plain = '"a {{ product }} on {{ surface }}, beautiful dramatic lighting"'
    for head in ("|", "|-\n"):
        said = 8 if head == "|" else 9
        text = teapot.replace(plain, f"{head}\n    a {{{{ product }}}}\n    on {{{{ surfce }}}}")
        assert bench.problems(text)[0].startswith(f"jobs/job.yaml:{said}:1 prompts.plain: nothing sets `surfce` for")
        text = teapot.replace(plain, f"{head}\n    a {{{{ product }}}}\n    on {{{{ surface }}")
        assert bench.problems(text)[0].startswith(f"jobs/job.yaml:{said}:1 prompts.plain: not a template: ")
    folded = teapot.replace(plain, '"a {{ product }}\\n{{ surface }"')
    assert "(line 2 of the template)" in bench.problems(folded)[0]
    text = teapot.replace(plain, "{text: x}").replace(
        "{text: x}", "\n    text: |\n      {{ product }}\n      {{ surfce }}"
    )
    assert bench.problems(text)[0].startswith("jobs/job.yaml:9:1 prompts.plain: nothing sets `surfce`")


@pytest.mark.parametrize("text", ["", "hello", "- 1", "a: [", "a: &x 1\nb: *x", "[" * 50_000])
def test_a_file_that_is_no_job_is_a_job_error(bench: Bench, text: str) -> None:
    assert all(problem.startswith("jobs/job.yaml:") for problem in bench.problems(text))


def test_all_that_a_job_lacks_is_asked_for(bench: Bench) -> None:
    found = bench.problems("version: 1\n")
    assert [problem.split("`")[1] for problem in found] == ["matrix", "name", "prompts", "provider"]
