"""What readers saw, kept by the content of what they looked at: one line each in `readings.jsonl` of the report folder.

It is appended to as `metrics.jsonl` is, and a torn line counts as not there. Of what several versions of a reader saw,
only that of the one which wrote last is shown: figures of two models do not compare.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

FILE_NAME = "readings.jsonl"


class Readings(NamedTuple):
    """What one reader saw, by SHA-256; `by` is its digest."""

    by: str
    seen: dict[str, str]


class _Line(msgspec.Struct):
    reader: str
    by: str
    sha256: str
    seen: str


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Line).decode


def read_readings(report: Path) -> dict[str, Readings]:
    """What is known, by the reader's name; empty where nothing was read yet. Raises OSError."""
    try:
        content = (report / FILE_NAME).read_bytes()
    except FileNotFoundError:
        return {}
    kept: dict[tuple[str, str], Readings] = {}
    last: dict[str, str] = {}
    for raw in content.split(b"\n"):
        with suppress(msgspec.DecodeError):
            line = _decode(raw)
            kept.setdefault((line.reader, line.by), Readings(line.by, {})).seen[line.sha256] = line.seen
            last[line.reader] = line.by
    return {reader: kept[reader, by] for reader, by in last.items()}


def keep_readings(report: Path, reader: str, readings: Readings) -> None:
    """Append `readings`. Raises OSError."""
    if readings.seen:
        lines = [_encode(_Line(reader, readings.by, sha256, seen)) for sha256, seen in readings.seen.items()]
        with (report / FILE_NAME).open("ab", buffering=0) as file:
            file.write(b"\n" + b"\n".join(lines) + b"\n")
