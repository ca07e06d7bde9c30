"""What the measurements share: emulators, processes of their own, and the rows of the table."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pipeline.emulator.child import start
from pipeline.emulator.settings import Settings


@dataclass(frozen=True)
class Row:
    """One line of the table: what was done, what was measured, and what was aimed at (`bound` None: shown only)."""

    work: str
    figure: str
    value: float
    bound: float | None
    unit: str = ""

    @property
    def holds(self) -> bool:
        """Whether the aim was met."""
        return self.bound is None or self.value <= self.bound

    def __str__(self) -> str:
        aim = "" if self.bound is None else f"≤ {self.bound:g}{self.unit}"
        mark = "" if self.holds else "  MISSED"
        return f"{self.work:<44} {self.figure:<44} {self.value:>9.3f}{self.unit:<4} {aim:<10}{mark}"


@dataclass(frozen=True)
class Place:
    """A folder to write into, and an emulator with its ledger."""

    folder: Path
    origin: str
    ledger: Path

    def stats(self) -> dict[str, Any]:
        """What the emulator counted."""
        with urllib.request.urlopen(f"{self.origin}/_emulator/stats") as reply:
            counted: dict[str, Any] = json.load(reply)
        return counted

    def lines(self) -> list[dict[str, Any]]:
        """The ledger's lines: accepted submits in order. One that is being written is left out."""
        whole, _, _ = self.ledger.read_bytes().rpartition(b"\n")
        return [msgspec.json.decode(line) for line in whole.splitlines()]

    def command(self, count: int, **settings: Any) -> list[str]:
        """The command line of one run of the loop."""
        words = {"folder": str(self.folder / "out"), "origin": self.origin, "count": count, "settings": settings}
        return [sys.executable, "-m", "benchmarks.loop", json.dumps(words)]

    def run(self, count: int, **settings: Any) -> dict[str, Any]:
        """One run of the loop, as a process of its own."""
        return spoken(self.command(count, **settings))


@contextmanager
def place(**knobs: Any) -> Iterator[Place]:
    """A fresh place; `knobs` are the emulator's settings."""
    with tempfile.TemporaryDirectory() as name:
        ledger = Path(name) / "ledger.jsonl"
        settings = Settings(painter="flat", latency_sigma=knobs.pop("latency_sigma", 0.0), ledger=str(ledger), **knobs)
        with start(settings) as child:
            yield Place(Path(name), child.origin, ledger)


def spoken(command: list[str]) -> dict[str, Any]:
    """What a process says in JSON on its last line."""
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said
