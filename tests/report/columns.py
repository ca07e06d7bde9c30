"""Columns read back into cells, by what `columns_of` says of them."""

from __future__ import annotations

from typing import Any


def unpacked(columns: dict[str, Any], count: int) -> list[dict[str, Any]]:
    """The cells that `columns` hold; what a cell has no value for is absent."""
    cells: list[dict[str, Any]] = [{} for _ in range(count)]
    for name, column in columns.items():
        for cell, value in zip(cells, _values(column, count), strict=True):
            if value is not None:
                cell[name] = value
    return cells


def _values(column: dict[str, Any], count: int) -> list[Any]:
    match column:
        case {"all": value}:
            return [value] * count
        case {"of": table, "at": at}:
            return [table[place] if place >= 0 else None for place in at]
        case {"each": values}:
            return list(values)
        case {"in": columns}:
            return [cell or None for cell in unpacked(columns, count)]
    raise AssertionError(column)
