"""A plan that goes to disk in parts rules only when its last line is there, and a cut one is written anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.commands.flow import replacing
from pipeline.commands.flow.opening import open_job
from pipeline.commands.flow.replacing import append_plan
from pipeline.manifest.disk import SystemDisk
from pipeline.manifest.journal import open_journal
from pipeline.manifest.read import FILE_NAME, read_manifest
from tests.manifest.conftest import HEADER

JOB = """\
version: 1
name: parts
provider: cometapi
prompts: {{p: a cat}}
matrix: {{model: flux-2-pro, seed: {seeds}}}
"""


class Cut(BaseException):
    """The plug is pulled."""


class Plug(SystemDisk):
    """A disk that takes `left` more writes (any number when negative), and is then gone."""

    left = -1

    def write(self, descriptor: int, content: bytes) -> int:
        if self.left == 0:
            raise Cut
        self.left -= 1
        return super().write(descriptor, content)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replacing, "LINES_A_BATCH", 4)


@pytest.mark.parametrize("written", range(5))
def test_a_plan_cut_between_its_parts_leaves_the_one_before_and_the_next_is_whole(tmp_path: Path, written: int) -> None:
    job, folder = tmp_path / "job.yaml", tmp_path / "out"
    job.write_text(JOB.format(seeds="1..2"))
    before = open_job(job)
    with open_journal(folder) as journal:
        journal.append_now(HEADER)
        append_plan(journal, before)
    job.write_text(JOB.format(seeds="1..9"))
    after = open_job(job)
    disk = Plug()
    with open_journal(folder, disk=disk) as journal:
        disk.left = written
        with pytest.raises(Cut):
            append_plan(journal, after)

    left = read_manifest(folder / FILE_NAME).manifest
    assert left.plan is not None
    # 1 line of the plan, 7 new tasks, 9 cells: five parts of at most four lines
    assert left.plan.digest == before.digest
    assert [cell.key for cell in left.cells] == list(before.tasks)

    with open_journal(folder) as journal:
        append_plan(journal, after)
    whole = read_manifest(folder / FILE_NAME).manifest
    assert whole.plan is not None
    assert whole.plan.digest == after.digest
    assert [cell.key for cell in whole.cells] == list(after.tasks)
    assert whole.tasks == after.tasks
