"""Let a model read the pictures of a job: each content once, several at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from pipeline.errors import DiskError
from pipeline.images.check import BadPicture
from pipeline.images.reader import Matcher, Reader, read_file
from pipeline.report.readings import Readings, keep_readings, read_readings
from pipeline.report.thumbnails import Progress
from pipeline.rows.measured import prompt_name
from pipeline.rows.rows import Row

BATCH = 20  # so many readings are lost at most when it is ended


def read_pictures(folder: Path, rows: Sequence[Row], reader: Reader, progress: Progress | None = None) -> None:
    """Let `reader` read what it has not read yet of the pictures of `rows`, which lie in `folder`.

    One that reads texts too reads their prompts.

    What is not there, or does not decode, is passed over: the report says so. `progress(done, total)` counts readings.

    Raises:
        DiskError: the disk refused it.
    """
    report = folder / "report"
    try:
        report.mkdir(parents=True, exist_ok=True)
        known = read_readings(report).get(reader.name)
        seen = known.seen if known is not None and known.by == reader.digest else {}
        files = {row.sha256: folder / row.file for row in rows if row.file is not None and row.sha256 is not None}
        wanted: dict[str, Callable[[], str]] = {
            sha256: partial(read_file, reader, file) for sha256, file in files.items() if file.is_file()
        }
        if isinstance(reader, Matcher):
            prompts = {row.prompt for row in rows if row.sha256 is not None and row.prompt}
            wanted |= {prompt_name(prompt): partial(reader.read_text, prompt) for prompt in prompts}
        missing = {name: read for name, read in wanted.items() if name not in seen}
        _read(report, missing, reader, progress)
    except OSError as error:
        raise DiskError(f"what is read cannot be kept in {report}: {error}") from error


def _read(report: Path, missing: Mapping[str, Callable[[], str]], reader: Reader, progress: Progress | None) -> None:
    seen: SimpleQueue[tuple[str, str]] = SimpleQueue()

    def read(sha256: str, look: Callable[[], str]) -> None:
        seen.put((sha256, look()))

    pool = ThreadPoolExecutor(reader.threads)
    try:
        reading = [pool.submit(read, sha256, look) for sha256, look in missing.items()]
        for done, one in enumerate(as_completed(reading), 1):
            with suppress(BadPicture):
                one.result()
            if seen.qsize() >= BATCH:
                _keep(report, reader, seen)
            if progress is not None:
                progress(done, len(reading))
    finally:
        # Whoever ends it must not wait for all that is still to be read.
        pool.shutdown(cancel_futures=True)
        _keep(report, reader, seen)


def _keep(report: Path, reader: Reader, seen: SimpleQueue[tuple[str, str]]) -> None:
    new = dict(seen.get() for _ in range(seen.qsize()))
    keep_readings(report, reader.name, Readings(reader.digest, new))
