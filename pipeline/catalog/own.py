"""What a provider or a model that a person wrote must keep to, beyond its shape (pure).

A job is shared, and its files with it: they must not lead a known key to a strange host, nor buy without asking.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from pipeline.catalog.load import Catalog, load_catalog
from pipeline.catalog.model import Model
from pipeline.catalog.origin import is_loopback, origin_of
from pipeline.catalog.provider import ProviderSpec
from pipeline.errors import JobError
from pipeline.source.nearest import did_you_mean, listed
from pipeline.source.problem import Path, clip

KEY_PREFIX = "FLUXSWEEP_KEY_"
URL_PREFIX = "FLUXSWEEP_URL_"
Described = TypeVar("Described", ProviderSpec, Model)
_SIZED_BY = {"width_height": ("width", "height"), "aspect_ratio": ("aspect_ratio",)}


class Mistake(NamedTuple):
    """What is wrong at `path` of the file; `expected` and `hint` may be empty."""

    path: Path
    message: str
    expected: str = ""
    hint: str = ""


def catalog_of(job: Mapping[str, Any]) -> Catalog:
    """The shipped catalog, and beside it what a job's snapshot in a manifest describes itself.

    Raises:
        JobError: that breaks a rule; a manifest may come from a stranger as well as a job.
    """
    models = _own(job, "own_models", Model)
    providers = _own(job, "own_providers", ProviderSpec)
    catalog = load_catalog().beside(providers, models)
    mistakes = [(name, mistake) for name, model in models.items() for mistake in model_mistakes(model)]
    mistakes += [(name, wrong) for name, spec in providers.items() for wrong in provider_mistakes(spec, catalog.models)]
    if mistakes:
        raise JobError(*(f"the manifest's own {name}: {_where(wrong)}{wrong.message}" for name, wrong in mistakes))
    return catalog


def _own(job: Mapping[str, Any], section: str, shape: type[Described]) -> dict[str, Described]:
    """What a snapshot describes in `section`, each under the name that it gives itself."""
    trees = job.get(section, {})
    try:
        if not isinstance(trees, Mapping):
            raise ValueError("expected a mapping")
        found = {name: shape.model_validate(tree) for name, tree in trees.items()}
    except ValueError as error:
        raise JobError(f"the manifest's {section} do not hold: {error}") from None
    for name, described in found.items():
        if described.name != name:
            raise JobError(f"the manifest's {section} do not hold: {clip(name)} calls itself {clip(described.name)}")
    return found


def _where(mistake: Mistake) -> str:
    return f"{'.'.join(map(str, mistake.path))}: "


def provider_mistakes(spec: ProviderSpec, models: Mapping[str, Model]) -> Iterator[Mistake]:
    """Every mistake in a provider that does not ship with fluxsweep; `models` are those that there are."""
    yield from _of_keys(spec)
    yield from _of_path("submit", spec.submit.path, "{model}")
    yield from _of_path("poll", spec.poll.path, "{id}")
    if "{id}" not in spec.poll.path:
        yield Mistake(("poll", "path"), "names no task", "`{id}` in it", 'such as "/tasks/{id}"')
    if len(spec.models) > 1 and "{model}" not in spec.submit.path and spec.submit.model is None:
        hint = "or name the body's key for the model: `submit.model`"
        yield Mistake(("submit", "path"), "every model would be asked for alike", "`{model}` in it", hint)
    for name, served in spec.models.items():
        if name not in models:
            hint = did_you_mean(name, models) or "describe it in a file, under `models` of the job"
            yield Mistake(("models", name), f"there is no model `{clip(name)}`", hint=hint)
            continue
        yield from _unknown(("models", name, "lacks"), served.lacks, models[name].params, "parameter of that model")
        yield from _unknown(("models", name, "params"), served.params, models[name].params, "parameter of that model")
    yield from _unknown(("prices",), spec.prices, spec.models, "model of this provider")
    yield from _unknown(("limits", "per_model"), spec.limits.per_model, spec.models, "model of this provider")
    yield from _of_parameters(spec, {name for model in spec.models if model in models for name in models[model].params})


def model_mistakes(model: Model) -> Iterator[Mistake]:
    """Every mistake in a model that does not ship with fluxsweep."""
    for name in ("prompt", "seed", *_SIZED_BY.get(model.size_control, ())):
        if name not in model.params:
            yield Mistake(("params",), f"`{name}` is missing", hint="every model is asked for by it")
    for place, group in enumerate(model.one_of):
        yield from _unknown(("one_of", place), group, model.params, "parameter of this model")


def _of_keys(spec: ProviderSpec) -> Iterator[Mistake]:
    """Whose key goes where, and who is asked before money moves."""
    if not spec.key.variable.startswith(KEY_PREFIX):
        hint = "only the providers that ship with fluxsweep read other variables"
        yield Mistake(("key", "variable"), f"got `{clip(spec.key.variable)}`", f"a name like `{KEY_PREFIX}MINE`", hint)
    if spec.base_url_variable is not None and not spec.base_url_variable.startswith(URL_PREFIX):
        got = f"got `{clip(spec.base_url_variable)}`"
        yield Mistake(("base_url_variable",), got, f"a name like `{URL_PREFIX}MINE`")
    try:
        origin_of(spec.base_url)
    except ValueError as error:
        yield Mistake(("base_url",), f"`{clip(spec.base_url)}`: {error}")
    if spec.free and not is_loopback(urlsplit(spec.base_url).hostname or ""):
        hint = "give it `prices: {a-model: 0}`"
        yield Mistake(("free",), "only what runs on this machine is free without a question", hint=hint)
    if spec.embedded:
        yield Mistake(("embedded",), "only fluxsweep's own emulator is embedded", hint="leave it out")


def _of_path(section: str, path: str, mark: str) -> Iterator[Mistake]:
    """What would go out otherwise than it stands there: behind a `#` nothing of a URL is sent."""
    if any(sign == "#" or not "!" <= sign <= "~" for sign in path):
        yield Mistake((section, "path"), f"`{clip(path)}` is no path of a URL", "visible ASCII without `#`")
    elif set("{}") & set(path.replace(mark, "")):
        yield Mistake((section, "path"), f"`{clip(path)}` has braces that nothing fills", f"only `{mark}` in braces")


def _of_parameters(spec: ProviderSpec, params: Collection[str]) -> Iterator[Mistake]:
    """What is sent otherwise must be a parameter of some model: a misspelt name would change nothing, unseen."""
    rule = spec.submit
    for key, said in (("names", rule.names), ("values", rule.values), ("beside", rule.beside)):
        yield from _unknown(("submit", key), said, params, "parameter of its models")
    for name, gathered in rule.lists.items():
        yield from _unknown(("submit", "lists", name), gathered, params, "parameter of its models")


def _unknown(at: Path, said: Collection[str], known: Collection[str], noun: str) -> Iterator[Mistake]:
    for place, name in enumerate(said):
        if name not in known:
            hint = did_you_mean(name, known) or (f"there is {listed(known)}" if known else "")
            step = name if isinstance(said, Mapping) else place
            yield Mistake((*at, step), f"`{clip(name)}` is no {noun}", hint=hint)
