"""`write_report`: a manifest becomes `report/` in its output folder."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.manifest.state import Manifest
from pipeline.report.csv import contact_sheet_csv
from pipeline.report.live import LIVE
from pipeline.report.metrics import read_metrics
from pipeline.report.put import put
from pipeline.report.readings import read_readings
from pipeline.report.scores import read_scores
from pipeline.report.sheet import sheet_page
from pipeline.report.thumbnails import Progress, make_thumbnails
from pipeline.rows.marks import Marks, marked
from pipeline.rows.measured import measured
from pipeline.rows.rows import Row, rows_of

PAGE = "index.html"
CSV = "contact_sheet.csv"


class ReportPaths(NamedTuple):
    """Where a report lies."""

    html: Path
    csv: Path


class Found(NamedTuple):
    """The rows with all that is known of their pictures; and why, by file, for those that cannot be shown."""

    rows: Sequence[Row]
    wrong: dict[str, str]


def write_report(folder: Path, manifest: Manifest, *, progress: Progress | None = None) -> ReportPaths:
    """Write page, CSV and thumbnails of `manifest`, whose pictures lie in `folder`; what did not change stays as it is.

    `progress(done, total)` counts the pictures that had to be decoded.

    Raises:
        DiskError: the disk refused a file.
    """
    rows, wrong = find_rows(folder, manifest, progress=progress)
    report = folder / "report"
    put(report / CSV, contact_sheet_csv(rows))
    return ReportPaths(write_page(folder, manifest, rows, wrong), report / CSV)


def write_page(
    folder: Path, manifest: Manifest, rows: Sequence[Row], wrong: dict[str, str], marks: Marks | None = None
) -> Path:
    """Write the page alone, and end the live one. Raises `DiskError`."""
    page = folder / "report" / PAGE
    put(page, sheet_page(manifest, rows, wrong, pictures="../", marks=marks, scores=read_scores(folder)))
    shutil.rmtree(folder / "report" / LIVE, ignore_errors=True)
    return page


def find_rows(folder: Path, manifest: Manifest, marks: Marks | None = None, progress: Progress | None = None) -> Found:
    """Bring thumbnails and metrics up to date, and give the rows with them. Raises as `write_report`."""
    rows = rows_of(manifest)
    wrong = make_thumbnails(folder, rows, folder / "report" / "thumbs", progress)
    seen = {reader: readings.seen for reader, readings in read_readings(folder / "report").items()}
    rows = measured(rows, read_metrics(folder / "report"), seen)
    return Found(rows if marks is None else marked(rows, marks), wrong)
