"""Unknown and misplaced keys: each is reported once, and read as the key that was most likely meant."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pipeline.source.nearest import listed, nearest, one_off
from pipeline.source.problem import Path, breadcrumbs, clip
from pipeline.spec.draft import Draft
from pipeline.spec.options import RawOnDoubt, RawPoll, RawReport, RawResubmit, RawRun, RawWebhook
from pipeline.spec.shape import (
    RawBudget,
    RawExpect,
    RawJob,
    RawMatrix,
    RawModel,
    RawOverride,
    RawPrompt,
    RawProvider,
    RawSource,
)

RESERVED = ("prompt", "model", "seed", "size", "repeat", "provider")
SELECTIONS = ("exclude", "include", "only")
NOT_AXES = tuple(RawMatrix.model_fields)
REQUIRED = {
    "version": "begin the job with `version: 1`",
    "name": "name the job: `name: my-sweep`",
    "provider": "name the API: `provider: cometapi`, or `emulator` for nothing",
    "prompts": "give at least one: `prompts: {plain: a ceramic teapot}`",
    "matrix": "name at least one model: `matrix: {model: flux-2-pro}`",
}

_JOB = tuple(RawJob.model_fields)
_MAPPINGS = frozenset(
    {"vars", "prompts", "sizes", "matrix", "params", "models", "providers", "budget", "run", "report", "poll", "prices"}
    | {"resubmit", "webhook", "expect"}
)
_SECTIONS: dict[Path, tuple[str, ...]] = {
    ("budget",): tuple(RawBudget.model_fields),
    ("run",): tuple(RawRun.model_fields),
    ("run", "poll"): tuple(RawPoll.model_fields),
    ("run", "on_doubt"): tuple(RawOnDoubt.model_fields),
    ("run", "on_doubt", "resubmit"): tuple(RawResubmit.model_fields),
    ("run", "webhook"): tuple(RawWebhook.model_fields),
    ("expect",): tuple(RawExpect.model_fields),
    ("report",): tuple(RawReport.model_fields),
}
_PRICE = ("first", "further", "input")
_OF_AN_AXIS = ("when",)


def settle_keys(draft: Draft, params: Iterable[str]) -> None:
    """Report every unknown key of the fixed mappings, and mend it in the draft.

    `params` are the catalog's parameter names: one that stands in a section belongs under `params`.
    """
    homes = _homes(params)
    _settle(draft, (), _JOB, homes)
    for path, known in _SECTIONS.items():
        _settle(draft, path, known, homes)
    _settle_matrix(draft)
    sources = draft.at("prompts")
    for index in range(len(sources) if isinstance(sources, list) else 0):
        _settle(draft, ("prompts", index), tuple(RawSource.model_fields), {})
    for name in list(draft.mapping("prompts")):
        _settle(draft, ("prompts", name), tuple(RawPrompt.model_fields), {})
    for name in list(draft.mapping("prices")):
        _settle(draft, ("prices", name), _PRICE, {})
    for name in list(draft.mapping("providers")):
        _settle(draft, ("providers", name), tuple(RawProvider.model_fields), {})
        _settle(draft, ("providers", name, "budget"), tuple(RawBudget.model_fields), {})
    for name in list(draft.mapping("models")):
        _settle(draft, ("models", name), tuple(RawModel.model_fields), {})
    overrides = draft.at("overrides")
    for index in range(len(overrides) if isinstance(overrides, list) else 0):
        _settle(draft, ("overrides", index), tuple(RawOverride.model_fields), {})


def rename(draft: Draft, path: Path, name: str, message: str) -> None:
    """Report the key at `path` as a misspelling of `name`, and read it as that from now on."""
    draft.report(path, message, hint=f"did you mean `{clip(name)}`?", at_key=True)
    draft.move(path, (*path[:-1], name))


def _homes(params: Iterable[str]) -> dict[str, Path]:
    """Where each known key belongs."""
    homes: dict[str, Path] = dict.fromkeys(params, ("params",))
    for path, known in reversed(_SECTIONS.items()):
        homes |= dict.fromkeys(known, path)
    homes |= dict.fromkeys((*RESERVED[:5], *SELECTIONS, "sample", "order"), ("matrix",))
    return homes | dict.fromkeys(_JOB, ())


def _settle(draft: Draft, path: Path, known: tuple[str, ...], homes: dict[str, Path]) -> None:
    for key in list(draft.mapping(*path)):
        at = (*path, key)
        if key in known:
            continue
        if key in homes:
            slip = one_off(key, [name for name in known if name not in draft.mapping(*path)])
            if slip is not None and isinstance(draft.at(*at), dict) == (slip in _MAPPINGS):
                rename(draft, at, slip, f"unknown key `{key}`")
                continue
        if key in homes:
            _send_home(draft, at, homes[key])
        else:
            _misspelt(draft, at, known)


def _misspelt(draft: Draft, at: Path, known: tuple[str, ...]) -> None:
    key, present = str(at[-1]), draft.mapping(*at[:-1])
    message = f"unknown key `{clip(key)}`"
    likely = nearest(key, known)
    absent = None if likely in present else likely
    if len(at) == 1 and likely is None:
        missing = [name for name in REQUIRED if name not in present]
        absent = missing[0] if len(missing) == 1 else None
    if absent is not None:
        rename(draft, at, absent, message)
        return
    if likely is not None:
        draft.report(at, message, hint=f"did you mean `{likely}`?", at_key=True)
    else:
        draft.report(at, message, f"one of {listed(known)}" if len(known) > 1 else f"`{known[0]}`", at_key=True)
    draft.remove(at)


def _send_home(draft: Draft, at: Path, home: Path) -> None:
    key = str(at[-1])
    place = f"under `{breadcrumbs(home)}`" if home else "at the top level"
    draft.report(at, f"`{key}` belongs {place}", at_key=True)
    if home == ("params",) or key in draft.mapping(*home) or not draft.can_hold(home):
        draft.remove(at)
    else:
        draft.move(at, (*home, key))


def _settle_matrix(draft: Draft) -> None:
    """Any key may be an axis; only what can be none is refused."""
    for key, value in list(draft.mapping("matrix").items()):
        if key in _OF_AN_AXIS:
            hint = f"`steps: {{values: [20, 40], {key}: …}}`"
            draft.report(("matrix", key), f"`{key}` belongs to one axis", hint=hint, at_key=True)
            draft.remove(("matrix", key))
        elif key in _JOB and key not in RESERVED and not could_be_axis(key, value):
            _send_home(draft, ("matrix", key), ())


def could_be_axis(key: str, value: Any) -> bool:
    """A variable may be called `name`; no variable holds a mapping, and none is an option of the whole job."""
    return not isinstance(value, dict) and key not in {
        "overrides",
        "trust_env",
        "upsampling",
        "version",
        "max_tasks",
        "on_unsupported",
    }
