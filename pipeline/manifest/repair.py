"""Repair: from what still holds of a damaged manifest, one that can be used, in which no task may be bought twice.

A line that holds is believed, with the number that it bears; the gaps in the numbers tell how many lines are lost,
and where. Two rules make the rest:

* An event that cannot follow what is known of its task proves that lines before it are lost. The least that must have
  stood there is written in its place; where that is unknown, as what costs most: an attempt whose end is lost counts
  as a possible charge.
* Behind a task's last intact line, lost lines may speak of it. A task that reads as planned could have been sent if
  one line is lost there, a failed one if two are (a person's `retry`, then the submit): it is in doubt. Every other
  status stays: what is downloaded is there, what is submitted has an id to ask by, what is in doubt waits.

Lost lines may also have told of attempts that nothing else speaks of. For those a `lost` event raises the upper end of
the task's charges by as many as fit into the gap: more than is likely, and never less than is true.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import DiskError, ManifestDamaged
from pipeline.manifest.codec import decode_line, encode_batch
from pipeline.manifest.disk import SYSTEM_DISK, Disk, put_file
from pipeline.manifest.lines import (
    AnyEvent,
    AnyLine,
    CellLine,
    Downloaded,
    Event,
    Failed,
    Header,
    InDoubt,
    Lost,
    Parked,
    PlanLine,
    Ready,
    Resolved,
    Retried,
    Reused,
    RunStart,
    Submitted,
    Submitting,
    TaskLine,
    Unpaid,
)
from pipeline.manifest.lock import lock
from pipeline.manifest.read import FILE_NAME, read_manifest
from pipeline.manifest.record import Record, apply
from pipeline.manifest.state import Manifest
from pipeline.task.request import Request

LOST_WHY = "the manifest was damaged where this task's submit may have stood"
LOST_ID = "lost"
_SHORTEST_LINE = 80
# The fewest lines from each status to the `submitting` of one more attempt. Failing or being in doubt, being retried
# or resolved, and being sent is one line each; a downloaded task is never sent again.
_TO_THE_NEXT = {"planned": 1, "failed": 2, "in_doubt": 2, "submitting": 3, "submitted": 3}


@dataclass(frozen=True)
class Repaired:
    """What a repair did: lines kept and lost, the keys now in doubt, the damaged file (None: there was no damage)."""

    kept: int
    lost_lines: int
    doubts: list[str]
    copy: Path | None


def repair(
    folder: Path,
    known: Mapping[str, Request] | None = None,
    *,
    disk: Disk = SYSTEM_DISK,
    clock: Callable[[], float] = time.time,
) -> Repaired:
    """Make the manifest of `folder` usable again; the damaged one is kept beside it. One that holds stays as it is.

    `known` are requests by key, from the job file: they stand in for those that the damage took.

    Raises:
        ManifestError, ManifestLocked, ManifestNewer, DiskError: as in `lock` and `read_manifest`.
        ManifestDamaged: too little is left: the header, or requests that nobody else knows, are gone.
    """
    with lock(folder):
        path = folder / FILE_NAME
        try:
            return Repaired(read_manifest(path, disk).manifest.lines, 0, [], None)
        except ManifestDamaged:
            content = disk.read(path)
        lines, gaps = _intact(content)
        rebuilt = _Rebuilt(path, gaps)
        rebuilt.add_requests(lines, known or {})
        for line in lines:
            rebuilt.take(line)
        doubts = rebuilt.doubt_the_touched(clock())
        encoded = b"".join(
            encode_batch([line], seq=seq, batch=seq, at=line.at) for seq, line in enumerate(rebuilt.lines, 1)
        )
        copy = _free_name(path, disk)
        try:
            put_file(disk, copy, content)
            put_file(disk, path, encoded)
        except OSError as error:
            raise DiskError(f"{path}: cannot be repaired ({error.strerror})") from None
        return Repaired(len(lines), sum(gaps.values()), doubts, copy)


def _intact(content: bytes) -> tuple[list[AnyLine], dict[int, int]]:
    """The lines that hold, and how many are lost behind which (by its seq; 0: before the first)."""
    lines: list[AnyLine] = []
    gaps: dict[int, int] = {}
    last, end = 0, 0
    at = 0
    for raw in content.split(b"\n"):
        at += len(raw) + 1
        try:
            line = decode_line(raw)
        except ValueError:
            continue
        if line.seq <= last:
            continue
        if line.seq > last + 1:
            gaps[last] = line.seq - last - 1
        lines.append(line)
        last, end = line.seq, at
    if end < len(content):
        gaps[last] = (len(content) - end) // _SHORTEST_LINE + 1
    return lines, gaps


def _free_name(path: Path, disk: Disk) -> Path:
    n = 1
    while disk.exists(copy := path.with_name(f"{path.name}.damaged-{n}")):
        n += 1
    return copy


@dataclass
class _Rebuilt:
    """The lines of the repaired manifest as they come together.

    `places` holds each task's last intact seq; `unclear` are tasks of which an intact line could not be made use of.
    """

    path: Path
    gaps: Mapping[int, int]
    lines: list[AnyLine] = field(default_factory=list)
    manifest: Manifest = field(default_factory=Manifest)
    places: dict[str, int] = field(default_factory=dict)
    unclear: set[str] = field(default_factory=set)

    def add_requests(self, lines: list[AnyLine], known: Mapping[str, Request]) -> None:
        """Begin with the header and with the requests that the damage took."""
        header = lines[0] if lines else None
        if not isinstance(header, Header):
            raise ManifestDamaged(f"{self.path}: its first line is gone; restore the file from a copy")
        self._add(header)
        missing, unseen = _missing(lines)
        found = {key: known[key] for key in known if key in missing or unseen}
        asked = {line.key for line in lines if isinstance(line, TaskLine)}
        for key in found.keys() - asked:
            self._add(TaskLine(key=key, request=found[key], at=header.at))
            self.places[key] = 0
        if missing - found.keys() or (unseen and not known):
            raise ManifestDamaged(
                f"{self.path}: the damage took requests. Name the job file (`fluxsweep repair jobs/NAME.yaml`) that "
                "they came from, or restore the file from a copy. Nothing was changed."
            )

    def take(self, line: AnyLine) -> None:
        """Add an intact line, after what must have stood before it."""
        if isinstance(line, Header):
            return
        if isinstance(line, TaskLine):
            self.places[line.key] = line.seq
        elif isinstance(line, Event):
            before, room = self.manifest.record(line.key), self._room(self.places.get(line.key, 0), line.seq)
            self.places[line.key] = line.seq
            while (lost := _lost_before(self.manifest.record(line.key), line)) is not None:
                self._add(lost)
            follows = _follows(self.manifest.record(line.key), line)
            if not (follows and isinstance(line, Submitting | Unpaid | Submitted | InDoubt)):
                # It does not say of which attempt it speaks.
                self._widen(line.key, before, room, line.at)
            if not follows:
                self.unclear.add(line.key)
                return
        self._add(line)

    def doubt_the_touched(self, now: float) -> list[str]:
        """Put in doubt what a lost line behind its last intact one may have sent; their keys."""
        doubts = []
        for key, place in self.places.items():
            place = 0 if key in self.unclear else place
            before, room = self.manifest.record(key), self._room(place)
            events = list(_doubt(key, before, room, now))
            for event in events:
                self._add(event)
            self._widen(key, before, room, now)
            doubts += [key] if events else []
        return doubts

    def _room(self, place: int, end: float = math.inf) -> int:
        """How many lines are lost behind the line with seq `place`, before the one with seq `end`."""
        return sum(lost for behind, lost in self.gaps.items() if place <= behind < end)

    def _widen(self, key: str, before: Record, room: int, at: float) -> None:
        """Raise the upper end of the charges by the submits in `room` lost lines that no attempt stands for yet."""
        known = self.manifest.record(key).attempt - before.attempt
        if (more := _further(before, room) - known) > 0:
            self._add(Lost(key=key, submits=more, at=at))

    def _add(self, line: AnyLine) -> None:
        self.manifest.fold(line)
        self.lines.append(line)


def _missing(lines: list[AnyLine]) -> tuple[set[str], bool]:
    """Keys whose request is gone, and whether there may be others that no intact line names."""
    requests = {line.key for line in lines if isinstance(line, TaskLine)}
    named = {line.key for line in lines if isinstance(line, CellLine | Event)}
    plans = [line for line in lines if isinstance(line, PlanLine)]
    numbers = {line.n for line in lines if isinstance(line, CellLine | RunStart)}
    missing = named - requests
    counted = sum(plan.counts.tasks for plan in plans)
    return missing, not numbers <= {plan.n for plan in plans} or counted > len(requests | missing)


def _follows(record: Record, event: AnyEvent) -> bool:
    try:
        apply(record, event)
    except ManifestDamaged:
        return False
    return True


def _lost_before(record: Record, event: AnyEvent) -> AnyEvent | None:
    """The next event that must have stood between `record` and `event`; None when it follows, or never can."""
    if _follows(record, event) or record.status == "downloaded":
        return None
    key, at, attempt = event.key, event.at, record.attempt
    match event, record.status:
        case ((Submitting() | Unpaid() | Submitted() | InDoubt()), _) if event.attempt < attempt:
            return None
        case _, "planned":
            return Submitting(key=key, attempt=attempt + 1, at=at)
        case Downloaded(), "submitted":
            return Ready(key=key, at=at)
        case ((Downloaded() | Failed() | Retried()), "in_doubt"):
            return Resolved(key=key, how="id", remote_id=LOST_ID, at=at)
        case ((Ready() | Downloaded() | Parked()), "failed") if record.remote_id is not None:
            return Retried(key=key, by="collect", at=at)
        case ((Ready() | Parked()), "in_doubt"):
            return None
        case _, "submitting":
            return InDoubt(key=key, attempt=attempt, why=LOST_WHY, at=at)
        case _, "in_doubt":
            return Resolved(key=key, how="buy_again", at=at)
        case _, "submitted":
            return Failed(key=key, kind="error", charged="maybe", detail=LOST_WHY, at=at)
        case ((Submitting() | Unpaid() | Submitted() | InDoubt() | Reused() | Ready() | Downloaded()), "failed"):
            return Retried(key=key, by="buy", at=at)
    return None


def _further(record: Record, room: int) -> int:
    """How many more attempts of a task `room` lost lines can have told of."""
    first = _TO_THE_NEXT.get(record.status)
    return 0 if first is None or room < first else 1 + (room - first) // _TO_THE_NEXT["submitting"]


def _doubt(key: str, record: Record, room: int, at: float) -> Iterator[AnyEvent]:
    """What puts a task in doubt behind which `room` lines are lost; nothing where it may stay."""
    attempt = record.attempt
    match record.status:
        case "submitting":
            pass
        case "planned" if room >= 1:
            attempt += 1
            yield Submitting(key=key, attempt=attempt, at=at)
        case "failed" if room >= 2:
            attempt += 1
            yield Retried(key=key, by="buy", at=at)
            yield Submitting(key=key, attempt=attempt, at=at)
        case _:
            return
    yield InDoubt(key=key, attempt=attempt, why=LOST_WHY, at=at)
