"""Votes as a reviewer gives them, without a reviewer."""

from __future__ import annotations

from pipeline.compare.pairs import Pair
from pipeline.compare.votes import Choice, Vote


def vote_on(pair: Pair, winner: str | None, number: object, reviewer: str = "anna", ask: str = "") -> Vote:
    """`winner` is an arm, or None for a tie."""
    choice: Choice = "tie" if winner is None else "left" if winner == pair.arms[0] else "right"
    return Vote(
        id=f"{number}",
        axis="prompt",
        left=pair.first.key,
        right=pair.second.key,
        arms=pair.arms,
        choice=choice,
        reviewer=reviewer,
        sitting="s",
        seconds=1.0,
        at=1.0,
        ask=ask,
    )
