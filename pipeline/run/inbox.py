"""The inbox: what webhooks proved while no run was there to hear it, for the next run to read.

`inbox.jsonl` holds one proven delivery a line, sealed like a line of the manifest, and no tag and no secret. A line
that does not hold proves nothing and is passed over: the doubt that it would have ended stays, and is shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import msgspec

from pipeline.errors import DiskError
from pipeline.manifest.codec import check_seal, seal
from pipeline.manifest.disk import SYSTEM_DISK, Disk, make_folders, write_all
from pipeline.manifest.journal import Journal
from pipeline.manifest.lines import Duplicate, Resolved, Submitted
from pipeline.manifest.lock import lock
from pipeline.manifest.state import Manifest
from pipeline.run.listener import Delivery

FILE_NAME = "inbox.jsonl"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Delivery).decode


class Inbox:
    """Keeps deliveries. What `keep` returned from is on disk; what stands there already is not written again."""

    def __init__(self, folder: Path, *, disk: Disk = SYSTEM_DISK, clock: Callable[[], float] = time.time) -> None:
        self._path = folder / FILE_NAME
        self._disk, self._clock = disk, clock
        self._known = set(read_inbox(folder, disk))
        try:
            self._fd = disk.open(self._path)
            disk.sync_folder(folder)
        except OSError as error:
            raise DiskError(f"{self._path}: cannot be opened for writing ({error.strerror})") from None
        # A killed inbox may have left half a line: the next one begins on a line of its own.
        self._head = b"\n"

    def keep(self, delivery: Delivery) -> None:
        """Put `delivery` on disk, and wait for that. After a failed write nothing more must be kept through this.

        Raises:
            DiskError: it is not there, or nobody knows.
        """
        if delivery in self._known:
            return
        body = b'%b,"at":%.3f' % (_encode(delivery)[:-1], self._clock())
        try:
            write_all(self._disk, self._fd, self._head + seal(body))
            self._disk.sync(self._fd)
        except OSError as error:
            raise DiskError(f"{self._path}: cannot be written ({error.strerror}); the service keeps it") from None
        self._head = b""
        self._known.add(delivery)

    def close(self) -> None:
        """Give the file back."""
        self._disk.close(self._fd)


def listening(folder: Path) -> AbstractContextManager[None]:
    """Be the one process that listens for the webhooks of `folder`: a run, or an inbox. Raises as `lock` does."""
    return lock(folder, "inbox", "listening for webhooks")


@contextmanager
def open_inbox(folder: Path, *, disk: Disk = SYSTEM_DISK) -> Iterator[Inbox]:
    """Be the one who listens for `folder` (made if absent), with its inbox open. Raises as `listening`, `DiskError`."""
    try:
        make_folders(disk, folder)
    except OSError as error:
        raise DiskError(f"{folder}: cannot be made ({error.strerror})") from None
    with listening(folder):
        inbox = Inbox(folder, disk=disk)
        try:
            yield inbox
        finally:
            inbox.close()


def read_inbox(folder: Path, disk: Disk = SYSTEM_DISK) -> list[Delivery]:
    """Every delivery that stands whole in the inbox of `folder`, in order; none where there is no inbox."""
    path = folder / FILE_NAME
    try:
        content = disk.read(path)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DiskError(f"{path}: cannot be read ({error.strerror})") from None
    return list(_whole(content))


def _whole(content: bytes) -> Iterator[Delivery]:
    for raw in content.split(b"\n"):
        with suppress(ValueError):
            check_seal(raw)
            yield _decode(raw)


def told_by(manifest: Manifest, delivery: Delivery) -> Submitted | Resolved | Duplicate | None:
    """What a delivery says to the one who holds the lock of a manifest at rest; None when it is nothing new.

    It is what a run that had heard it would have written, see `Doubts.delivered`.
    """
    key, attempt, remote_id = delivery.key, delivery.attempt, delivery.remote_id
    record = manifest.record(key)
    if key not in manifest.tasks or delivery.is_known(record):
        return None
    if attempt == record.attempt and record.status == "submitting":
        return Submitted(key=key, attempt=attempt, remote_id=remote_id)
    if attempt == record.attempt and record.status == "in_doubt":
        return Resolved(key=key, how="id", remote_id=remote_id)
    if delivery.rendered and attempt <= record.attempt:
        return Duplicate(key=key, remote_id=remote_id, attempt=attempt)
    return None


def is_unread(manifest: Manifest, folder: Path) -> bool:
    """Whether the inbox of `folder` says anything that its manifest does not know. It only looks."""
    return any(told_by(manifest, delivery) for delivery in read_inbox(folder))


def take_in(journal: Journal, folder: Path) -> int:
    """Write down what the inbox of `folder` says. Returns how many lines that took; raises as `append_now` does.

    The inbox stays as it is, since its process may be at work: what was taken in says nothing new.
    """
    taken = 0
    for delivery in read_inbox(folder):
        if event := told_by(journal.manifest, delivery):
            journal.append_now(event)
            taken += 1
    return taken
