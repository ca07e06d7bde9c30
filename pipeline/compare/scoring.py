"""From votes to a `Score`. Ties and "both bad" are left out of rates, tests and strengths, and counted beside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Literal

import msgspec
import numpy as np
from scipy import stats

from pipeline.compare.agreement import alpha, raw_agreement
from pipeline.compare.intervals import Floats, bootstrap, design_effect, more_votes, rate_interval, wilson
from pipeline.compare.pairs import Pair, Pairing, pair_up
from pipeline.compare.score import Agreement, ArmScore, DuelScore, Interval, Leaders, Score
from pipeline.compare.strength import bradley_terry
from pipeline.compare.votes import Vote
from pipeline.errors import JobError
from pipeline.rows.rows import Row

FEW = 10
HABIT = 0.05

Outcome = Literal["first", "second", "tie", "bad"]


class Judged(msgspec.Struct, frozen=True):
    """A vote on a pair of the present plan, told by arm and no longer by side."""

    pair: Pair
    outcome: Outcome
    reviewer: str
    left_won: bool | None


def judged(votes: Iterable[Vote], pairs: Iterable[Pair]) -> list[Judged]:
    """The votes on `pairs`, which tell by task key what arm was where: a relabelled arm keeps its votes."""
    by_id = {pair.id: pair for pair in pairs}
    return [_judged(vote, by_id[vote.pair]) for vote in votes if vote.pair in by_id]


def _judged(vote: Vote, pair: Pair) -> Judged:
    if vote.choice in ("tie", "bad"):
        return Judged(pair, vote.choice, vote.reviewer, None)
    winner = vote.left if vote.choice == "left" else vote.right
    return Judged(pair, "first" if winner == pair.first.key else "second", vote.reviewer, vote.choice == "left")


def score_all(votes: Sequence[Vote], rows: Sequence[Row]) -> list[Score]:
    """One score for each axis and criterion that has votes; an axis that the present plan no longer has gets none."""
    scores = []
    for axis in dict.fromkeys(vote.axis for vote in votes):
        try:
            pairing = pair_up(rows, axis)
        except JobError:
            continue
        asks = dict.fromkeys(vote.ask for vote in votes if vote.axis == axis)
        scores += [score_votes(votes, pairing, ask) for ask in asks]
    return scores


def score_votes(votes: Sequence[Vote], pairing: Pairing, ask: str) -> Score:
    """What those of `votes` say that judge the pairs of `pairing` by the criterion `ask`."""
    asked = [vote for vote in votes if vote.axis == pairing.axis and vote.ask == ask]
    counted = judged(asked, pairing.pairs)
    clusters = {cluster: place for place, cluster in enumerate(dict.fromkeys(vote.pair.cluster for vote in counted))}
    wins = _wins(counted, pairing.arms, clusters)
    duels = _duels(counted, pairing.arms, wins)
    arms = _arms(counted, pairing.arms, wins)
    lefts = [vote.left_won for vote in counted if vote.left_won is not None]
    left_interval = wilson(sum(lefts) / len(lefts), len(lefts)) if lefts else None
    return Score(
        axis=pairing.axis,
        ask=ask,
        votes=len(counted),
        outdated=len(asked) - len(counted),
        clusters=len(clusters),
        reviewers=sorted({vote.reviewer for vote in counted}),
        arms=arms,
        duels=duels,
        leaders=_leaders(arms, pairing.arms, wins),
        left_rate=sum(lefts) / len(lefts) if lefts else None,
        left_interval=left_interval,
        agreement=_agreement(counted),
        warnings=_warnings(len(clusters), left_interval),
    )


def _wins(counted: Sequence[Judged], arms: Sequence[str], clusters: dict[str, int]) -> Floats:
    """How often in each cluster which arm (by place) beat which: (clusters, winner, loser)."""
    place = {arm: at for at, arm in enumerate(arms)}
    wins = np.zeros((len(clusters), len(arms), len(arms)))
    for vote in counted:
        first, second = (place[arm] for arm in vote.pair.arms)
        if vote.outcome == "first":
            wins[clusters[vote.pair.cluster], first, second] += 1
        elif vote.outcome == "second":
            wins[clusters[vote.pair.cluster], second, first] += 1
    return wins


def _arms(counted: Sequence[Judged], arms: Sequence[str], wins: Floats) -> list[ArmScore]:
    strengths, bounds = _strengths(wins)
    scores = []
    for at, arm in enumerate(arms):
        won, lost = wins[:, at, :].sum(1), wins[:, :, at].sum(1)
        outcomes = [vote.outcome for vote in counted if arm in vote.pair.arms]
        scores.append(
            ArmScore(
                arm=arm,
                wins=int(won.sum()),
                losses=int(lost.sum()),
                ties=outcomes.count("tie"),
                bad=outcomes.count("bad"),
                win_rate=_rate(won.sum(), lost.sum()),
                win_interval=rate_interval(won, won + lost),
                strength=strengths[at] if strengths else None,
                strength_interval=bounds[at] if bounds else None,
            )
        )
    return scores


def _strengths(wins: Floats) -> tuple[list[float] | None, list[Interval] | None]:
    """Bradley-Terry for more than two arms: with two it says no more than the win rate."""
    number = wins.shape[-1]
    if number < 3 or not wins.sum():
        return None, None
    strengths = [float(strength) for strength in bradley_terry(wins.sum(0))]
    flat = wins.reshape(len(wins), -1)
    return strengths, bootstrap(flat, lambda sums: bradley_terry(sums.reshape(-1, number, number)))


def _duels(counted: Sequence[Judged], arms: Sequence[str], wins: Floats) -> list[DuelScore]:
    duels = []
    for (one, first), (other, second) in combinations(enumerate(arms), 2):
        won, lost = wins[:, one, other], wins[:, other, one]
        outcomes = [vote.outcome for vote in counted if vote.pair.arms == (first, second)]
        if not outcomes:
            continue
        leaning_to, leaning_off = int((won > lost).sum()), int((won < lost).sum())
        leaning = leaning_to + leaning_off
        duels.append(
            DuelScore(
                first=first,
                second=second,
                wins=int(won.sum()),
                losses=int(lost.sum()),
                ties=outcomes.count("tie"),
                bad=outcomes.count("bad"),
                win_rate=_rate(won.sum(), lost.sum()),
                win_interval=rate_interval(won, won + lost),
                clusters_won=leaning_to,
                clusters_lost=leaning_off,
                p=float(stats.binomtest(leaning_to, leaning).pvalue) if leaning else None,
                p_holm=None,
            )
        )
    return _held_together(duels)


def _held_together(duels: Sequence[DuelScore]) -> list[DuelScore]:
    """With Holm's correction (1979): the chance that any of all duels seems decided, when none is, stays below p."""
    tested = sorted((duel.p, at) for at, duel in enumerate(duels) if duel.p is not None)
    corrected: dict[int, float] = {}
    worst = 0.0
    for rank, (p, at) in enumerate(tested):
        worst = max(worst, min(1.0, p * (len(tested) - rank)))
        corrected[at] = worst
    return [msgspec.structs.replace(duel, p_holm=corrected.get(at)) for at, duel in enumerate(duels)]


