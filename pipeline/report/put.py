"""Files appear whole or not at all, and are left alone when nothing changed."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.errors import DiskError


def put(path: Path, content: bytes) -> None:
    """Make `path` hold `content`; a reader sees the old file or the new one, never a part.

    Raises:
        DiskError: the disk refused it.
    """
    try:
        if path.is_file() and path.read_bytes() == content:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise DiskError(f"{path} cannot be written: {error}") from error
