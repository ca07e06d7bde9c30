"""A picture of another size than was asked for is told: the service took the money all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline.manifest.lines import Artifact, Downloaded, Ready, Submitted, Submitting
from pipeline.manifest.state import Manifest
from pipeline.rows.rows import rows_of
from pipeline.task.request import Task


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"width": 1024, "height": 768}, ""),
        ({"width": 1040, "height": 768}, "1040x768 was asked for, 1024x768 came"),
        ({"aspect_ratio": "4:3"}, ""),
    ],
)
def test_another_size_than_asked_for_is_told(
    build: Callable[..., Manifest], make_task: Callable[..., Task], asked: dict[str, Any], said: str
) -> None:
    task = make_task(1, **asked)
    picture = Artifact("images/a.png", "ab", 9, "image/png", 1024, 768)
    events = [
        Submitting(key=task.key, attempt=1),
        Submitted(key=task.key, attempt=1, remote_id="t"),
        Ready(key=task.key),
        Downloaded(key=task.key, artifact=picture),
    ]
    (row,) = rows_of(build([(task, {}, 1)], events))
    assert row.resized == said
    (waiting,) = rows_of(build([(task, {}, 1)], events[:2]))
    assert waiting.resized == ""
