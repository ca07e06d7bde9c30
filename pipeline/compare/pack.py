"""A review that travels: a zip with a blind page and its pictures, and the votes file that comes back.

What is where in the pack is told by `packs/<id>.json` in the output folder alone. A votes file names pairs by the
pack's opaque names, so it can be read only where that key lies.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec

from pipeline.compare.ballot import Ballot
from pipeline.compare.page import Seat, Shown, review_page
from pipeline.compare.picture import EXTENSION, blind_pictures
from pipeline.compare.sitting import Sight, Sitting
from pipeline.compare.votes import Undo, Vote, append, read_marks
from pipeline.errors import DiskError, JobError
from pipeline.images.check import BadPicture
from pipeline.manifest.disk import SYSTEM_DISK, make_folders, put_file

Id = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]

KEYS = "packs"
VOTES_LIMIT = 2**24
_BEGINNING = (1980, 1, 1, 0, 0, 0)


class Hidden(msgspec.Struct, frozen=True):
    """What a pair of a pack shows: task keys as they stand left and right, and their arms."""

    left: str
    right: str
    arms: tuple[str, str]


class PackKey(msgspec.Struct, frozen=True):
    """What stays here of a pack: the way back from its names to tasks."""

    id: str
    axis: str
    ask: str
    pairs: dict[str, Hidden]


class PackedBallot(Ballot, frozen=True, kw_only=True):
    """A vote in a votes file; `at` unix seconds by the reviewer's clock."""

    at: float


class VotesFile(msgspec.Struct, frozen=True):
    """What the page of a pack saves. `undone`: taken back, perhaps after an earlier file brought them here."""

    pack: Id
    reviewer: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    sitting: Id
    votes: list[PackedBallot]
    undone: list[Id] = []


class Merged(NamedTuple):
    """What came of a votes file: votes that were new, of so many in it; and votes that it takes back."""

    fresh: int
    total: int
    undone: int


def write_pack(folder: Path, sitting: Sitting, pack: str, target: Path, one_done: Callable[[], object]) -> None:
    """Write the sitting to the zip `target`, and its key to the output folder first.

    `pack` names it, for everybody to see; `sitting.id`, from which sides and names follow, does not leave this machine.
    `one_done` is called after each pair.

    Raises:
        JobError: a picture cannot be shown; nothing is left at `target`.
        DiskError: the disk refused a file.
    """
    pairs = {sight.name: Hidden(sight.left.key, sight.right.key, sight.arms) for sight in sitting.sights}
    key = PackKey(pack, sitting.axis, sitting.ask, pairs)
    part = target.with_name(f".{target.name}.part")
    try:
        make_folders(SYSTEM_DISK, folder / KEYS)
        put_file(SYSTEM_DISK, _key_path(folder, pack), msgspec.json.encode(key))
        try:
            _fill(part, folder, sitting, pack, one_done)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise DiskError(f"{error.filename or target}: cannot be written ({error.strerror})") from None


def _fill(part: Path, folder: Path, sitting: Sitting, pack: str, one_done: Callable[[], object]) -> None:
    shown = []
    # Pictures are JPEG, which no zip makes smaller.
    with zipfile.ZipFile(part, "w") as archive:
        for sight in sorted(sitting.sights, key=lambda sight: sight.name):
            shown.append(_packed(archive, folder, sight))
            one_done()
        order = {sight.name: place for place, sight in enumerate(sitting.sights)}
        shown.sort(key=lambda one: order[one.name])
        archive.writestr(_entry("index.html"), review_page(Seat(ask=sitting.ask, sights=shown, pack=pack)))


def _packed(archive: zipfile.ZipFile, folder: Path, sight: Sight) -> Shown:
    try:
        pictures = blind_pictures(folder, sight)
    except (BadPicture, OSError) as error:
        raise JobError(f"{' or '.join(str(row.file) for row in (sight.left, sight.right))}: {error}") from None
    names = {side: f"pictures/{sight.name}-{side}.{EXTENSION}" for side in pictures}
    for side, content in pictures.items():
        archive.writestr(_entry(names[side]), content)
    return Shown(sight.name, names["left"], names["right"], names.get("input", ""), sight.about)


def _entry(name: str) -> zipfile.ZipInfo:
    """A file of the pack, without the hour at which it was made."""
    return zipfile.ZipInfo(name, _BEGINNING)


def merge(folder: Path, file: Path) -> Merged:
    """Take the votes of a votes file in, and take back what its reviewer did since an earlier one.

    A vote that was taken in before is not counted again; a newer one on the same pair replaces it. Files of one
    reviewer may come in any order: what a later one takes back stays so.

    Raises:
        JobError: it is no votes file, of no pack of this folder, or holds what no page of that pack saves.
        DiskError: the votes are not stored.
    """
    found = _read(file)
    key = _key(folder, found.pack, file)
    votes = []
    for ballot in found.votes:
        hidden = key.pairs.get(ballot.name)
        if hidden is None:
            raise JobError(f"{file}: votes on a pair that pack {found.pack[:8]} does not have; nothing was taken in")
        votes.append(_vote(ballot, hidden, key, found))
    for word, names in (("pair", [ballot.name for ballot in found.votes]), ("vote", [vote.id for vote in votes])):
        if len(set(names)) < len(names):
            raise JobError(f"{file}: has one {word} twice, which no page saves; nothing was taken in")
    marks = read_marks(folder)
    known = {mark.id for mark in marks if isinstance(mark, Vote)}
    known_undone = {mark.id for mark in marks if isinstance(mark, Undo)}
    fresh = [vote for vote in votes if vote.id not in known]
    at = max((ballot.at for ballot in found.votes), default=0.0)
    undone = [Undo(id=vote, reviewer=found.reviewer, at=at) for vote in found.undone if vote not in known_undone]
    if fresh or undone:
        append(folder, [*fresh, *undone])
    return Merged(len(fresh), len(votes), sum(undo.id in known for undo in undone))


def _read(file: Path) -> VotesFile:
    try:
        if file.stat().st_size > VOTES_LIMIT:
            raise JobError(f"{file}: is too large for a votes file")
        return msgspec.json.decode(file.read_bytes(), type=VotesFile)
    except OSError as error:
        raise JobError(f"{file}: cannot be read ({error.strerror})") from None
    except msgspec.DecodeError as error:
        raise JobError(f"{file}: is no votes file as the page of a pack saves it ({error})") from None


def _key(folder: Path, pack: str, file: Path) -> PackKey:
    try:
        return msgspec.json.decode(_key_path(folder, pack).read_bytes(), type=PackKey)
    except FileNotFoundError:
        raise JobError(f"{file}: is of pack {pack[:8]}, which was not made from {folder}") from None
    except (OSError, msgspec.DecodeError) as error:
        raise JobError(f"{_key_path(folder, pack)}: the key of this pack cannot be read ({error})") from None


def _key_path(folder: Path, pack: str) -> Path:
    return folder / KEYS / f"{pack}.json"


def _vote(ballot: PackedBallot, hidden: Hidden, key: PackKey, found: VotesFile) -> Vote:
    return Vote(
        id=ballot.id,
        axis=key.axis,
        left=hidden.left,
        right=hidden.right,
        arms=hidden.arms,
        choice=ballot.choice,
        reviewer=found.reviewer,
        sitting=found.sitting,
        seconds=ballot.seconds,
        at=ballot.at,
        ask=key.ask,
        pack=key.id,
    )
