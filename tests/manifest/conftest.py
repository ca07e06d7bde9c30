"""Small manifests, written by the real journal."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.manifest.journal import open_journal
from pipeline.manifest.lines import (
    AnyLine,
    Artifact,
    CellLine,
    Downloaded,
    Header,
    PlanCounts,
    PlanLine,
    Ready,
    RunEnd,
    RunStart,
    Submitted,
    Submitting,
    TaskLine,
)
from pipeline.task.fingerprint import task_of
from pipeline.task.request import Request, Task

HEADER = Header(format=1, tool="fluxsweep test", created="2026-01-01T00:00:00+00:00", origin="https://api.example.com")


def tasks(count: int, first: int = 1) -> list[Task]:
    return [
        task_of(Request("cometapi", "flux-dev", {"prompt": "a cat", "seed": seed}))
        for seed in range(first, first + count)
    ]


def plan_lines(planned: list[Task], *, n: int = 1, new: list[Task] | None = None) -> list[AnyLine]:
    new = planned if new is None else new
    counts = PlanCounts(tasks=len(new), cells=len(planned))
    return [
        PlanLine(n=n, job={"name": "cats"}, digest="d", counts=counts),
        *(TaskLine(key=task.key, request=task.request) for task in new),
        *(CellLine(n=n, key=task.key, label=f"s{i}", axes={"seed": i}, price=25_000) for i, task in enumerate(planned)),
    ]


def artifact(key: str) -> Artifact:
    return Artifact(f"images/{key[:8]}.png", "0" * 64, 1000, "image/png", 64, 64)


def story(key: str) -> list[AnyLine]:
    """A task from its submit to its picture."""
    return [
        Submitting(key=key, attempt=1),
        Submitted(key=key, attempt=1, remote_id=f"id-{key[:6]}"),
        Ready(key=key, seed=1, prompt="a cat", duration=1.5),
        Downloaded(key=key, artifact=artifact(key)),
    ]


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """A folder with a finished manifest of three tasks, each event in a batch of its own."""
    folder = tmp_path / "out"
    planned = tasks(3)
    with open_journal(folder) as journal:
        journal.append_now(HEADER)
        journal.append_now(*plan_lines(planned))
        journal.append_now(RunStart(n=1, pid=1, tool="test"))
        for task in planned:
            for line in story(task.key):
                journal.append_now(line)
        journal.append_now(RunEnd(exit_code=0))
    return folder
