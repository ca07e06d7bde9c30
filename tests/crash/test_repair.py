"""Repair: whatever a damage takes out of a manifest, nothing that was bought reads as planned, and the bounds hold."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Literal

import pytest

from pipeline.errors import ManifestDamaged
from pipeline.manifest.journal import open_journal
from pipeline.manifest.lines import (
    AnyEvent,
    Artifact,
    Downloaded,
    Failed,
    InDoubt,
    Ready,
    Resolved,
    Retried,
    RunEnd,
    Submitted,
    Submitting,
)
from pipeline.manifest.read import FILE_NAME, read_manifest
from pipeline.manifest.repair import repair
from tests.crash.proof import STORIES
from tests.crash.server import Fate
from tests.crash.truth import hold_to_the_end
from tests.crash.world import World, _write_plan, again, new_world

each_story = pytest.mark.parametrize("story", STORIES, ids=["slow", "refused"])


def _worlds(folder: Path, story: Sequence[Fate], rng: random.Random) -> list[World]:
    """One life, killed at every third moment."""
    killed: list[World] = []
    world = new_world(folder, story)

    def look(now: World) -> None:
        if now.moments % 3 == 0:
            killed.append(now.crashed(None, rng))

    world.at_moment = look
    world.live()
    return [*killed, again(world)]


def _damage(world: World, rng: random.Random) -> bool:
    """Spoil a stretch of the manifest; whether a reader refuses it now."""
    path = world.folder / FILE_NAME
    if not world.disk.exists(path) or not world.disk.read(path):
        return False
    content = world.disk.read(path)
    start = rng.randrange(len(content))
    end = min(len(content), start + rng.choice([1, 40, 300, 1000]))
    filling = bytes(end - start) if rng.random() < 0.7 else b""
    file = world.disk.names[path]
    file.live = file.kept = content[:start] + filling + content[end:]
    file.pending.clear()
    try:
        read_manifest(path, world.disk)
    except ManifestDamaged:
        return True
    return False


@each_story
def test_after_any_damage_nothing_is_bought_twice_and_the_truth_lies_in_the_bounds(
    folder: Path, story: Sequence[Fate]
) -> None:
    rng = random.Random(5)
    repaired = 0
    for world in _worlds(folder, story, rng) * 8:
        damaged = world.crashed(None, rng)
        if not _damage(damaged, rng):
            continue
        known = {task.key: task.request for task in damaged.tasks}
        try:
            repair(folder, known, disk=damaged.disk, clock=lambda: 0.0)
        except ManifestDamaged as error:
            assert "its first line is gone" in str(error)  # noqa: PT017
            continue
        manifest = read_manifest(folder / FILE_NAME, damaged.disk).manifest
        for key, charges in damaged.server.charges.items():
            record = manifest.record(key)
            assert record.charges_lo <= charges <= record.charges_hi, record
            assert record.status != "planned" or not charges
        hold_to_the_end(damaged, ())
        repaired += 1
    assert repaired > 200


def test_a_task_that_no_lost_line_can_speak_of_stays_planned(folder: Path) -> None:
    """Its refusal stands behind the damage, with its attempt: nothing of it can be lost."""
    world = new_world(folder, ["good", "good"])
    world.live()
    path = folder / FILE_NAME
    lines = world.disk.read(path).split(b"\n")
    spoilt = next(place for place, line in enumerate(lines) if b'"ready"' in line)
    lines[spoilt] = lines[spoilt].replace(b"ready", b"reddy")
    world.disk.names[path].live = b"\n".join(lines)
    done = repair(folder, disk=world.disk, clock=lambda: 0.0)
    assert (done.lost_lines, done.doubts) == (1, [])
    manifest = read_manifest(path, world.disk).manifest
    assert {manifest.record(task.key).status for task in world.tasks} == {"downloaded"}
    assert done.copy is not None
    assert world.disk.read(done.copy) == b"\n".join(lines)


def _sent(key: str, attempt: int) -> list[AnyEvent]:
    return [Submitting(key=key, attempt=attempt), Submitted(key=key, attempt=attempt, remote_id=f"id-{attempt}")]


def _failed(key: str, attempt: int) -> list[AnyEvent]:
    return [*_sent(key, attempt), Failed(key=key, kind="error", charged="maybe")]


def _doubted(key: str, attempt: int) -> list[AnyEvent]:
    return [Submitting(key=key, attempt=attempt), InDoubt(key=key, attempt=attempt, why="cut")]


def _again(key: str, how: Literal["retried", "buy_again"]) -> list[AnyEvent]:
    return [Retried(key=key) if how == "retried" else Resolved(key=key, how="buy_again")]


def _bought_often(key: str) -> dict[str, list[AnyEvent]]:
    """Stories of one task that was sent more than once, each submit accepted and charged."""
    ready = Ready(key=key)
    picture = Downloaded(key=key, artifact=Artifact("images/a.png", "0" * 64, 10, "image/png", 8, 8))
    retried, bought = _again(key, "retried"), _again(key, "buy_again")
    return {
        "retried": [*_failed(key, 1), *retried, *_sent(key, 2), ready, picture],
        "retried twice": [*_failed(key, 1), *retried, *_failed(key, 2), *retried, *_sent(key, 3)],
        "bought again": [*_doubted(key, 1), *bought, *_sent(key, 2), ready, picture],
        "bought again, then retried": [*_doubted(key, 1), *bought, *_failed(key, 2), *retried, *_doubted(key, 3)],
        "doubted thrice": [*_doubted(key, 1), *bought, *_doubted(key, 2), *bought, *_doubted(key, 3)],
    }


@pytest.mark.parametrize("name", list(_bought_often("")))
def test_wherever_lines_are_lost_of_a_task_that_was_bought_often_the_bounds_hold(folder: Path, name: str) -> None:
    """Every stretch of its lines, each in turn; what follows stays intact."""
    world = new_world(folder, ["good"])
    (task,) = world.tasks
    path = folder / FILE_NAME
    with open_journal(folder, disk=world.disk) as journal:
        _write_plan(journal, world.tasks)
        first = journal.manifest.lines
        for event in _bought_often(task.key)[name]:
            journal.append_now(event)
        journal.append_now(RunEnd(exit_code=0))
        charges = journal.manifest.record(task.key).attempt
    lines = world.disk.read(path).split(b"\n")
    for start, end in combinations(range(first, len(lines) - 1), 2):
        damaged = world.disk.copy()
        spoilt = [b"?" + line[1:] if start <= place < end else line for place, line in enumerate(lines)]
        damaged.names[path].live = b"\n".join(spoilt)
        repair(folder, disk=damaged, clock=lambda: 0.0)
        record = read_manifest(path, damaged).manifest.record(task.key)
        assert record.charges_lo <= charges <= record.charges_hi, (start - first, end - first, record)
        assert record.status != "planned"


@pytest.mark.parametrize(
    ("events", "highest"),
    [
        (lambda key: [], [0, 1, 1, 1, 2]),
        (lambda key: _failed(key, 1), [1, 1, 2, 2, 2, 3]),
        (lambda key: _doubted(key, 1), [1, 1, 2, 2, 2, 3]),
        (lambda key: _sent(key, 1), [1, 1, 1, 2, 2, 2, 3]),
        (lambda key: _bought_often(key)["retried"], [2, 2, 2, 2, 2, 2, 2]),
    ],
    ids=["planned", "failed", "in doubt", "submitted", "downloaded"],
)
def test_lost_lines_widen_the_bounds_by_what_they_can_hold_and_no_more(
    folder: Path, events: Callable[[str], list[AnyEvent]], highest: list[int]
) -> None:
    for lost, charges_hi in enumerate(highest):
        world = new_world(folder, ["good"])
        (task,) = world.tasks
        path = folder / FILE_NAME
        with open_journal(folder, disk=world.disk) as journal:
            _write_plan(journal, world.tasks)
            for line in [*events(task.key), *[RunEnd(exit_code=75)] * lost, RunEnd(exit_code=0)]:
                journal.append_now(line)
        content = world.disk.read(path).replace(b'"exit_code":75', b'"exit_code":76')
        world.disk.names[path].live = content
        repair(folder, disk=world.disk, clock=lambda: 0.0)
        assert read_manifest(path, world.disk).manifest.record(task.key).charges_hi == charges_hi, lost


def test_lost_requests_are_asked_for_and_nothing_is_changed(folder: Path) -> None:
    world = new_world(folder, ["good", "good"])
    world.live()
    path = folder / FILE_NAME
    content = world.disk.read(path).replace(b'"type":"task"', b'"type":"tusk"', 1)
    world.disk.names[path].live = content
    with pytest.raises(ManifestDamaged, match="Name the job file"):
        repair(folder, disk=world.disk)
    assert world.disk.read(path) == content
    repair(folder, {task.key: task.request for task in world.tasks}, disk=world.disk)
    manifest = read_manifest(path, world.disk).manifest
    assert manifest.tasks == {task.key: task.request for task in world.tasks}


def test_a_manifest_that_holds_is_left_as_it_is(folder: Path) -> None:
    world = new_world(folder, ["good"])
    world.live()
    before = dict(world.disk.names)
    assert repair(folder, disk=world.disk).copy is None
    assert world.disk.names == before
