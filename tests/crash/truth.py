"""What must hold in every world, held against the service's ledger and the disk."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial

from pipeline.manifest.journal import Journal
from pipeline.manifest.read import FILE_NAME, read_manifest
from tests.crash.server import picture
from tests.crash.world import SUBMITS, World, again

LIVES = 5
MAY_FAIL = ("rejected", "moderated", "always bad")


def hold_opened(world: World, acknowledged: Sequence[bytes], journal: Journal) -> None:
    """Right after an opening: nothing acknowledged is lost, charges lie in their bounds, pictures are whole."""
    lines = world.disk.read(world.folder / FILE_NAME).split(b"\n")
    assert lines[: len(acknowledged)] == list(acknowledged), "an acknowledged line is lost"
    records = {task.key: journal.manifest.record(task.key) for task in world.tasks}
    unsettled = [record for record in records.values() if record.status == "submitting"]
    assert len(unsettled) <= SUBMITS, f"{len(unsettled)} doubts from one crash"
    for key, record in records.items():
        charges = world.server.charges[key]
        assert record.charges_lo <= charges <= record.charges_hi, f"{charges} charges are out of bounds: {record}"
        if record.artifact is not None:
            path = world.folder / record.artifact.path
            assert world.disk.exists(path), "a downloaded picture is not there"
            assert hashlib.sha256(world.disk.read(path)).hexdigest() == record.artifact.sha256, "not that picture"
    hold_anywhere(world)


def hold_anywhere(world: World) -> None:
    """At every moment: nobody paid twice, and nothing under a final name is partial."""
    assert max(world.server.charges.values(), default=0) <= 1, "paid twice"
    true = {picture(task.key) for task in world.tasks}
    for path, file in world.disk.names.items():
        if path.parent.name == "images" and path.suffix != ".part":
            assert file.live in true, f"{path.name} is partial"


def hold_to_the_end(world: World, acknowledged: Sequence[bytes]) -> None:
    """Live until nothing is left to do: every task ends as its fate demands, or waits in doubt for a person."""
    world.live(partial(hold_opened, world, acknowledged))
    statuses = _ends(world)
    for _ in range(LIVES):
        if not statuses & {"planned", "submitted", "submitting"}:
            break
        world = again(world)
        world.live(partial(hold_opened, world, ()))
        statuses = _ends(world)
    assert statuses <= {"downloaded", "failed", "in_doubt"}, statuses
    hold_anywhere(world)


def _ends(world: World) -> set[str]:
    """The statuses of all tasks, once each is one that the truth allows."""
    manifest = read_manifest(world.folder / FILE_NAME, world.disk).manifest
    for task in world.tasks:
        record, fate = manifest.record(task.key), world.server.fate(task.key)
        assert record.status != "failed" or fate in MAY_FAIL, f"{fate}, and called failed: {record.failure}"
        assert record.status != "downloaded" or world.server.charges[task.key] == 1, "a picture that nobody sold"
    return {manifest.record(task.key).status for task in world.tasks}
