"""Parameters by name: what `params`, `overrides` and axes set must be a parameter of some model of the job."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from pipeline.catalog.model import Model, Param
from pipeline.catalog.route import split_route
from pipeline.source.nearest import listed, nearest
from pipeline.source.problem import Path, clip
from pipeline.spec.draft import Draft
from pipeline.spec.job import Axis, Compound, ModelOptions, Override, Scalar
from pipeline.spec.keys import RESERVED, rename
from pipeline.spec.names import Names
from pipeline.spec.selections import Known, Selection, read_selection
from pipeline.spec.values import Unusable, Values

_NOBODY = "no model of this job takes"


def catalog_params(models: Iterable[Model]) -> dict[str, Param]:
    """Every parameter that some model takes, but for those that an axis of their own sets."""
    found: dict[str, Param] = {}
    for model in models:
        for name, param in model.params.items():
            if name not in RESERVED and (name not in found or param.image):
                found[name] = param
    return found


def job_models(axes: Iterable[Axis], includes: Iterable[Selection], models: Mapping[str, Model]) -> list[Model]:
    """The models that the job asks for."""
    names: dict[str, None] = {}
    for axis in axes:
        for value in axis.values:
            name = value.sets.get("model") if isinstance(value, Compound) else value if axis.name == "model" else None
            if isinstance(name, str):
                names[split_route(name)[1]] = None
    for include in includes:
        names |= dict.fromkeys(split_route(str(name))[1] for name in include.get("model", ()))
    return [models[name] for name in names if name in models]


def mend_params(names: Names, taken: Collection[str]) -> None:
    """Report every name that is no parameter of the job's models (`taken`), and mend the misspelt."""
    draft = names.draft
    sections: list[Path] = [("params",)]
    sections += [("overrides", index, "set") for index in range(len(draft.at("overrides") or []))]
    for path in sections:
        for name in list(draft.mapping(*path)):
            if name not in taken:
                _mend(names, (*path, name), taken)
    for name in names.axes():
        if name in names.params and name not in taken:
            _report_untaken(draft, ("matrix", name))
            draft.remove(("matrix", name))
    for axis, values in names.compounds().items():
        seen: set[str] = set()
        for index, value in enumerate(values):
            for part in [part for part in value if part in names.params and part not in taken]:
                if part not in seen:
                    _report_untaken(draft, ("matrix", axis, index, part))
                seen.add(part)
                draft.remove(("matrix", axis, index, part))


def mend_models(names: Names, models: Iterable[Model]) -> None:
    """Report each model under `models` that the job does not ask for, and what it says that the model does not take."""
    draft, asked = names.draft, {model.name: model for model in models}
    for name in list(draft.mapping("models")):
        path: Path = ("models", name)
        meant = nearest(name, asked)
        if name in asked:
            continue
        if meant is not None and meant not in draft.mapping("models"):
            rename(draft, path, meant, f"no cell of this job asks for the model `{clip(name)}`")
        else:
            hint = f"there is {listed(asked)}"
            draft.report(path, f"no cell of this job asks for the model `{clip(name)}`", hint=hint, at_key=True)
            draft.remove(path)
    for name in draft.mapping("models"):
        taken = catalog_params([asked[name]])
        for param in [param for param in draft.mapping("models", name, "params") if param not in taken]:
            _mend(names, ("models", name, "params", param), taken, f"`{name}` does not take")


def read_models(draft: Draft, values: Values, swept: Mapping[str, Path]) -> dict[str, ModelOptions]:
    """What holds for each model; what the matrix sets (`swept`) is no model's own."""
    found = {}
    for name, entry in draft.mapping("models").items():
        path: Path = ("models", name, "params")
        _refuse_swept(draft, path, swept)
        says = not isinstance(entry, dict) or "file" in entry or draft.mapping(*path)
        if not says and not _was_mended(draft, ("models", name)):
            draft.report(("models", name), "this says nothing", "{params: {parameter: value}}", at_key=True)
        found[name] = ModelOptions(params=read_params(draft, values, path))
    return found


def _refuse_swept(draft: Draft, path: Path, swept: Mapping[str, Path]) -> None:
    for name in [name for name in draft.mapping(*path) if name in swept]:
        place = draft.document.place(swept[name])
        draft.report((*path, name), f"`{name}` is swept by the matrix at {place}", at_key=True)
        draft.remove((*path, name))


def _mend(names: Names, path: Path, taken: Collection[str], refusal: str = _NOBODY) -> None:
    draft = names.draft
    name, present = str(path[-1]), draft.mapping(*path[:-1])
    meant = nearest(name, taken)
    if name in RESERVED:
        place = "`prompts`" if name == "prompt" else f"`matrix.{name}`"
        draft.report(path, f"`{name}` belongs under {place}", at_key=True)
    elif name in names.params:
        _report_untaken(draft, path, refusal)
    elif name in names.set_names():
        hint = "templates read it; parameters are what is sent"
        draft.report(path, f"`{clip(name)}` is no parameter", hint=hint, at_key=True)
    elif meant is not None and meant not in present:
        rename(draft, path, meant, f"`{clip(name)}` is no parameter")
        return
    else:
        hint = f"did you mean `{clip(meant)}`?" if meant else "`fluxsweep models` lists the parameters of each model"
        draft.report(path, f"{refusal} `{clip(name)}`", hint=hint, at_key=True)
    present.pop(name)


def _report_untaken(draft: Draft, path: Path, refusal: str = _NOBODY) -> None:
    draft.report(path, f"{refusal} `{clip(str(path[-1]))}`", hint="other models do", at_key=True)


def read_params(draft: Draft, values: Values, path: Path) -> dict[str, Scalar | None]:
    """The parameters at `path`, those that cannot be used reported and left out."""
    found: dict[str, Scalar | None] = {}
    for name, value in draft.mapping(*path).items():
        try:
            found[name] = values.param(name, value, (*path, name)) if name in values.params else value
        except Unusable:
            continue
    return found


def read_overrides(
    draft: Draft, values: Values, axes: Iterable[Axis], known: Known, swept: Mapping[str, Path]
) -> tuple[Override, ...]:
    """The overrides; `swept` says where the matrix sets a parameter: an override of it is a mistake."""
    closed = {axis.name for axis in axes}
    found = []
    for index in range(len(draft.at("overrides") or [])):
        path: Path = ("overrides", index)
        _refuse_swept(draft, (*path, "set"), swept)
        lacking = [key for key in ("match", "set") if not draft.mapping(*path, key)]
        if lacking and not draft.lost(*path) and not _was_mended(draft, path):
            draft.report(path, f"`{lacking[0]}` is missing", "{match: {axis: value}, set: {parameter: value}}")
        match = None if lacking else read_selection(draft, values, (*path, "match"), known, closed)
        if match:
            found.append(Override(match=match, set=read_params(draft, values, (*path, "set"))))
    return tuple(found)


def _was_mended(draft: Draft, path: Path) -> bool:
    """Whether a problem in here was already reported: what is lacking may follow from that."""
    return any(problem.path[: len(path)] == path for problem in draft.problems)


def swept_names(axes: Iterable[Axis], draft: Draft) -> dict[str, Path]:
    """Where the matrix sets each name."""
    found: dict[str, Path] = {}
    for axis in axes:
        found.setdefault(axis.name, ("matrix", axis.name))
        written: Any = draft.at("matrix", axis.name)
        for index, value in enumerate((written or ()) if axis.kind == "compound" else ()):
            for part in value if isinstance(value, dict) else ():
                found.setdefault(part, ("matrix", axis.name, index, part))
    return found
