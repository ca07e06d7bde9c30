"""Pictures that lie in other folders of the same outputs root: they were bought once, and need not be bought again.

Other folders are read without their locks, and perhaps while somebody writes there: what does not hold is passed
over, and nothing is believed of a file before it was hashed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath
from stat import S_ISREG

import msgspec

from pipeline.errors import DiskError
from pipeline.manifest.codec import decode_line
from pipeline.manifest.journal import Journal
from pipeline.manifest.lines import FORMAT, AnyLine, Artifact, Downloaded, Header, PlanLine, Reused
from pipeline.manifest.read import FILE_NAME
from pipeline.stores.base import Store

_BATCH = 64
_LONGEST_HEADER = 4096
# Inside a line's texts no quote stands without a backslash before it.
_PLAN = b'"type":"plan"'
_ENDED = (b'"type":"downloaded"', b'"type":"reused"')
_KEY = re.compile(rb'"key":"([0-9a-f]{64})"')


class Elsewhere(msgspec.Struct, frozen=True):
    """A picture as the manifest of `folder` (its name under the outputs root) records it; `path` is its file."""

    folder: str
    path: Path
    artifact: Artifact

    def lies_there(self) -> bool:
        """Whether a plain file of the right length stands there: all that a plan looks at."""
        try:
            found = self.path.lstat()
        except OSError:
            return False
        return S_ISREG(found.st_mode) and found.st_size == self.artifact.bytes

    def is_intact(self) -> bool:
        """Whether the file's bytes are those that were recorded."""
        try:
            with self.path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() == self.artifact.sha256
        except OSError:
            return False


Found = Mapping[str, Sequence[Elsewhere]]
Wanted = Mapping[str, tuple[str, str]]


def find_elsewhere(folder: Path, wanted: Wanted) -> Found:
    """Where the pictures of tasks lie, beside the output folder `folder`, as far as a look tells.

    `wanted` are the tasks by key, each with its provider and where that is: a picture from elsewhere, or from a
    rehearsal, is another picture.
    """
    found: dict[str, list[Elsewhere]] = {}
    own = folder.resolve()
    for manifest in sorted(own.parent.glob(f"*/{FILE_NAME}")) if wanted else ():
        if manifest.parent != own:
            for key, picture in _pictures(manifest, wanted):
                if picture.lies_there():
                    found.setdefault(key, []).append(picture)
    return found


def intact(found: Found) -> dict[str, Elsewhere]:
    """For each task the first picture whose file holds what was recorded: every file is hashed."""
    first = {key: next((one for one in pictures if one.is_intact()), None) for key, pictures in found.items()}
    return {key: picture for key, picture in first.items() if picture is not None}


def take_over(journal: Journal, store: Store, pictures: Mapping[str, Elsewhere]) -> int:
    """Link the pictures of planned tasks into the store, each on disk before its event is. Returns how many held.

    Raises:
        DiskError: they, or their events, cannot be written.
    """
    taken, waiting = 0, iter(pictures.items())
    while batch := list(islice(waiting, _BATCH)):
        try:
            events = [event for key, picture in batch if (event := _linked(journal, store, key, picture)) is not None]
        except OSError as error:
            raise DiskError(f"{error.filename or 'a picture'}: cannot be stored ({error.strerror})") from error
        if events:
            journal.append_now(*events)
        taken += len(events)
    return taken


def _linked(journal: Journal, store: Store, key: str, picture: Elsewhere) -> Reused | None:
    artifact = picture.artifact
    name = f"images/{journal.manifest.labels[key]}-{key[:8]}{PurePosixPath(artifact.path).suffix}"
    if not store.take_over(picture.path, name, artifact.sha256):
        return None
    return Reused(key=key, source=picture.folder, artifact=msgspec.structs.replace(artifact, path=name))


def _pictures(manifest: Path, wanted: Wanted) -> Iterator[tuple[str, Elsewhere]]:
    """The wanted pictures that the lines of one manifest record: only those lines are decoded."""
    try:
        with manifest.open("rb") as file:
            header = _line(file.readline(_LONGEST_HEADER))
            if isinstance(header, Header) and header.format <= FORMAT and not header.rehearsal:
                yield from _recorded(file, manifest.parent, header.origin, wanted)
    except OSError:
        return


def _recorded(lines: Iterable[bytes], folder: Path, origin: str, wanted: Wanted) -> Iterator[tuple[str, Elsewhere]]:
    """`origin` is where a provider is that no plan so far places elsewhere."""
    origins: dict[str, str] = {}
    for raw in lines:
        if _PLAN in raw and isinstance(plan := _line(raw), PlanLine):
            origins |= plan.origins
        if not any(mark in raw for mark in _ENDED) or (found := _KEY.search(raw)) is None:
            continue
        key = found[1].decode()
        provider, place = wanted.get(key, ("", ""))
        if origins.get(provider, origin) != place:
            continue
        line = _line(raw)
        if isinstance(line, Downloaded | Reused):
            yield key, Elsewhere(folder.name, folder / line.artifact.path, line.artifact)


def _line(raw: bytes) -> AnyLine | None:
    try:
        return decode_line(raw.removesuffix(b"\n"))
    except ValueError:
        return None
