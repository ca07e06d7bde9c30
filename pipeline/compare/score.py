"""`Score`: what the votes on one axis say, for one criterion.

`fluxsweep score` leaves all of them in the output folder as `report/scores.json`, for other views to read:

    {"format": 1, "scores": [Score, …]}         one for each axis and criterion (`ask`) that has votes

Every field is as the structs below name it; shares and rates are 0 to 1, an interval is `[lo, hi]` at 95 %, null is
"cannot be told". `arm` is the axis value as text (`rows.axis_text` of `Row.axes[axis]`).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

Interval = tuple[float, float]
FORMAT = 1
PLACE = "report/scores.json"


class ArmScore(msgspec.Struct, frozen=True, kw_only=True):
    """One arm against all others. `win_rate` is wins / (wins + losses): ties and `bad` (both bad) are left out.

    `strength` is Bradley-Terry's, in log odds against the average arm (0); only there with more than two arms.
    """

    arm: str
    wins: int
    losses: int
    ties: int
    bad: int
    win_rate: float | None
    win_interval: Interval | None
    strength: float | None
    strength_interval: Interval | None


class DuelScore(msgspec.Struct, frozen=True, kw_only=True):
    """Two arms against each other, seen from `first`.

    `clusters_won` and `clusters_lost` are the subjects with a seed where the votes lean to or against `first`; `p` is
    their two-sided sign test, `p_holm` the same held for all duels of the score together.
    """

    first: str
    second: str
    wins: int
    losses: int
    ties: int
    bad: int
    win_rate: float | None
    win_interval: Interval | None
    clusters_won: int
    clusters_lost: int
    p: float | None
    p_holm: float | None


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """How far reviewers agree: on `pairs` that two or more judged, `raw` is the share of like choices and `alpha`
    Krippendorff's for nominal choices (0 as by chance, 1 whole).
    """

    pairs: int
    raw: float | None
    alpha: float | None


class Leaders(msgspec.Struct, frozen=True, kw_only=True):
    """The two strongest arms. `more_votes`: how many more decided votes between them would tell them apart in four of
    five cases, if their true rate is what is seen now; 0: they are apart already; null: they look alike, or never
    met, or `first` loses to `second` and is ahead by its other duels alone.
    """

    first: str
    second: str
    more_votes: int | None


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. `votes` are those that count; `outdated` are on pairs that the present plan does not have.

    `left_rate` is how often the left one won, whichever arm it was: far from 0.5 it tells of a habit, not of arms.
    """

    axis: str
    ask: str
    votes: int
    outdated: int
    clusters: int
    reviewers: list[str]
    arms: list[ArmScore]
    duels: list[DuelScore]
    leaders: Leaders | None
    left_rate: float | None
    left_interval: Interval | None
    agreement: Agreement
    warnings: list[str]


class Scores(msgspec.Struct, frozen=True):
    """The whole of `report/scores.json`."""

    format: int
    scores: list[Score]


def write_scores(scores: Sequence[Score]) -> bytes:
    """The content of `report/scores.json`."""
    return msgspec.json.format(msgspec.json.encode(Scores(FORMAT, list(scores))), indent=1) + b"\n"
