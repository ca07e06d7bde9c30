"""`apply`: every legal step, no other, and charges that always bound the truth."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import ManifestDamaged
from pipeline.manifest.lines import (
    AnyEvent,
    Artifact,
    Downloaded,
    Duplicate,
    Failed,
    InDoubt,
    Parked,
    Ready,
    Resolved,
    Retried,
    Reused,
    Submitted,
    Submitting,
    Unpaid,
)
from pipeline.manifest.record import EMPTY, Record, apply

KEY = "k" * 64
PICTURE = Artifact("images/a.png", "0" * 64, 10, "image/png", 8, 8)


def submitting(attempt: int = 1) -> Submitting:
    return Submitting(key=KEY, attempt=attempt)


def submitted(attempt: int = 1) -> Submitted:
    return Submitted(key=KEY, attempt=attempt, remote_id="id-1", poll_url="/v1/get_result?id=id-1")


def in_doubt(attempt: int = 1) -> InDoubt:
    return InDoubt(key=KEY, attempt=attempt, why="timed out")


READY = Ready(key=KEY, seed=7, prompt="a cat", cost=40_000, duration=2.0)
DOWNLOADED = Downloaded(key=KEY, artifact=PICTURE)


def failed(charged: str) -> Failed:
    return msgspec.convert({"type": "failed", "key": KEY, "kind": "error", "charged": charged}, Failed)


def after(*events: AnyEvent) -> Record:
    record = EMPTY
    for event in events:
        record = apply(record, event)
    return record


STORIES: dict[str, tuple[list[AnyEvent], str, tuple[int, int]]] = {
    "fresh": ([], "planned", (0, 0)),
    "sending": ([submitting()], "submitting", (0, 1)),
    "refused": ([submitting(), Unpaid(key=KEY, attempt=1, why="busy")], "planned", (0, 0)),
    "refused, then taken": (
        [submitting(), Unpaid(key=KEY, attempt=1, why="busy"), submitting(2), submitted(2)],
        "submitted",
        (0, 1),
    ),
    "taken": ([submitting(), submitted()], "submitted", (0, 1)),
    "in doubt": ([submitting(), in_doubt()], "in_doubt", (0, 1)),
    "rendered": ([submitting(), submitted(), READY], "submitted", (1, 1)),
    "here": ([submitting(), submitted(), READY, DOWNLOADED], "downloaded", (1, 1)),
    "parked": ([submitting(), submitted(), Parked(key=KEY)], "submitted", (0, 1)),
    "rejected": ([submitting(), failed("no")], "failed", (0, 0)),
    "broken": ([submitting(), submitted(), failed("maybe")], "failed", (0, 1)),
    "lost on the way": ([submitting(), submitted(), READY, failed("yes")], "failed", (1, 1)),
    "collected again": (
        [submitting(), submitted(), READY, failed("yes"), Retried(key=KEY, by="collect")],
        "submitted",
        (1, 1),
    ),
    "bought again": (
        [submitting(), submitted(), READY, failed("yes"), Retried(key=KEY), submitting(2), submitted(2), READY],
        "submitted",
        (2, 2),
    ),
    "doubt written off": (
        [submitting(), in_doubt(), Resolved(key=KEY, how="write_off")],
        "failed",
        (0, 1),
    ),
    "doubt bought again": (
        [submitting(), in_doubt(), Resolved(key=KEY, how="buy_again"), submitting(2), submitted(2), READY],
        "submitted",
        (1, 2),
    ),
    "doubt denied": ([submitting(), in_doubt(), Resolved(key=KEY, how="not_charged")], "planned", (0, 0)),
    "doubt proven": (
        [submitting(), in_doubt(), Resolved(key=KEY, how="id", remote_id="id-9"), READY],
        "submitted",
        (1, 1),
    ),
    "taken twice": (
        [submitting(), submitted(), READY, DOWNLOADED, Duplicate(key=KEY, remote_id="id-2")],
        "downloaded",
        (2, 2),
    ),
    "linked": ([Reused(key=KEY, source="../other", artifact=PICTURE)], "downloaded", (0, 0)),
}


@pytest.mark.parametrize("name", STORIES)
def test_a_story_ends_where_it_should_and_is_charged_as_it_should(name: str) -> None:
    events, status, charges = STORIES[name]
    record = after(*events)
    assert (record.status, (record.charges_lo, record.charges_hi)) == (status, charges)


def test_a_resolved_doubt_with_an_id_is_polled_by_it() -> None:
    assert after(*STORIES["doubt proven"][0]).remote_id == "id-9"


def test_what_the_service_said_of_the_picture_is_kept() -> None:
    record = after(*STORIES["here"][0])
    assert record.ready is not None
    assert (record.ready.seed, record.ready.prompt, record.cost, record.artifact) == (7, "a cat", 40_000, PICTURE)


ALL_EVENTS: list[AnyEvent] = [
    submitting(1),
    submitting(2),
    Unpaid(key=KEY, attempt=1, why="x"),
    submitted(1),
    submitted(2),
    in_doubt(1),
    READY,
    DOWNLOADED,
    failed("no"),
    Parked(key=KEY),
    Retried(key=KEY, by="buy"),
    Retried(key=KEY, by="collect"),
    *(Resolved(key=KEY, how=how) for how in ("not_charged", "write_off", "buy_again")),
    Resolved(key=KEY, how="id", remote_id="id-3"),
    Reused(key=KEY, source="x", artifact=PICTURE),
    Duplicate(key=KEY, remote_id="id-2"),
]
ILLEGAL = {
    "fresh": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 17],
    "sending": [0, 1, 4, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16],
    "taken": [0, 1, 2, 3, 4, 5, 7, 10, 11, 12, 13, 14, 15, 16],
    "in doubt": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 16],
    "here": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
    "rejected": [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16],
}


@pytest.mark.parametrize(("name", "at"), [(name, at) for name, places in ILLEGAL.items() for at in places])
def test_an_event_that_cannot_follow_raises(name: str, at: int) -> None:
    with pytest.raises(ManifestDamaged, match="cannot follow"):
        apply(after(*STORIES[name][0]), ALL_EVENTS[at])


@example([submitting(), submitted(), READY, failed("no")])
@given(st.lists(st.sampled_from(ALL_EVENTS), max_size=14))
def test_charges_are_an_interval_and_never_shrink_below_what_is_sure(events: list[AnyEvent]) -> None:
    record = EMPTY
    for event in events:
        try:
            following = apply(record, event)
        except ManifestDamaged:
            continue
        assert 0 <= following.charges_lo <= following.charges_hi <= following.attempt + following.duplicates
        assert following.charges_lo >= record.charges_lo
        record = following
