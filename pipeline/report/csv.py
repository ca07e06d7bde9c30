"""The contact sheet as CSV: one row a cell, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.rows.rows import Row

if TYPE_CHECKING:
    import pandas as pd

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_LEADING: dict[str, Callable[[Row], Any]] = {
    "label": lambda row: row.label,
    "key": lambda row: row.key,
    "status": lambda row: row.status,
    "prompt": lambda row: row.prompt,
    "prompt_returned": lambda row: row.prompt_returned,
}
_TRAILING: dict[str, Callable[[Row], Any]] = {
    "model": lambda row: row.model,
    "seed": lambda row: row.seed,
    "seed_returned": lambda row: row.seed_returned,
    "width": lambda row: row.width,
    "height": lambda row: row.height,
    "file": lambda row: row.file,
    "sha256": lambda row: row.sha256,
    "bytes": lambda row: row.bytes,
    "charge": lambda row: charge_text(row.charges_lo, row.charges_hi),
    "price_usd": lambda row: None if row.price is None else row.price / 1_000_000,
    "price_source": lambda row: row.price_source,
    "latency_s": lambda row: None if row.latency is None else round(row.latency, 3),
    "remote_id": lambda row: row.remote_id,
    "attempts": lambda row: row.attempts,
    "error": lambda row: row.reason or None,
}


def contact_sheet_csv(rows: Sequence[Row]) -> bytes:
    """The whole file: UTF-8, a header line, CR LF (so that a lone CR in a text is quoted too).

    Each axis has a column between `prompt_returned` and `model`. One named like another column is left out where both
    always hold the same (`model`, `seed`), and is called `axis_<name>` where they differ (`axis_prompt`).
    A text that a spreadsheet would run as a formula gets an apostrophe in front.
    """
    import pandas as pd

    frame = pd.DataFrame(
        {name: _column([_harmless(value) for value in values]) for name, values in _columns(rows).items()}
    )
    return frame.to_csv(index=False, lineterminator="\r\n").encode()


def charge_text(lo: int, hi: int) -> str:
    """Charges as `1`, or as `0..1` where they are not sure."""
    return str(lo) if lo == hi else f"{lo}..{hi}"


def _columns(rows: Sequence[Row]) -> dict[str, list[Any]]:
    leading = {name: [of(row) for row in rows] for name, of in _LEADING.items()}
    trailing = {name: [of(row) for row in rows] for name, of in _TRAILING.items()}
    fixed = leading | trailing
    axes: dict[str, list[Any]] = {}
    for name in dict.fromkeys(axis for row in rows for axis in row.axes):
        values = [row.axes.get(name) for row in rows]
        if name not in fixed:
            axes[name] = values
        elif values != fixed[name]:
            axes[f"axis_{name}"] = values
    return leading | axes | trailing


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def _column(values: list[Any]) -> pd.Series[Any]:
    """Whole numbers stay whole where some are missing; everything else stays as it is."""
    import pandas as pd

    present = [value for value in values if value is not None]
    whole = bool(present) and all(isinstance(value, int) and not isinstance(value, bool) for value in present)
    return pd.Series(values, dtype="Int64" if whole else "object")
