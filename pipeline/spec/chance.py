"""Chance that repeats: by hash of the job's own words, so that a new value moves no other (pure)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

T = TypeVar("T")


def score(salt: object, *words: object) -> int:
    """A number below 2^64 that hangs on `salt` (the job's `from`) and on the words alone."""
    return int.from_bytes(hashlib.sha256(msgspec.json.encode([salt, *words], order="sorted")).digest()[:8])


def sampled(values: Sequence[T], n: int, salt: object, words: Callable[[T], object]) -> list[T]:
    """The `n` of `values` whose words score lowest, in the order in which they stand; all of them where n is more."""
    drawn = sorted(range(len(values)), key=lambda place: score(salt, words(values[place])))[:n]
    return [values[place] for place in sorted(drawn)]
