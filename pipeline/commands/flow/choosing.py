"""Which part of a plan is bought now: `--only axis=value`. The plan itself stays whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.commands.flow.opening import Planned
from pipeline.errors import JobError
from pipeline.rows.rows import flat_axes
from pipeline.source.nearest import did_you_mean, listed
from pipeline.source.problem import clip
from pipeline.spec.units import is_range, range_values, size_meaning
from pipeline.spec.words import written

_SHOWN = 8


def wanted_tasks(planned: Planned, only: Sequence[str]) -> set[str] | None:
    """The tasks of the cells that have, on each axis named in `only`, one of its values; None when nothing is named.

    An axis is one of the job, a part of a compound one (`scene.surface`, or `surface`), or a compound one by label.

    Raises:
        JobError: an axis or a value that no cell has, each with what is most likely meant.
    """
    if not only:
        return None
    sizes: dict[str, str] = planned.job.get("sizes", {})
    cells = [(cell.key, _said(flat_axes(cell.axes))) for cell in planned.cells]
    there: dict[str, dict[str, None]] = {}
    for _, said in cells:
        for axis, text in said.items():
            there.setdefault(axis, {})[text] = None
    wanted: dict[str, set[str]] = {}
    problems = []
    for word in only:
        axis, _, value = (part.strip() for part in word.partition("="))
        found = _meant(there.get(axis, {}), axis, value, sizes)
        wanted.setdefault(axis, set()).update(found)
        if not found:
            problems.append(f"--only {clip(word)}: {_mend(there, axis, value)}")
    if problems:
        raise JobError(*problems)
    keys = {key for key, said in cells if all(said.get(axis) in values for axis, values in wanted.items())}
    if not keys:
        raise JobError(f"no cell has {' and '.join(only)} together; `fluxsweep plan JOB --all` lists the cells")
    return keys


def _said(flat: Mapping[str, object]) -> dict[str, str]:
    """A cell's values as texts; a part of a compound axis also by its own name."""
    texts = {axis: written(value) for axis, value in flat.items()}
    parts = {axis.partition(".")[2]: text for axis, text in texts.items() if "." in axis}
    return parts | texts


def _meant(there: dict[str, None], axis: str, value: str, sizes: dict[str, str]) -> set[str]:
    """What of an axis' texts `value` means: itself, every number of a range, a size by another name."""
    if value in there:
        return {value}
    if axis in ("seed", "repeat") and is_range(value):
        try:
            return there.keys() & set(map(str, range_values(value)))
        except ValueError:
            return set()
    meaning = size_meaning(sizes.get(value, value)) if axis == "size" else None
    return {text for text in there if meaning is not None and size_meaning(sizes.get(text, text)) == meaning}


def _mend(there: dict[str, dict[str, None]], axis: str, value: str) -> str:
    if axis not in there:
        hint = did_you_mean(axis, there) or f"there is {listed(map(clip, there))}"
        return f"no axis is called `{clip(axis)}`; {hint}"
    if not value:
        return f"expected {axis}=VALUE, such as {axis}={clip(next(iter(there[axis])))}"
    values = list(there[axis])
    near = "" if value.isdecimal() else did_you_mean(value, values)
    return f"no cell has this {clip(axis)}; {near or f'there is {listed(map(clip, values[:_SHOWN]))}'}"
