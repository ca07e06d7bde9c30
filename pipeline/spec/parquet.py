"""Parquet files as rows of plain values; what reads them is an extra that not every installation has."""

from __future__ import annotations

import datetime
import decimal
import math
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline.errors import JobError
from pipeline.source.problem import Problem
from pipeline.source.reader import file_bytes


def read_parquet(path: Path, limit: int) -> Iterator[dict[str, Any]]:
    """The rows of a file, at most one more than `limit`. Columns of bytes (pictures, say) are not read.

    Raises:
        JobError: pyarrow is not installed, or the file cannot be read.
    """
    try:
        import pyarrow
        from pyarrow.parquet import ParquetFile
    except ImportError:
        hint = 'pip install "fluxsweep[parquet]"'
        raise JobError(Problem(str(path), 1, 1, (), "reading Parquet needs pyarrow", hint=hint)) from None
    file_bytes(path, 0)
    try:
        with ParquetFile(path) as file:
            columns = [field.name for field in file.schema_arrow if "binary" not in str(field.type)]
            rows = (row for batch in file.iter_batches(1_000, columns=columns) for row in batch.to_pylist())
            for row in islice(rows, limit + 1):
                yield {name: _plain(value) for name, value in row.items()}
    except (OSError, pyarrow.ArrowException) as error:
        reason = " ".join(str(error).split())[:160]
        raise JobError(Problem(str(path), 1, 1, (), f"cannot be read as Parquet: {reason}")) from None


def _plain(value: Any) -> Any:
    """What JSON would hold: dates as texts, exact numbers as numbers, not-a-number as nothing."""
    if isinstance(value, dict):
        return {str(name): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value) if isinstance(value, datetime.timedelta) else value
