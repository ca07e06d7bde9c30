"""Pull the plug anywhere: never a second charge, never a lost picture. Some 10,000 crashes, whatever the disk loses."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from pipeline.manifest.journal import Journal
from tests.crash.faults import prove_faults, prove_full_disk
from tests.crash.proof import STORIES, prove
from tests.crash.server import Fate
from tests.crash.truth import hold_opened, hold_to_the_end
from tests.crash.world import again, new_world

each_story = pytest.mark.parametrize("story", STORIES, ids=["slow", "refused"])


@each_story
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_crash_at_every_operation_of_a_life_and_of_its_recovery(
    folder: Path, seed: int, story: Sequence[Fate]
) -> None:
    # Six of these make the ten thousand.
    assert prove(folder, seed, story) >= 1_667


@each_story
def test_a_life_without_trouble_collects_all_that_can_be_collected(folder: Path, story: Sequence[Fate]) -> None:
    world = new_world(folder, story)
    world.live()
    world = again(world)
    world.live()
    found = {}

    def look(journal: Journal) -> None:
        hold_opened(world, (), journal)
        found.update({world.server.fate(task.key): journal.manifest.record(task.key) for task in world.tasks})

    world = again(world)
    world.live(look)
    in_doubt = {"reply lost", "never arrived"}
    failed = {"moderated", "rejected"}
    assert {fate: record.status for fate, record in found.items()} == {
        fate: "in_doubt" if fate in in_doubt else "failed" if fate in failed else "downloaded" for fate in story
    }


@each_story
@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC])
@pytest.mark.parametrize("verb", ["write", "sync", "open", "rename", "sync_folder", "remove", "make_folder"])
def test_an_error_at_each_operation_loses_nothing_and_stops_the_submits(
    folder: Path, verb: str, number: int, story: Sequence[Fate]
) -> None:
    assert prove_faults(folder, verb, number, story) > 0


@each_story
def test_a_disk_that_is_full_after_any_number_of_bytes_loses_no_id(folder: Path, story: Sequence[Fate]) -> None:
    for capacity in range(0, 20_000, 97):
        prove_full_disk(folder, capacity, story)


def test_nothing_is_submitted_where_a_picture_would_not_fit(folder: Path) -> None:
    world = new_world(folder, ["good", "good"])
    world.disk.told_room = 1000
    assert world.live() == ExitCode.DISK
    assert not world.server.asked


def test_an_id_that_cannot_be_recorded_waits_in_the_emergency_file_and_is_collected(folder: Path) -> None:
    world = new_world(folder, ["good"])

    def fail(verb: str, path: Path) -> None:
        if path.name == "manifest.jsonl" and verb in ("write", "sync") and world.server.charges:
            raise OSError(errno.EIO, "Input/output error")

    world.disk.before = fail
    world.live()
    assert world.disk.exists(folder / "manifest.emergency.jsonl")
    world = again(world)
    hold_to_the_end(world, ())
    (task,) = world.tasks
    assert world.disk.exists(folder / "manifest.emergency.jsonl.taken")
    assert world.disk.exists(folder / f"images/s0-{task.key[:8]}.png")
