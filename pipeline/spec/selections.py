"""Excludes, includes and the matches of overrides: mappings of axes, or parts of compound axes, to values."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from pipeline.source.nearest import did_you_mean, listed
from pipeline.source.problem import Path, clip
from pipeline.spec.draft import Draft
from pipeline.spec.job import Axis, Compound, Scalar
from pipeline.spec.units import is_range, range_values
from pipeline.spec.values import Unusable, Values
from pipeline.spec.words import shown, written

Selection = dict[str, tuple[Scalar | None, ...]]
Known = dict[str, dict[Hashable, Scalar | None]]


def known_values(axes: Sequence[Axis], values: Values) -> Known:
    """What stands on each axis and in each part, by meaning; a compound axis' values are its labels."""
    known: Known = {}
    for axis in axes:
        of_axis = known.setdefault(axis.name, {})
        for value in axis.values:
            if isinstance(value, Compound):
                if axis.name not in value.sets:
                    of_axis[value.id] = value.id
                for part, scalar in value.sets.items():
                    known.setdefault(part, {})[values.meaning(part, scalar)] = scalar
            else:
                of_axis[values.meaning(axis.name, value)] = value
        of_axis.update(axis.labels)
    return known


def read_selections(
    draft: Draft, values: Values, axes: Sequence[Axis], path: Path, known: Known, *, adds: bool = False
) -> tuple[Selection, ...]:
    """The list of selections at `path`. One that `adds` may name new values of an axis, but of no compound axis."""
    closed = {axis.name for axis in axes if axis.kind == "compound"}
    closed |= {part for axis in axes for value in axis.values if isinstance(value, Compound) for part in value.sets}
    found = []
    for index in range(len(draft.at(*path) or [])):
        selection = read_selection(draft, values, (*path, index), known, closed, adds=adds)
        if selection:
            found.append(selection)
    return tuple(found)


def read_selection(
    draft: Draft, values: Values, path: Path, known: Known, closed: set[str], *, adds: bool = False
) -> Selection | None:
    """One selection; None, reported, when some of it cannot be used."""
    entry = draft.mapping(*path)
    if not entry:
        if not draft.lost(*path):
            draft.report(path, "selects nothing", "at least one axis and its values")
        return None
    selection: Selection = {}
    for name in entry:
        if name in known:
            selection[name] = _members(draft, values, (*path, name), known[name], new=adds and name not in closed)
    return selection if len(selection) == len(entry) and all(selection.values()) else None


def _members(
    draft: Draft, values: Values, path: Path, known: dict[Hashable, Scalar | None], *, new: bool
) -> tuple[Scalar | None, ...]:
    """The values at `path`; empty when one of them is wrong."""
    name, value = str(path[-1]), draft.at(*path)
    found: list[Scalar | None] = []
    usable = True
    for index, one in enumerate(value if isinstance(value, list) else [value]):
        at = (*path, index) if isinstance(value, list) else path
        try:
            members = range_values(one) if is_range(one) and values.counts(name) else [one]
            if new:
                # A label is a text, a meaning never is: see `Values.meaning`.
                found += [known[one] if one in known else values.read(name, one, at) for one in members]
            elif len(members) > 1:
                found += _in_range(draft, values, one, at, members, known)
            else:
                found.append(_known(draft, values, name, members[0], at, known))
        except ValueError as error:
            draft.report(at, str(error))
            usable = False
        except Unusable:
            usable = False
    return tuple(found) if usable else ()


def _in_range(
    draft: Draft, values: Values, text: str, at: Path, members: list[int | float], known: dict[Hashable, Scalar | None]
) -> list[Scalar | None]:
    """What stands on the axis of a range: a range selects from it, and need not be on it whole."""
    name = str(next(step for step in reversed(at) if isinstance(step, str)))
    found = [known[meaning] for member in members if (meaning := values.meaning(name, member)) in known]
    if not found and not draft.unsure(name):
        draft.report(at, f"nothing of `{shown(text)}` stands on `{clip(name)}`", hint=_there(known))
    if not found:
        raise Unusable
    return found


def _known(
    draft: Draft, values: Values, name: str, value: Any, at: Path, known: dict[Hashable, Scalar | None]
) -> Scalar | None:
    for meaning in (values.meaning(name, value), written(value)):
        if meaning in known:
            scalar: Scalar | None = value if meaning != written(value) else known[meaning]
            return scalar
    if draft.unsure(name):
        raise Unusable
    hint = did_you_mean(written(value), _words(known)) or _there(known)
    draft.report(at, f"`{shown(value)}` stands nowhere on `{clip(name)}`", hint=hint)
    raise Unusable


def _there(known: dict[Hashable, Scalar | None]) -> str:
    words = _words(known)
    return f"there is {listed(map(clip, words[:6]))}" if words else "its values are drawn by chance"


def _words(known: dict[Hashable, Scalar | None]) -> list[str]:
    """What stands there, by its label where it has one."""
    labelled = {written(value): label for label, value in known.items() if isinstance(label, str)}
    return list(dict.fromkeys(labelled.get(written(value), written(value)) for value in known.values()))
