"""Proof by failing: every operation of a life fails once, and what was promised before holds after it."""

from __future__ import annotations

import errno
import os
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import DiskError
from pipeline.manifest.read import FILE_NAME
from tests.crash.server import Fate
from tests.crash.truth import hold_anywhere, hold_to_the_end
from tests.crash.world import SOUND, SUBMITS, Bug, World, again, new_world


@dataclass
class Fault:
    """Operation number `at` (from 1) of kind `verb` fails with `number`, once. What follows it is watched."""

    verb: str
    at: int
    number: int
    path: Path | None = None

    def __call__(self, verb: str, path: Path) -> None:
        if self.path is None:
            self.at -= verb == self.verb
            if self.at == 0:
                self.path = path
                raise OSError(self.number, os.strerror(self.number))
        elif self.path.name == path.name == FILE_NAME and self.verb in ("write", "sync") and self.number == errno.EIO:
            assert verb not in ("write", "sync"), f"{verb} after a failed {self.verb}"


def prove_faults(folder: Path, verb: str, number: int, story: Sequence[Fate], bug: Bug = SOUND) -> int:
    """Let operation N = 1, 2, 3 … of a kind fail until a life passes without one; how many failed."""
    at = 1
    while True:
        world = new_world(folder, story, bug)
        fault = Fault(verb, at, number)
        world.disk.before = fault
        asked: list[int] = []
        world.at_moment = _note_submits(fault, asked)
        acknowledged = _live_broken(world)
        if fault.path is None:
            return at - 1
        hold_anywhere(world)
        assert not asked or max(asked) - min(asked) <= SUBMITS, "submits went on after the disk had failed"
        crashed = world.crashed("none", random.Random(at))
        hold_to_the_end(again(world), acknowledged)
        hold_to_the_end(crashed, acknowledged)
        at += 1


def _live_broken(world: World) -> list[bytes]:
    """One life with a fault; the lines that were acknowledged in it."""
    last: list[list[bytes]] = [[]]
    noted = world.at_moment

    def look(now: World) -> None:
        noted(now)
        last[0] = now.acknowledged() or last[0]

    world.at_moment = look
    with suppress(DiskError):
        world.live()
    return last[0]


def _note_submits(fault: Fault, asked: list[int]) -> Callable[[World], None]:
    """Collect the number of submits at every moment after the fault."""

    def look(now: World) -> None:
        if fault.path is not None:
            asked.append(sum(count for asked, count in now.server.asked.items() if asked.startswith("submit ")))

    return look


def prove_full_disk(folder: Path, capacity: int, story: Sequence[Fate], bug: Bug = SOUND) -> None:
    """A disk that fills up: every paid id is kept, and running again with more room completes."""
    world = new_world(folder, story, bug, capacity=capacity)
    acknowledged = _live_broken(world)
    hold_anywhere(world)
    world.disk.capacity = 2**40
    hold_to_the_end(again(world), acknowledged)
