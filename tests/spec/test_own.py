"""Providers and models that a job describes itself: read whole, and every mistake told where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.catalog.own import catalog_of
from pipeline.catalog.provider import ProviderSpec
from pipeline.errors import JobError
from pipeline.spec.read import Loaded, read_job
from pipeline.sweep.expand import expand

JOB = """\
version: 1
name: own
provider: mine
providers: {mine: {file: mine.yaml}}
models: {sketch: {file: sketch.yaml}}
prompts: {plain: a cat}
matrix: {model: [sketch, flux-dev]}
"""
MINE = """\
base_url: https://api.mine.example
key: {variable: FLUXSWEEP_KEY_MINE}
submit: {path: "/v1/{model}"}
poll: {path: "/v1/tasks/{id}"}
ready: {sample: url}
statuses: {ready: done}
models: [sketch, flux-dev]
"""
SKETCH = """\
size_control: width_height
params:
  prompt: {type: string, required: true}
  seed: {type: integer}
  width: {type: integer, min: 64}
  height: {type: integer, min: 64}
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(job: str = JOB, mine: str = MINE, sketch: str = SKETCH) -> Loaded:
    for name, text in (("job.yaml", job), ("mine.yaml", mine), ("sketch.yaml", sketch)):
        Path(name).write_text(text)
    return read_job(Path("job.yaml"), load_catalog())


def said(loaded: Loaded) -> list[str]:
    return [str(problem) for problem in loaded.problems]


def test_a_job_buys_of_its_own_provider_its_own_model() -> None:
    loaded = read()
    assert said(loaded) == []
    assert loaded.spec is not None
    sweep, findings = expand(loaded.spec, loaded.catalog)
    assert findings == []
    assert sweep is not None
    assert {(task.provider, task.model) for task in sweep.tasks().values()} == {
        ("mine", "sketch"),
        ("mine", "flux-dev"),
    }


def test_a_manifest_brings_them_back_whole() -> None:
    loaded = read()
    assert loaded.spec is not None
    again = catalog_of(loaded.spec.snapshot())
    assert again.provider("mine") == loaded.catalog.provider("mine")
    assert again.model("sketch") == loaded.catalog.model("sketch")


@pytest.mark.parametrize(
    ("section", "change", "problem"),
    [
        ("own_providers", {"mine": {"name": "bfl"}}, "mine calls itself bfl"),
        ("own_providers", {"mine": {"key": {"variable": "COMETAPI_KEY"}}}, "key.variable: got `COMETAPI_KEY`"),
        ("own_providers", {"mine": {"base_url": "http://api.mine.example"}}, "plain http would show your key"),
        ("own_providers", {"mine": {"free": True}}, "only what runs on this machine is free"),
        ("own_providers", {"mine": {"key": {"variable": "FLUXSWEEP_KEY_MINE", "prefix": "a\nb"}}}, "key.prefix"),
        ("own_models", {"sketch": {"params": {}}}, "own sketch: params: `prompt` is missing"),
        ("own_models", {"sketch": {"name": "flux-dev"}}, "sketch calls itself flux-dev"),
    ],
)
def test_a_strangers_manifest_is_held_to_the_same_rules(section: str, change: dict[str, Any], problem: str) -> None:
    loaded = read()
    assert loaded.spec is not None
    job = loaded.spec.snapshot()
    changed = {name: tree | change.get(name, {}) for name, tree in job[section].items()}
    with pytest.raises(JobError) as told:
        catalog_of(job | {section: changed})
    assert problem in str(told.value)


@pytest.mark.parametrize("trees", [None, [], "mine", {"mine": None}])
def test_a_snapshot_of_another_shape_is_a_mistake_in_words(trees: Any) -> None:
    with pytest.raises(JobError, match="own_providers do not hold"):
        catalog_of({"own_providers": trees})


@pytest.mark.parametrize("name", sorted(load_catalog().providers))
def test_a_provider_is_the_same_after_a_manifest(name: str) -> None:
    spec = load_catalog().provider(name)
    assert ProviderSpec.model_validate(spec.model_dump(mode="json")) == spec


