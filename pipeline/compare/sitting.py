"""`Sitting`: the pairs of one reviewer in their order, with sides dealt and every name taken off (pure)."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Literal

import msgspec

from pipeline.compare.pairs import Pair
from pipeline.rows.rows import Row, axis_text
from pipeline.spec.chance import score
from pipeline.task.request import ImageRef

Side = Literal["left", "right", "input"]


class Sight(msgspec.Struct, frozen=True):
    """A pair as it is shown. `name` tells nothing to who does not know the sitting's id."""

    name: str
    pair: Pair
    swapped: bool

    @property
    def left(self) -> Row:
        """What is shown first."""
        return self.pair.second if self.swapped else self.pair.first

    @property
    def right(self) -> Row:
        """What is shown second."""
        return self.pair.first if self.swapped else self.pair.second

    @property
    def arms(self) -> tuple[str, str]:
        """The arms of left and right."""
        one, other = self.pair.arms
        return (other, one) if self.swapped else (one, other)

    @property
    def about(self) -> str:
        """What the reviewer may know: the prompt where both have the same, else the words that both are made of."""
        if self.left.prompt == self.right.prompt:
            return self.left.prompt or ""
        shown = {"prompt"} | {name for name, value in self.left.params.items() if isinstance(value, ImageRef)}
        return " · ".join(axis_text(value) for name, value in self.pair.subject.items() if name not in shown)

    @property
    def input(self) -> ImageRef | None:
        """The input image that both were made from."""
        left, right = (
            [value for name, value in row.params.items() if isinstance(value, ImageRef) and name != "mask"]
            for row in (self.left, self.right)
        )
        # Models call it by different names: what counts is that both were given it.
        return next((image for image in left if image in right), None)


class Sitting(msgspec.Struct, frozen=True):
    """One reviewer, one criterion. `id` must be unguessable: sides and names follow from it."""

    id: str
    axis: str
    ask: str
    reviewer: str
    sights: list[Sight]


def seat(pairs: Sequence[Pair], axis: str, ask: str, reviewer: str, sitting: str) -> Sitting:
    """Deal order and sides by `sitting`, which must be random. An arm is left as often as right, but for one."""
    by_arms: dict[tuple[str, str], list[Pair]] = defaultdict(list)
    for pair in sorted(pairs, key=lambda pair: score(sitting, "side", pair.id)):
        by_arms[pair.arms].append(pair)
    sights = [
        Sight(_name(sitting, pair), pair, swapped=(place + score(sitting, "first", arms)) % 2 == 1)
        for arms, dealt in by_arms.items()
        for place, pair in enumerate(dealt)
    ]
    sights.sort(key=lambda sight: score(sitting, "order", sight.pair.id))
    return Sitting(sitting, axis, ask, reviewer, sights)


def _name(sitting: str, pair: Pair) -> str:
    return hashlib.sha256(f"{sitting}\0{pair.id}".encode()).hexdigest()[:24]
