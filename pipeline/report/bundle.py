"""`write_bundle`: a report and its pictures in one folder, or one zip, that can be sent."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import DiskError, JobError
from pipeline.report.csv import contact_sheet_csv
from pipeline.report.formats import Report
from pipeline.report.put import put
from pipeline.report.scores import read_scores
from pipeline.report.sheet import sheet_page
from pipeline.report.thumbnails import SIDES, inputs_of, thumbnail_names
from pipeline.report.write import CSV, PAGE


def write_bundle(report: Report, target: Path | None = None) -> Path:
    """Write the page, the CSV, the pictures and their thumbnails of `report` to `target` (`report/bundle`).

    Every link stays inside. An earlier bundle is brought up to date: pictures that it no longer shows are taken out.
    A `target` that ends with `.zip` becomes one file. Returns where the bundle is.

    Raises:
        JobError: `target` holds something else.
        DiskError: the disk refused a file.
    """
    kept = report.folder / "report" / "bundle"
    is_zip = target is not None and target.suffix.lower() == ".zip"
    bundle = kept if target is None or is_zip else target
    if target is not None and target.exists() and not (target.is_file() if is_zip else _may_fill(target)):
        what = "is no file" if is_zip else "is not empty and holds no earlier bundle"
        raise JobError(f"{target} {what}: choose another name")
    try:
        _fill(report, bundle)
        if target is None or not is_zip:
            return bundle
        _zip(bundle, target)
    except OSError as error:
        raise DiskError(f"the bundle cannot be written: {error}") from error
    return target


def _fill(report: Report, bundle: Path) -> None:
    folder, rows, marks = report.folder, report.rows, report.marks
    thumbs = folder / "report" / "thumbs"
    shown = [row for row in rows if row.file is not None and row.sha256 is not None and row.file not in report.wrong]
    _copy(folder, bundle, "images", {str(row.file) for row in shown})
    inputs = inputs_of(rows)
    _copy(folder, bundle, "inputs", inputs.values())
    small = [f"thumbs/{name}" for row in shown for name in thumbnail_names(str(row.sha256))]
    small += [f"thumbs/{name}" for sha256 in inputs for name in thumbnail_names(sha256)]
    for density in SIDES:
        part = f"thumbs/{density}"
        _copy(thumbs.parent, bundle, part, {name for name in small if name.startswith(f"{part}/")})
    put(bundle / CSV, contact_sheet_csv(rows, marks=marks is not None, raw=report.raw))
    scores = read_scores(folder)
    put(bundle / PAGE, sheet_page(report.manifest, rows, report.wrong, pictures="", marks=marks, scores=scores))


def _zip(bundle: Path, target: Path) -> None:
    """One file with one folder in it, named like the file: what is unpacked stays together."""
    part = target.with_name(f".{target.name}.part")
    try:
        # Pictures are small already.
        with zipfile.ZipFile(part, "w") as archive:
            for path in sorted(bundle.rglob("*")):
                if path.is_file():
                    archive.write(path, f"{target.stem}/{path.relative_to(bundle).as_posix()}")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


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
