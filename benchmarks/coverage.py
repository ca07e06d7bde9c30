"""How often the 95 % intervals of `fluxsweep score` hold the truth, when votes come in clusters that lean together."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from benchmarks.rig import Row
from pipeline.compare.intervals import bootstrap, rate_interval, wilson
from pipeline.compare.strength import bradley_terry

Floats = npt.NDArray[np.float64]

TRIALS = 1000
MISSES = 0.08  # of 0.05 that are meant; Wilson's own misses as often at the worst rates
_RATES = (0.5, 0.65, 0.9)
_SHAPES = ((80, 1, 0.0), (40, 2, 0.3), (20, 4, 0.3), (10, 8, 0.3), (20, 4, 0.8))
_STRENGTHS = (0.6, 0.1, -0.7)


def measure_coverage() -> Iterator[Row]:
    """Misses of each interval, beside what plain Wilson would miss on the same votes."""
    rng = np.random.default_rng(20)
    for clusters, votes, likeness in _SHAPES:
        work = f"{clusters} clusters × {votes} votes, likeness {likeness:g}"
        for rate in _RATES:
            wins = clustered_votes(rng, clusters, votes, rate, likeness)
            yield Row(work, f"win rate {rate:g}: misses", _misses(wins, votes, rate, rate_interval), MISSES)
            yield Row(work, "  Wilson's as if independent: misses", _misses(wins, votes, rate, _independent), None)
    for clusters, votes, likeness in ((40, 2, 0.3), (20, 4, 0.3)):
        work = f"{clusters} clusters × {votes} votes a duel, likeness {likeness:g}"
        yield Row(work, "strengths of three arms: misses", _strength_misses(rng, clusters, votes, likeness), MISSES)
        work = f"{clusters} clusters × {votes} pairs, half of the spread in common"
        yield Row(work, "paired difference of a metric: misses", _difference_misses(rng, clusters, votes), MISSES)


def clustered_votes(rng: np.random.Generator, clusters: int, votes: int, truth: float, likeness: float) -> Floats:
    """Wins by trial and cluster. Each cluster leans its own way, `truth` on average; `likeness` is the correlation of
    two of its votes.
    """
    leanings = np.full((TRIALS, clusters), truth)
    if likeness:
        weight = 1 / likeness - 1
        leanings = rng.beta(truth * weight, (1 - truth) * weight, size=(TRIALS, clusters))
    wins: Floats = rng.binomial(votes, leanings).astype(float)
    return wins


def _independent(wins: Floats, votes: Floats) -> tuple[float, float]:
    return wilson(float(wins.sum() / votes.sum()), float(votes.sum()))


def _misses(
    trials: Floats, votes: int, truth: float, interval: Callable[[Floats, Floats], tuple[float, float] | None]
) -> float:
    cast = np.full(trials.shape[1], float(votes))
    found = [interval(wins, cast) for wins in trials]
    return sum(bounds is None or not bounds[0] <= truth <= bounds[1] for bounds in found) / len(found)


def _strength_misses(rng: np.random.Generator, clusters: int, votes: int, likeness: float) -> float:
    """Over all arms; 200 trials, since each is a bootstrap. Truth is what a very large sample would give."""
    truth = np.array(_STRENGTHS)
    wins = np.zeros((TRIALS, clusters, 3, 3))
    expected = np.zeros((3, 3))
    for one, other in ((0, 1), (0, 2), (1, 2)):
        rate = 1 / (1 + np.exp(truth[other] - truth[one]))
        wins[:, :, one, other] = clustered_votes(rng, clusters, votes, rate, likeness)
        wins[:, :, other, one] = votes - wins[:, :, one, other]
        expected[one, other], expected[other, one] = rate, 1 - rate
    aim = bradley_terry(expected)
    missed = 0
    for trial in wins[:200]:
        bounds = bootstrap(trial.reshape(clusters, 9), lambda sums: bradley_terry(sums.reshape(-1, 3, 3)))
        missed += sum(not lo <= at <= hi for (lo, hi), at in zip(bounds or [], aim, strict=True))
    return missed / 600


def _difference_misses(rng: np.random.Generator, clusters: int, pairs: int) -> float:
    """Skewed differences, of which each cluster has a share in common."""
    missed = 0
    for _ in range(400):
        own, common = rng.gamma(2, 1, (clusters, pairs)), rng.gamma(2, 1, (clusters, 1))
        sums = np.stack([(own + common).sum(1), np.full(clusters, float(pairs))], axis=1)
        bounds = bootstrap(sums, lambda drawn: drawn[:, :1] / drawn[:, 1:])
        missed += bounds is None or not bounds[0][0] <= 4 <= bounds[0][1]
    return missed / 400
