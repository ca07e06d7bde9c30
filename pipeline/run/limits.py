"""How many tasks may be at the provider at once, and when submits pause."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable

from pipeline.catalog.provider import Limits

MAX_PAUSE = 120.0


class ActiveLimit:
    """Tasks at the provider: an account's limit that follows what the provider bears, and caps by model.

    A refusal cuts the limit by a fifth, once a burst; each accepted submit that found it full grows it by one, up to
    where it started.
    """

    def __init__(self, start: int, per_model: dict[str, int]) -> None:
        self.limit = float(start)
        self._start = start
        self._per_model = per_model
        self._active: Counter[str] = Counter()

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

    def cut(self) -> None:
        """The provider refused: bear less."""
        self.limit = max(1.0, self.limit * 0.8)

    def grow(self) -> None:
        """The provider took one while the limit was full: try one more."""
        if self.active >= int(self.limit):
            self.limit = min(float(self._start), self.limit + 1)


class Pause:
    """When submits may go on. One burst of refusals makes one pause, and each further burst a longer one."""

    def __init__(self, clock: Callable[[], float], rng: random.Random) -> None:
        self.until = 0.0
        self._clock = clock
        self._rng = rng
        self._bursts = 0

    def refused(self, retry_after: float | None) -> bool:
        """A submit was refused; True when it is the first of its burst."""
        now = self._clock()
        first = now >= self.until
        if first:
            self._bursts += 1
            backoff = self._rng.uniform(0.5, min(20.0, 2.0**self._bursts))
            self.until = now + max(retry_after or 0.0, backoff)
        elif retry_after is not None:
            self.until = max(self.until, now + retry_after)
        return first

    def accepted(self) -> None:
        """A submit was taken: the next burst starts small again."""
        self._bursts = 0

    def left(self) -> float:
        """Seconds until submits may go on; 0 or less: now."""
        return self.until - self._clock()


def active_limit(limits: Limits, wanted: int | None) -> ActiveLimit:
    """The limit to start with: the job's `run.active`, else the provider's number, else a careful one."""
    return ActiveLimit(wanted or limits.active or 8, dict(limits.per_model))
