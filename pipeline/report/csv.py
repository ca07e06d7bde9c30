"""The contact sheet as CSV: one row a cell, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pipeline.report.table import is_whole, table_of
from pipeline.rows.rows import Row

if TYPE_CHECKING:
    import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def contact_sheet_csv(rows: Sequence[Row], *, marks: bool = False, raw: bool = False) -> bytes:
    """The whole file: UTF-8, a header line, CR LF (so that a lone CR in a text is quoted too); columns as `table_of`.

    A text that a spreadsheet would run as a formula gets an apostrophe in front, unless `raw`.
    """
    import pandas as pd

    columns = table_of(rows, marks=marks)
    if not raw:
        columns = {_harmless(name): [_harmless(value) for value in values] for name, values in columns.items()}
    frame = pd.DataFrame({name: _column(values) for name, values in columns.items()})
    return frame.to_csv(index=False, lineterminator="\r\n").encode()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _column(values: list[Any]) -> pd.Series[Any]:
    """Whole numbers stay whole where some are missing; everything else stays as it is."""
    import pandas as pd

    return pd.Series(values, dtype="Int64" if is_whole(values) else "object")
