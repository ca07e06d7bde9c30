"""`Backlog`: the tasks that wait to be submitted, in plan order, by model."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush


class Backlog:
    """First come, first served; a model without room lets those of other models pass."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[tuple[int, str]]] = {}
        self._places: dict[str, int] = {}

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def put(self, key: str, model: str) -> None:
        """A task waits; one that comes back has its first place again."""
        place = self._places.setdefault(key, len(self._places))
        heappush(self._waiting.setdefault(model, []), (place, key))

    def take(self, has_room: Callable[[str], bool]) -> str | None:
        """The first task whose model has room; None when there is none."""
        heads = [(waiting[0], model) for model, waiting in self._waiting.items() if waiting and has_room(model)]
        if not heads:
            return None
        _, model = min(heads)
        return heappop(self._waiting[model])[1]

    def drop_model(self, model: str) -> None:
        """Nobody serves this model: its tasks stay planned."""
        self._waiting.pop(model, None)
