"""What was said to be stored is there, whoever writes beside, and whatever a crash leaves of the end."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.compare.votes import FILE_NAME, Mark, Undo, Vote, append, read_marks, standing
from pipeline.errors import DiskError, ManifestLocked
from pipeline.manifest.disk import SystemDisk
from pipeline.manifest.lock import lock

A, B, C = "a" * 64, "b" * 64, "c" * 64


def vote(name: str, choice: str = "left", reviewer: str = "anna", left: str = A, right: str = B, ask: str = "") -> Vote:
    return Vote(
        id=name,
        axis="prompt",
        left=left,
        right=right,
        arms=("plain", "lit"),
        choice=choice,  # type: ignore[arg-type]
        reviewer=reviewer,
        sitting="s",
        seconds=1.5,
        at=1.0,
        ask=ask,
    )


@given(cut=st.integers(1, 400))
def test_a_torn_end_costs_only_the_vote_that_nobody_was_told_is_stored(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("votes")
    append(folder, [vote("one")])
    whole = (folder / FILE_NAME).stat().st_size
    append(folder, [vote("two")])
    content = (folder / FILE_NAME).read_bytes()
    (folder / FILE_NAME).write_bytes(content[: max(whole, len(content) - cut)])
    append(folder, [vote("three")])
    # Without its newline alone the second vote is whole.
    kept = [mark.id for mark in read_marks(folder)]
    assert kept == (["one", "two", "three"] if cut == 1 else ["one", "three"])


def test_the_last_word_of_a_reviewer_on_a_pair_and_criterion_counts() -> None:
    marks: list[Mark] = [
        vote("1", "left"),
        vote("2", "right", left=B, right=A),
        vote("3", "tie", reviewer="ben"),
        vote("4", "left", ask="sharper"),
        vote("5", "bad", right=C),
        Undo(id="5", reviewer="anna", at=2.0),
        vote("3", "tie", reviewer="ben"),
    ]
    assert {mark.id for mark in standing(marks)} == {"2", "3", "4"}


def test_an_undone_change_of_mind_leaves_what_was_said_before() -> None:
    marks: list[Mark] = [vote("1", "left"), vote("2", "right"), Undo(id="2", reviewer="anna", at=2.0)]
    assert [mark.id for mark in standing(marks)] == ["1"]


def test_processes_that_vote_at_once_lose_nothing(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from pipeline.compare.votes import append;"
        "from tests.compare.test_votes import vote\n"
        "for n in range(25): append(Path(sys.argv[1]), [vote(f'{sys.argv[2]}-{n}', reviewer=sys.argv[2])])"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path), name]) for name in ("anna", "ben")]
    assert [writer.wait() for writer in writers] == [0, 0]
    assert {mark.id for mark in read_marks(tmp_path)} == {f"{name}-{n}" for name in ("anna", "ben") for n in range(25)}


def test_who_finds_the_file_busy_for_long_is_told_and_stores_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.compare.votes.PATIENCE", 0.01)
    with lock(tmp_path, "votes"), pytest.raises(ManifestLocked, match="storing votes"):
        append(tmp_path, [vote("one")])
    append(tmp_path, [vote("two")])
    assert [mark.id for mark in read_marks(tmp_path)] == ["two"]


class LyingDisk(SystemDisk):
    """Takes the bytes, and cannot put them on the platter."""

    def sync(self, descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")


def test_a_vote_that_is_not_on_the_platter_is_not_stored(tmp_path: Path) -> None:
    with pytest.raises(DiskError, match=FILE_NAME):
        append(tmp_path, [vote("one")], LyingDisk())
