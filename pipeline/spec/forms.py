"""The forms of an axis beside a list of values: each is written out in the draft, as the list that it stands for."""

from __future__ import annotations

from typing import Any

from pipeline.source.nearest import did_you_mean
from pipeline.source.problem import Path, clip
from pipeline.spec.draft import Draft
from pipeline.spec.keys import NOT_AXES

_FORMS: dict[str, tuple[str, ...]] = {"values": ("when",)}
_ALWAYS_THERE = ("prompt", "model")


def write_out_axes(draft: Draft) -> None:
    """Write out every axis that is a mapping; one that cannot be is reported and taken out."""
    for name, value in list(draft.mapping("matrix").items()):
        if isinstance(value, dict) and name not in NOT_AXES:
            path: Path = ("matrix", name)
            form = next((form for form in _FORMS if form in value), None)
            if form is None:
                _refuse(draft, path, value)
            elif _settle(draft, path, form, value):
                _confine(draft, path)
                draft.lift((*path, form), path)


def _refuse(draft: Draft, path: Path, value: dict[str, Any]) -> None:
    unread = next((key for key in value if key in {"random", "file", "folder"}), None)
    if unread is not None:
        message = f"`{unread}` on an axis is not read by this version of fluxsweep"
        draft.report((*path, unread), message, hint="write the values out", at_key=True)
    else:
        draft.report(path, "got a mapping", "a list of values, or one value", "begin it with `- `")
    draft.remove(path)


def _settle(draft: Draft, path: Path, form: str, value: dict[str, Any]) -> bool:
    """Whether the mapping has only what its form takes; a key that it does not take is reported."""
    for key in [key for key in value if key != form and key not in _FORMS[form]]:
        known = (form, *_FORMS[form])
        hint = did_you_mean(key, known) or f"there is {', '.join(known)}"
        draft.report((*path, key), f"an axis with `{form}` takes no `{clip(key)}`", hint=hint, at_key=True)
        value.pop(key)
    if isinstance(value[form], dict):
        draft.report((*path, form), "got a mapping", "a list of values, or one value")
        draft.remove(path)
        return False
    return True


def _confine(draft: Draft, path: Path) -> None:
    """Lift an axis' `when` to where all of them are read."""
    name, when = str(path[-1]), (*path, "when")
    if "when" not in draft.mapping(*path):
        return
    if name in _ALWAYS_THERE:
        hint = "cut cells by `exclude`, add some by `include`"
        draft.report(when, f"every cell has a {name}: `{name}` cannot be confined", hint=hint, at_key=True)
        draft.mapping(*path).pop("when")
    else:
        draft.lift(when, ("matrix", "when", name))
