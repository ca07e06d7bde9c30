"""The fingerprint: SHA-256 of a request's canonical JSON. Two requests that would buy the same picture have one key."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from pipeline.task.request import ImageRef, ParamValue, Request, Task

_encoder = msgspec.json.Encoder(order="deterministic")


def canonical_value(value: ParamValue) -> str | int | float | bool | dict[str, str]:
    """`value` as it is hashed: text with LF and no outer space, integral numbers as ints, images by content."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, ImageRef):
        return {"media_type": value.media_type, "sha256": value.sha256}
    return value


def canonical_json(request: Request) -> bytes:
    """The bytes that are hashed: sorted keys, UTF-8, no spaces; `repeat` only where it is more than 1."""
    tree: dict[str, Any] = {
        "model": request.model,
        "params": {name: canonical_value(value) for name, value in request.params.items()},
        "provider": request.provider,
    }
    if request.repeat > 1:
        tree["repeat"] = request.repeat
    return _encoder.encode(tree)


def fingerprint(request: Request) -> str:
    """The `TaskKey` of a request: 64 lower-case hex digits, the same on every machine and in every version."""
    return hashlib.sha256(canonical_json(request)).hexdigest()


def task_of(request: Request) -> Task:
    """The task that buys `request`."""
    return Task(fingerprint(request), request)
