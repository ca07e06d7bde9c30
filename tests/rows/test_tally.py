"""Counts and sums hold for whatever may happen to the tasks of a job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from pipeline.manifest.state import Manifest
from pipeline.rows.rows import rows_of
from pipeline.rows.tally import STATUSES, tally
from pipeline.task.request import Task

MakeTask = Callable[..., Task]
Build = Callable[..., Manifest]
PICTURE = Artifact(path="images/a.png", sha256="ab" * 32, bytes=9, media_type="image/png", width=4, height=3)


def _possible(key: str, record: Record) -> list[AnyEvent]:
    """Every kind of event that may come next."""
    attempt = record.attempt
    duplicate: list[AnyEvent] = [Duplicate(key=key, remote_id="twice")] if attempt else []
    failures: list[AnyEvent] = [
        Failed(key=key, kind="error", charged="maybe"),
        Failed(key=key, kind="moderated", charged="no"),
        Failed(key=key, kind="bad_image", charged="yes"),
    ]
    match record.status:
        case "planned":
            events: list[AnyEvent] = [
                Submitting(key=key, attempt=attempt + 1),
                Reused(key=key, source="elsewhere", artifact=PICTURE),
            ]
        case "submitting":
            events = [
                Unpaid(key=key, attempt=attempt, why="429"),
                Submitted(key=key, attempt=attempt, remote_id="r", at=1.0),
                InDoubt(key=key, attempt=attempt, why="reset"),
                *failures,
            ]
        case "in_doubt":
            events = [
                Resolved(key=key, how="id", remote_id="found"),
                Resolved(key=key, how="not_charged"),
                Resolved(key=key, how="write_off"),
                Resolved(key=key, how="buy_again"),
            ]
        case "submitted":
            events = [Ready(key=key, at=2.0), Parked(key=key), *failures]
            events += [Downloaded(key=key, artifact=PICTURE)] if record.ready else []
        case "failed":
            events = [Retried(key=key)]
            events += [Retried(key=key, by="collect")] if record.remote_id else []
        case "downloaded":
            events = []
    return events + duplicate


@st.composite
def histories(draw: st.DrawFn, keys: list[str]) -> list[AnyEvent]:
    """Legal events of several tasks."""
    told: list[AnyEvent] = []
    for key in keys:
        record = EMPTY
        for _ in range(draw(st.integers(0, 8))):
            possible = _possible(key, record)
            if not possible:
                break
            event = draw(st.sampled_from(possible))
            record = apply(record, event)
            told.append(event)
    return told


@given(draw=st.data())
def test_counts_sum_to_the_total_and_money_follows_charges(
    make_task: MakeTask, build: Build, draw: st.DataObject
) -> None:
    tasks = [make_task(seed) for seed in range(draw.draw(st.integers(1, 5), "tasks"))]
    prices = draw.draw(st.lists(st.none() | st.integers(0, 10**6), min_size=len(tasks), max_size=len(tasks)), "prices")
    cells: list[tuple[Task, dict[str, Any], int | None]] = [
        (task, {"seed": at}, price) for at, (task, price) in enumerate(zip(tasks, prices, strict=True))
    ]
    cells += draw.draw(st.lists(st.sampled_from(cells), max_size=3), "sharing cells")
    kept = draw.draw(st.lists(st.sampled_from(cells), min_size=1), "cells of the second plan")
    events = draw.draw(histories([task.key for task in tasks]), "events")
    manifest = build(cells, events, later=kept)

    count = tally(manifest)

    assert list(count.tasks) == list(STATUSES)
    assert sum(count.tasks.values()) == count.total == len({task.key for task, _, _ in kept})
    assert count.stale == len(tasks) - count.total
    assert 0 <= count.parked <= count.tasks["submitted"]
    assert count.complete == (count.tasks["downloaded"] == count.total)
    records = {task.key: manifest.record(task.key) for task in tasks}
    assert count.charges_lo == sum(record.charges_lo for record in records.values())
    assert count.charges_hi == sum(record.charges_hi for record in records.values())
    by_key = {task.key: price for task, price in zip(tasks, prices, strict=True)}
    unknown = any(by_key[key] is None and record.charges_hi for key, record in records.items())
    assert (count.spend_hi is None) == unknown
    assert count.spend_lo == sum(record.charges_lo * (by_key[key] or 0) for key, record in records.items())
    if count.spend_hi is not None:
        assert count.spend_hi == sum(record.charges_hi * (by_key[key] or 0) for key, record in records.items())
        assert count.spend_lo <= count.spend_hi


@given(draw=st.data())
def test_rows_add_up_to_the_charges_of_the_plan(make_task: MakeTask, build: Build, draw: st.DataObject) -> None:
    tasks = [make_task(seed) for seed in range(3)]
    points: list[tuple[Task, dict[str, Any], int | None]] = [(task, {}, 1) for task in tasks]
    cells = draw.draw(st.lists(st.sampled_from(points), min_size=1), "cells")
    planned = {task.key: task for task, _, _ in cells}
    manifest = build(cells, draw.draw(histories(list(planned)), "events"))
    rows, count = rows_of(manifest), tally(manifest)
    assert sum(row.charges_lo for row in rows) == count.charges_lo
    assert sum(row.charges_hi for row in rows) == count.charges_hi
    assert sum(not row.borrowed for row in rows) == count.total


def test_a_stale_task_goes_on_costing_at_its_last_price(make_task: MakeTask, build: Build) -> None:
    old, new = make_task(1), make_task(2)
    events = [
        Submitting(key=old.key, attempt=1),
        Submitted(key=old.key, attempt=1, remote_id="r"),
        Ready(key=old.key),
    ]
    count = tally(build([(old, {}, 40_000)], events, later=[(new, {}, 7)]))
    assert (count.total, count.stale, count.tasks["planned"]) == (1, 1, 1)
    assert (count.spend_lo, count.spend_hi, count.source) == (40_000, 40_000, "list 40000")


@pytest.mark.parametrize("later", [30_000, 80_000, None])
def test_what_may_have_been_paid_keeps_its_price_when_a_later_plan_gives_another(
    make_task: MakeTask, build: Build, later: int | None
) -> None:
    task = make_task(1)
    events = [Submitting(key=task.key, attempt=1), InDoubt(key=task.key, attempt=1, why="reset")]
    count = tally(build([(task, {}, 60_000)], events, later=[(task, {}, later)]))
    assert (count.spend_lo, count.spend_hi, count.source) == (0, 60_000, "list 60000")


def test_what_was_surely_not_charged_goes_by_the_latest_plan(make_task: MakeTask, build: Build) -> None:
    task = make_task(1)
    events = [Submitting(key=task.key, attempt=1), Unpaid(key=task.key, attempt=1, why="429")]
    manifest = build([(task, {}, 60_000)], events, later=[(task, {}, 30_000)])
    assert manifest.prices[task.key] == (30_000, "list 30000")


@pytest.mark.parametrize(("later", "dearer"), [(30_000, 60_000), (80_000, 80_000)])
@pytest.mark.parametrize("retried_first", [True, False])
def test_what_is_bought_again_goes_by_the_dearer_of_its_prices(
    make_task: MakeTask, build: Build, later: int, dearer: int, retried_first: bool
) -> None:
    task = make_task(1)
    key = task.key
    retried = Retried(key=key)
    events: list[AnyEvent] = [
        Submitting(key=key, attempt=1),
        Submitted(key=key, attempt=1, remote_id="r"),
        Ready(key=key),
        Failed(key=key, kind="bad_image", charged="yes"),
    ]
    manifest = build([(task, {}, 60_000)], [*events, *([retried] * retried_first)], later=[(task, {}, later)])
    if not retried_first:
        manifest.fold(retried)
    manifest.fold(Submitting(key=key, attempt=2))
    count = tally(manifest)
    assert (count.charges_lo, count.charges_hi, count.spend_hi) == (1, 2, 2 * dearer)


def test_nothing_is_complete_before_there_is_a_plan() -> None:
    count = tally(Manifest())
    assert (count.total, count.complete, count.source) == (0, False, "unknown")
