"""What a metric says of two arms: differences within pairs, with intervals that know of clusters (pure)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import msgspec
import numpy as np

from pipeline.compare.intervals import Floats, bootstrap
from pipeline.compare.pairs import Pair, Pairing
from pipeline.compare.score import Interval
from pipeline.errors import JobError
from pipeline.rows.rows import Row
from pipeline.source.nearest import did_you_mean, listed

LATENCY = "latency"
_BY_MODELS = {
    "text": "`fluxsweep report --measure text` reads what is written in them",
    "clip": "`fluxsweep report --clip DIR` measures it",
}


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """`second` less `first`, over pairs that have the metric on both sides. `higher` is how often `second` was."""

    first: str
    second: str
    pairs: int
    clusters: int
    first_mean: float
    second_mean: float
    mean: float
    interval: Interval | None
    higher: float


def known_metrics(rows: Sequence[Row]) -> list[str]:
    """The figures that at least one row has, besides the latency."""
    numbers = {
        name: None
        for row in rows
        for name, value in row.metrics.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    return [*numbers, LATENCY]


def differences(rows: Sequence[Row], pairing: Pairing, metric: str) -> list[Difference]:
    """The paired differences of every two arms that have pairs.

    Raises:
        JobError: no row has that metric.
    """
    known = known_metrics(rows)
    if metric not in known:
        hint = _BY_MODELS.get(metric) or did_you_mean(metric, known) or f"it has {listed(known)}"
        raise JobError(f"--metric {metric}: no picture of this job has it; {hint}")
    found = []
    for arms in combinations(pairing.arms, 2):
        # Equal pictures are no question for the eye, but to leave their zeros out would make every difference larger.
        pairs = [pair for pair in (*pairing.pairs, *pairing.identical) if pair.arms == arms]
        values = _values(pairs, _reader(metric))
        if values:
            found.append(_difference(arms, values))
    return found


def _reader(metric: str) -> Callable[[Row], float | None]:
    def read(row: Row) -> float | None:
        value = row.latency if metric == LATENCY else row.metrics.get(metric)
        return float(value) if isinstance(value, int | float) else None

    return read


def _values(pairs: Sequence[Pair], read: Callable[[Row], float | None]) -> list[tuple[str, float, float]]:
    """Cluster, first and second figure of each pair that has both."""
    values = []
    for pair in pairs:
        first, second = read(pair.first), read(pair.second)
        if first is not None and second is not None:
            values.append((pair.cluster, first, second))
    return values


def _difference(arms: tuple[str, str], values: Sequence[tuple[str, float, float]]) -> Difference:
    places = {cluster: at for at, cluster in enumerate(dict.fromkeys(cluster for cluster, _, _ in values))}
    sums = np.zeros((len(places), 2))
    for cluster, first, second in values:
        sums[places[cluster]] += (second - first, 1)
    intervals = bootstrap(sums, _mean)
    return Difference(
        first=arms[0],
        second=arms[1],
        pairs=len(values),
        clusters=len(places),
        first_mean=float(np.mean([first for _, first, _ in values])),
        second_mean=float(np.mean([second for _, _, second in values])),
        mean=float(sums[:, 0].sum() / len(values)),
        interval=intervals[0] if intervals else None,
        higher=sum(second > first for _, first, second in values) / len(values),
    )


def _mean(sums: Floats) -> Floats:
    mean: Floats = sums[:, :1] / sums[:, 1:]
    return mean
