"""Which pictures look alike, by the bits in which their perceptual hashes differ, and by their colour (pure)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations
from typing import TypeVar

from pipeline.images.metrics import Metrics

NEAR = 6
"""Two pictures are the same by pHash when so few of their 64 bits differ; of unrelated ones about 32 do."""
NEAR_COLOUR = 16
"""The hash sees no colour: near-duplicates differ in no channel of their mean colour by more, of 255."""

Name = TypeVar("Name", bound=Hashable)


def near_duplicates(pictures: Mapping[Name, Metrics]) -> dict[Name, Name]:
    """For each picture that is like an earlier one (in the order of `pictures`), the first of its group.

    A group is a picture and all later ones within `NEAR` bits and `NEAR_COLOUR` of it, less those that joined an
    earlier group: so it holds no chain whose ends are unlike.
    """
    import numpy as np

    names = list(pictures)
    bits = np.array([int(found.phash, 16) for found in pictures.values()], dtype=np.uint64)
    colours = np.array([list(bytes.fromhex(found.colour[1:])) for found in pictures.values()], dtype=np.int16)
    free = np.ones(len(names), dtype=bool)
    like: dict[Name, Name] = {}
    for at, first in enumerate(names):
        if free[at]:
            near = np.flatnonzero(free[at + 1 :] & (np.bitwise_count(bits[at + 1 :] ^ bits[at]) <= NEAR)) + at + 1
            if near.size:
                near = near[np.abs(colours[near] - colours[at]).max(axis=1) <= NEAR_COLOUR]
                free[near] = False
                like |= {names[member]: first for member in near}
    return like


def distance(one: str, other: str) -> int:
    """In how many of their 64 bits two hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def spread(hashes: Sequence[str]) -> float | None:
    """The mean share of bits in which two of `hashes` differ: 0 alike, about 0.5 unrelated; None for fewer than two."""
    distances = [distance(one, other) for one, other in combinations(hashes, 2)]
    return sum(distances) / len(distances) / 64 if distances else None
