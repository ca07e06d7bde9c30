"""`python -m pipeline.report.follow FOLDER`: keeps the live page of a run up to date, until its stdin ends."""

from __future__ import annotations

import os
import select
import shutil
import sys
import time
from pathlib import Path
from typing import Any

import msgspec

from pipeline.images.check import BadPicture
from pipeline.images.thumbnail import thumbnail
from pipeline.manifest.codec import decode_line
from pipeline.manifest.lines import Event
from pipeline.manifest.read import FILE_NAME, read_manifest
from pipeline.manifest.state import Manifest
from pipeline.report.live import DONE, LIVE, say
from pipeline.report.metrics import keep_metrics, read_metrics
from pipeline.report.put import put
from pipeline.report.scores import read_scores
from pipeline.report.sheet import cell_of, head_of, script_safe, sheet_page
from pipeline.report.thumbnails import inputs_of, targets_of, thumbnails_there
from pipeline.report.write import PAGE
from pipeline.rows.rows import Row, placed_rows, rows_of

NICE = 15  # beside a busy run it gets some hundredths of a core
LOOK_EVERY = 1.0
REST = 3  # times as long as the work took
BEAT_EVERY = 5.0  # `now.js` says so often that the run lives
MADE_AT_ONCE = 40  # thumbnails between two looks
KEPT = 200  # increments, before a new page takes them in


class Follower:
    """Follows the manifest in `folder` and writes what changed for a page that is open."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._report = folder / "report"
        reading = read_manifest(folder / FILE_NAME)
        self._manifest: Manifest = reading.manifest
        self._read_to = reading.intact
        self._there = thumbnails_there(self._report / "thumbs")
        self._waiting = {row.key for row in rows_of(self._manifest) if row.sha256 and row.sha256 not in self._there}
        self._metrics = read_metrics(self._report)
        self._changed: set[str] = set()
        self._n = 0
        self._beat = 0.0

    def open_page(self) -> None:
        """Write the page as things stand; increments count on from it."""
        rows = [self._shown(row) for row in rows_of(self._manifest)]
        page = sheet_page(self._manifest, rows, {}, "../", scores=read_scores(self._folder), live=self._n)
        put(self._report / PAGE, page)
        self._changed.clear()

    def start_afresh(self) -> None:
        """Leave nothing of an earlier run's increments, and say that this one lives."""
        shutil.rmtree(self._report / LIVE, ignore_errors=True)
        self.say("running")
        for sha256, file in inputs_of(rows_of(self._manifest)).items():
            if sha256 not in self._there:
                self._make(sha256, self._folder / file)

    def look(self) -> None:
        """Take in what the manifest has gained, make some thumbnails, and write what changed."""
        self._take_in()
        self._make_thumbnails()
        if self._changed:
            self._n += 1
            put(self._report / LIVE / f"{self._n}.js", self._increment())
            self._changed.clear()
            if self._n % KEPT == 0:
                self.open_page()
                for old in range(self._n - 2 * KEPT + 1, self._n - KEPT + 1):
                    (self._report / LIVE / f"{old}.js").unlink(missing_ok=True)
            self.say("running")
        elif time.monotonic() - self._beat > BEAT_EVERY:
            self.say("running")

    def say(self, state: str) -> None:
        """`running`, `done` (the report follows), or `cut` (nothing follows)."""
        say(self._report, self._n, state)
        self._beat = time.monotonic()

    def _take_in(self) -> None:
        with (self._folder / FILE_NAME).open("rb") as file:
            file.seek(self._read_to)
            gained = file.read()
        whole = gained[: gained.rfind(b"\n") + 1]
        self._read_to += len(whole)
        for raw in whole.splitlines():
            line = decode_line(raw)
            self._manifest.fold(line)
            if isinstance(line, Event):
                self._changed.add(line.key)
                artifact = self._manifest.record(line.key).artifact
                if artifact and artifact.sha256 not in self._there:
                    self._waiting.add(line.key)

    def _make_thumbnails(self) -> None:
        for key in sorted(self._waiting)[:MADE_AT_ONCE]:
            self._waiting.discard(key)
            artifact = self._manifest.record(key).artifact
            if artifact is not None and self._make(artifact.sha256, self._folder / artifact.path):
                self._changed.add(key)

    def _make(self, sha256: str, picture: Path) -> bool:
        """Make the thumbnails of a picture and measure it; False where that cannot be: the report says why."""
        try:
            measured = thumbnail(picture, targets_of(self._report / "thumbs", sha256))
            keep_metrics(self._report, {sha256: measured})
        except (BadPicture, OSError):
            return False
        self._there.add(sha256)
        self._metrics[sha256] = measured
        return True

    def _increment(self) -> bytes:
        rows = placed_rows(self._manifest, self._changed)
        cells = [(place, _given(cell_of(self._shown(row), {}))) for place, row in rows]
        increment = msgspec.json.encode({"n": self._n, "head": head_of(self._manifest), "cells": cells})
        return f"liveCells({script_safe(increment)});\n".encode()

    def _shown(self, row: Row) -> Row:
        """`row` as the page can show it: a picture is there when its thumbnails are."""
        if row.sha256 not in self._there:
            return msgspec.structs.replace(row, file=None, sha256=None)
        metrics = self._metrics.get(row.sha256)
        return row if metrics is None else msgspec.structs.replace(row, metrics=msgspec.structs.asdict(metrics))


def _given(cell: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in cell.items() if value is not None}


def follow(folder: Path) -> None:
    """Follow until stdin ends: with `DONE` before that, the run ended; without, it was cut off."""
    follower = Follower(folder)
    follower.start_afresh()
    follower.open_page()
    rest = LOOK_EVERY
    while not select.select([sys.stdin], [], [], rest)[0]:
        started = time.monotonic()
        follower.look()
        rest = max(LOOK_EVERY, REST * (time.monotonic() - started))
    ended = sys.stdin.buffer.read() == DONE
    follower.look()
    follower.say("done" if ended else "cut")


if __name__ == "__main__":
    os.nice(NICE)
    follow(Path(sys.argv[1]))
