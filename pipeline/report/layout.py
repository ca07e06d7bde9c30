"""Which axes go to the sheet's columns, its rows, and which stack in the cell (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.rows.rows import Row


class Layout(NamedTuple):
    """Names of axes, outermost first. `stack` holds every other axis of two or more values."""

    columns: list[str]
    rows: list[str]
    stack: list[str]


def choose_layout(rows: Sequence[Row], columns: Sequence[str] | None, lines: Sequence[str] | None) -> Layout:
    """What the job asks for (`columns`, `lines` of the sheet); where it asks for nothing, what reads best.

    That is: models, and sizes, side by side; prompts, and what else varies, below each other; seeds stacked in the
    cell. Axes of one value are left out unless the job names them.
    """
    named = dict.fromkeys(name for row in rows for name in row.axes)
    varying = [name for name in named if "." not in name and len({row.axes.get(name) for row in rows}) > 1]
    asked_columns = [name for name in columns or () if name in named]
    asked_lines = [name for name in lines or () if name in named and name not in asked_columns]
    free = [name for name in varying if name not in {*asked_columns, *asked_lines}]
    if columns is None:
        asked_columns = [name for name in ("model", "size") if name in free]
    if lines is None:
        rest = [name for name in free if name not in {"prompt", "seed", *asked_columns}]
        asked_lines = [name for name in free if name == "prompt" and name not in asked_columns] + rest
    placed = {*asked_columns, *asked_lines}
    return Layout(asked_columns, asked_lines, [name for name in varying if name not in placed])
