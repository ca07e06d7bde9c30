"""Ids of paid submits that the manifest could not take: kept elsewhere, and taken in by the next opening."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from pipeline.manifest.codec import decode_line, encode_batch
from pipeline.manifest.disk import SYSTEM_DISK, Disk, write_all
from pipeline.manifest.lines import AnyLine, Duplicate, Resolved, Submitted
from pipeline.manifest.state import Manifest

FILE_NAME = "manifest.emergency.jsonl"


def places(folder: Path) -> list[Path]:
    """Where ids are kept: beside the manifest, else (its disk may be gone) among the system's temporary files."""
    name = hashlib.sha256(bytes(folder.resolve())).hexdigest()[:16]
    return [folder / FILE_NAME, Path(tempfile.gettempdir()) / f"fluxsweep-{name}.emergency.jsonl"]


def keep(disk: Disk, folder: Path, lines: Sequence[Submitted], at: float) -> Path | None:
    """Write `lines` to the first place that takes them; None when none does."""
    # On a line of its own, whatever an earlier full disk left of the one before.
    content = b"\n" + b"".join(encode_batch([line], seq=0, batch=0, at=at) for line in lines)
    beside, elsewhere = places(folder)
    with suppress(OSError):
        _append(disk, beside, disk.open(beside), content)
        return beside
    with suppress(OSError):
        _append(disk, elsewhere, disk.open_own(elsewhere), content)
        return elsewhere
    return None


def _append(disk: Disk, path: Path, descriptor: int, content: bytes) -> None:
    try:
        write_all(disk, descriptor, content)
        disk.sync(descriptor)
    finally:
        disk.close(descriptor)
    disk.sync_folder(path.parent)


def is_trusted(disk: Disk, folder: Path, path: Path) -> bool:
    """Whether ids lie at `path`, one of the places of `folder`; among the temporary files anybody may lay some."""
    return disk.exists(path) if path.parent == folder else disk.is_own(path)


def kept_lines(disk: Disk, path: Path) -> Iterator[Submitted]:
    """The intact lines of an emergency file; a torn one was told on the terminal only. Raises OSError."""
    for raw in disk.read(path).split(b"\n"):
        with suppress(ValueError):
            line = decode_line(raw)
            if isinstance(line, Submitted):
                yield line


def late_event(manifest: Manifest, late: Submitted) -> AnyLine | None:
    """What an id that comes late says about its task; None when nothing new, or nothing that this manifest knows."""
    record = manifest.record(late.key)
    if late.key not in manifest.tasks or record.attempt < late.attempt or record.remote_id == late.remote_id:
        return None
    if record.attempt == late.attempt and record.status == "submitting":
        return Submitted(
            key=late.key,
            attempt=late.attempt,
            remote_id=late.remote_id,
            poll_url=late.poll_url,
            request_id=late.request_id,
            cost=late.cost,
        )
    if record.attempt == late.attempt and record.status == "in_doubt":
        return Resolved(key=late.key, how="id", remote_id=late.remote_id)
    return Duplicate(key=late.key, remote_id=late.remote_id, attempt=late.attempt)


def waits(folder: Path) -> bool:
    """Whether ids lie there that the manifest of `folder` could not take."""
    return any(is_trusted(SYSTEM_DISK, folder, path) for path in places(folder))
