"""`apply(record, event) -> record`: the fold of one task's events, the only place where a task changes state (pure)."""

from __future__ import annotations

from typing import Literal

import msgspec

from pipeline.errors import ManifestDamaged
from pipeline.manifest.lines import (
    AnyEvent,
    Artifact,
    Charged,
    Downloaded,
    Duplicate,
    Failed,
    FailureKind,
    InDoubt,
    Lost,
    Parked,
    Ready,
    Resolved,
    Retried,
    Reused,
    Submitted,
    Submitting,
    Unpaid,
)

Status = Literal["planned", "submitting", "in_doubt", "submitted", "downloaded", "failed"]


class Failure(msgspec.Struct, frozen=True):
    """Why a task ended without a picture."""

    kind: FailureKind
    charged: Charged
    detail: str


class Money(msgspec.Struct, frozen=True):
    """Micro-USD that a task may have cost, as [lo, hi]; at most `unknown` charges more have no figure."""

    lo: int
    hi: int
    unknown: int


class Record(msgspec.Struct, frozen=True):
    """All that is known of one task. The empty record is a fresh task.

    Times are unix seconds. `past_lo`, `past_hi` bound the charges of attempts before the present one, and of those
    that a damage took; `charges_lo`, `charges_hi` bound all. `ready` is the last word of the service about the picture.
    `bill` is what the provider itself says that the present attempt costs, where its word is the bill; `billed` are
    the charges of earlier attempts that had one (lo, hi), and `bills` what they come to.
    `bought_again` counts the doubts that were ended by another submit, `open_doubts` are the attempts among them of
    which it is still not known whether they were charged. `ids` are earlier attempts' and duplicates' remote ids.
    """

    status: Status = "planned"
    attempt: int = 0
    sending_at: float | None = None
    doubted_at: float | None = None
    submitted_at: float | None = None
    ended_at: float | None = None
    remote_id: str | None = None
    poll_url: str | None = None
    request_id: str | None = None
    cost: int | None = None
    parked: bool = False
    ready: Ready | None = None
    artifact: Artifact | None = None
    failure: Failure | None = None
    why: str = ""
    reused_from: str | None = None
    past_lo: int = 0
    past_hi: int = 0
    bill: int | None = None
    billed: tuple[int, int] = (0, 0)
    bills: tuple[int, int] = (0, 0)
    duplicates: int = 0
    bought_again: int = 0
    open_doubts: tuple[int, ...] = ()
    ids: tuple[str, ...] = ()

    @property
    def charges_lo(self) -> int:
        """At least so many pictures were paid for this task."""
        return self.past_lo + self.duplicates + self._present[0]

    @property
    def charges_hi(self) -> int:
        """At most so many pictures were paid for this task."""
        return self.past_hi + self.duplicates + self._present[1]

    def spent(self, price: int | None) -> Money:
        """What the charges come to: each at its bill where there is one, else at `price` (None: nobody knows it)."""
        billed, bills = self._billed
        rest = self.charges_lo - billed[0], self.charges_hi - billed[1]
        if price is None:
            return Money(*bills, rest[1])
        return Money(bills[0] + rest[0] * price, bills[1] + rest[1] * price, 0)

    @property
    def _billed(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Charges that have a bill, and what they come to, the present attempt's among them."""
        if self.bill is None:
            return self.billed, self.bills
        lo, hi = self._present
        counts = self.billed[0] + lo, self.billed[1] + hi
        return counts, (self.bills[0] + lo * self.bill, self.bills[1] + hi * self.bill)

    @property
    def _present(self) -> tuple[int, int]:
        if self.status == "planned" or self.reused_from is not None:
            return 0, 0
        if self.ready is not None:
            return 1, 1  # a rendered picture is charged, whatever is said of it later
        return {"no": (0, 0), "yes": (1, 1), "maybe": (0, 1)}[self.failure.charged] if self.failure else (0, 1)


EMPTY = Record()


def apply(record: Record, event: AnyEvent) -> Record:
    """The record after `event`.

    Raises:
        ManifestDamaged: `event` cannot follow what `record` says (the journal, or the program, is wrong).
    """
    match event, record.status:
        case Submitting(), "planned":
            _same_attempt(record, event, record.attempt + 1)
            return msgspec.structs.replace(
                record,
                status="submitting",
                attempt=event.attempt,
                sending_at=event.at,
                remote_id=None,
                why="",
                bill=None,
            )
        case Unpaid(), "submitting":
            _same_attempt(record, event, record.attempt)
            return msgspec.structs.replace(record, status="planned", why=event.why)
        case Submitted(), "submitting":
            _same_attempt(record, event, record.attempt)
            return msgspec.structs.replace(
                record,
                status="submitted",
                submitted_at=event.at,
                remote_id=event.remote_id,
                poll_url=event.poll_url,
                request_id=event.request_id,
                cost=event.cost,
                bill=event.cost if event.billed else None,
            )
        case InDoubt(), "submitting":
            _same_attempt(record, event, record.attempt)
            return msgspec.structs.replace(
                record, status="in_doubt", doubted_at=event.at, why=event.why, request_id=event.request_id
            )
        case Ready(), "submitted":
            cost = event.cost if event.cost is not None else record.cost
            bill = event.cost if event.billed and event.cost is not None else record.bill
            return msgspec.structs.replace(record, ready=event, cost=cost, bill=bill, parked=False)
        case Downloaded(), "submitted" if record.ready is not None:
            return msgspec.structs.replace(
                record, status="downloaded", artifact=event.artifact, ended_at=event.at, parked=False
            )
        case Failed(), "submitting" | "submitted":
            failure = Failure(event.kind, event.charged, event.detail)
            return msgspec.structs.replace(record, status="failed", failure=failure, ended_at=event.at, parked=False)
        case Parked(), "submitted":
            return msgspec.structs.replace(record, parked=True)
        case Retried(by="collect"), "failed" if record.remote_id is not None:
            return msgspec.structs.replace(record, status="submitted", failure=None, submitted_at=event.at)
        case Retried(by="buy"), "failed":
            return _planned_again(record)
        case Resolved(), "in_doubt":
            return _resolve(record, event)
        case Reused(), "planned":
            return msgspec.structs.replace(
                record, status="downloaded", artifact=event.artifact, reused_from=event.source, ended_at=event.at
            )
        case Duplicate(), _ if record.attempt > 0:
            return _come_to_light(record, event)
        case Lost(), _:
            return msgspec.structs.replace(record, past_hi=record.past_hi + event.submits)
    raise _illegal(record, event)


def _resolve(record: Record, event: Resolved) -> Record:
    match event.how:
        case "id" if event.remote_id is not None:
            return msgspec.structs.replace(
                record, status="submitted", remote_id=event.remote_id, submitted_at=event.at, why=""
            )
        case "not_charged":
            return msgspec.structs.replace(record, status="planned", why="")
        case "write_off":
            failure = Failure("written_off", "maybe", record.why)
            return msgspec.structs.replace(record, status="failed", failure=failure, ended_at=event.at)
        case "buy_again":
            return msgspec.structs.replace(
                _planned_again(record),
                bought_again=record.bought_again + 1,
                open_doubts=(*record.open_doubts, record.attempt),
            )
    raise _illegal(record, event)


def _come_to_light(record: Record, event: Duplicate) -> Record:
    """One more charge, unless it is one that was counted as possible; an id that is known changes nothing."""
    if event.remote_id in (record.remote_id, *record.ids):
        return record
    failure = record.failure
    if failure and failure.kind == "written_off" and event.attempt == record.attempt and record.remote_id is None:
        charged = msgspec.structs.replace(failure, charged="yes")
        return msgspec.structs.replace(record, failure=charged, remote_id=event.remote_id)
    known = msgspec.structs.replace(record, ids=(*record.ids, event.remote_id))
    if event.attempt in record.open_doubts:
        still_open = tuple(attempt for attempt in record.open_doubts if attempt != event.attempt)
        return msgspec.structs.replace(known, past_lo=record.past_lo + 1, open_doubts=still_open)
    return msgspec.structs.replace(known, duplicates=record.duplicates + 1)


def _planned_again(record: Record) -> Record:
    """A fresh start that remembers what the attempts so far may have cost."""
    billed, bills = record._billed
    return Record(
        attempt=record.attempt,
        past_lo=record.charges_lo - record.duplicates,
        past_hi=record.charges_hi - record.duplicates,
        billed=billed,
        bills=bills,
        duplicates=record.duplicates,
        bought_again=record.bought_again,
        open_doubts=record.open_doubts,
        ids=record.ids if record.remote_id is None else (*record.ids, record.remote_id),
    )


def _same_attempt(record: Record, event: Submitting | Unpaid | Submitted | InDoubt, expected: int) -> None:
    if event.attempt != expected:
        raise _illegal(record, event)


def _illegal(record: Record, event: AnyEvent) -> ManifestDamaged:
    name = type(event).__struct_config__.tag
    where = f" (line with seq {event.seq})" if event.seq else ""
    return ManifestDamaged(
        f"task {event.key[:12]}: event {name!r} cannot follow status {record.status!r}, attempt {record.attempt}{where}"
    )
