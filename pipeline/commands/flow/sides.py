"""The two sides of a diff: what each asks for, and where its pictures lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from pipeline.commands.flow.opening import folder_of, open_job, read_folder, read_if_there, shown_path
from pipeline.commands.flow.replacing import keep_replacements, plan_lines
from pipeline.compare.diff import Judge, Likeness, likeness_of
from pipeline.errors import JobError
from pipeline.images.check import BadPicture
from pipeline.images.metrics import Metrics
from pipeline.images.same import same_pixels
from pipeline.images.thumbnail import thumbnail
from pipeline.manifest.read import FILE_NAME
from pipeline.manifest.state import Manifest
from pipeline.report.metrics import read_metrics
from pipeline.rows.rows import Row, rows_of

_THREADS = 2


class Side(NamedTuple):
    """A job with its pictures. `name` is what the person called it."""

    name: str
    folder: Path
    manifest: Manifest


def open_side(path: Path) -> Side:
    """The plan that rules in a folder; or what a job file asks for now, with the pictures that its folder has of it.

    Raises:
        JobError: there is nothing at `path`, or it is wrong.
    """
    if path.is_dir() or path.name == FILE_NAME:
        folder = folder_of(path)
        manifest = read_folder(folder).manifest
        if manifest.plan is None:
            raise JobError(f"{shown_path(folder)}: holds no complete plan, so there is nothing to compare")
        return Side(shown_path(path), folder, manifest)
    planned = open_job(path)
    folder = folder_of(path)
    manifest = read_if_there(folder)
    planned = keep_replacements(planned, manifest)
    if not planned.same_as(manifest):
        for line in plan_lines(manifest, planned):
            manifest.fold(line)
    return Side(shown_path(path), folder, manifest)


def judging(before: Side, after: Side, progress: Callable[[int, int], None]) -> Judge:
    """What looks at the pictures of a pair. Pictures that no report measured are measured first, in parallel."""
    sides = (before, after)
    metrics: dict[str, Metrics] = {}
    for side in sides:
        metrics |= read_metrics(side.folder / "report")
    paths = _pictures(before) | _pictures(after)
    metrics |= _measure({digest: path for digest, path in paths.items() if digest not in metrics}, progress)

    def judge(old: Row, new: Row) -> tuple[Likeness, int | None, str]:
        rows = (old, new)
        lost = [why for side, row in zip(sides, rows, strict=True) if (why := _lost(side, row))]
        if lost:
            return "missing", None, "; ".join(lost)
        digests = str(old.sha256), str(new.sha256)
        if digests[0] == digests[1]:
            return "bytes", 0, ""
        one, other = (metrics.get(digest) for digest in digests)
        if one is None or other is None:
            return "missing", None, "a picture cannot be decoded"
        return *likeness_of(one.phash, other.phash, lambda: same_pixels(paths[digests[0]], paths[digests[1]])), ""

    return judge


def _pictures(side: Side) -> dict[str, Path]:
    rows = rows_of(side.manifest)
    paths = {row.sha256: side.folder / row.file for row in rows if row.sha256 is not None and row.file is not None}
    return {digest: path for digest, path in paths.items() if path.is_file()}


def _lost(side: Side, row: Row) -> str:
    if row.file is None:
        return f"{side.name}: {row.status.replace('_', ' ')}{f', {row.reason}' if row.reason else ''}"
    return "" if (side.folder / row.file).is_file() else f"{side.name}: {row.file} is missing from the folder"


def _measure(sources: Mapping[str, Path], progress: Callable[[int, int], None]) -> dict[str, Metrics]:
    measured = {}
    with ThreadPoolExecutor(_THREADS) as pool:
        making = {pool.submit(thumbnail, path, {}): digest for digest, path in sources.items()}
        for done, made in enumerate(as_completed(making), 1):
            with suppress(BadPicture):
                measured[making[made]] = made.result()
            progress(done, len(making))
    return measured
