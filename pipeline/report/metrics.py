"""Metrics, kept by the content of their pictures: one line a picture in `metrics.jsonl` of the report folder.

Two processes may append to it at once: a batch is one write to the end of the file, and begins on a line of its own. A
line that was torn, or that another definition measured, counts as not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from pipeline.images.metrics import DEFINITION, Metrics

FILE_NAME = "metrics.jsonl"


class _Line(msgspec.Struct):
    sha256: str
    definition: int
    metrics: Metrics


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Line).decode


def read_metrics(report: Path) -> dict[str, Metrics]:
    """What is known, by SHA-256; empty where nothing was measured yet. Raises OSError."""
    try:
        content = (report / FILE_NAME).read_bytes()
    except FileNotFoundError:
        return {}
    known = {}
    for raw in content.split(b"\n"):
        with suppress(msgspec.DecodeError):
            line = _decode(raw)
            if line.definition == DEFINITION:
                known[line.sha256] = line.metrics
    return known


def keep_metrics(report: Path, metrics: Mapping[str, Metrics]) -> None:
    """Append `metrics`, by SHA-256. Raises OSError."""
    if metrics:
        lines = [_encode(_Line(sha256, DEFINITION, measured)) for sha256, measured in metrics.items()]
        with (report / FILE_NAME).open("ab", buffering=0) as file:
            file.write(b"\n" + b"\n".join(lines) + b"\n")
