"""The matrix of a draft becomes axes: each value checked by its kind, ranges written out, compound values labelled."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Literal, cast

from pipeline.source.problem import Path, breadcrumbs, clip
from pipeline.spec.draft import Draft
from pipeline.spec.job import Axis, Compound, Scalar
from pipeline.spec.keys import NOT_AXES, RESERVED
from pipeline.spec.literals import json_text
from pipeline.spec.names import STANDING
from pipeline.spec.units import is_range, range_values
from pipeline.spec.values import Unusable, Values
from pipeline.spec.words import described, shown, written

Kind = Literal["prompt", "model", "seed", "size", "repeat", "provider", "param", "variable", "compound"]


def read_axes(draft: Draft, values: Values) -> tuple[Axis, ...]:
    """The axes in job order, after the defaults of those that always stand and are not written.

    An axis that the parts of a compound axis set has none of its own.
    """
    names = [name for name in draft.mapping("matrix") if name not in NOT_AXES]
    axes = [axis for name in names if (axis := _axis(draft, values, name)) is not None]
    there = {axis.name for axis in axes}
    there |= {part for axis in axes for value in axis.values if isinstance(value, Compound) for part in value.sets}
    defaults: dict[str, tuple[Scalar, ...]] = {
        "prompt": tuple(values.prompts),
        "model": (),
        "seed": (1,),
        "size": ("auto",),
    }
    missing = [
        Axis(name=name, kind=cast("Kind", name), values=defaults[name]) for name in STANDING if name not in there
    ]
    if "model" not in there and not draft.lost("matrix", "model"):
        hint = "name at least one model: `model: [flux-2-pro]`"
        draft.report(("matrix", "model"), "no model is named", hint=hint, at_key=True)
        draft.doubt("model")
    return (*missing, *axes)


def _axis(draft: Draft, values: Values, name: str) -> Axis | None:
    """The axis `name` as written; None, reported, when nothing of it can be used."""
    path = ("matrix", name)
    value = draft.at(*path)
    entries = value if isinstance(value, list) else [value]
    if not entries and name in draft.draws and draft.draws[name].of is None:
        return Axis(name=name, kind=cast("Kind", name), values=())
    if not entries:
        draft.report(path, "got an empty list", "at least one value")
        draft.remove(path)
        return None
    compound = any(isinstance(entry, dict) for entry in entries)
    if compound and name in RESERVED:
        index = next(index for index, entry in enumerate(entries) if isinstance(entry, dict))
        draft.report(
            (*path, index), f"got {described(entries[index])}", "one value", "a compound axis needs another name"
        )
        draft.remove(path)
        return None
    found = _compounds(draft, values, name, entries) if compound else _scalars(draft, values, name, entries)
    if not found:
        draft.remove(path)
        return None
    kind = "compound" if compound else name if name in RESERVED else "param" if name in values.params else "variable"
    labels = {} if compound else _given_labels(draft, name, entries)
    return Axis(name=name, kind=cast("Kind", kind), values=tuple(found), labels=labels)


def _given_labels(draft: Draft, name: str, entries: list[Any]) -> dict[str, Scalar]:
    """What the job calls some values of a plain axis; no label may be another one, or another value."""
    plain = {written(entry) for index, entry in enumerate(entries) if ("matrix", name, index) not in draft.labels}
    found: dict[str, Scalar] = {}
    for index, entry in enumerate(entries):
        label = draft.labels.get(("matrix", name, index))
        if label is None or entry is None:
            continue
        if label in found or label in plain:
            hint = "give each value its own `id`"
            draft.report(("matrix", name, index), f"two values are labelled `{clip(label)}`", hint=hint)
        found[label] = entry
    return found


def _scalars(draft: Draft, values: Values, name: str, entries: list[Any]) -> list[Scalar | None]:
    single = not isinstance(draft.at("matrix", name), list)
    found: list[Scalar | None] = []
    first: dict[Hashable, Path] = {}
    for index, entry in enumerate(entries):
        path: Path = ("matrix", name) if single else ("matrix", name, index)
        for value in _written_out(draft, values, name, entry, path, single=single):
            meaning = values.meaning(name, value)
            if meaning not in first:
                first[meaning] = path
                found.append(value)
                continue
            if meaning != values.meaning(name, entry) and not is_range(entry):
                continue  # misspelt, and told so
            other = "" if draft.at(*first[meaning]) == entry else f", which means `{shown(draft.at(*first[meaning]))}`"
            draft.report(path, f"`{shown(value)}`{other} stands on this axis twice", hint="remove one")
    return found


def _written_out(
    draft: Draft, values: Values, name: str, entry: Any, path: Path, *, single: bool = False
) -> list[Scalar | None]:
    """The values that one entry stands for: a range is all of its numbers, a single `repeat: 3` is 1, 2, 3."""
    try:
        if is_range(entry) and values.counts(name) and not (name in draft.from_files or path in draft.as_they_stand):
            numbers = range_values(entry)
            values.read(name, next((number for number in numbers if isinstance(number, float)), numbers[0]), path)
            return list(numbers)
        value = values.read(name, entry, path)
        if name == "repeat" and single and isinstance(value, int):
            return list(range_values(f"1..{value}"))
    except Unusable:
        draft.doubt(name)
        return []
    except ValueError as error:
        draft.report(path, str(error))
        draft.doubt(name)
        return []
    return [value]


def _compounds(draft: Draft, values: Values, name: str, entries: list[Any]) -> list[Compound]:
    kept: list[tuple[int, dict[str, Scalar | None]]] = []
    first: dict[Hashable, int] = {}
    for index, entry in enumerate(entries):
        path: Path = ("matrix", name, index)
        if not isinstance(entry, dict):
            draft.report(path, f"got {described(entry)}", "a mapping, as the other values of this axis")
            draft.doubt(name)
            continue
        parts = _parts(draft, values, entry, path)
        if parts is None:
            draft.doubt(name)
            continue
        meaning = tuple(sorted((part, repr(values.meaning(part, value))) for part, value in parts.items()))
        if meaning in first:
            draft.report(path, f"sets the same as value {first[meaning]} of this axis", hint="remove one")
            continue
        first[meaning] = index
        kept.append((index, parts))
    sets = [parts for _, parts in kept]
    _same_axes(draft, name, sets)
    labels = _labels(sets, [entries[index].get("id") for index, _ in kept])
    taken: set[str] = set()
    for label, (index, _) in zip(labels, kept, strict=True):
        if label in taken:
            hint = "give each value its own `id`"
            draft.report(("matrix", name, index), f"two values are labelled `{clip(label)}`", hint=hint)
        taken.add(label)
    return [Compound(id=label, sets=parts) for label, parts in zip(labels, sets, strict=True)]


def _parts(draft: Draft, values: Values, entry: dict[str, Any], path: Path) -> dict[str, Scalar | None] | None:
    """What one compound value sets; None, reported, when it sets nothing that can be used."""
    if (unread := next((key for key in ("when", "values") if key in entry), None)) is not None:
        message = f"`{unread}` in one value of an axis is not read by this version of fluxsweep"
        hint = "confine a whole axis: `{values: […], when: {…}}`"
        draft.report((*path, unread), message, hint=hint, at_key=True)
        return None
    if "id" in entry and (isinstance(entry["id"], (dict, list, type(None))) or not str(entry["id"]).strip()):
        draft.report((*path, "id"), f"got {described(entry['id'])}", "a label")
    parts: dict[str, Scalar | None] = {}
    for part, value in list(entry.items()):
        if part == "id":
            continue
        if isinstance(value, dict | list) and path[1] in draft.from_files:
            value = draft.structure(json_text(value))
        try:
            parts[part] = values.read(part, value, (*path, part))
        except Unusable:
            draft.doubt(part)
            draft.remove((*path, part))
    if not parts and not any(problem.path[: len(path)] == path for problem in draft.problems):
        draft.report(path, "this value sets nothing", "at least one name and value")
    return parts or None


def _same_axes(draft: Draft, name: str, sets: list[dict[str, Scalar | None]]) -> None:
    """Another axis that one value sets must be set by all: elsewhere the cell would have none."""
    for axis in (axis for axis in RESERVED if axis not in draft.mapping("matrix")):
        lacking = [index for index, parts in enumerate(sets) if axis not in parts]
        if lacking and len(lacking) < len(sets):
            message = f"this value does not set `{axis}`, which others of `{clip(name)}` do"
            hint = "`size: auto` leaves it to the model" if axis == "size" else "set it in every value, or in none"
            draft.report(("matrix", name, lacking[0]), message, hint=hint)
            draft.remove(("matrix", name))


def _labels(sets: list[dict[str, Scalar | None]], ids: list[Any]) -> list[str]:
    """Each value's `id`; by default its first part where that tells the values apart, else all its parts."""
    firsts = [written(next(iter(parts.values()))) for parts in sets]
    apart = len(set(firsts)) == len(firsts)
    labels = []
    for parts, id_, first in zip(sets, ids, firsts, strict=True):
        if isinstance(id_, (str, int, float)):
            labels.append(written(id_))
        else:
            labels.append(first if apart else "-".join(written(value) for value in parts.values()))
    return labels


