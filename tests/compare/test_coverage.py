"""Intervals hold the truth as often as they say, also where votes of one subject lean together. Seeded."""

from __future__ import annotations

import numpy as np

from benchmarks.coverage import clustered_votes
from pipeline.compare.intervals import bootstrap, rate_interval, wilson


def test_clustered_intervals_cover_where_independent_ones_do_not() -> None:
    trials = clustered_votes(np.random.default_rng(3), clusters=20, votes=4, truth=0.6, likeness=0.4)[:400]
    four = np.full(20, 4.0)
    ours = [rate_interval(wins, four) for wins in trials]
    naive = [wilson(float(wins.sum()) / 80, 80) for wins in trials]
    held = sum(bounds is not None and bounds[0] <= 0.6 <= bounds[1] for bounds in ours) / len(ours)
    assert 0.92 <= held <= 0.985
    assert sum(lo <= 0.6 <= hi for lo, hi in naive) / len(naive) < 0.88


def test_the_bootstrap_draws_clusters_whole() -> None:
    trials = clustered_votes(np.random.default_rng(4), clusters=12, votes=6, truth=0.6, likeness=0.5)[:200]
    held = 0
    for wins in trials:
        bounds = bootstrap(np.stack([wins, np.full(12, 6.0)], axis=1), lambda sums: sums[:, :1] / sums[:, 1:])
        assert bounds is not None
        held += bounds[0][0] <= 0.6 <= bounds[0][1]
    assert 0.9 <= held / len(trials) <= 0.985
