"""How long to wait before the next poll (pure but for its random source)."""

from __future__ import annotations

import random

import msgspec

_GROWTH = 1.25
_JITTER = 0.1


class PollPace(msgspec.Struct, frozen=True):
    """Waits between two polls of one task: from `low` to `high` seconds."""

    low: float
    high: float

    def wait(self, polls: int, rng: random.Random) -> float:
        """Seconds to wait before poll number `polls` (from 0), growing by a quarter each, ± a tenth."""
        return min(self.high, self.low * _GROWTH**polls) * rng.uniform(1 - _JITTER, 1 + _JITTER)


def poll_pace(provider_min: float, low: float | None, high: float | None) -> PollPace:
    """The pace that a job asks for; by default from the provider's own number to five times that."""
    low = provider_min if low is None else low
    return PollPace(low, max(low, 5 * low if high is None else high))


def backoff(tries: int, rng: random.Random, *, first: float = 0.5, most: float = 20.0) -> float:
    """Seconds before another try after `tries` failed ones (from 1): full jitter under a doubling ceiling."""
    return rng.uniform(0, min(most, first * 2.0**tries))
