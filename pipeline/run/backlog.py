"""`Backlog`: the tasks that wait to be submitted, in plan order, by route."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

Route = tuple[str, str]


class Backlog:
    """First come, first served; a route (provider and model) without room lets those of others pass."""

    def __init__(self) -> None:
        self._waiting: dict[Route, list[tuple[int, str]]] = {}
        self._places: dict[str, int] = {}

    def put(self, key: str, route: Route) -> None:
        """A task waits; one that comes back has its first place again."""
        place = self._places.setdefault(key, len(self._places))
        heappush(self._waiting.setdefault(route, []), (place, key))

    def take(self, has_room: Callable[[Route], bool]) -> str | None:
        """The first task whose route has room; None when there is none."""
        heads = [(waiting[0], route) for route, waiting in self._waiting.items() if waiting and has_room(route)]
        if not heads:
            return None
        _, route = min(heads)
        return heappop(self._waiting[route])[1]

    def drop(self, route: Route) -> None:
        """Nobody serves this model there: its tasks stay planned."""
        self._waiting.pop(route, None)

    def providers(self) -> set[str]:
        """Those that somebody waits for."""
        return {provider for (provider, _), waiting in self._waiting.items() if waiting}
