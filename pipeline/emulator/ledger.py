"""The ledger: an append-only file of JSON lines, one for each accepted submit, synced before the reply leaves.

Input images of any size lie once in `<ledger>.inputs/<sha256>`; a line names them by hash.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from pathlib import Path
from typing import Any, Literal

import msgspec

from pipeline.emulator.fates import Fate
from pipeline.errors import DiskError, FluxsweepError

Shape = Literal["flux", "bfl", "replicate", "own"]
LOCK_WAIT = 5.0
NOT_THE_PICTURE = frozenset({"webhook_url", "webhook_secret"})


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """An accepted submit, with all that is needed to answer for it after a restart.

    `at` is unix seconds; `latency` and `lag` are seconds; sides are pixels; `input_mp` whole megapixels of input
    images; `credits` the list price (1 credit = 0.01 USD), None where unknown. `billed`: a picture is delivered.
    `body` is the flat request, an input image as `{"sha256": …}`.
    """

    id: str
    at: float
    shape: Shape
    model: str
    body: dict[str, Any]
    seed: int
    prompt: str
    width: int
    height: int
    format: str
    input_mp: int
    fate: Fate
    latency: float
    lag: float
    credits: float | None
    billed: bool

    @property
    def ends_at(self) -> float:
        """Unix seconds at which the task ends."""
        return self.at + self.latency


def digest_of(model: str, body: dict[str, Any]) -> str:
    """Names what a submit asks for: SHA-256 of model and body, webhook fields apart."""
    asked = {name: value for name, value in body.items() if name not in NOT_THE_PICTURE}
    return hashlib.sha256(msgspec.json.encode([model, asked], order="deterministic")).hexdigest()


class Ledger:
    """The file, held by one emulator at a time. Without a path it lives in memory."""

    def __init__(self, path: Path | None) -> None:
        """Opens and locks the file; a torn last line is cut off.

        Raises `FluxsweepError` where another emulator holds it or a line in the middle is damaged, `DiskError`
        where it cannot be opened.
        """
        self.lines: list[Accepted] = []
        self._inputs: dict[str, str] = {}
        self._path = path
        self._fd = -1
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
                _lock(self._fd, path)
                self._read(path)
            except OSError as error:
                raise DiskError(f"{path}: {error.strerror}") from error

    def append(self, line: Accepted) -> None:
        """Writes and syncs one line. Raises `DiskError`."""
        if self._fd >= 0:
            self._write(self._fd, msgspec.json.encode(line) + b"\n")
        self.lines.append(line)

    def keep_input(self, text: str) -> dict[str, str]:
        """Stores an input image's base64 text once; returns the reference that a body holds in its place."""
        sha256 = hashlib.sha256(text.encode()).hexdigest()
        if self._path is None:
            self._inputs[sha256] = text
        elif not (place := self._input_path(sha256)).exists():
            place.parent.mkdir(exist_ok=True)
            part = place.with_suffix(".part")
            fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                self._write(fd, text.encode())
            finally:
                os.close(fd)
            part.rename(place)
        return {"sha256": sha256}

    def input_text(self, sha256: str) -> str:
        """The base64 text that `keep_input` stored."""
        return self._inputs[sha256] if self._path is None else self._input_path(sha256).read_text()

    def close(self) -> None:
        """Lets go of the file."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _input_path(self, sha256: str) -> Path:
        assert self._path is not None
        return self._path.with_name(self._path.name + ".inputs") / sha256

    def _write(self, fd: int, data: bytes) -> None:
        try:
            while data:
                data = data[os.write(fd, data) :]
            os.fsync(fd)
        except OSError as error:
            raise DiskError(f"the emulator's ledger: {error.strerror}") from error

    def _read(self, path: Path) -> None:
        decoder = msgspec.json.Decoder(Accepted)
        whole = 0
        *lines, torn = path.read_bytes().split(b"\n")
        for number, text in enumerate(lines, 1):
            try:
                self.lines.append(decoder.decode(text))
            except msgspec.DecodeError as error:
                if number < len(lines) or torn:
                    raise FluxsweepError(f"{path}:{number}: this line of the ledger is damaged: {error}") from error
                break
            whole += len(text) + 1
        os.ftruncate(self._fd, whole)


def _lock(fd: int, path: Path) -> None:
    """A predecessor whose parent was killed may need a moment to end, so this waits a little."""
    deadline = time.monotonic() + LOCK_WAIT
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > deadline:
                raise FluxsweepError(f"{path}: another emulator holds this ledger") from error
            time.sleep(0.02)
        else:
            return
