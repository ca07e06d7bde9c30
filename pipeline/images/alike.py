"""Which pictures look alike, by the bits in which their perceptual hashes differ (pure)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations
from typing import TypeVar

NEAR = 6
"""Two pictures are near-duplicates when at most so many of their 64 bits differ; unrelated ones differ in about 32."""

Name = TypeVar("Name", bound=Hashable)


def near_duplicates(hashes: Mapping[Name, str]) -> dict[Name, Name]:
    """For each picture that is like an earlier one (in the order of `hashes`), the first of its group.

    A group is a picture and all later ones within `NEAR` bits of it, less those that joined an earlier group: so it
    holds no chain whose ends are unlike.
    """
    import numpy as np

    names = list(hashes)
    bits = np.array([int(value, 16) for value in hashes.values()], dtype=np.uint64)
    free = np.ones(len(names), dtype=bool)
    found: dict[Name, Name] = {}
    for at, first in enumerate(names):
        if free[at]:
            near = np.bitwise_count(bits[at + 1 :] ^ bits[at]) <= NEAR
            near &= free[at + 1 :]
            if near.any():
                members = np.flatnonzero(near) + at + 1
                free[members] = False
                found |= {names[member]: first for member in members}
    return found


def distance(one: str, other: str) -> int:
    """In how many of their 64 bits two hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def spread(hashes: Sequence[str]) -> float | None:
    """The mean share of bits in which two of `hashes` differ: 0 alike, about 0.5 unrelated; None for fewer than two."""
    distances = [distance(one, other) for one, other in combinations(hashes, 2)]
    return sum(distances) / len(distances) / 64 if distances else None
