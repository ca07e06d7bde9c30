"""The journal: the one writer of a manifest. What `append` returned from is on disk, and folded."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import msgspec

from pipeline.errors import DiskError, ManifestDamaged
from pipeline.manifest.codec import encode_batch
from pipeline.manifest.disk import sync_file, sync_folder
from pipeline.manifest.lines import AnyLine, Event
from pipeline.manifest.lock import lock
from pipeline.manifest.read import FILE_NAME, Reading, read_manifest
from pipeline.manifest.record import Record, apply
from pipeline.manifest.state import Manifest


class Journal:
    """Appends lines in batches, one write and one fsync a batch, and folds them into `manifest` once durable.

    `append` is for the event loop: calls that meet share a batch (group commit). `append_now` is for before and
    after it. After a failed or short write or fsync nothing more is ever written through this object.
    """

    def __init__(self, path: Path, reading: Reading, *, clock: Callable[[], float] = time.time) -> None:
        self.path = path
        self.manifest: Manifest = reading.manifest
        self._seq, self._batch = reading.seq, reading.batch
        self._clock = clock
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND)
        self._broken: DiskError | None = None
        self._waiting: list[tuple[Sequence[AnyLine], asyncio.Future[None]]] = []
        self._committing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")

    async def append(self, *lines: AnyLine) -> None:
        """Put `lines` on disk, then fold them. They stay together, in order, in one batch.

        Raises:
            ManifestDamaged: an event cannot follow its task's record (nothing was written).
            DiskError: they, or lines before them, could not be put on disk.
        """
        self._check(lines)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((lines, done))
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_waiting())
        await asyncio.shield(done)

    def append_now(self, *lines: AnyLine) -> None:
        """`append` without an event loop. Raises the same."""
        self._check(lines)
        at = self._clock()
        encoded = self._encode(lines, at)
        self._write(encoded)
        self._fold(lines, at)

    def close(self) -> None:
        """Give the file back. What was appended is on disk already."""
        self._thread.shutdown()
        os.close(self._fd)

    def _check(self, lines: Sequence[AnyLine]) -> None:
        if self._broken is not None:
            raise self._broken
        records: dict[str, Record] = {}
        for line in lines:
            if isinstance(line, Event):
                record = records.get(line.key) or self.manifest.record(line.key)
                records[line.key] = apply(record, line)

    async def _commit_waiting(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            lines = [line for group, _ in batch for line in group]
            at = self._clock()
            try:
                if self._broken is not None:
                    raise self._broken
                await loop.run_in_executor(self._thread, self._write, self._encode(lines, at))
                self._fold(lines, at)
            except (DiskError, ManifestDamaged) as error:
                for _, done in batch:
                    done.set_exception(error)
                    done.exception()
            else:
                for _, done in batch:
                    done.set_result(None)
        self._committing = None

    def _encode(self, lines: Sequence[AnyLine], at: float) -> bytes:
        return encode_batch(lines, seq=self._seq + 1, batch=self._batch + 1, at=at)

    def _fold(self, lines: Sequence[AnyLine], at: float) -> None:
        """Take the lines in as a reader would find them: numbered, with the time to the millisecond."""
        self._batch += 1
        for left, line in zip(reversed(range(len(lines))), lines, strict=True):
            self._seq += 1
            stamp = {"seq": self._seq, "batch": self._batch, "left": left, "at": round(at, 3)}
            self.manifest.fold(msgspec.structs.replace(line, **stamp))

    def _write(self, encoded: bytes) -> None:
        """One write, one fsync. Neither is tried again: after a failed fsync the kernel may call lost pages clean."""
        try:
            written = os.write(self._fd, encoded)
            if written != len(encoded):
                raise OSError(0, f"only {written} of {len(encoded)} bytes were written")
            sync_file(self._fd)
        except OSError as error:
            self._broken = DiskError(f"{self.path}: cannot be written ({error.strerror}); nothing more is submitted")
            raise self._broken from error


@contextmanager
def open_journal(folder: Path) -> Iterator[Journal]:
    """Take the lock of `folder` and open its manifest for appending (made if absent). A torn tail is cut, a copy kept.

    Raises:
        ManifestLocked, ManifestDamaged, ManifestNewer, DiskError: as in `lock` and `read_manifest`.
    """
    with lock(folder):
        path = folder / FILE_NAME
        reading = _prepare(path)
        journal = Journal(path, reading)
        try:
            yield journal
        finally:
            journal.close()


def _prepare(path: Path) -> Reading:
    try:
        if not path.exists():
            path.touch()
            sync_folder(path.parent)
        reading = read_manifest(path)
        if reading.torn or reading.open_line:
            _mend_tail(path, reading)
    except OSError as error:
        raise DiskError(f"{path}: cannot be opened for writing ({error.strerror})") from None
    return reading


def _mend_tail(path: Path, reading: Reading) -> None:
    """Cut what a crash left unfinished; keep a copy beside the manifest, since an id in it would be money."""
    with path.open("r+b") as file:
        file.seek(reading.intact)
        if reading.torn:
            path.with_name(f"{path.name}.torn-{reading.intact}").write_bytes(file.read())
            file.seek(reading.intact)
            file.truncate()
        if reading.open_line:
            file.write(b"\n")
        file.flush()
        os.fsync(file.fileno())
