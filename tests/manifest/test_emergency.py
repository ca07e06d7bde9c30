"""Ids kept outside the manifest: among the temporary files, where anybody may write, only this user's are believed."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from pipeline.manifest import emergency
from pipeline.manifest.disk import SYSTEM_DISK
from pipeline.manifest.journal import open_journal
from pipeline.manifest.lines import AnyLine, InDoubt, Resolved, Submitted, Submitting
from tests.manifest.conftest import HEADER, plan_lines, tasks

(TASK,) = tasks(1)
LATE = Submitted(key=TASK.key, attempt=1, remote_id="late")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An output folder that takes no emergency file; the temporary files are in a folder of the test's own."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    out = tmp_path / "out"
    (out / emergency.FILE_NAME).mkdir(parents=True)
    return out


def _begin(folder: Path, *events: AnyLine) -> None:
    with open_journal(folder) as journal:
        journal.append_now(HEADER)
        journal.append_now(*plan_lines([TASK]), Submitting(key=TASK.key, attempt=1), *events)


def _give_room(folder: Path) -> None:
    (folder / emergency.FILE_NAME).rmdir()


def test_the_file_is_this_users_alone_and_is_added_to_and_taken_in(folder: Path) -> None:
    _give_room(folder)
    _begin(folder)
    beside, elsewhere = emergency.places(folder)
    beside.mkdir()
    for line in (LATE, LATE):
        assert emergency.keep(SYSTEM_DISK, folder, [line], 0.0) == elsewhere
    assert elsewhere.stat().st_mode & 0o777 == 0o600
    assert list(emergency.kept_lines(SYSTEM_DISK, elsewhere)) == [LATE, LATE]
    _give_room(folder)
    assert emergency.waits(folder)
    with open_journal(folder) as journal:
        assert journal.manifest.record(TASK.key).status == "submitted"
    assert not emergency.waits(folder)


@pytest.mark.parametrize("laid", ["link", "second name", "pipe"])
def test_what_somebody_laid_there_is_neither_written_nor_believed(folder: Path, laid: str) -> None:
    victim = folder.parent / "victim"
    victim.write_bytes(b"precious\n")
    _, elsewhere = emergency.places(folder)
    if laid == "pipe":
        os.mkfifo(elsewhere)
    else:
        (os.symlink if laid == "link" else os.link)(victim, elsewhere)
    assert emergency.keep(SYSTEM_DISK, folder, [LATE], 0.0) is None
    assert victim.read_bytes() == b"precious\n"
    _give_room(folder)
    assert not emergency.waits(folder)
    _begin(folder)
    assert os.path.lexists(elsewhere)


def test_another_users_file_is_neither_written_nor_believed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, elsewhere = emergency.places(folder)
    emergency.keep(SYSTEM_DISK, folder, [LATE], 0.0)
    kept = elsewhere.read_bytes()
    another = elsewhere.stat().st_uid + 1
    monkeypatch.setattr(os, "getuid", lambda: another)
    assert emergency.keep(SYSTEM_DISK, folder, [LATE], 0.0) is None
    _give_room(folder)
    assert not emergency.waits(folder)
    _begin(folder)
    with open_journal(folder) as journal:
        assert journal.manifest.record(TASK.key).status == "submitting"
    assert elsewhere.read_bytes() == kept


def test_the_late_id_of_an_attempt_that_was_bought_again_is_the_charge_that_was_thought_possible(folder: Path) -> None:
    _give_room(folder)
    _begin(
        folder,
        InDoubt(key=TASK.key, attempt=1, why="cut"),
        Resolved(key=TASK.key, how="buy_again"),
        Submitting(key=TASK.key, attempt=2),
        Submitted(key=TASK.key, attempt=2, remote_id="second"),
    )
    emergency.keep(SYSTEM_DISK, folder, [LATE], 0.0)
    with open_journal(folder) as journal:
        record = journal.manifest.record(TASK.key)
    assert (record.charges_lo, record.charges_hi, record.ids) == (1, 2, ("late",))
