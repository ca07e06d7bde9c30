"""`Request`, `Task` and the values that a request may hold (pure, msgspec structs)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from pipeline.images.sniff import extension


class ImageRef(msgspec.Struct, frozen=True, order=True):
    """An input image by content: the bytes lie in the output folder at `path`.

    `sha256` is 64 lower-case hex digits of the image's own bytes (base64 taken off); `media_type` as sniffed
    from them, e.g. `image/png`.
    """

    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    media_type: str

    @property
    def path(self) -> str:
        """`inputs/<sha256>.<extension>`."""
        return f"{self.older_path}.{extension(self.media_type)}"

    @property
    def older_path(self) -> str:
        """Where folders have it that were made before the name told the kind: still read, never written."""
        return f"inputs/{self.sha256}"


ParamValue = str | int | float | bool | ImageRef


class Request(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is sent, and nothing else: no catalog default, no webhook field.

    `params` is the request body, by parameter name, with every value in the catalog's type. `repeat` tells apart
    requests that are wanted more than once (1 = the first); it is never sent.
    """

    provider: str
    model: str
    params: dict[str, ParamValue]
    repeat: int = 1


class Task(msgspec.Struct, frozen=True):
    """A request with its key. Several cells of a matrix can share one."""

    key: str
    request: Request
