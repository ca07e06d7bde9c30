"""`votes.jsonl` in the output folder: who preferred what, by task key, so that it outlives labels and reruns.

One vote or undo a line, sealed like a line of the manifest, only ever appended. Several reviewers may write at once,
each from a process of their own: a lock is held for the length of one append. A line that does not hold (a torn tail,
whose vote nobody was told is stored) is passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from pipeline.compare.pairs import pair_id
from pipeline.errors import DiskError
from pipeline.manifest.codec import check_seal, seal
from pipeline.manifest.disk import SYSTEM_DISK, Disk, write_all
from pipeline.manifest.lock import lock

FILE_NAME = "votes.jsonl"
PATIENCE = 20.0

Choice = Literal["left", "right", "tie", "bad"]


class Vote(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="vote", tag_field="type"):
    """One choice between two pictures.

    `left` and `right` are the task keys as they were shown, `arms` their values on `axis` at that time. `bad` is "both
    bad". `ask` is the criterion; `seconds` how long the reviewer looked; `at` unix seconds; `pack` the pack it came by.
    """

    id: str
    axis: str
    left: str
    right: str
    arms: tuple[str, str]
    choice: Choice
    reviewer: str
    sitting: str
    seconds: float
    at: float
    ask: str = ""
    pack: str = ""

    @property
    def pair(self) -> str:
        """The pair that was judged, see `pair_id`."""
        return pair_id(self.axis, self.left, self.right)


class Undo(msgspec.Struct, frozen=True, kw_only=True, tag="undo", tag_field="type"):
    """Takes back the vote `id`."""

    id: str
    reviewer: str
    at: float


Mark = Vote | Undo

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Mark).decode


def append(folder: Path, marks: Sequence[Mark], disk: Disk = SYSTEM_DISK) -> None:
    """Put `marks` on disk, and wait for that: when this returns, no crash takes them away.

    Raises:
        DiskError: they are not there, or nobody knows.
        ManifestLocked: others kept the file busy for `PATIENCE` seconds.
    """
    path = folder / FILE_NAME
    lines = b"".join(seal(_encode(mark)[:-1]) for mark in marks)
    with lock(folder, "votes", "storing votes", wait=PATIENCE):
        try:
            is_new = not disk.exists(path)
            # Who was killed may have left half a line: the next one begins on a line of its own.
            torn = not is_new and not _ends_whole(path)
            descriptor = disk.open(path)
            try:
                write_all(disk, descriptor, b"\n" * torn + lines)
                disk.sync(descriptor)
            finally:
                disk.close(descriptor)
            if is_new:
                disk.sync_folder(folder)
        except OSError as error:
            raise DiskError(f"{path}: cannot be written ({error.strerror})") from None


def _ends_whole(path: Path) -> bool:
    with path.open("rb") as file:
        if not file.seek(0, 2):
            return True
        file.seek(-1, 2)
        return file.read(1) == b"\n"


def read_marks(folder: Path) -> list[Mark]:
    """Every vote and undo that stands whole in the output folder, in order; none where nobody voted."""
    path = folder / FILE_NAME
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DiskError(f"{path}: cannot be read ({error.strerror})") from None
    return list(_whole(content))


def _whole(content: bytes) -> Iterator[Mark]:
    for raw in content.split(b"\n"):
        with suppress(ValueError):
            check_seal(raw)
            yield _decode(raw)


def standing(marks: Iterable[Mark]) -> list[Vote]:
    """The votes that count: not undone, each once, and of a reviewer's several on one pair and criterion the last."""
    votes: dict[str, Vote] = {}
    undone = set()
    for mark in marks:
        if isinstance(mark, Vote):
            votes.setdefault(mark.id, mark)
        else:
            undone.add(mark.id)
    last = {(vote.reviewer, vote.pair, vote.ask): vote for vote in votes.values() if vote.id not in undone}
    return list(last.values())
