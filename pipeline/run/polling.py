"""When to poll next: by what the server itself says of its latency, model by model."""

from __future__ import annotations

import random
from bisect import insort
from collections import deque

_GROWTH = 1.5
_JITTER = 0.1
_REMEMBERED = 64
_ENOUGH = 5
_DEFAULT_MAX = 10.0


class Latencies:
    """The last renders of one model, in seconds, by the server's own clock.

    Never by when we noticed: a poll that comes late would confirm itself.
    """

    def __init__(self) -> None:
        self._recent: deque[float] = deque()
        self._sorted: list[float] = []

    def add(self, seconds: float) -> None:
        """Take in one render; the oldest beyond `_REMEMBERED` is forgotten."""
        if len(self._recent) == _REMEMBERED:
            self._sorted.remove(self._recent.popleft())
        self._recent.append(seconds)
        insort(self._sorted, seconds)

    @property
    def known(self) -> bool:
        """Whether there is enough to go by."""
        return len(self._sorted) >= _ENOUGH

    def quantile(self, share: float) -> float:
        """The latency that `share` of the renders stay under."""
        return self._sorted[min(len(self._sorted) - 1, int(share * len(self._sorted)))]


class PollPace:
    """Waits between two polls of a task, from `low` to `high` seconds, with jitter.

    While a model's latency is unknown a task is first polled after `low`, then in growing steps. Once it is known,
    first when a tenth of the renders are over, then in steps of a third of the middle half's spread, which grow
    again for a task that outlasts nineteen in twenty.
    """

    def __init__(self, low: float, high: float, rng: random.Random) -> None:
        self.low, self.high = low, high
        self._rng = rng
        self._models: dict[str, Latencies] = {}

    def learn(self, model: str, seconds: float | None) -> None:
        """The server says that a render of `model` took so long."""
        if seconds is not None and 0 < seconds < 3600:
            self._models.setdefault(model, Latencies()).add(seconds)

    def wait(self, model: str, waited: float, polls: int) -> float:
        """Seconds until poll number `polls` (from 0) of a task that was submitted `waited` seconds ago."""
        latencies = self._models.get(model)
        if latencies is None or not latencies.known:
            return self._within(self.low * _GROWTH**polls)
        first, late = latencies.quantile(0.1), latencies.quantile(0.95)
        step = max(self.low, (latencies.quantile(0.75) - latencies.quantile(0.25)) / 3)
        if waited < first:
            # Just after, not around: a poll a little too early costs a whole step.
            return max(self.low, min(self.high, first - waited + step * self._rng.uniform(0.1, 0.4)))
        return self._within(step if waited < late else max(step, (waited - late) * (_GROWTH - 1)))

    def _within(self, seconds: float) -> float:
        return max(self.low, min(self.high, seconds * self._rng.uniform(1 - _JITTER, 1 + _JITTER)))


def poll_pace(provider_min: float, low: float | None, high: float | None, rng: random.Random) -> PollPace:
    """The pace that a job asks for; by default from the provider's own number to 10 s."""
    low = provider_min if low is None else low
    return PollPace(low, max(low, _DEFAULT_MAX if high is None else high), rng)


def backoff(tries: int, rng: random.Random, *, first: float = 0.5, most: float = 20.0) -> float:
    """Seconds before another try after `tries` failed ones (from 1): full jitter under a doubling ceiling."""
    return rng.uniform(0, min(most, first * 2.0 ** (tries - 1)))