def one_source(draft: Draft, axes: tuple[Axis, ...]) -> None:
    """Report every name that comes from two sources: two axes, an axis and a part, an axis and `vars` or `params`.

    A confined axis stands above `params` where it exists; elsewhere they hold.
    """
    confined_names = {name for axis in axes if axis.when for name in (axis.name, *part_names(axis))}
    sources: dict[str, Path] = {}
    for section in ("vars", "params"):
        for name in [name for name in draft.mapping(section) if name not in confined_names]:
            _claim(draft, sources, name, (section, name))
    for axis in axes:
        if axis.name in draft.mapping("matrix"):
            _claim(draft, sources, axis.name, ("matrix", axis.name))
        seen: set[str] = set()
        for index, value in enumerate((draft.at("matrix", axis.name) or ()) if axis.kind == "compound" else ()):
            for part in value if isinstance(value, dict) else ():
                if part == axis.name and axis.name in draft.from_files:
                    continue  # the column that the axis is named after
                if part != "id" and part not in seen:
                    seen.add(part)
                    _claim(draft, sources, part, ("matrix", axis.name, index, part))


def part_names(axis: Axis) -> set[str]:
    """What the values of a compound axis set."""
    return {part for value in axis.values if isinstance(value, Compound) for part in value.sets}


def _claim(draft: Draft, sources: dict[str, Path], name: str, path: Path) -> None:
    if name not in sources:
        sources[name] = path
        return
    one, other = sorted((sources[name], path), key=draft.document.standing)
    message = f"`{clip(name)}` is set here and by `{breadcrumbs(one)}` at {draft.document.place(one)}"
    draft.report(other, message, hint="keep one", at_key=True)
