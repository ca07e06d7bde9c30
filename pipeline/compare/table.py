"""Scores and differences as text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.compare.differences import Difference
from pipeline.compare.score import Agreement, Interval, Leaders, Score

_NONE = "–"


def score_lines(score: Score) -> Iterator[str]:
    """One score: arms, duels, leaders, habits, agreement, warnings."""
    criterion = f" by “{score.ask}”" if score.ask else ""
    votes, clusters = _many(score.votes, "vote"), _many(score.clusters, "cluster")
    reviewers = ", ".join(score.reviewers) or "nobody"
    yield f"{score.axis}{criterion}: {votes} on {clusters} (subject and seed) by {reviewers}"
    many = any(arm.strength is not None for arm in score.arms)
    head = ["", "won", "lost", "tie", "both bad", "win rate", *(["strength"] if many else [])]
    rows = [
        [
            arm.arm,
            str(arm.wins),
            str(arm.losses),
            str(arm.ties),
            str(arm.bad),
            _share(arm.win_rate, arm.win_interval),
            *([_signed(arm.strength, arm.strength_interval)] if many else []),
        ]
        for arm in sorted(score.arms, key=lambda arm: (arm.strength or 0.0, arm.win_rate or 0.0), reverse=True)
    ]
    yield from _columns([head, *rows])
    yield "  win rate: won of those that were decided, with its 95 % interval; ties and both bad are left out"
    for duel in score.duels:
        test = f"sign test p = {duel.p:.3g}" if duel.p is not None else "no test"
        held = f", {duel.p_holm:.3g} with Holm's correction" if duel.p_holm is not None and len(score.duels) > 1 else ""
        yield (
            f"  {duel.first} against {duel.second}: {_share(duel.win_rate, duel.win_interval)},"
            f" leaning {duel.clusters_won} to {duel.clusters_lost}; {test}{held}"
        )
    if score.leaders is not None:
        yield f"  {_leaders(score.leaders)}"
    if score.left_rate is not None:
        yield f"  the first shown won {_share(score.left_rate, score.left_interval)}"
    yield f"  {_agreement(score.agreement)}"
    if score.outdated:
        yield f"  {_many(score.outdated, 'vote')} more on pairs that the present plan does not have"
    for warning in score.warnings:
        yield f"  warning: {warning}"


def difference_lines(axis: str, metric: str, found: Sequence[Difference]) -> Iterator[str]:
    """Paired differences of one metric."""
    yield f"{metric} over {axis}: paired differences, 95 % intervals clustered by subject and seed"
    head = ["", "", "pairs", "clusters", "first", "second", "difference", "higher"]
    rows = [
        [
            one.first,
            f"→ {one.second}",
            str(one.pairs),
            str(one.clusters),
            f"{one.first_mean:.4g}",
            f"{one.second_mean:.4g}",
            _signed(one.mean, one.interval),
            f"{one.higher:.0%}".replace("%", " %"),
        ]
        for one in found
    ]
    yield from _columns([head, *rows])


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Left the first column, right the others."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        others = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield f"  {'  '.join([row[0].ljust(widths[0]), *others])}"


def _share(rate: float | None, interval: Interval | None) -> str:
    if rate is None:
        return _NONE
    bounds = f" [{100 * interval[0]:.0f}, {100 * interval[1]:.0f}]" if interval else ""
    return f"{100 * rate:.0f} %{bounds}"


def _signed(number: float | None, interval: Interval | None) -> str:
    if number is None:
        return _NONE
    bounds = f" [{interval[0]:+.3g}, {interval[1]:+.3g}]" if interval else ""
    return f"{number:+.3g}{bounds}"


def _leaders(leaders: Leaders) -> str:
    pair = f"{leaders.first} and {leaders.second}"
    if leaders.more_votes == 0:
        return f"{leaders.first} leads {leaders.second}: their interval leaves 50 % out"
    if leaders.more_votes is None:
        return f"{pair} are not told apart by their own votes: how many more would do it is not known"
    return f"about {_many(leaders.more_votes, 'more decided vote')} would tell {pair} apart"


def _agreement(agreement: Agreement) -> str:
    if agreement.raw is None:
        return "agreement: no pair was judged by two reviewers"
    alpha = f", Krippendorff's alpha {agreement.alpha:.2f}" if agreement.alpha is not None else ""
    return f"agreement: {100 * agreement.raw:.0f} % like choices on {_many(agreement.pairs, 'pair')}{alpha}"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
