"""Where each axis stands when the page opens (pure). The page itself can place them anew; see `page/layout.js`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipeline.rows.rows import Row


class Groups(NamedTuple):
    """Axes around the rows and around the columns."""

    rows: list[str]
    columns: list[str]


class Layout(NamedTuple):
    """Names of axes, outermost first. `cell`: pictures side by side in one cell. What stands nowhere is a tab."""

    columns: list[str]
    rows: list[str]
    groups: Groups
    cell: list[str]


def choose_layout(rows: Sequence[Row], asked: Mapping[str, Sequence[str] | None]) -> Layout:
    """What the job asks for (its `report`); where it asks for nothing, what reads best.

    That is: models, and sizes, side by side; prompts, and what else varies, below each other; seeds and repeats in the
    cell. Axes of one value are left out unless the job names them; an axis has one place, the first that names it.
    Where the job names the rows, what stands nowhere is a tab.
    """
    named = dict.fromkeys(name for row in rows for name in row.axes)
    free = [name for name in named if "." not in name and len({row.axes.get(name) for row in rows}) > 1]
    taken: set[str] = set()

    def take(names: Sequence[str] | None) -> list[str]:
        found = [name for name in dict.fromkeys(names or ()) if name in named and name not in taken]
        taken.update(found)
        return found

    columns, lines = take(asked.get("columns")), take(asked.get("rows"))
    groups = Groups(take(asked.get("group_rows")), take(asked.get("group_columns")))
    cell = take(asked.get("cell"))
    if asked.get("cell") is None:
        cell = take([name for name in ("seed", "repeat") if name in free])
    if asked.get("columns") is None:
        columns = take([name for name in ("model", "size") if name in free])
    if asked.get("rows") is None:
        lines = take(sorted(free, key=lambda name: name != "prompt"))
    return Layout(columns, lines, groups, cell)
