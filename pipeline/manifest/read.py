"""Reading a manifest: check every line, fold it, and tell a torn tail from damage in the middle."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import DiskError, ManifestDamaged, ManifestError, ManifestNewer
from pipeline.manifest.codec import decode_line, encode_batch
from pipeline.manifest.disk import SYSTEM_DISK, Disk
from pipeline.manifest.lines import FORMAT, AnyLine, Header
from pipeline.manifest.state import Manifest

FILE_NAME = "manifest.jsonl"
# Also a line whose newline before it is spoilt. Inside a line no quote stands without a backslash before it.
_ANY_LINE = re.compile(rb'(?=(\{"seq":[^\n]*))')
_FORMAT_FIELD = re.compile(rb'"type":"header","format":(\d+)')


@dataclass(frozen=True)
class Reading:
    """A manifest as it lies on disk.

    `intact` counts the bytes up to the last line that holds; `torn` those of an unfinished batch behind it.
    `open_line`: that last line lacks only its newline. `seq`, `batch` and `left` are its own (0 in an empty file).
    """

    manifest: Manifest
    intact: int
    torn: int
    open_line: bool
    seq: int
    batch: int
    left: int

    @property
    def is_whole(self) -> bool:
        """Nothing is unfinished: it can be appended to as it lies."""
        return not (self.torn or self.open_line or self.left)


def read_manifest(path: Path, disk: Disk = SYSTEM_DISK) -> Reading:
    """Read and check the manifest at `path`. A torn last batch is left out and counted; nothing is written.

    Raises:
        ManifestError: there is no such file.
        ManifestDamaged: a line that is not the torn tail does not hold.
        ManifestNewer: it was written by a newer format.
        DiskError: it cannot be read.
    """
    try:
        with disk.open_to_read(path) as file:
            return _read(path, file)
    except FileNotFoundError:
        raise ManifestError(f"{path}: there is no manifest; `fluxsweep run` makes one") from None
    except OSError as error:
        raise DiskError(f"{path}: cannot be read ({error.strerror})") from None


def _read(path: Path, file: BinaryIO) -> Reading:
    """Line by line: a large manifest is larger than what it adds up to. What is appended meanwhile is left out."""
    size = file.seek(0, os.SEEK_END)
    _refuse_newer(path, file)
    manifest = Manifest()
    last: AnyLine | None = None
    intact, open_line = 0, False
    number = 0
    while intact < size:
        start, number = intact, number + 1
        raw = file.readline(size - start)
        try:
            line = _next_line(raw.removesuffix(b"\n"), last)
        except ValueError as error:
            file.seek(start)
            if _is_torn_tail(file.read(size - start), last):
                break
            raise ManifestDamaged(
                f"{path}: line {number}, byte {start}: {error}. Nothing was sent and nothing was changed. "
                "`fluxsweep repair` makes it usable again."
            ) from None
        try:
            manifest.fold(line)
        except ManifestDamaged as error:
            raise ManifestDamaged(f"{path}: line {number}, byte {start}: {error}") from None
        last, intact, open_line = line, start + len(raw), not raw.endswith(b"\n")
    seq, batch, left = (last.seq, last.batch, last.left) if last is not None else (0, 0, 0)
    return Reading(manifest, intact, size - intact, open_line, seq, batch, left)


def whole_lines(content: bytes, reading: Reading) -> bytes:
    """The intact lines of a manifest that was read from `content`, those of a torn last batch as a whole one."""
    head = content[: reading.intact].removesuffix(b"\n")
    tail: list[AnyLine] = []
    while head:
        start = head.rfind(b"\n") + 1
        line = decode_line(head[start:])
        if line.batch != reading.batch:
            break
        tail.insert(0, line)
        head = head[:start].removesuffix(b"\n")
    resealed = encode_batch(tail, seq=tail[0].seq, batch=reading.batch, at=tail[0].at) if tail else b""
    return head + (b"\n" if head else b"") + resealed


def _refuse_newer(path: Path, file: BinaryIO) -> None:
    """Said before any checksum is looked at: a newer format may seal its lines differently."""
    file.seek(0)
    found = _FORMAT_FIELD.search(file.read(512))
    file.seek(0)
    if found and int(found[1]) > FORMAT:
        raise ManifestNewer(
            f"{path}: format {int(found[1])} is newer than this fluxsweep reads ({FORMAT}); update fluxsweep"
        )


def _next_line(raw: bytes, last: AnyLine | None) -> AnyLine:
    line = decode_line(raw)
    if last is None:
        if line.seq != 1 or not isinstance(line, Header):
            raise ValueError("the first line is not a header with seq 1")
        return line
    batch = last.batch if last.left else last.batch + 1
    if line.seq != last.seq + 1:
        raise ValueError(f"its seq is {line.seq}, not {last.seq + 1}")
    if line.batch != batch or (last.left and line.left != last.left - 1):
        raise ValueError(f"its batch is {line.batch} with {line.left} left, which does not follow the line before it")
    return line


def _is_torn_tail(rest: bytes, last: AnyLine | None) -> bool:
    """Whether `rest`, which begins with a bad line, can be what a crash left of the last batch.

    A batch is written only when the one before it is on disk. So if an intact line of a *later* batch stands in
    `rest`, the bad line had been acknowledged, and is damage.
    """
    torn = 1 if last is None else last.batch if last.left else last.batch + 1
    for found in _ANY_LINE.finditer(rest):
        try:
            line = decode_line(found[1])
        except ValueError:
            continue
        if line.batch != torn:
            return False
    return True
