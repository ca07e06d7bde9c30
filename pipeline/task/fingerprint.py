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
    return _encoder.encode(_tree(request))


class Stencil:
    """The fingerprints of requests that differ in one text alone: all else of their canonical JSON is written once.

    `request` holds all else, and nothing under `name`; the text comes with LF and no outer space.
    """

    def __init__(self, request: Request, name: str) -> None:
        tree = _tree(request)
        params = tree.pop("params")
        before = [_inside(tree, below="params"), b'"params":{' + _inside(params, below=name)]
        after = [_inside(params, above=name) + b"}", _inside(tree, above="params") + b"}"]
        comma = b"" if before[1].endswith(b"{") else b","
        self._before = hashlib.sha256(b"{" + b",".join(before) + comma + _encoder.encode(name) + b":")
        self._after = (b"" if after[0] == b"}" else b",") + b",".join(after)

    def fingerprint(self, text: str) -> str:
        """The fingerprint of the request with that text."""
        hashed = self._before.copy()
        hashed.update(_encoder.encode(text) + self._after)
        return hashed.hexdigest()


def fingerprint(request: Request) -> str:
    """The `TaskKey` of a request: 64 lower-case hex digits, the same on every machine and in every version."""
    return hashlib.sha256(canonical_json(request)).hexdigest()


def task_of(request: Request) -> Task:
    """The task that buys `request`."""
    return Task(fingerprint(request), request)


def _tree(request: Request) -> dict[str, Any]:
    tree: dict[str, Any] = {
        "model": request.model,
        "params": {name: canonical_value(value) for name, value in request.params.items()},
        "provider": request.provider,
    }
    return tree | {"repeat": request.repeat} if request.repeat > 1 else tree


def _inside(tree: dict[str, Any], *, below: str | None = None, above: str = "") -> bytes:
    """The JSON of the part of `tree` whose keys lie between, without its braces."""
    part = {key: value for key, value in tree.items() if key > above and (below is None or key < below)}
    return _encoder.encode(part)[1:-1]
