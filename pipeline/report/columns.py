"""Many cells as few columns: what repeats is written once, so that a page of 50,000 cells stays small (pure).

`page/cells.js` reads them back. A column is one of

- `{"all": value}`: every cell has it;
- `{"of": [value, …], "at": [place, …]}`: a table of distinct values, and each cell's place in it (-1: it has none);
- `{"each": [value, …]}`: one value a cell, null where it has none;
- `{"in": {name: column, …}}`: a mapping, by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

Column = dict[str, Any]


def columns_of(cells: Sequence[Mapping[str, Any]]) -> dict[str, Column]:
    """The columns of `cells`, by name. What is None in a cell is absent from it."""
    names = dict.fromkeys(name for cell in cells for name in cell)
    columns = {name: _column([cell.get(name) for cell in cells]) for name in names}
    return {name: column for name, column in columns.items() if column is not None}


def _column(values: list[Any]) -> Column | None:
    present = [value for value in values if value is not None]
    if not present:
        return None
    if all(isinstance(value, dict) for value in present):
        return {"in": columns_of([{} if value is None else value for value in values])}
    places: dict[Any, int] = {}
    at = [-1 if value is None else places.setdefault(_name(value), len(places)) for value in values]
    if len(places) == 1 and len(present) == len(values):
        return {"all": values[0]}
    if len(places) > len(values) // 2:
        return {"each": values}
    table: list[Any] = [None] * len(places)
    for place, value in zip(at, values, strict=True):
        table[place] = value if place >= 0 else table[place]
    return {"of": table, "at": at}


def _name(value: Any) -> bytes:
    """What is equal in JSON has one name: to Python `1 == True == 1.0`."""
    return msgspec.json.encode(value)
