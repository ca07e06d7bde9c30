"""The proofs prove something: each of twelve planted bugs is caught, by the proof and in the words that are its own."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import ManifestDamaged
from tests.crash.bugs import BUGS
from tests.crash.faults import prove_faults
from tests.crash.flips import prove_flips
from tests.crash.proof import STORIES, prove
from tests.crash.server import Fate
from tests.crash.world import Bug

Proof = Callable[[Path, Bug], object]


def by_crashes(folder: Path, bug: Bug) -> None:
    prove(folder, 1, STORIES[0], bug)


def by_failing_syncs(folder: Path, bug: Bug) -> None:
    prove_faults(folder, "sync", errno.EIO, STORIES[0], bug)


def by_flips(folder: Path, bug: Bug) -> None:
    prove_flips(folder, 200, 1, STORIES[0], bug)


CAUGHT: dict[str, tuple[Proof, str]] = {
    "no fsync on intent": (by_crashes, "an acknowledged line is lost"),
    "intent after the POST": (by_crashes, "1 charges are out of bounds"),
    "slot freed before the outcome is on disk": (by_crashes, "doubts from one crash"),
    "record before rename": (by_crashes, "a downloaded picture is not there"),
    "no .part": (by_crashes, "is partial"),
    "no image fsync": (by_crashes, "is partial"),
    "no folder fsync": (by_crashes, "an acknowledged line is lost"),
    "no truncation": (by_crashes, "its checksum does not hold"),
    "fsync retried": (by_failing_syncs, "sync after a failed sync"),
    "no CRC": (by_flips, "nobody noticed"),
    "resubmit on doubt": (by_crashes, "paid twice"),
    "poll timeout treated as failure": (by_crashes, "slow, and called failed"),
}


@pytest.mark.parametrize("name", CAUGHT)
def test_a_planted_bug_is_caught(folder: Path, name: str) -> None:
    proof, words = CAUGHT[name]
    with pytest.raises((AssertionError, ManifestDamaged), match=words):
        proof(folder, BUGS[name])


def test_every_bug_of_the_list_is_planted() -> None:
    assert CAUGHT.keys() == BUGS.keys()


@pytest.mark.parametrize("story", STORIES, ids=["slow", "refused"])
def test_no_flipped_bit_is_accepted(folder: Path, story: tuple[Fate, ...]) -> None:
    assert prove_flips(folder, 2_000, 7, story) > 1_900
