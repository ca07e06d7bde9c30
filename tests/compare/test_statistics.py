"""The figures agree with published examples, with the library's own, and with each other."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from pipeline.compare.agreement import alpha, raw_agreement
from pipeline.compare.intervals import bootstrap, design_effect, more_votes, rate_interval, wilson
from pipeline.compare.strength import bradley_terry


@given(n=st.integers(1, 2000), data=st.data())
def test_the_interval_of_independent_votes_is_wilsons(n: int, data: st.DataObject) -> None:
    wins = data.draw(st.integers(0, n))
    theirs = stats.binomtest(wins, n).proportion_ci(method="wilson")
    assert wilson(wins / n, n) == pytest.approx(tuple(theirs), abs=1e-12)
    ours = rate_interval(np.repeat([1.0, 0.0], [wins, n - wins]), np.ones(n))
    assert ours == pytest.approx(tuple(theirs), abs=1e-12)


def test_wilsons_interval_is_newcombes() -> None:
    """Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3."""
    published = {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }
    for (wins, n), bounds in published.items():
        assert wilson(wins / n, n) == pytest.approx(bounds, abs=5e-5)


def test_strengths_are_those_of_the_american_league() -> None:
    """Agresti, Categorical Data Analysis (2002), table 10.10 and 10.11: baseball, 1987 season, Eastern division."""
    #           Mil Det Tor  NY Bos Cle Bal
    wins = [
        [0, 7, 9, 7, 7, 9, 11],
        [6, 0, 7, 5, 11, 9, 9],
        [4, 6, 0, 7, 7, 8, 12],
        [6, 8, 6, 0, 6, 7, 10],
        [6, 2, 6, 7, 0, 7, 12],
        [4, 4, 5, 6, 6, 0, 6],
        [2, 4, 1, 3, 1, 7, 0],
    ]
    strengths = bradley_terry(np.array(wins, dtype=float))
    published = [1.581, 1.436, 1.294, 1.248, 1.108, 0.684, 0]
    assert strengths - strengths[-1] == pytest.approx(published, abs=6e-4)


@given(st.lists(st.integers(0, 9), min_size=12, max_size=12))
def test_strengths_win_as_often_as_was_seen(cells: list[int]) -> None:
    wins = np.zeros((4, 4))
    wins[~np.eye(4, dtype=bool)] = cells
    strengths = bradley_terry(wins)
    assert np.isfinite(strengths).all()
    assert strengths.sum() == pytest.approx(0, abs=1e-6)
    assume(all(_leads(wins, *pair) for pair in itertools.permutations(range(4), 2)))
    chances = 1 / (1 + np.exp(strengths - strengths[:, None]))
    np.fill_diagonal(chances, 0)
    expected = ((wins + wins.T) * chances).sum(1)
    assert expected == pytest.approx(wins.sum(1), abs=1e-4)


def _leads(wins: np.ndarray[tuple[int, ...], np.dtype[np.float64]], one: int, other: int) -> bool:
    """Whether a chain of wins leads from one to other."""
    seen, now = {one}, [one]
    while now:
        now = [to for at in now for to in range(len(wins)) if wins[at, to] and to not in seen]
        seen.update(now)
    return other in seen


def test_an_arm_that_never_lost_is_strongest_and_finite() -> None:
    strengths = bradley_terry(np.array([[0, 3, 3], [0, 0, 2], [0, 1, 0]], dtype=float))
    assert list(np.argsort(-strengths)) == [0, 1, 2]
    assert strengths[0] < 5


def test_alpha_is_krippendorffs() -> None:
    """Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", example C: 4 observers, 12 units, nominal."""
    units = [
        [1, 1, 1],
        [2, 2, 3, 2],
        [3] * 4,
        [3] * 4,
        [2] * 4,
        [1, 2, 3, 4],
        [4] * 4,
        [1, 1, 2, 1],
        [2] * 4,
        [5] * 3,
        [1, 1],
        [3],
    ]
    assert alpha(units) == pytest.approx(0.743, abs=5e-4)


@given(st.lists(st.lists(st.sampled_from("abt"), max_size=4), max_size=8))
def test_agreement_is_whole_exactly_when_all_say_alike(units: list[list[str]]) -> None:
    raw, beyond = raw_agreement(units), alpha(units)
    assert (raw is None) == all(len(unit) < 2 for unit in units)
    if beyond is not None:
        assert raw is not None
        assert beyond <= 1
        assert (beyond == 1) == (raw == 1)


def test_votes_that_repeat_each_other_tell_as_much_as_one() -> None:
    alone = np.array([1.0, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1])
    assert design_effect(alone, np.ones(12)) == 1
    assert design_effect(alone * 5, np.full(12, 5.0)) == pytest.approx(5 * 12 / 11)
    once, fivefold = rate_interval(alone, np.ones(12)), rate_interval(alone * 5, np.full(12, 5.0))
    assert once is not None
    assert fivefold is not None
    assert fivefold[1] - fivefold[0] >= once[1] - once[0]


@given(rate=st.floats(0.55, 0.95), effect=st.floats(1, 5))
def test_as_many_more_votes_as_said_would_tell_arms_apart(rate: float, effect: float) -> None:
    more = more_votes(rate, 10, effect)
    assert more is not None
    low, _ = wilson(rate, (10 + more) / effect)
    assert low > 0.5 or more == 1


def test_the_bootstrap_of_a_mean_is_near_students_interval() -> None:
    values = np.random.default_rng(5).normal(3, 2, 40)
    intervals = bootstrap(np.stack([values, np.ones(40)], axis=1), lambda sums: sums[:, :1] / sums[:, 1:])
    assert intervals is not None
    student = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert intervals[0] == pytest.approx((student.low, student.high), abs=0.15)
