"""`Dice`: choices that follow from words and a seed, the same on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from pipeline.emulator.fates import chance

T = TypeVar("T")


class Dice:
    """A row of draws. Equal arguments give equal rows."""

    def __init__(self, seed: int, *words: str | int) -> None:
        self._seed = seed
        self._words = words
        self._count = 0

    def roll(self) -> float:
        """The next draw, in [0, 1)."""
        self._count += 1
        return chance(self._seed, *self._words, self._count)

    def between(self, low: float, high: float) -> float:
        """The next draw, from `low` to `high`."""
        return low + (high - low) * self.roll()

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.roll() * (high - low + 1))

    def pick(self, choices: Sequence[T]) -> T:
        """One of `choices`."""
        return choices[int(self.roll() * len(choices))]

    def is_heads(self) -> bool:
        """A coin."""
        return self.roll() < 0.5
