"""How many tasks may be at the provider at once, and when submits pause."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from pipeline.catalog.provider import Limits

MAX_PAUSE = 120.0
_UNKNOWN_START = 4
_CUT = 0.8
_GROWTH = 1.0
_REST = 4


class ActiveLimit:
    """Tasks at the provider: an account's limit that follows what the provider bears, and caps by model.

    Where a number is known (`start`) it is the ceiling. Where none is, each accepted submit raises the limit by one
    until the first refusal. A refusal cuts it by a fifth, but not below what the provider bears at that moment: the
    tasks that are not `unsettled` submits themselves. Accepted submits that find the limit full raise it again, by
    one a round. A server error lets the growth rest, and cuts nothing.
    """

    def __init__(self, start: int | None, per_model: dict[str, int]) -> None:
        self.limit = float(start or _UNKNOWN_START)
        self._ceiling = float(start) if start else float("inf")
        self._exploring = start is None
        self._per_model = per_model
        self._active: Counter[str] = Counter()
        self._resting = 0
        self.unsettled = 0

    @property
    def active(self) -> int:
        """Tasks that hold a slot now."""
        return self._active.total()

    def has_room(self, model: str) -> bool:
        """Whether one more task of `model` may start."""
        cap = self._per_model.get(model)
        return self.active < int(self.limit) and (cap is None or self._active[model] < cap)

    def take(self, model: str) -> None:
        """Hold a slot; what an earlier run left at the provider holds one even above the limit."""
        self._active[model] += 1

    def free(self, model: str) -> None:
        """Give a slot back."""
        self._active[model] -= 1

    def refused(self) -> None:
        """A burst of refusals began: bear less than what was just tried."""
        self._exploring = False
        self.limit = max(1.0, self.limit * _CUT, min(self.limit, float(self.active - self.unsettled)))

    def accepted(self) -> None:
        """The provider took one; if the limit was full, it may be too low."""
        # What it has just borne is proof, whatever a refusal a moment ago said.
        self.limit = min(self._ceiling, max(self.limit, float(self.active - self.unsettled + 1)))
        if self._resting:
            self._resting -= 1
            return
        if self.active < int(self.limit):
            return
        step = 1.0 if self._exploring else _GROWTH / self.limit
        self.limit = min(self._ceiling, self.limit + step)

    def errored(self) -> None:
        """The provider has trouble of its own: do not ask for more now."""
        self._resting = _REST


class Pause:
    """When submits may go on after a refusal. One burst of refusals makes one pause, a further one a longer one."""

    def __init__(self, clock: Callable[[], float], rng: random.Random) -> None:
        self._until = 0.0
        self._clock = clock
        self._rng = rng
        self._bursts = 0

    def refused(self, retry_after: float | None) -> bool:
        """A submit was refused; True when it is the first of its burst."""
        now = self._clock()
        first = now >= self._until
        if first:
            self._bursts += 1
            ceiling = min(20.0, 0.25 * 2.0**self._bursts)
            self._until = now + max(retry_after or 0.0, self._rng.uniform(ceiling / 2, ceiling))
        elif retry_after is not None:
            self._until = max(self._until, now + retry_after)
        return first

    def accepted(self) -> None:
        """A submit was taken: the next burst starts small again."""
        self._bursts = 0

    def left(self) -> float:
        """Seconds until submits may go on; 0 or less: now."""
        return self._until - self._clock()


def active_limit(limits: Limits, wanted: int | None) -> ActiveLimit:
    """The limit to start with: the job's `run.active`, else the provider's own number, else a few and growing."""
    return ActiveLimit(wanted or limits.active, dict(limits.per_model))
