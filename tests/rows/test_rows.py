"""A row says of its cell what the manifest knows, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.manifest.lines import (
    AnyEvent,
    Artifact,
    Downloaded,
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
from pipeline.manifest.state import Manifest
from pipeline.rows.rows import Row, rows_of
from pipeline.task.request import Task

MakeTask = Callable[..., Task]
Build = Callable[..., Manifest]
PICTURE = Artifact(
    path="images/a-1234.png", sha256="ab" * 32, bytes=2048, media_type="image/png", width=1024, height=768
)


def _sent(key: str) -> list[AnyEvent]:
    return [Submitting(key=key, attempt=1, at=10.0), Submitted(key=key, attempt=1, remote_id="r-1", at=11.0)]


def _one(make_task: MakeTask, build: Build, events: Callable[[str], list[AnyEvent]]) -> Row:
    task = make_task(7, steps=20)
    [row] = rows_of(build([(task, {"seed": 7}, 40_000)], events(task.key)))
    return row


def test_a_downloaded_cell_has_everything(make_task: MakeTask, build: Build) -> None:
    row = _one(
        make_task,
        build,
        lambda key: [
            *_sent(key),
            Ready(key=key, at=15.5, seed=8, prompt="a better teapot", duration=3.25),
            Downloaded(key=key, artifact=PICTURE, at=16.0),
        ],
    )
    assert (row.status, row.reason, row.parked) == ("downloaded", "", False)
    assert (row.prompt, row.prompt_returned, row.seed, row.seed_returned) == ("a teapot", "a better teapot", 7, 8)
    assert (row.width, row.height, row.bytes, row.file) == (1024, 768, 2048, "images/a-1234.png")
    assert (row.charges_lo, row.charges_hi, row.price, row.remote_id, row.attempts) == (1, 1, 40_000, "r-1", 1)
    assert row.params == {"prompt": "a teapot", "seed": 7, "steps": 20}


@pytest.mark.parametrize(("duration", "latency"), [(3.25, 3.25), (None, 4.5)])
def test_latency_is_the_services_own_figure_or_else_the_wait(
    make_task: MakeTask, build: Build, duration: float | None, latency: float
) -> None:
    row = _one(make_task, build, lambda key: [*_sent(key), Ready(key=key, at=15.5, duration=duration)])
    assert row.latency == latency


def test_a_compound_axis_is_flat(make_task: MakeTask, build: Build) -> None:
    axes = {"prompt": "plain", "scene": {"id": "oak", "surface": "oak", "steps": None}, "seed": 7}
    [row] = rows_of(build([(make_task(7), axes, None)]))
    assert list(row.axes.items()) == [
        ("prompt", "plain"),
        ("scene", "oak"),
        ("scene.surface", "oak"),
        ("scene.steps", None),
        ("seed", 7),
    ]


def test_cells_that_share_a_task_count_its_charge_once(make_task: MakeTask, build: Build) -> None:
    one, two = make_task(1), make_task(2)
    manifest = build([(one, {}, 5), (two, {}, 5), (one, {}, 5)], [*_sent(one.key), Ready(key=one.key, at=12.0)])
    rows = rows_of(manifest)
    assert [(row.shared, row.borrowed, row.charges_lo, row.charges_hi) for row in rows] == [
        (2, False, 1, 1),
        (1, False, 0, 0),
        (2, True, 0, 0),
    ]
    assert rows[0].status == rows[2].status == "submitted"


@pytest.mark.parametrize(
    ("events", "status", "words"),
    [
        (lambda key: [], "planned", ""),
        (lambda key: [Submitting(key=key, attempt=1)], "submitting", "under way"),
        (
            lambda key: [Submitting(key=key, attempt=1), Unpaid(key=key, attempt=1, why="429 too many")],
            "planned",
            "not taken: 429 too many",
        ),
        (
            lambda key: [Submitting(key=key, attempt=1), InDoubt(key=key, attempt=1, why="connection reset")],
            "in_doubt",
            "connection reset; it may be charged",
        ),
        (
            lambda key: [
                Submitting(key=key, attempt=1),
                InDoubt(key=key, attempt=1, why="reset"),
                Resolved(key=key, how="write_off"),
            ],
            "failed",
            "written off by you: reset (may be charged)",
        ),
        (lambda key: [*_sent(key), Parked(key=key)], "submitted", "give-up time"),
        (lambda key: _sent(key), "submitted", ""),
        (
            lambda key: [*_sent(key), Failed(key=key, kind="moderated", charged="no", detail="Likeness")],
            "failed",
            "moderation refused it: Likeness (not charged)",
        ),
        (
            lambda key: [*_sent(key), Failed(key=key, kind="lost", charged="maybe"), Retried(key=key)],
            "planned",
            "",
        ),
    ],
)
def test_the_reason_is_said_in_plain_words(
    make_task: MakeTask, build: Build, events: Callable[[str], list[AnyEvent]], status: str, words: str
) -> None:
    row = _one(make_task, build, events)
    assert row.status == status
    assert words in row.reason
    assert bool(words) == bool(row.reason)


def test_a_reused_picture_is_free_and_says_where_it_came_from(make_task: MakeTask, build: Build) -> None:
    row = _one(make_task, build, lambda key: [Reused(key=key, source="../older", artifact=PICTURE)])
    assert (row.status, row.reused_from, row.charges_hi, row.latency) == ("downloaded", "../older", 0, None)


def test_a_task_that_left_the_plan_has_no_row(make_task: MakeTask, build: Build) -> None:
    old, kept = make_task(1), make_task(2)
    manifest = build([(old, {}, 5), (kept, {}, 5)], later=[(kept, {}, 6)])
    assert [(row.key, row.price) for row in rows_of(manifest)] == [(kept.key, 6)]
