"""The emulator as a child process, for who talks to it. It ends when its parent ends, however that ends."""

from __future__ import annotations

import subprocess
import sys
from types import TracebackType
from typing import Self

import msgspec

from pipeline.emulator.settings import Settings
from pipeline.errors import FluxsweepError

STOP_WAIT = 5.0


class EmulatorChild:
    """A running emulator: `origin` is `http://host:port`. A context manager that stops it."""

    def __init__(self, process: subprocess.Popen[bytes], origin: str) -> None:
        self._process = process
        self.origin = origin

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def stop(self) -> None:
        """Ends it in order, or after `STOP_WAIT` seconds by force. Calling again does nothing."""
        # Closing its stdin is what the parent's death would do, too.
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_WAIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(settings: Settings) -> EmulatorChild:
    """Starts an emulator and waits until it listens. Raises `FluxsweepError` with its own words where it does not."""
    settings = msgspec.structs.replace(settings, with_parent=True)
    # -P: a folder named `pipeline` where the command is typed must not be taken for this package. A session of its
    # own: the terminal's Ctrl-C is for the runner, which still collects what is paid.
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-P", "-m", "pipeline.emulator", msgspec.json.encode(settings).decode()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        child = EmulatorChild(process, "")
        child.stop()
        raise FluxsweepError(f"the emulator did not start (exit code {process.returncode}; its reason is above)")
    return EmulatorChild(process, msgspec.json.decode(line)["origin"])
