"""95 % intervals for votes and differences that come in clusters (pure, but for a seeded generator).

Votes on one subject and seed lean the same way, so they tell less than as many independent ones. A rate's interval is
Wilson's for the *effective* number of votes (Franco, Little, Louis & Slud 2019, "Comparative study of confidence
intervals for proportions in complex sample surveys"); where every cluster has one vote it is Wilson's own. Anything
else is a bootstrap that draws whole clusters, with percentiles widened for few clusters (Hesterberg 2015, "What
teachers should know about the bootstrap"). `python -m benchmarks coverage` measures what they truly cover.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy import stats

Interval = tuple[float, float]
Floats = npt.NDArray[np.float64]

CONFIDENCE = 0.95
DRAWS = 2000
POWER = 0.8
MANY = 10_000


def wilson(rate: float, n: float) -> Interval:
    """Wilson's score interval of a rate seen in `n` independent trials; `n` need not be whole."""
    z = float(stats.norm.ppf((1 + CONFIDENCE) / 2))
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    # At 0 and 1 the bound is exact, whatever rounding says.
    return (0.0 if rate == 0 else max(0.0, middle - half)), (1.0 if rate == 1 else min(1.0, middle + half))


def rate_interval(wins: Floats, votes: Floats) -> Interval | None:
    """The interval of sum(wins) / sum(votes), given both by cluster; None for nothing, or one cluster of several."""
    wins, votes = wins[votes > 0], votes[votes > 0]
    if not len(votes) or (len(votes) == 1 and votes[0] > 1):
        return None
    n = float(votes.sum()) / design_effect(wins, votes)
    if votes.max() > 1:
        # The spread between clusters is itself only estimated: Student's t, not the normal, over that many.
        n *= float(stats.norm.ppf((1 + CONFIDENCE) / 2) / stats.t.ppf((1 + CONFIDENCE) / 2, len(votes) - 1)) ** 2
    return wilson(float(wins.sum() / votes.sum()), n)


def design_effect(wins: Floats, votes: Floats) -> float:
    """How many clustered votes tell as much as one independent vote (Kish): 1 or more."""
    clusters, n = len(votes), votes.sum()
    rate = wins.sum() / n
    if clusters < 2 or votes.max() <= 1:
        return 1.0
    if rate in (0, 1):
        # No spread was seen, so nothing tells that votes of one cluster are more than one vote.
        return float(n / clusters)
    variance = clusters / (clusters - 1) * ((wins - rate * votes) ** 2).sum() / n**2
    return max(1.0, float(variance / (rate * (1 - rate) / n)))


def more_votes(rate: float, votes: float, effect: float) -> int | None:
    """How many more votes let the interval leave 0.5 out in four of five cases, if `rate` is the truth; None: too many.

    `effect` is their design effect.
    """
    if rate == 0.5:
        return None
    z, power = float(stats.norm.ppf((1 + CONFIDENCE) / 2)), float(stats.norm.ppf(POWER))
    needed = effect * ((z / 2 + power * math.sqrt(rate * (1 - rate))) / (rate - 0.5)) ** 2
    more = math.ceil(needed - votes)
    return None if more > MANY else max(1, more)


def bootstrap(by_cluster: Floats, statistic: Callable[[Floats], Floats]) -> list[Interval] | None:
    """Intervals of each number that `statistic` makes of summed clusters; None for fewer than two clusters.

    `by_cluster` holds one row of addends a cluster; `statistic` takes (draws, addends) and gives (draws, numbers).
    The same input gives the same intervals.
    """
    clusters = len(by_cluster)
    if clusters < 2:
        return None
    drawn = np.random.default_rng(clusters).multinomial(clusters, np.full(clusters, 1 / clusters), size=DRAWS)
    numbers = statistic(drawn @ by_cluster)
    reach = math.sqrt(clusters / (clusters - 1)) * float(stats.t.ppf((1 - CONFIDENCE) / 2, clusters - 1))
    low = float(stats.norm.cdf(reach))
    bounds = np.nanquantile(numbers, [low, 1 - low], axis=0)
    return [(float(lo), float(hi)) for lo, hi in bounds.T]
