"""`write_report`: a manifest becomes `report/` in its output folder."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pipeline.manifest.state import Manifest
from pipeline.report.csv import contact_sheet_csv
from pipeline.report.metrics import read_metrics
from pipeline.report.put import put
from pipeline.report.sheet import sheet_page
from pipeline.report.thumbnails import Progress, make_thumbnails
from pipeline.rows.measured import measured
from pipeline.rows.rows import rows_of

PAGE = "index.html"
CSV = "contact_sheet.csv"


class ReportPaths(NamedTuple):
    """Where a report lies."""

    html: Path
    csv: Path


def write_report(folder: Path, manifest: Manifest, *, progress: Progress | None = None) -> ReportPaths:
    """Write page, CSV and thumbnails of `manifest`, whose pictures lie in `folder`; what did not change stays as it is.

    `progress(done, total)` counts the thumbnails that had to be made.

    Raises:
        DiskError: the disk refused a file.
    """
    rows = rows_of(manifest)
    report = folder / "report"
    wrong = make_thumbnails(folder, rows, report / "thumbs", progress)
    rows = measured(rows, read_metrics(report))
    put(report / CSV, contact_sheet_csv(rows))
    put(report / PAGE, sheet_page(manifest, rows, wrong, pictures="../"))
    return ReportPaths(report / PAGE, report / CSV)
