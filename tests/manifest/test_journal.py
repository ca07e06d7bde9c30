"""The one writer: group commit, durability before `append` returns, and no second chance after a disk error."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import DiskError, ManifestDamaged, ManifestLocked
from pipeline.manifest.journal import open_journal
from pipeline.manifest.lines import InDoubt, RunEnd, RunStart, Submitted, Submitting
from pipeline.manifest.read import read_manifest
from tests.manifest.conftest import HEADER, plan_lines, story, tasks


def test_appends_that_meet_share_a_batch_and_all_are_on_disk_when_they_return(tmp_path: Path) -> None:
    planned = tasks(40)

    async def work() -> int:
        async def one(key: str) -> None:
            for line in story(key):
                await journal.append(line)
                assert read_manifest(journal.path).manifest.record(key) == journal.manifest.record(key)

        before = journal._batch
        await asyncio.gather(*(one(task.key) for task in planned))
        return journal._batch - before

    with open_journal(tmp_path) as journal:
        journal.append_now(HEADER)
        journal.append_now(*plan_lines(planned))
        batches = asyncio.run(work())
    assert batches < 4 * len(planned) / 2
    statuses = {read_manifest(tmp_path / "manifest.jsonl").manifest.record(task.key).status for task in planned}
    assert statuses == {"downloaded"}


def test_memory_and_disk_say_the_same(finished: Path) -> None:
    before = read_manifest(finished / "manifest.jsonl").manifest
    with open_journal(finished) as journal:
        assert journal.manifest == before
        journal.append_now(RunEnd(exit_code=75))
        after = read_manifest(finished / "manifest.jsonl").manifest
        assert journal.manifest.last_end is not None
        assert after.last_end is not None
        assert (journal.manifest.last_end.exit_code, journal.manifest.last_end.at) == (75, after.last_end.at)


def test_an_event_that_cannot_follow_is_refused_before_it_is_written(finished: Path) -> None:
    size = (finished / "manifest.jsonl").stat().st_size
    key = tasks(1)[0].key
    with open_journal(finished) as journal, pytest.raises(ManifestDamaged, match="cannot follow"):
        journal.append_now(Submitting(key=key, attempt=2))
    assert (finished / "manifest.jsonl").stat().st_size == size


def test_a_torn_tail_is_cut_by_the_writer_and_a_copy_is_kept(finished: Path) -> None:
    path = finished / "manifest.jsonl"
    content = path.read_bytes()
    path.write_bytes(content[:-7])
    with open_journal(finished) as journal:
        journal.append_now(RunEnd(exit_code=0))
    reading = read_manifest(path)
    assert (reading.torn, reading.manifest.last_end is not None) == (0, True)
    (copy,) = finished.glob("manifest.jsonl.torn-*")
    assert content.endswith(copy.read_bytes() + content[-7:])


def test_a_last_line_without_its_newline_is_kept_and_closed(finished: Path) -> None:
    path = finished / "manifest.jsonl"
    path.write_bytes(path.read_bytes()[:-1])
    with open_journal(finished) as journal:
        journal.append_now(RunEnd(exit_code=1))
    assert read_manifest(path).torn == 0
    assert not list(finished.glob("manifest.jsonl.torn-*"))


@pytest.mark.parametrize("failing", ["write", "fdatasync", "short write"])
def test_after_a_disk_error_nothing_more_is_written_and_nothing_was_folded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    if sys.platform != "linux":
        pytest.skip("fdatasync is Linux's")
    planned = tasks(1)
    real_write = os.write

    def fail(*_: object) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    async def work() -> None:
        with pytest.raises(DiskError, match="nothing more is submitted"):
            await journal.append(Submitting(key=planned[0].key, attempt=1))
        monkeypatch.undo()
        with pytest.raises(DiskError):
            await journal.append(Submitting(key=planned[0].key, attempt=1))

    with open_journal(tmp_path) as journal:
        journal.append_now(HEADER)
        journal.append_now(*plan_lines(planned))
        size = journal.path.stat().st_size
        if failing == "short write":
            monkeypatch.setattr(os, "write", lambda fd, data: real_write(fd, data[:10]))
        else:
            monkeypatch.setattr(os, failing, fail)
        asyncio.run(work())
        assert journal.manifest.record(planned[0].key).status == "planned"
        assert journal.path.read_bytes()[size:].count(b"\n") <= 1


def test_a_cancelled_caller_does_not_lose_the_line(tmp_path: Path) -> None:
    (task,) = tasks(1)

    async def work() -> None:
        appending = asyncio.create_task(journal.append(Submitting(key=task.key, attempt=1)))
        await asyncio.sleep(0)
        appending.cancel()
        await asyncio.gather(appending, return_exceptions=True)
        await journal.append(RunStart(n=1, pid=1, tool="test"))
        await journal.append(InDoubt(key=task.key, attempt=1, why="cancelled"))

    with open_journal(tmp_path) as journal:
        journal.append_now(HEADER)
        journal.append_now(*plan_lines([task]))
        asyncio.run(work())
    assert read_manifest(tmp_path / "manifest.jsonl").manifest.record(task.key).status == "in_doubt"


def test_a_line_that_cannot_be_encoded_fails_alone_and_its_paid_id_is_told(tmp_path: Path) -> None:
    good, bad = tasks(2)

    async def work() -> tuple[BaseException | None, ...]:
        return await asyncio.gather(
            journal.append(Submitted(key=good.key, attempt=1, remote_id="id-1")),
            journal.append(Submitted(key=bad.key, attempt=1, remote_id="id-\ud800")),
            journal.append(RunEnd(exit_code=0)),
            return_exceptions=True,
        )

    with open_journal(tmp_path) as journal:
        journal.append_now(HEADER)
        journal.append_now(*plan_lines([good, bad]))
        journal.append_now(*(Submitting(key=task.key, attempt=1) for task in (good, bad)))
        first, refused, last = asyncio.run(asyncio.wait_for(work(), 30))
    assert (first, last) == (None, None)
    assert isinstance(refused, ManifestDamaged)
    assert r"id-\ud800" in str(refused)
    manifest = read_manifest(tmp_path / "manifest.jsonl").manifest
    assert [manifest.record(task.key).status for task in (good, bad)] == ["submitted", "submitting"]


def test_whatever_breaks_a_batch_is_told_to_all_who_wait_and_their_ids_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (task,) = tasks(1)

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    async def work() -> list[BaseException | None]:
        first = await asyncio.gather(
            journal.append(Submitted(key=task.key, attempt=1, remote_id="id-1")),
            journal.append(RunEnd(exit_code=0)),
            return_exceptions=True,
        )
        monkeypatch.undo()
        return [*first, *await asyncio.gather(journal.append(RunEnd(exit_code=0)), return_exceptions=True)]

    with open_journal(tmp_path) as journal:
        journal.append_now(HEADER)
        journal.append_now(*plan_lines([task]))
        journal.append_now(Submitting(key=task.key, attempt=1))
        monkeypatch.setattr(journal, "_write", broken)
        told = asyncio.run(asyncio.wait_for(work(), 30))
    assert [type(error) for error in told] == [DiskError] * 3
    with open_journal(tmp_path) as journal:
        assert journal.manifest.record(task.key).remote_id == "id-1"


def test_when_the_commit_itself_is_ended_nobody_waits_for_ever_and_nothing_follows(tmp_path: Path) -> None:
    (task,) = tasks(1)

    async def work() -> list[BaseException | None]:
        appending = [
            asyncio.create_task(journal.append(line))
            for line in (Submitting(key=task.key, attempt=1), RunEnd(exit_code=0))
        ]
        await asyncio.sleep(0)
        assert journal._committing is not None
        await asyncio.sleep(0)
        journal._committing.cancel()
        told = await asyncio.gather(*appending, return_exceptions=True)
        return [*told, *await asyncio.gather(journal.append(RunEnd(exit_code=0)), return_exceptions=True)]

    with open_journal(tmp_path) as journal:
        journal.append_now(HEADER)
        journal.append_now(*plan_lines([task]))
        told = asyncio.run(asyncio.wait_for(work(), 30))
    assert [type(error) for error in told] == [DiskError] * 3
    with open_journal(tmp_path) as journal:
        journal.append_now(RunEnd(exit_code=75))
    assert read_manifest(tmp_path / "manifest.jsonl").is_whole


HOLD = """
import sys
from pathlib import Path
from pipeline.manifest.journal import open_journal
with open_journal(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_refused_with_the_pid_of_the_first_until_that_dies(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(ManifestLocked, match=f"process {holder.pid}"), open_journal(tmp_path):
            pass
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
    with open_journal(tmp_path) as journal:
        journal.append_now(HEADER)
    assert (tmp_path / "manifest.lock").exists()


def test_a_reader_sees_what_is_acknowledged_while_a_writer_is_at_work(tmp_path: Path) -> None:
    (task,) = tasks(1)
    with open_journal(tmp_path) as journal:
        journal.append_now(HEADER)
        journal.append_now(*plan_lines([task]))
        journal.append_now(Submitting(key=task.key, attempt=1))
        journal.append_now(Submitted(key=task.key, attempt=1, remote_id="id-1"))
        assert read_manifest(journal.path).manifest.record(task.key).remote_id == "id-1"
