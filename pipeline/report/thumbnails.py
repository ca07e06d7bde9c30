"""Thumbnails and metrics, kept by the content of their pictures: one that did not change is never decoded again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path

from pipeline.errors import DiskError
from pipeline.images.check import BadPicture
from pipeline.images.metrics import Metrics
from pipeline.images.thumbnail import thumbnail
from pipeline.report.metrics import keep_metrics, read_metrics
from pipeline.rows.rows import Row
from pipeline.task.request import ImageRef

SIDES = {"small": 128, "large": 256}
"""The longer side, by density. The page chooses by the width that a picture has on the screen; where even the large
one would be blurred, few pictures are in sight, and it takes the pictures themselves."""
THREADS = os.cpu_count() or 2
KEPT_BLOCKS = 16 * THREADS  # of memory, between pictures: asking the system for it anew costs a millisecond a picture
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
    try:
        lying = _lying(folder, files)
        lengths = {row.file: row.bytes for row in rows}
        wrong = {file: why for file in files if (why := _lost(file, lengths[file], lying.get(file)))}
        sources = {sha256: folder / file for file, sha256 in files.items() if file not in wrong}
        inputs = {file: sha256 for sha256, file in inputs_of(rows).items()}
        sources |= {inputs[file]: folder / file for file in _lying(folder, inputs)}
        there, known = thumbnails_there(thumbs), read_metrics(thumbs.parent)
        missing = {sha256: path for sha256, path in sources.items() if sha256 not in there or sha256 not in known}
        undecodable = _make(missing, thumbs, progress)
    except OSError as error:
        raise DiskError(f"thumbnails cannot be made in {thumbs}: {error}") from error
    return wrong | {file: undecodable[sha256] for file, sha256 in files.items() if sha256 in undecodable}


def inputs_of(rows: Sequence[Row]) -> dict[str, str]:
    """Where the input pictures lie that `rows` were made from, by their contents."""
    return {value.sha256: value.path for row in rows for value in row.params.values() if isinstance(value, ImageRef)}


def targets_of(thumbs: Path, sha256: str) -> dict[Path, int]:
    """Where the thumbnails of a picture with this content go, and how large each is."""
    return {thumbs / density / f"{sha256}.webp": side for density, side in SIDES.items()}


def thumbnails_there(thumbs: Path) -> set[str]:
    """The contents that have a thumbnail of each density. The folders are made where they are not there.

    Raises:
        OSError: the disk refused it.
    """
    found = []
    for density in SIDES:
        (thumbs / density).mkdir(parents=True, exist_ok=True)
        # An empty one was left by a crash.
        found.append({entry.name[:64] for entry in os.scandir(thumbs / density) if entry.stat().st_size})
    return set.intersection(*found)


def _lost(file: str, length: int | None, found: int | None) -> str:
    """Why a picture of `length` bytes, of which `found` lie there, cannot be shown: its thumbnail may outlive it."""
    if found is None:
        return f"{file} is missing from the output folder"
    return "" if length in (None, found) else f"{file} has {found} bytes, and had {length} when it was downloaded"


def _lying(folder: Path, files: Iterable[str]) -> dict[str, int]:
    """Those of `files` that lie in `folder`, with their lengths: its folders are listed once, rather than each file
    asked for.
    """
    lengths = {}
    for parent in {file.rpartition("/")[0] for file in files}:
        with suppress(FileNotFoundError, NotADirectoryError):
            for entry in os.scandir(folder / parent):
                with suppress(FileNotFoundError):  # a link that leads nowhere
                    lengths[f"{parent}/{entry.name}" if parent else entry.name] = entry.stat().st_size
    return {file: lengths[file] for file in files if file in lengths}


def _make(sources: Mapping[str, Path], thumbs: Path, progress: Progress | None) -> dict[str, str]:
    """Make the thumbnail of each source, by its sha256; returns why for those that cannot be decoded."""
    from PIL import Image

    Image.core.set_blocks_max(KEPT_BLOCKS)  # type: ignore[attr-defined]
    undecodable = {}
    metrics: dict[str, Metrics] = {}
    with ThreadPoolExecutor(THREADS) as pool:
        making = {
            pool.submit(thumbnail, source, targets_of(thumbs, sha256)): sha256 for sha256, source in sources.items()
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
