"""What was measured reaches the rows: flags, first of its like, and how much the pictures of a cell differ."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest

from pipeline.images.embedding import packed
from pipeline.images.metrics import Metrics
from pipeline.manifest.lines import Artifact, Downloaded, Ready, Submitted, Submitting
from pipeline.manifest.state import Manifest
from pipeline.rows.measured import BLANK, NEAR_DUPLICATE, measured, prompt_name
from pipeline.rows.rows import Row, rows_of
from pipeline.task.request import Task

PLAIN = Metrics(1.0, 0.5, 0.2, 30.0, "#808080", blank=False, phash="0" * 16)

Shot = tuple[dict[str, Any], str, bool]


@pytest.fixture
def found(make_task: Callable[..., Task], build: Callable[..., Manifest]) -> Callable[..., list[Row]]:
    """`found(*shots)`: measured rows of pictures, each (axes, hash, whether it is blank), a task each."""

    def rows(*shots: Shot) -> list[Row]:
        tasks = [make_task(number) for number in range(len(shots))]
        events: list[Any] = []
        metrics = {}
        for number, (task, (_, phash, blank)) in enumerate(zip(tasks, shots, strict=True)):
            picture = Artifact(f"{number}.png", f"{number:064x}", 1, "image/png", 1, 1)
            events += [Submitting(key=task.key, attempt=1), Submitted(key=task.key, attempt=1, remote_id=str(number))]
            events += [Ready(key=task.key), Downloaded(key=task.key, artifact=picture)]
            metrics[picture.sha256] = msgspec.structs.replace(PLAIN, phash=phash, blank=blank)
        cells = [(task, axes, 5) for task, (axes, _, _) in zip(tasks, shots, strict=True)]
        return measured(rows_of(build(cells, events)), metrics)

    return rows


def test_near_duplicates_name_the_first_of_their_group(found: Callable[..., list[Row]]) -> None:
    rows = found(({"seed": 1}, "f" * 16, False), ({"seed": 2}, "0" * 16, False), ({"seed": 3}, "f" * 15 + "e", False))
    assert [(row.near, row.flags) for row in rows] == [
        (None, ()),
        (None, ()),
        ("cell-0", (NEAR_DUPLICATE,)),
    ]


def test_blank_pictures_are_blank_and_nothing_else(found: Callable[..., list[Row]]) -> None:
    rows = found(({"seed": 1}, "0" * 16, True), ({"seed": 2}, "0" * 16, True), ({"seed": 3}, "0" * 16, False))
    assert [row.flags for row in rows] == [(BLANK,), (BLANK,), ()]


def test_diversity_is_of_one_cell_over_its_seeds_and_repeats(found: Callable[..., list[Row]]) -> None:
    rows = found(
        ({"prompt": "a", "seed": 1}, "0" * 16, False),
        ({"prompt": "a", "seed": 2}, "f" * 16, False),
        ({"prompt": "b", "seed": 1, "repeat": 1}, "0" * 16, False),
        ({"prompt": "b", "seed": 1, "repeat": 2}, "0" * 15 + "f", False),
        ({"prompt": "c", "seed": 1}, "0" * 16, False),
    )
    assert [row.diversity for row in rows] == [1.0, 1.0, 0.0625, 0.0625, None]


def test_cells_that_share_a_task_are_no_duplicates_of_each_other(
    make_task: Callable[..., Task], build: Callable[..., Manifest]
) -> None:
    task = make_task(1)
    picture = Artifact("a.png", "0" * 64, 1, "image/png", 1, 1)
    events = [Submitting(key=task.key, attempt=1), Submitted(key=task.key, attempt=1, remote_id="r")]
    manifest = build(
        [(task, {"note": "a"}, 5), (task, {"note": "b"}, 5)],
        [*events, Ready(key=task.key), Downloaded(key=task.key, artifact=picture)],
    )
    rows = measured(rows_of(manifest), {picture.sha256: PLAIN})
    assert [(row.flags, row.metrics["sharpness"], row.diversity) for row in rows] == [((), 1.0, None)] * 2


def test_what_was_not_measured_stays_as_it_is(make_task: Callable[..., Task], build: Callable[..., Manifest]) -> None:
    rows = rows_of(build([(make_task(1), {}, 5)]))
    assert measured(rows, {"0" * 64: PLAIN}) == rows


def test_what_was_read_is_held_to_what_each_cell_expects(found: Callable[..., list[Row]]) -> None:
    rows = found(({"seed": 1}, "0" * 16, False), ({"seed": 2}, "f" * 16, False), ({"seed": 3}, "a" * 16, False))
    expecting = [msgspec.structs.replace(row, expect={"text": "OPEN"}) for row in rows[:2]] + rows[2:]
    metrics = {str(row.sha256): PLAIN for row in rows}
    read = {str(row.sha256): text for row, text in zip(rows, ("open", "OPFN", "shut"), strict=True)}
    seen = measured(expecting, metrics, {"text": read})
    assert [(row.metrics.get("text"), row.metrics["text_read"]) for row in seen] == [
        (1.0, "open"),
        (0.75, "OPFN"),
        (None, "shut"),
    ]


def test_embeddings_give_alignment_and_diversity(found: Callable[..., list[Row]]) -> None:
    rows = found(
        ({"prompt": "a", "seed": 1}, "0" * 16, False),
        ({"prompt": "a", "seed": 2}, "f" * 16, False),
        ({"prompt": "a", "seed": 3}, "a" * 16, False),
        ({"prompt": "b", "seed": 1}, "5" * 16, False),
    )
    vectors = ([1.0, 0.0], [0.0, 2.0], [3.0, 4.0], [-1.0, 0.0])
    seen = {str(row.sha256): packed(np.array(vector)) for row, vector in zip(rows, vectors, strict=True)}
    seen[prompt_name(str(rows[0].prompt))] = packed(np.array([5.0, 0.0]))
    again = [msgspec.structs.replace(row, prompt=rows[0].prompt) for row in rows[:-1]] + [
        msgspec.structs.replace(rows[-1], prompt="never read")
    ]
    filled = measured(again, {str(row.sha256): PLAIN for row in rows}, {"clip": seen})
    assert [row.metrics.get("clip") for row in filled] == [1.0, 0.0, 0.6, None]
    # Cosines 0, 0.6 and 0.8.
    assert [row.metrics.get("diversity_clip") for row in filled] == [round(1 - 1.4 / 3, 4)] * 3 + [None]
