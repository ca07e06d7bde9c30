"""One writer: the lock of an output folder. The kernel frees it when its process dies; the file is never deleted."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.errors import DiskError, ManifestError, ManifestLocked

_CANNOT_LOCK = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


@contextmanager
def lock(folder: Path, name: str = "manifest", doing: str = "writing", wait: float = 0) -> Iterator[None]:
    """Hold the lock `name` of `folder` (made if absent), or leave after `wait` seconds. `doing` is its holder's work.

    Raises:
        ManifestLocked: another process holds it; its pid is in the message.
        ManifestError: the file system cannot lock.
        DiskError: the folder or the lock file cannot be made.
    """
    import filelock

    pid = folder / f"{name}.pid"
    held = filelock.FileLock(
        folder / f"{name}.lock", timeout=wait, thread_local=False, fallback_to_soft=False, preserve_lock_file=True
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held.acquire()
    except filelock.Timeout:
        raise ManifestLocked(
            f"{folder}: another fluxsweep{_holder(pid)} is {doing} here; wait for it, or stop it with Ctrl-C"
        ) from None
    except NotImplementedError:
        raise _cannot_lock(folder) from None
    except OSError as error:
        if error.errno in _CANNOT_LOCK:
            raise _cannot_lock(folder) from None
        raise DiskError(f"{folder}: cannot be locked ({error.strerror})") from None
    try:
        # A courtesy to the one who comes second: a full disk is no reason to leave.
        with suppress(OSError):
            pid.write_text(f"{os.getpid()}\n")
        yield
    finally:
        with suppress(OSError):
            pid.unlink(missing_ok=True)
        held.release()


def _cannot_lock(folder: Path) -> ManifestError:
    return ManifestError(f"{folder}: this file system cannot lock files; choose another folder with -o")


def _holder(pid: Path) -> str:
    try:
        return f" (process {int(pid.read_text())})"
    except (OSError, ValueError):
        return ""
