"""Thumbnails and metrics, kept by the content of their pictures: one that did not change is never decoded again."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from pipeline.errors import DiskError
from pipeline.images.check import BadPicture
from pipeline.images.metrics import Metrics
from pipeline.images.thumbnail import thumbnail
from pipeline.report.metrics import keep_metrics, read_metrics
from pipeline.rows.rows import Row
from pipeline.task.request import ImageRef

SIDES = {"small": 200, "large": 400}
"""The longer side, by density; the page chooses one by the width that a picture has on the screen."""
THREADS = 2
BATCH = 200  # so many measured pictures are lost at most when a build is ended

Progress = Callable[[int, int], None]


def thumbnail_names(sha256: str) -> list[str]:
    """The thumbnails of a picture with this content, from the folder that holds them."""
    return [f"{density}/{sha256}.webp" for density in SIDES]


def make_thumbnails(
    folder: Path, rows: Sequence[Row], thumbs: Path, progress: Progress | None = None
) -> dict[str, str]:
    """Make what is missing in `thumbs`, and measure what is not measured yet, of the pictures of `rows` in `folder`.

    Metrics are kept beside `thumbs`. Returns why, by file, for each picture that is not there or cannot be decoded.
    `progress(done, total)` counts the pictures that had to be decoded.

    Raises:
        DiskError: a thumbnail cannot be written.
    """
    files = {row.file: row.sha256 for row in rows if row.file is not None and row.sha256 is not None}
    wrong = {file: f"{file} is missing from the output folder" for file in files if not (folder / file).is_file()}
    sources = {sha256: folder / file for file, sha256 in files.items() if file not in wrong}
    sources |= {sha256: path for sha256 in inputs_of(rows) if (path := folder / "inputs" / sha256).is_file()}
    try:
        present = {name for density in SIDES for name in _present(thumbs, density)}
        known = read_metrics(thumbs.parent)
        missing = {
            sha256: path
            for sha256, path in sources.items()
            if not present.issuperset(thumbnail_names(sha256)) or sha256 not in known
        }
        undecodable = _make(missing, thumbs, progress)
    except OSError as error:
        raise DiskError(f"thumbnails cannot be made in {thumbs}: {error}") from error
    return wrong | {file: undecodable[sha256] for file, sha256 in files.items() if sha256 in undecodable}


def inputs_of(rows: Sequence[Row]) -> set[str]:
    """The contents of the input pictures that `rows` were made from: they lie in `inputs/`, by that name."""
    return {value.sha256 for row in rows for value in row.params.values() if isinstance(value, ImageRef)}


def _present(thumbs: Path, density: str) -> set[str]:
    """The thumbnails that are there, as `thumbnail_names` names them; an empty one was left by a crash."""
    (thumbs / density).mkdir(parents=True, exist_ok=True)
    return {f"{density}/{entry.name}" for entry in os.scandir(thumbs / density) if entry.stat().st_size}


def _make(sources: Mapping[str, Path], thumbs: Path, progress: Progress | None) -> dict[str, str]:
    """Make the thumbnail of each source, by its sha256; returns why for those that cannot be decoded."""
    undecodable = {}
    metrics: dict[str, Metrics] = {}
    with ThreadPoolExecutor(THREADS) as pool:
        making = {
            pool.submit(
                thumbnail, source, {thumbs / density / f"{sha256}.webp": side for density, side in SIDES.items()}
            ): sha256
            for sha256, source in sources.items()
        }
        for done, made in enumerate(as_completed(making), 1):
            try:
                metrics[making[made]] = made.result()
            except BadPicture as error:
                undecodable[making[made]] = str(error)
            if len(metrics) >= BATCH:
                keep_metrics(thumbs.parent, metrics)
                metrics.clear()
            if progress is not None:
                progress(done, len(making))
    keep_metrics(thumbs.parent, metrics)
    return undecodable
