"""How far reviewers agree beyond chance: Krippendorff's alpha (pure).

It takes any number of reviewers, each of whom judged some pairs only; Cohen's and Fleiss' kappa do not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from itertools import permutations


def raw_agreement(units: Iterable[Sequence[Hashable]]) -> float | None:
    """The share of like choices among all pairs of reviewers that judged one unit; None where no two did."""
    shares = [one == other for unit in units for one, other in permutations(unit, 2)]
    return sum(shares) / len(shares) if shares else None


def alpha(units: Iterable[Sequence[Hashable]]) -> float | None:
    """Krippendorff's alpha for nominal values, each unit the choices of those who judged it.

    See "Computing Krippendorff's Alpha-Reliability" (2011). None where it is not defined: nobody judged what another
    did, or there was one choice all over.
    """
    together: defaultdict[tuple[Hashable, Hashable], float] = defaultdict(float)
    for unit in units:
        for pair in permutations(unit, 2):
            together[pair] += 1 / (len(unit) - 1)
    totals: defaultdict[Hashable, float] = defaultdict(float)
    for (one, _), weight in together.items():
        totals[one] += weight
    n = sum(totals.values())
    expected = sum(totals[one] * totals[other] for one, other in permutations(totals, 2))
    if not expected:
        return None
    seen = sum(weight for (one, other), weight in together.items() if one != other)
    return 1 - (n - 1) * seen / expected