MISTAKES = [
    ("FLUXSWEEP_KEY_MINE", "OPENAI_API_KEY", "mine.yaml:2:17 key.variable: got `OPENAI_API_KEY`; expected a name like"),
    ("https://api", "http://api", "mine.yaml:1:11 base_url: `http://api.mine.example`: plain http would show your key"),
    ("https://api.mine.example", "mine", "mine.yaml:1:11 base_url: `mine`: is no base URL"),
    ("base_url:", "base_url_variable: HOME\nbase_url:", "mine.yaml:1:20 base_url_variable: got `HOME`; expected"),
    ("base_url:", "free: true\nbase_url:", "mine.yaml:1:7 free: only what runs on this machine is free"),
    ("base_url:", "embedded: true\nbase_url:", "mine.yaml:1:11 embedded: only fluxsweep's own emulator"),
    ("base_url:", "baseurl:", "mine.yaml:1:1 baseurl: unknown key `baseurl`; did you mean `base_url`?"),
    ("{sample: url}", "{smple: url}", "mine.yaml:5:9 ready.smple: unknown key `smple`; did you mean `sample`?"),
    ("/v1/tasks/{id}", "/v1/tasks", "mine.yaml:4:14 poll.path: names no task; expected `{id}` in it"),
    ("/v1/{model}", "/v1/make", "mine.yaml:3:16 submit.path: every model would be asked for alike"),
    ("/v1/{model}", "/v1#{model}", "mine.yaml:3:16 submit.path: `/v1#{model}` is no path of a URL"),
    ("/v1/{model}", "/v1/{mode}/{model}", "mine.yaml:3:16 submit.path: `/v1/{mode}/{model}` has braces that nothing"),
    ("/tasks/{id}", "/{task}/{id}", "mine.yaml:4:14 poll.path: `/v1/{task}/{id}` has braces that nothing fills"),
    ("https://api.mine.example", "https://api.mine.example#", "mine.yaml:1:11 base_url: `https://api.mine.example#`"),
    ('"/v1/{model}"', "v1", "mine.yaml:3:16 submit.path: got the text 'v1'; expected a text like `^/`"),
    (
        "[sketch, flux-dev]",
        "[sketch, flux-deb]",
        "models.flux-deb: there is no model `flux-deb`; did you mean `flux-dev`",
    ),
    ("models:", "prices: {flux-de: 1}\nmodels:", "7:19 prices.flux-de: `flux-de` is no model of this provider; did"),
    ('{path: "/v1/{model}"}', '{path: "/v1/{model}", names: {promt: text}}', "submit.names.promt: `promt` is no param"),
    (
        "models:",
        "limits: {active: many}\nmodels:",
        "mine.yaml:7:18 limits.active: got the text 'many'; expected a whole",
    ),
    ("base_url:", "name: other\nbase_url:", "mine.yaml:1:7 name: the job calls it `mine`; leave the name out"),
    (MINE, "- a\n", "mine.yaml:1:1 got a list; expected `key: value` lines"),
]


@pytest.mark.parametrize(("old", "new", "problem"), MISTAKES)
def test_a_mistake_in_a_providers_file_is_told_at_its_place_once(old: str, new: str, problem: str) -> None:
    assert old in MINE
    (only,) = said(read(mine=MINE.replace(old, new, 1)))
    assert problem in only


def test_mistakes_of_all_files_are_told_together() -> None:
    loaded = read(JOB.replace("a cat", '"a {{ cat }}"'), MINE.replace("https", "http"), SKETCH.replace("min", "least"))
    files = [problem.split(":")[0] for problem in said(loaded)]
    assert files == ["job.yaml", "mine.yaml", "sketch.yaml", "sketch.yaml"]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("{file: mine.yaml}", "{file: mne.yaml}", "job.yaml:4:26 providers.mine.file: `mne.yaml` is no file"),
        ("{file: mine.yaml}", "{active: 2}", "job.yaml:3:11 provider: `mine` is no provider"),
        ("mine: {file", "bfl: {file", "job.yaml:4:19 providers.bfl.file: `bfl` ships with fluxsweep"),
        ("mine.yaml}}", "mine.yaml}, bfl: {active: 2}}", "providers.bfl: no cell of this job goes to `bfl`"),
        ("mine.yaml}", "mine.yaml, actve: 2}", "providers.mine.actve: unknown key `actve`; did you mean `active`?"),
        ("[sketch, flux-dev]", "[mine/sketsch, flux-dev]", "`sketsch` is no model of `mine`; did you mean `sketch`?"),
        ("[sketch, flux-dev]", "[bfl/sketch, flux-dev, sketch]", "`sketch` is no model of `bfl`"),
    ],
)
def test_a_mistake_in_what_the_job_says_of_them_is_told(old: str, new: str, problem: str) -> None:
    assert problem in "\n".join(said(read(JOB.replace(old, new, 1))))


def test_a_model_that_names_its_provider_beside_the_axis_is_a_mistake() -> None:
    loaded = read(
        JOB.replace("[sketch, flux-dev]", "[mine/sketch], provider: [mine, bfl]").replace("provider: mine\n", "")
    )
    assert loaded.spec is not None
    _, findings = expand(loaded.spec, loaded.catalog)
    assert [finding.message for finding in findings] == ["`mine/sketch` names a provider, and so does `provider`"]


def test_no_provider_need_be_named_where_every_model_names_its_own() -> None:
    loaded = read(JOB.replace("provider: mine\n", "").replace("[sketch, flux-dev]", "[mine/sketch, bfl/flux-dev]"))
    assert said(loaded) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("  prompt: {type: string, required: true}\n", "", "sketch.yaml:3:3 params: `prompt` is missing"),
        ("  height: {type: integer, min: 64}\n", "", "sketch.yaml:3:3 params: `height` is missing"),
        (
            "type: string",
            "type: txt",
            "params.prompt.type: got the text",
        ),
        ("params:", "one_of: [[promt]]\nparams:", "one_of[0][0]: `promt` is no parameter of this model; did you mean"),
    ],
)
def test_a_mistake_in_a_models_file_is_told_at_its_place_once(old: str, new: str, problem: str) -> None:
    (only,) = said(read(sketch=SKETCH.replace(old, new, 1)))
    assert problem in only
