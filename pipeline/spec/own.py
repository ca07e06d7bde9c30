"""What a job adds to the catalog: providers and models of its own, each described by a YAML file that it names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any, TypeVar, get_args

from pydantic import BaseModel

from pipeline.catalog.load import Catalog
from pipeline.catalog.model import Model
from pipeline.catalog.own import Mistake, model_mistakes, provider_mistakes
from pipeline.catalog.provider import ProviderSpec
from pipeline.catalog.route import split_route
from pipeline.errors import JobError
from pipeline.source.nearest import did_you_mean, listed, nearest
from pipeline.source.problem import Path, Problem, clip
from pipeline.source.reader import file_bytes, parse_yaml
from pipeline.spec.draft import Draft
from pipeline.spec.job import Axis, Budget, Compound, Lane
from pipeline.spec.keys import rename
from pipeline.spec.problems import validated_as
from pipeline.spec.selections import Selection
from pipeline.spec.shape import RawBudget, RawProvider
from pipeline.spec.words import described

Described = TypeVar("Described", ProviderSpec, Model)


class Own:
    """The providers and models that a job describes itself, as far as their files can be used.

    `lost` are the names of those that cannot: what is wrong with them is reported, and asking for them is no mistake.
    """

    def __init__(self, draft: Draft, folder: FilePath, shipped: Catalog) -> None:
        self._draft, self._folder, self._shipped = draft, folder, shipped
        self.lost: set[str] = set()
        self.models = {
            name: model
            for name in self._named("models", shipped.models)
            if (model := self._read(name, "models", Model, model_mistakes)) is not None
        }
        self.providers = {
            name: provider
            for name in self._named("providers", shipped.providers)
            if (provider := self._read(name, "providers", ProviderSpec, self._of_provider))
        }

    def _of_provider(self, spec: ProviderSpec) -> Iterator[Mistake]:
        """What is wrong with a provider, but for what follows from a model that could not be read."""
        for mistake in provider_mistakes(spec, {**self._shipped.models, **self.models}):
            if not (mistake.path[:1] == ("models",) and mistake.path[1] in self.lost):
                yield mistake

    @property
    def catalog(self) -> Catalog:
        """The shipped catalog, and beside it what the job describes."""
        return self._shipped.beside(self.providers, self.models)

    def lanes(self, said: Mapping[str, RawProvider], used: Collection[str]) -> dict[str, Lane]:
        """What the job says of each provider; one to which none of its cells goes is a mistake."""
        for name in [name for name in said if name not in used and name not in self.lost]:
            known = self.catalog.providers
            unknown = f"`{clip(name)}` is no provider, and no `file` describes it"
            message = f"no cell of this job goes to `{clip(name)}`" if name in known else unknown
            self._draft.report(("providers", name), message, hint=did_you_mean(name, used), at_key=True)
        return {
            name: Lane(active=one.active, budget=Budget(images=one.budget.images, usd=one.budget.usd))
            for name, one in said.items()
            if one.active is not None or one.budget != RawBudget()
        }

    def _named(self, section: str, shipped: Iterable[str]) -> Iterator[str]:
        """Each name in the section that a file describes, unless fluxsweep describes that already."""
        for name in list(self._draft.mapping(section)):
            at: Path = (section, name)
            if not isinstance(self._draft.at(*at, "file"), str):
                continue
            if name in shipped:
                message = f"`{name}` ships with fluxsweep, and no file describes it anew"
                self._draft.report((*at, "file"), message, hint="take another name", at_key=True)
            elif "/" in name:
                self._draft.report(at, f"`{clip(name)}` cannot be a name", "one without `/`", at_key=True)
            else:
                yield name

    def _read(self, name: str, section: str, shape: type[Described], mistakes: Any) -> Described | None:
        text = self._draft.at(section, name, "file")
        found, problems = _described(self._folder / text, name, shape, mistakes)
        if isinstance(problems, str):
            self._draft.report((section, name, "file"), f"`{clip(text)}` {problems}")
        else:
            self._draft.problems += problems
        if found is None or problems:
            self.lost.add(name)
            return None
        return found


def _described(
    path: FilePath, name: str, shape: type[Described], mistakes: Any
) -> tuple[Described | None, list[Problem] | str]:
    """What the file at `path` describes, and every mistake in it; in words what keeps it from being read at all."""
    try:
        if not path.is_file():
            return None, "is no file"
        document = parse_yaml(file_bytes(path), str(path))
    except JobError as error:
        return None, [problem for problem in error.problems if isinstance(problem, Problem)]
    except (OSError, ValueError) as error:
        return None, f"cannot be read ({error})"
    if not isinstance(document.value, dict):
        return None, [document.problem((), f"got {described(document.value)}", "`key: value` lines")]
    draft = Draft(document)
    if document.value.get("name", name) != name:
        draft.report(("name",), f"the job calls it `{clip(name)}`", hint="leave the name out")
    _settle_keys(draft, (), shape)
    document.value |= {"name": name} | ({"title": document.value.get("title", name)} if shape is ProviderSpec else {})
    found = validated_as(draft, (), shape)
    if found is not None and not draft.problems:
        wrong: list[Mistake] = list(mistakes(found))
        for path_, message, expected, hint in wrong:
            draft.report(path_, message, expected, hint)
    return found, sorted(set(draft.problems))


def _settle_keys(draft: Draft, at: Path, shape: type[BaseModel]) -> None:
    """Report every key that the shape does not have, and take it out; the nearest that it has is suggested."""
    for key in list(draft.mapping(*at)):
        field = shape.model_fields.get(key)
        if field is None:
            meant = nearest(key, [name for name in shape.model_fields if name not in draft.mapping(*at)])
            if meant is not None:
                rename(draft, (*at, key), meant, f"unknown key `{clip(key)}`")
            else:
                known = f"one of {listed(shape.model_fields)}"
                draft.report((*at, key), f"unknown key `{clip(key)}`", known, at_key=True)
                draft.remove((*at, key))
            continue
        inner = _shape_of(field.annotation)
        if inner is None:
            continue
        inside: Path = (*at, key)
        for place in (
            [(*inside, name) for name in draft.mapping(*inside)] if _is_mapping(field.annotation) else [inside]
        ):
            _settle_keys(draft, place, inner)


def _is_mapping(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) is dict


def _shape_of(annotation: Any) -> type[BaseModel] | None:
    """The one shape that an annotation speaks of; None where it speaks of none, or of several."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    shapes = [shape for part in get_args(annotation) if (shape := _shape_of(part)) is not None]
    return shapes[0] if len(shapes) == 1 else None


def used_providers(default: str, axes: Iterable[Axis], includes: Iterable[Selection]) -> set[str]:
    """The providers to which some cell may go."""
    used = {default}
    for axis in axes:
        for value in axis.values:
            sets = value.sets if isinstance(value, Compound) else {axis.name: value}
            used |= _routes(sets.get("provider"), sets.get("model"))
    for include in includes:
        for provider in include.get("provider", ()):
            used |= _routes(provider, None)
        for model in include.get("model", ()):
            used |= _routes(None, model)
    return used - {""}


def _routes(provider: object, model: object) -> set[str]:
    return {str(provider or ""), split_route(str(model or ""))[0]}
