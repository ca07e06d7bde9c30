"""What ties an axis to others: the cells that it is confined to, and what it is drawn for."""

from __future__ import annotations

from pipeline.source.nearest import did_you_mean, listed
from pipeline.source.problem import Path, clip
from pipeline.spec.axes import part_names
from pipeline.spec.draft import Draft
from pipeline.spec.job import Axis, Draw
from pipeline.spec.selections import Known, read_selection
from pipeline.spec.values import Values

_ARMS = ("prompt", "model")


def tied(draft: Draft, values: Values, axes: tuple[Axis, ...], known: Known) -> tuple[Axis, ...]:
    """The axes with what confines them and how they are drawn. `known`: what stands on each axis, includes and all."""
    closed = {name for axis in axes for name in (axis.name, *part_names(axis))}
    whens = {}
    for axis in axes:
        path: Path = ("matrix", "when", axis.name)
        if axis.name in draft.mapping("matrix", "when"):
            when = read_selection(draft, values, path, known, closed)
            if when is not None:
                whens[axis.name] = when
    owners = {name: axis.name for axis in axes for name in (axis.name, *part_names(axis))}
    arms = {name for axis in axes for name in (axis.name, *part_names(axis)) if _sets_an_arm(axis, name)}
    draws = {axis.name: draw for axis in axes if (draw := _draw(draft, axis, owners, arms)) is not None}
    depends = {name: {owners[of] for of in (*whens.get(name, ()), *_per(draws, name))} for name in {**whens, **draws}}
    while circles := _in_circles(depends):
        name = circles[0]
        verb, path = ("confined", ("matrix", "when", name)) if name in whens else ("drawn", ("matrix", name, "per"))
        hint = f"let `{path[-1] if verb == 'drawn' else 'when'}` name another axis"
        draft.report(path, f"`{clip(name)}` is {verb} by itself", hint=hint, at_key=True)
        whens.pop(name, None)
        draws.pop(name, None)
        del depends[name]
    return tuple(
        axis.model_copy(update={"when": whens.get(axis.name, {}), "draw": draws.get(axis.name)}) for axis in axes
    )


def _per(draws: dict[str, Draw], name: str) -> tuple[str, ...]:
    return draws[name].per if name in draws else ()


def _sets_an_arm(axis: Axis, name: str) -> bool:
    return name in _ARMS or (name == axis.name and bool(part_names(axis) & set(_ARMS)))


def _draw(draft: Draft, axis: Axis, owners: dict[str, str], arms: set[str]) -> Draw | None:
    """How the axis is drawn, if it is; what cannot be is reported."""
    asked, path = draft.draws.get(axis.name), ("matrix", axis.name)
    if asked is None:
        return None
    if axis.values and asked.random > len(axis.values) and not draft.unsure(axis.name):
        message = f"{asked.random} cannot be drawn of {len(axis.values)}"
        draft.report((*path, "random"), message, f"at most {len(axis.values)}")
    per = []
    for place, name in enumerate(asked.per):
        where = (*path, "per", place)
        if name not in owners and draft.lost("matrix"):
            continue  # what could not be read may have set it
        if name not in owners:
            hint = did_you_mean(name, owners) or f"there is {listed(sorted(owners))}"
            draft.report(where, f"`{clip(name)}` is no axis and no part of one", hint=hint)
        elif axis.name == "seed" and asked.paired and name in arms:
            hint = f"leave `{name}` out; `paired: false` gives the comparison up"
            draft.report(where, f"a seed of its own for each {name}: arms could not be compared", hint=hint)
        else:
            per.append(name)
    return Draw(n=asked.random, salt=asked.salt, per=tuple(dict.fromkeys(per)))


def _in_circles(depends: dict[str, set[str]]) -> list[str]:
    """The names that depend, by way of others or not, on themselves."""
    reached = {name: set(direct) for name, direct in depends.items()}
    for _ in depends:
        for names in reached.values():
            names |= {further for name in names for further in depends.get(name, ())}
    return [name for name, names in reached.items() if name in names]
