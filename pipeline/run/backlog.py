"""`Backlog`: the tasks that wait to be submitted, in plan order, by model."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from pipeline.task.request import Request


class Backlog:
    """First come, first served; a model without room lets those of other models pass."""

    def __init__(self, tasks: Iterable[tuple[str, Request]]) -> None:
        self._queues: dict[str, deque[tuple[int, str]]] = {}
        self._places: dict[str, int] = {}
        for place, (key, request) in enumerate(tasks):
            self._places[key] = place
            self._queues.setdefault(request.model, deque()).append((place, key))

    def __len__(self) -> int:
        return sum(map(len, self._queues.values()))

    def take(self, has_room: Callable[[str], bool]) -> str | None:
        """The first task whose model has room; None when there is none."""
        heads = [(queue[0], model) for model, queue in self._queues.items() if queue and has_room(model)]
        if not heads:
            return None
        (_, key), model = min(heads)
        self._queues[model].popleft()
        return key

    def put_back(self, key: str, model: str) -> None:
        """A task that was refused waits again, before those that come after it in the plan."""
        self._queues.setdefault(model, deque()).appendleft((self._places[key], key))

    def drop_model(self, model: str) -> None:
        """Nobody serves this model: its tasks stay planned."""
        self._queues.pop(model, None)