def _leaders(scores: Sequence[ArmScore], arms: Sequence[str], wins: Floats) -> Leaders | None:
    """The two best by strength, or by win rate where there are but two."""
    ranked = [score for score in scores if score.win_rate is not None]
    ranked.sort(key=lambda score: (score.strength or 0.0, score.win_rate or 0.0), reverse=True)
    if len(ranked) < 2:
        return None
    one, other = (arms.index(score.arm) for score in ranked[:2])
    won, met = wins[:, one, other], wins[:, one, other] + wins[:, other, one]
    more: int | None = None
    if met.sum():
        interval = rate_interval(won, met)
        rate = float(won.sum() / met.sum())
        # The stronger of the two over all may lose to the other: no more votes of that kind make it the leader.
        if interval is not None and interval[0] > 0.5:
            more = 0
        elif rate > 0.5:
            more = more_votes(rate, float(met.sum()), design_effect(won[met > 0], met[met > 0]))
    return Leaders(first=ranked[0].arm, second=ranked[1].arm, more_votes=more)


def _agreement(counted: Sequence[Judged]) -> Agreement:
    choices: dict[str, list[Outcome]] = defaultdict(list)
    for vote in counted:
        choices[vote.pair.id].append(vote.outcome)
    units = [unit for unit in choices.values() if len(unit) > 1]
    return Agreement(pairs=len(units), raw=raw_agreement(units), alpha=alpha(units))


def _warnings(clusters: int, left: Interval | None) -> list[str]:
    warnings = []
    if clusters < FEW:
        warnings.append(f"votes on only {clusters} clusters (subject and seed): fewer than {FEW} bear no conclusion")
    if left is not None and not left[0] - HABIT <= 0.5 <= left[1] + HABIT:
        warnings.append("one side wins far more often than the other, whichever arm is there: a habit of the eye?")
    return warnings


def _rate(won: float, lost: float) -> float | None:
    return float(won / (won + lost)) if won + lost else None
