"""`write_bundle`: a report and its pictures in one folder that can be zipped and sent."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import DiskError, JobError
from pipeline.manifest.state import Manifest
from pipeline.report.csv import contact_sheet_csv
from pipeline.report.put import put
from pipeline.report.scores import read_scores
from pipeline.report.sheet import sheet_page
from pipeline.report.thumbnails import SIDES, Progress, inputs_of, thumbnail_names
from pipeline.report.write import CSV, PAGE, find_rows
from pipeline.rows.marks import Marks


def write_bundle(
    folder: Path,
    manifest: Manifest,
    target: Path | None = None,
    *,
    marks: Marks | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write the page, the CSV, the pictures and their thumbnails of `manifest` to `target` (`report/bundle`).

    Every link stays inside. An earlier bundle is brought up to date: pictures that it no longer shows are taken out.
    Returns the bundle's folder.

    Raises:
        JobError: `target` holds something else.
        DiskError: the disk refused a file.
    """
    bundle = target or folder / "report" / "bundle"
    if target is not None and target.exists() and not _may_fill(target):
        raise JobError(f"{bundle} is not empty and holds no earlier bundle: choose another folder")
    rows, wrong = find_rows(folder, manifest, marks, progress)
    thumbs = folder / "report" / "thumbs"
    shown = [row for row in rows if row.file is not None and row.sha256 is not None and row.file not in wrong]
    try:
        _copy(folder, bundle, "images", {str(row.file) for row in shown})
        inputs = inputs_of(rows)
        _copy(folder, bundle, "inputs", inputs.values())
        small = [f"thumbs/{name}" for row in shown for name in thumbnail_names(str(row.sha256))]
        small += [f"thumbs/{name}" for sha256 in inputs for name in thumbnail_names(sha256)]
        for density in SIDES:
            part = f"thumbs/{density}"
            _copy(thumbs.parent, bundle, part, {name for name in small if name.startswith(f"{part}/")})
    except OSError as error:
        raise DiskError(f"the bundle cannot be written: {error}") from error
    put(bundle / CSV, contact_sheet_csv(rows, marks=marks is not None))
    put(bundle / PAGE, sheet_page(manifest, rows, wrong, pictures="", marks=marks, scores=read_scores(folder)))
    return bundle


def _may_fill(target: Path) -> bool:
    """An empty folder, or one that has all that a bundle has (a report has no pictures beside its page)."""
    if not target.is_dir():
        return False
    names = {entry.name for entry in target.iterdir()}
    return not names or names >= {PAGE, CSV, "images", "thumbs"}


def _copy(source: Path, bundle: Path, part: str, names: Iterable[str]) -> None:
    """Make `bundle/part` hold these files of `source` (paths relative to it) and no other."""
    wanted = {bundle / name: source / name for name in names}
    if not wanted and not (bundle / part).exists():
        return
    (bundle / part).mkdir(parents=True, exist_ok=True)
    for old in set((bundle / part).iterdir()) - set(wanted):
        old.unlink()
    for copy, original in wanted.items():
        if not copy.is_file() or copy.stat().st_size != original.stat().st_size:
            shutil.copy2(original, copy)
