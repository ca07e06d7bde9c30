"""The rows as columns: what the CSV and the Parquet file hold, in one order (pure)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from pipeline.rows.rows import Row

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
    "charge": lambda row: _charge_text(row.charges_lo, row.charges_hi),
    "price_usd": lambda row: None if row.price is None else row.price / 1_000_000,
    "price_source": lambda row: row.price_source,
    "latency_s": lambda row: None if row.latency is None else round(row.latency, 3),
    "remote_id": lambda row: row.remote_id,
    "attempts": lambda row: row.attempts,
    "reused_from": lambda row: row.reused_from,
    "error": lambda row: row.reason or None,
    "replaces": lambda row: " ".join(row.replaces) or None,
    "sharpness": lambda row: row.metrics.get("sharpness"),
    "brightness": lambda row: row.metrics.get("brightness"),
    "contrast": lambda row: row.metrics.get("contrast"),
    "colourfulness": lambda row: row.metrics.get("colourfulness"),
    "colour": lambda row: row.metrics.get("colour"),
    "phash": lambda row: row.metrics.get("phash"),
    "flags": lambda row: " ".join(row.flags) or None,
    "near_duplicate_of": lambda row: row.near,
    "diversity": lambda row: row.diversity,
}
_MARKS: dict[str, Callable[[Row], Any]] = {
    "stars": lambda row: row.stars,
    "reject": lambda row: row.reject,
    "tags": lambda row: " ".join(row.tags) or None,
    "note": lambda row: row.note or None,
}


def table_of(rows: Sequence[Row], *, marks: bool = False) -> dict[str, list[Any]]:
    """Each column's values, by its name. Columns of `marks` only where some were read.

    What only some jobs have has columns there only: the text that is expected, and what readers made of the pictures.
    Each axis has a column between `prompt_returned` and `model`. One named like another column is left out where both
    always hold the same (`model`, `seed`), and is called `axis_<name>` where they differ (`axis_prompt`).
    """
    leading = {name: [of(row) for row in rows] for name, of in _LEADING.items()}
    last = _TRAILING | _read_columns(rows) | (_MARKS if marks else {})
    trailing = {name: [of(row) for row in rows] for name, of in last.items()}
    fixed = leading | trailing
    axes: dict[str, list[Any]] = {}
    for name in dict.fromkeys(axis for row in rows for axis in row.axes):
        values = [row.axes.get(name) for row in rows]
        if name not in fixed:
            axes[name] = values
        elif values != fixed[name]:
            axes[f"axis_{name}"] = values
    return leading | axes | trailing


def _read_columns(rows: Sequence[Row]) -> dict[str, Callable[[Row], Any]]:
    """What is expected, as `text_expected`, and the metrics that have no column of their own."""
    expected = dict.fromkeys(name for row in rows for name in row.expect)
    further = dict.fromkeys(name for row in rows for name in row.metrics if name not in {*_TRAILING, "blank"})
    return {f"{name}_expected": partial(_expected, name) for name in expected} | {
        name: partial(_metric, name) for name in further
    }


def _expected(name: str, row: Row) -> str | None:
    return row.expect.get(name)


def _metric(name: str, row: Row) -> Any:
    return row.metrics.get(name)


def _charge_text(lo: int, hi: int) -> str:
    """Charges as `1`, or as `0..1` where they are not sure."""
    return str(lo) if lo == hi else f"{lo}..{hi}"


def is_whole(values: Sequence[Any]) -> bool:
    """Whether a column holds whole numbers of 64 bits, and perhaps gaps."""
    present = [value for value in values if value is not None]
    return bool(present) and all(
        isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63 for value in present
    )
