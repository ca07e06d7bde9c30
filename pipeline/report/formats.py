"""A report in other forms than the page: JSON lines, a Parquet file, a CSV, printable sheets."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from pipeline.errors import JobError
from pipeline.manifest.state import Manifest
from pipeline.report.csv import contact_sheet_csv
from pipeline.report.live import is_live
from pipeline.report.prints import MAX_PAGES, write_prints
from pipeline.report.put import put
from pipeline.report.table import is_whole, table_of
from pipeline.report.thumbnails import Progress
from pipeline.report.write import CSV, PAGE, find_rows, write_page
from pipeline.rows.marks import Marks
from pipeline.rows.rows import Row

JSONL = "contact_sheet.jsonl"
PARQUET = "contact_sheet.parquet"


class Report(NamedTuple):
    """What every format is made from. `wrong` says, by file, why a picture cannot be shown.

    `files` and `notes` are what came of it: where it lies, and what people should know.
    """

    folder: Path
    manifest: Manifest
    rows: Sequence[Row]
    wrong: dict[str, str]
    marks: Marks | None
    raw: bool
    files: list[Path]
    notes: list[str]


def write_formats(
    folder: Path,
    manifest: Manifest,
    formats: Sequence[str],
    *,
    marks: Marks | None = None,
    raw: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Write `manifest`, whose pictures lie in `folder`, in each of `formats` (`FORMATS`) into its `report/`.

    `raw` leaves texts in the CSV as they are.

    Raises:
        JobError: a format needs a package that is not installed; nothing was written.
        DiskError: the disk refused a file.
    """
    if "parquet" in formats:
        _require_pyarrow()
    rows, wrong = find_rows(folder, manifest, marks, progress)
    report = Report(folder, manifest, rows, wrong, marks, raw, [], [])
    for name in formats:
        FORMATS[name](report)
    return report


def rows_jsonl(rows: Sequence[Row]) -> bytes:
    """One row a line, with all that is known of it, exactly."""
    encoder = msgspec.json.Encoder()
    return b"".join(encoder.encode(row) + b"\n" for row in rows)


def rows_parquet(rows: Sequence[Row], *, marks: bool = False) -> bytes:
    """The columns of the CSV, with their types, and `params` as JSON; texts as they are."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = table_of(rows, marks=marks)
    columns["params"] = [msgspec.json.encode(row.params).decode() for row in rows]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({name: _arrow(values) for name, values in columns.items()}), sink, compression="zstd")
    return sink.getvalue().to_pybytes()


def _arrow(values: list[Any]) -> Any:
    """One type a column: numbers and truths as such where all are so, else text."""
    import pyarrow as pa

    present = [value for value in values if value is not None]
    if not present:
        # Not text: then the tables of two jobs could not be read as one.
        return pa.nulls(len(values))
    if is_whole(values):
        return pa.array(values, pa.int64())
    if all(isinstance(value, bool) for value in present):
        return pa.array(values, pa.bool_())
    if all(isinstance(value, float) or _is_small(value) for value in present):
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    texts = [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
    return pa.array(texts, pa.string())


def _is_small(value: Any) -> bool:
    """A whole number that a float holds exactly."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 2**53


def _require_pyarrow() -> None:
    try:
        import pyarrow.parquet  # noqa: F401
    except ImportError:
        raise JobError("Parquet needs pyarrow: pip install 'fluxsweep[parquet]'. Nothing was written.") from None


def _html(report: Report) -> None:
    if is_live(report.folder / "report"):
        report.files.append(report.folder / "report" / PAGE)
        report.notes.append("a run fills the page at this moment, and writes it whole when it ends: it was left alone")
        return
    page = write_page(report.folder, report.manifest, report.rows, report.wrong, report.marks)
    report.files.append(page)


def _csv(report: Report) -> None:
    _put(report, CSV, contact_sheet_csv(report.rows, marks=report.marks is not None, raw=report.raw))


def _jsonl(report: Report) -> None:
    _put(report, JSONL, rows_jsonl(report.rows))


def _parquet(report: Report) -> None:
    _put(report, PARQUET, rows_parquet(report.rows, marks=report.marks is not None))


def _png(report: Report) -> None:
    files, left_out = write_prints(report.folder, report.manifest, report.rows, report.wrong)
    report.files.extend(files)
    if left_out:
        report.notes.append(f"{left_out} more pages were not drawn: {MAX_PAGES} is as many as can be posted")


def _put(report: Report, name: str, content: bytes) -> None:
    path = report.folder / "report" / name
    put(path, content)
    report.files.append(path)


FORMATS: dict[str, Callable[[Report], None]] = {
    "html": _html,
    "csv": _csv,
    "jsonl": _jsonl,
    "parquet": _parquet,
    "png": _png,
}
