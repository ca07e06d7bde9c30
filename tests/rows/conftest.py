"""Manifests built line by line, through the same fold that reads them from disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from pipeline.manifest.lines import AnyEvent, AnyLine, CellLine, Header, PlanCounts, PlanLine, TaskLine
from pipeline.manifest.state import Manifest, fold_all
from pipeline.task.fingerprint import task_of
from pipeline.task.request import Request, Task

Cells = Sequence[tuple[Task, dict[str, Any], int | None]]


@pytest.fixture(scope="session")
def make_task() -> Callable[..., Task]:
    """`make_task(seed, **params)`: a task of one model, told apart by its seed."""

    def task(seed: int, **params: Any) -> Task:
        return task_of(Request("cometapi", "flux-dev", {"prompt": "a teapot", "seed": seed, **params}))

    return task


@pytest.fixture(scope="session")
def build() -> Callable[..., Manifest]:
    """`build(cells, events, later)`: a plan of (task, axes, price) cells, then events, then a second plan's cells."""

    def manifest(cells: Cells, events: Sequence[AnyEvent] = (), later: Cells | None = None) -> Manifest:
        lines: list[AnyLine] = [Header(format=1, tool="fluxsweep 1", created="2026-01-01", origin="https://api.test")]
        lines += plan(1, cells, set())
        lines += events
        if later is not None:
            lines += plan(2, later, {task.key for task, _, _ in cells})
        return fold_all(lines)

    def plan(n: int, cells: Cells, known: set[str]) -> list[AnyLine]:
        fresh = {task.key: task for task, _, _ in cells if task.key not in known}
        counts = PlanCounts(tasks=len(fresh), cells=len(cells))
        opening = PlanLine(n=n, job={"name": "teapot"}, digest="d", counts=counts)
        tasks = [TaskLine(key=task.key, request=task.request) for task in fresh.values()]
        points = [
            CellLine(n=n, key=task.key, label=f"cell-{at}", axes=axes, price=price, price_source=f"list {price}")
            for at, (task, axes, price) in enumerate(cells)
        ]
        return [opening, *tasks, *points]

    return manifest
