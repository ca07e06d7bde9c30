"""The journal: the one writer of a manifest. What `append` returned from is on disk, and folded."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from pipeline.errors import DiskError, ManifestDamaged
from pipeline.manifest import emergency
from pipeline.manifest.codec import encode_batch
from pipeline.manifest.disk import SYSTEM_DISK, Disk, make_folders, put_file, write_all
from pipeline.manifest.lines import AnyLine, Event, Submitted, Submitting
from pipeline.manifest.lock import lock
from pipeline.manifest.read import FILE_NAME, Reading, read_manifest, whole_lines
from pipeline.manifest.record import Record, apply
from pipeline.manifest.state import Manifest

BALLAST_NAME = "manifest.ballast"
BALLAST_BYTES = 2**20
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Journal:
    """Appends lines in batches, one write and one fsync a batch, and folds them into `manifest` once durable.

    `append` is for the event loop: calls that meet share a batch (group commit). `append_now` is for before and
    after it. While it is open a ballast lies beside the manifest: on a full disk it is given up, so that the ids of
    paid submits still fit; from then on intents are refused. After any other failed write, and after every failed
    fsync, nothing more is written through this object: the batch is cut off, and ids in it go to the emergency file.
    """

    def __init__(
        self, path: Path, reading: Reading, *, disk: Disk = SYSTEM_DISK, clock: Callable[[], float] = time.time
    ) -> None:
        self.path = path
        self.manifest: Manifest = reading.manifest
        self._seq, self._batch = reading.seq, reading.batch
        self._length = reading.intact
        self._disk = disk
        self._clock = clock
        self._fd = disk.open(path)
        self._ballast = path.with_name(BALLAST_NAME)
        self._roomy = self._lay_ballast()
        self._broken: DiskError | None = None
        self._waiting: list[tuple[Sequence[AnyLine], asyncio.Future[None]]] = []
        self._committing: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="journal")

    async def append(self, *lines: AnyLine) -> None:
        """Put `lines` on disk, then fold them. They stay together, in order, in one batch.

        Raises:
            ManifestDamaged: an event cannot follow its task's record, or a line cannot be encoded (nothing was
                written, and lines of others go on).
            DiskError: they, or lines before them, could not be put on disk.
        """
        self._check(lines, at=0.0)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((lines, done))
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_waiting())
        await asyncio.shield(done)

    def append_now(self, *lines: AnyLine) -> None:
        """`append` without an event loop. Raises the same."""
        at = self._clock()
        encoded = self._check(lines, at)
        try:
            self._write(encoded)
        except DiskError as error:
            raise self._rescue(error, lines) from error
        del encoded  # that of a plan can be large
        self._fold(lines, at)

    def close(self) -> None:
        """Give the file back. What was appended is on disk already."""
        self._thread.shutdown()
        self._disk.close(self._fd)
        with suppress(OSError):
            self._disk.remove(self._ballast)

    def _check(self, lines: Sequence[AnyLine], at: float) -> bytes:
        """Raises as `append` does. The lines as they would be written now."""
        try:
            encoded = self._encode(lines, at)
        except ValueError as error:
            paid = "".join(f". Paid: {line.remote_id!a}" for line in lines if isinstance(line, Submitted))
            raise ManifestDamaged(f"{self.path}: a line cannot be written ({error}){paid}") from error
        if self._broken is not None:
            raise self._rescue(self._broken, lines)
        if not self._roomy and any(isinstance(line, Submitting) for line in lines):
            raise DiskError(f"{self.path.parent}: the disk is full; nothing more is submitted")
        records: dict[str, Record] = {}
        for line in lines:
            if isinstance(line, Event):
                record = records.get(line.key) or self.manifest.record(line.key)
                records[line.key] = apply(record, line)
        return encoded

    async def _commit_waiting(self) -> None:
        batch: list[tuple[Sequence[AnyLine], asyncio.Future[None]]] = []
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                told = await self._commit([line for group, _ in batch for line in group])
                for _, done in batch:
                    _settle(done, told)
        finally:
            self._committing = None
            if left := [done for _, done in [*batch, *self._waiting] if not done.done()]:
                # Ended from outside: nobody knows whether the batch is on disk, so that no other may follow it.
                self._waiting = []
                self._broken = self._broken or self._stopped_by("the writer was ended")
                for done in left:
                    _settle(done, self._broken)

    async def _commit(self, lines: Sequence[AnyLine]) -> DiskError | None:
        """Write and fold one batch. Returns what its callers are to be told, None when all is well."""
        at = self._clock()
        try:
            if self._broken is not None:
                raise self._broken
            encoded = self._encode(lines, at)
            await asyncio.get_running_loop().run_in_executor(self._thread, self._write, encoded)
            self._fold(lines, at)
        except Exception as error:
            # Whatever it is, callers wait, and disk and memory may differ from here on.
            self._broken = error if isinstance(error, DiskError) else self._stopped_by(repr(error))
            return self._rescue(self._broken, lines)
        return None

    def _stopped_by(self, why: str) -> DiskError:
        return DiskError(f"{self.path}: cannot be written ({why}); nothing more is submitted")

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
        """One write, one fsync, and that is never tried again: after a failed one the kernel calls lost pages clean."""
        try:
            if not self._takes(encoded):
                self._disk.cut(self._fd, self._length)
                self._disk.remove(self._ballast)
                self._roomy = False
                if not self._takes(encoded):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._disk.sync(self._fd)
        except OSError as error:
            # Its callers are told that it is not there, so it must not be found there either.
            with suppress(OSError):
                self._disk.cut(self._fd, self._length)
            self._broken = self._stopped_by(error.strerror or repr(error))
            raise self._broken from error
        self._length += len(encoded)

    def _takes(self, encoded: bytes) -> bool:
        """Whether the disk took all of it; False when it is full. Raises OSError for every other trouble."""
        try:
            return self._disk.write(self._fd, encoded) == len(encoded)
        except OSError as error:
            if error.errno in _FULL:
                return False
            raise

    def _lay_ballast(self) -> bool:
        """Whether the disk has room for it. Random bytes, since some file systems store others in less."""
        try:
            descriptor = self._disk.open(self._ballast, empty=True)
            try:
                write_all(self._disk, descriptor, os.urandom(BALLAST_BYTES))
            finally:
                self._disk.close(descriptor)
        except OSError as error:
            if error.errno not in _FULL:
                raise
            self._disk.remove(self._ballast)
            return False
        return True

    def _rescue(self, error: DiskError, lines: Sequence[AnyLine]) -> DiskError:
        """`error`, and where the ids of paid submits are now that the manifest could not take."""
        paid = [line for line in lines if isinstance(line, Submitted)]
        if not paid:
            return error
        place = emergency.keep(self._disk, self.path.parent, paid, self._clock())
        ids = ", ".join(f"{line.remote_id} (task {line.key[:12]})" for line in paid)
        kept = f"kept in {place}, and the next run takes them in" if place else "kept nowhere: write them down"
        return DiskError(f"{error}. Paid: {ids}; {kept}")


def _settle(done: asyncio.Future[None], told: DiskError | None) -> None:
    if told is None:
        done.set_result(None)
    else:
        done.set_exception(told)
        # A caller that was cancelled does not ask: that is no error of its own.
        done.exception()


@contextmanager
def open_journal(
    folder: Path, *, disk: Disk = SYSTEM_DISK, clock: Callable[[], float] = time.time
) -> Iterator[Journal]:
    """Take the lock of `folder` and open its manifest for appending (made if absent).

    A torn tail is cut, a copy kept; ids in an emergency file are taken in.

    Raises:
        ManifestLocked, ManifestDamaged, ManifestNewer, DiskError: as in `lock` and `read_manifest`.
    """
    try:
        make_folders(disk, folder)
    except OSError as error:
        raise DiskError(f"{folder}: cannot be made ({error.strerror})") from None
    with lock(folder):
        path = folder / FILE_NAME
        try:
            journal = Journal(path, _prepare(path, disk), disk=disk, clock=clock)
        except OSError as error:
            raise DiskError(f"{path}: cannot be opened for writing ({error.strerror})") from None
        try:
            _take_in(journal, folder, disk)
            yield journal
        finally:
            journal.close()


def _prepare(path: Path, disk: Disk) -> Reading:
    """The manifest as it may be appended to: whole batches, with its name and its bytes on the platter."""
    descriptor = disk.open(path)
    try:
        disk.sync_folder(path.parent)
        reading = read_manifest(path, disk)
        if not reading.is_whole:
            _mend_tail(path, reading, disk)
            return read_manifest(path, disk)
        # A process that died may have written lines that it did not live to sync.
        disk.sync(descriptor)
    finally:
        disk.close(descriptor)
    return reading


def _mend_tail(path: Path, reading: Reading, disk: Disk) -> None:
    """Leave out what a crash left unfinished, at once or not at all; what is left out is kept beside the manifest."""
    content = disk.read(path)
    if reading.torn:
        _keep_copy(path.with_name(f"{path.name}.torn-{reading.intact}"), content[reading.intact :], disk)
    put_file(disk, path, whole_lines(content, reading))


def _keep_copy(path: Path, content: bytes, disk: Disk) -> None:
    """Beside the manifest. A disk too full for a copy must not keep the next run from collecting what is paid."""
    try:
        put_file(disk, path, content)
    except OSError as error:
        if error.errno not in _FULL:
            raise


def _take_in(journal: Journal, folder: Path, disk: Disk) -> None:
    """Record the ids that an earlier run could keep only in an emergency file."""
    for path in emergency.places(folder):
        try:
            if not emergency.is_trusted(disk, folder, path):
                continue
            lines = list(emergency.kept_lines(disk, path))
            for late in lines:
                if event := emergency.late_event(journal.manifest, late):
                    journal.append_now(event)
            disk.rename(path, path.with_name(f"{path.name}.taken"))
            disk.sync_folder(path.parent)
        except OSError as error:
            raise DiskError(f"{path}: holds ids of paid submits, and cannot be taken in ({error.strerror})") from None
