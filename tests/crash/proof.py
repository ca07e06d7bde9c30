"""Proof by crashing: at every operation of a life, in every way that a disk may lose what was not synced."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.crash.disk import Keep
from tests.crash.server import Fate
from tests.crash.truth import hold_anywhere, hold_to_the_end
from tests.crash.world import SOUND, Bug, World, new_world

STORIES: tuple[tuple[Fate, ...], ...] = (
    ("good", "reply lost", "busy once", "slow", "cut once", "moderated"),
    ("url gone once", "not sent once", "never arrived", "poll trouble once", "good", "rejected"),
)
# None: the process dies and the power stays.
WAYS: tuple[Keep | None, ...] = (None, "none", "all", "some", "some", "some", "some", "some", "some")


@dataclass(frozen=True)
class Crash:
    """A world whose program has just died, and the lines that were acknowledged before."""

    world: World
    acknowledged: Sequence[bytes]


def prove(folder: Path, seed: int, story: Sequence[Fate], bug: Bug = SOUND) -> int:
    """Crash a life at every moment, and each recovery somewhere, and hold what follows to the truth.

    Returns how many crashes there were.
    """
    rng = random.Random(seed)
    world = new_world(folder, story, bug)
    first: list[Crash] = []
    world.at_moment = lambda now: first.extend(_crashes(now, WAYS, rng))
    world.live()
    second: list[Crash] = []
    for crash in first:
        moment = min(rng.randrange(1, 60), rng.randrange(1, 60))
        _crash_again(crash.world, moment, second, rng)
        hold_to_the_end(crash.world, crash.acknowledged)
    for crash in second:
        hold_to_the_end(crash.world, crash.acknowledged)
    return len(first) + len(second)


def _crashes(now: World, ways: Sequence[Keep | None], rng: random.Random) -> list[Crash]:
    hold_anywhere(now)
    return [Crash(now.crashed(keep, rng), now.acknowledged()) for keep in ways]


def _crash_again(world: World, moment: int, crashes: list[Crash], rng: random.Random) -> None:
    """Add one crash at a moment of the recovery that begins now, most often an early one."""

    def look(now: World) -> None:
        if now.moments == moment:
            crashes.extend(_crashes(now, [rng.choice(WAYS)], rng))

    world.at_moment = look
