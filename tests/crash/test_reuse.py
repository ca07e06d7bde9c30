"""A picture that is taken over from another folder: wherever the power goes, what is recorded lies there, whole."""

from __future__ import annotations

import errno
import os
import random
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest

from pipeline.errors import DiskError
from pipeline.manifest import journal as journal_module
from pipeline.manifest.disk import put_file
from pipeline.manifest.journal import open_journal
from pipeline.manifest.lines import CellLine, Header, PlanCounts, PlanLine, TaskLine
from pipeline.manifest.read import FILE_NAME, read_manifest
from pipeline.run.elsewhere import Elsewhere, take_over
from pipeline.stores.local import LocalStore
from tests.crash.disk import Keep, SimDisk
from tests.run.test_elsewhere import HOST, TASKS, artifact_of, content_of

WAYS: tuple[Keep, ...] = ("none", "all", "some", "some", "some")


@dataclass
class Shelf:
    """A disk with a folder of pictures, and a job beside it that takes them over."""

    folder: Path
    disk: SimDisk

    @classmethod
    def filled(cls, folder: Path) -> Shelf:
        shelf = cls(folder, SimDisk(folder.parent))
        for there in (shelf.other, shelf.other / "images"):
            shelf.disk.make_folder(there)
            shelf.disk.sync_folder(there.parent)
        for task in TASKS:
            put_file(shelf.disk, shelf.other / artifact_of(task).path, content_of(task))
        return shelf

    @property
    def other(self) -> Path:
        return self.folder.with_name("other")

    def live(self) -> None:
        """One process: the plan where it lacks, then what is planned is taken over."""
        pictures = {
            task.key: Elsewhere("other", self.other / artifact_of(task).path, artifact_of(task)) for task in TASKS
        }
        with (
            patch.object(journal_module, "BALLAST_BYTES", 600),
            open_journal(self.folder, disk=self.disk, clock=lambda: 1.0) as journal,
        ):
            if journal.manifest.header is None:
                journal.append_now(Header(format=1, tool="test", created="2026", origin=HOST))
            if journal.manifest.plan is None:
                new = [task for task in TASKS if task.key not in journal.manifest.tasks]
                journal.append_now(
                    PlanLine(n=1, job={}, digest="d", counts=PlanCounts(len(new), len(TASKS))),
                    *(TaskLine(key=task.key, request=task.request) for task in new),
                    *(CellLine(n=1, key=task.key, label="x", axes={}) for task in TASKS),
                )
            planned = {key: one for key, one in pictures.items() if journal.manifest.record(key).status == "planned"}
            take_over(journal, LocalStore(self.folder, disk=self.disk), planned)

    def hold(self) -> int:
        """What is recorded lies there, whole; nothing under a final name is partial. How many are recorded."""
        whole = {content_of(task) for task in TASKS}
        for path, file in self.disk.names.items():
            if path.parent.name == "images" and path.suffix == ".png":
                assert file.live in whole, f"{path} is partial"
        assert {self.disk.read(self.other / artifact_of(task).path) for task in TASKS} == whole, "the source is spoilt"
        if not self.disk.exists(self.folder / FILE_NAME):
            return 0
        manifest = read_manifest(self.folder / FILE_NAME, self.disk).manifest
        for task in TASKS:
            record = manifest.record(task.key)
            assert record.charges_hi == 0
            if record.artifact is not None:
                assert self.disk.read(self.folder / record.artifact.path) == content_of(task)
        return sum(record.status == "downloaded" for record in manifest.records.values())


@pytest.mark.parametrize("seed", [1, 2])
def test_every_crash_of_a_take_over_is_harmless_and_running_again_completes_it(folder: Path, seed: int) -> None:
    rng = random.Random(seed)
    shelf = Shelf.filled(folder)
    crashed: list[Shelf] = []

    def look(_verb: str, _path: Path) -> None:
        crashed.extend(Shelf(folder, shelf.disk.after_power_loss(keep, rng)) for keep in WAYS)
        crashed.append(Shelf(folder, shelf.disk.copy()))

    shelf.disk.before = look
    shelf.live()
    assert shelf.hold() == len(TASKS)
    assert len(crashed) > 150
    for after in crashed:
        after.hold()
        after.live()
        assert after.hold() == len(TASKS)


@pytest.mark.parametrize("number", [errno.EIO, errno.ENOSPC, errno.EXDEV])
@pytest.mark.parametrize("verb", ["link", "sync", "open", "rename", "sync_folder", "remove", "write"])
def test_an_error_at_each_operation_is_told_or_got_round(folder: Path, verb: str, number: int) -> None:
    failed = True
    at = 0
    while failed:
        at, failed = at + 1, False
        shelf = Shelf.filled(folder)
        left = [at]

        def fail(done: str, _path: Path, left: list[int] = left) -> None:
            left[0] -= done == verb
            if left[0] == 0:
                left[0] = -1
                raise OSError(number, os.strerror(number))

        shelf.disk.before = fail
        with suppress(DiskError):
            shelf.live()
        failed = left[0] < 0
        shelf.disk.before = lambda _verb, _path: None
        shelf.hold()
        shelf.live()
        assert shelf.hold() == len(TASKS)
    assert at > 1
