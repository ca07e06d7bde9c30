"""An accepted submit that comes to light late: charged once more, unless it was counted as possible already."""

from __future__ import annotations

import pytest

from pipeline.manifest.lines import (
    AnyEvent,
    Duplicate,
    Failed,
    InDoubt,
    Ready,
    Resolved,
    Retried,
    Submitted,
    Submitting,
    Unpaid,
)
from pipeline.manifest.record import EMPTY, Record, apply

KEY = "k" * 64


def sent(attempt: int) -> Submitting:
    return Submitting(key=KEY, attempt=attempt)


def taken(attempt: int) -> Submitted:
    return Submitted(key=KEY, attempt=attempt, remote_id=f"id-{attempt}")


def after(*events: AnyEvent) -> Record:
    record = EMPTY
    for event in events:
        record = apply(record, event)
    return record


READY = Ready(key=KEY)
DOUBT: list[AnyEvent] = [sent(1), InDoubt(key=KEY, attempt=1, why="cut", at=7.0)]
BROKEN: list[AnyEvent] = [sent(1), taken(1), Failed(key=KEY, kind="error", charged="maybe")]
AGAIN: list[AnyEvent] = [*DOUBT, Resolved(key=KEY, how="buy_again"), sent(2), taken(2), READY]
LATE = Duplicate(key=KEY, remote_id="late", attempt=1)

STORIES: dict[str, tuple[list[AnyEvent], tuple[int, int]]] = {
    "the first of two, bought again out of doubt, is proven": ([*AGAIN, LATE], (2, 2)),
    "that proof, told twice": ([*AGAIN, LATE, LATE], (2, 2)),
    "another id of that same attempt": ([*AGAIN, LATE, Duplicate(key=KEY, remote_id="more", attempt=1)], (3, 3)),
    "what was said not to be charged was": (
        [*DOUBT, Resolved(key=KEY, how="not_charged"), sent(2), taken(2), READY, LATE],
        (2, 2),
    ),
    "what was refused was taken": ([sent(1), Unpaid(key=KEY, attempt=1, why="busy"), LATE], (1, 1)),
    "what was written off was charged": ([*DOUBT, Resolved(key=KEY, how="write_off"), LATE], (1, 1)),
    "the old id of a task that was bought again after it failed": (
        [*BROKEN, Retried(key=KEY), sent(2), taken(2), READY, Duplicate(key=KEY, remote_id="id-1", attempt=1)],
        (1, 2),
    ),
    "its own id": ([sent(1), taken(1), READY, Duplicate(key=KEY, remote_id="id-1", attempt=1)], (1, 1)),
}


@pytest.mark.parametrize("name", STORIES)
def test_what_comes_to_light_is_charged_once(name: str) -> None:
    events, charges = STORIES[name]
    record = after(*events)
    assert (record.charges_lo, record.charges_hi) == charges


def test_a_written_off_task_that_comes_to_light_can_be_collected_by_its_id() -> None:
    record = after(*DOUBT, Resolved(key=KEY, how="write_off"), LATE, Retried(key=KEY, by="collect"))
    assert (record.status, record.remote_id) == ("submitted", "late")


def test_doubts_bought_again_are_counted_through_everything_that_follows() -> None:
    record = after(*AGAIN, Failed(key=KEY, kind="bad_image", charged="yes"), Retried(key=KEY), sent(3))
    assert (record.bought_again, record.open_doubts, record.ids) == (1, (1,), ("id-2",))


def test_a_doubt_knows_when_it_arose() -> None:
    assert after(*DOUBT).doubted_at == 7.0
