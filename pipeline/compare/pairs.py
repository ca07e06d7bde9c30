"""Which pictures are compared: two values (arms) of one axis, with every other axis and the seed alike (pure)."""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import combinations, product

import msgspec

from pipeline.errors import JobError
from pipeline.rows.rows import Row, Scalar, axis_text
from pipeline.source.nearest import did_you_mean, listed
from pipeline.spec.chance import score
from pipeline.task.request import ImageRef

Point = tuple[tuple[str, Scalar], ...]


class Pair(msgspec.Struct, frozen=True):
    """Two cells that differ in the compared axis alone; `first` is of `arms[0]`, which the job names earlier.

    `subject` is what both show: the values of the axes that both have and that say *what* is drawn, and not *how*
    (model, size, parameters); an axis of one side alone would tell which side it is. `cluster` is the subject with the
    seed, in words. Pairs of one cluster are not independent of each other.
    """

    id: str
    arms: tuple[str, str]
    first: Row
    second: Row
    subject: dict[str, Scalar]
    cluster: str


class Pairing(msgspec.Struct, frozen=True):
    """Every pair that an axis gives. `lacking` counts, by reason, pairs that miss a side; `shared` those whose two
    sides are one task. Pictures of two tasks that are the same to the byte are in `identical`, and not in `pairs`.
    """

    axis: str
    arms: list[str]
    pairs: list[Pair]
    lacking: dict[str, int]
    shared: int
    identical: list[Pair]


def pair_up(rows: Sequence[Row], axis: str, is_there: Callable[[Row], bool] = lambda _: True) -> Pairing:
    """All pairs over `axis`, for every two of its arms. `is_there` says whether a row's picture still lies on disk.

    An axis that only one of two arms has (it is confined to it) tells nothing apart: its values all meet the other's.

    Raises:
        JobError: the rows have no such axis, or only one value on it.
    """
    arms, how = _arms(rows, axis), _how(rows)
    lacking: Counter[str] = Counter()
    shared = 0
    pairs: dict[str, Pair] = {}
    for one, other in combinations(arms, 2):
        for first, second in _meetings(arms[one], arms[other], axis, lacking):
            if reason := _lack(first, is_there) or _lack(second, is_there):
                lacking[reason] += 1
            elif first.key == second.key:
                shared += 1
            else:
                subject = _subject(first, second, {axis, *how})
                cluster = _cluster(subject, first, axis)
                name = pair_id(axis, first.key, second.key)
                pairs[name] = Pair(name, (one, other), first, second, subject, cluster)
    differing = [pair for pair in pairs.values() if pair.first.sha256 != pair.second.sha256]
    identical = [pair for pair in pairs.values() if pair.first.sha256 == pair.second.sha256]
    return Pairing(axis, list(arms), differing, dict(lacking), shared, identical)


def pair_id(axis: str, one: str, other: str) -> str:
    """Names the comparison of two tasks over an axis, whichever comes first, whatever their labels are."""
    return hashlib.sha256("\0".join([axis, *sorted((one, other))]).encode()).hexdigest()[:32]


def choose(pairs: Iterable[Pair], n: int, salt: object) -> list[Pair]:
    """`n` of `pairs`, the same for the same `salt`, and the first of more. Arms take turns at what is least used."""
    waiting: dict[tuple[str, str], list[tuple[int, int, str]]] = defaultdict(list)
    by_id = {pair.id: pair for pair in pairs}
    for pair in by_id.values():
        waiting[pair.arms].append((0, score(salt, pair.id), pair.id))
    for heap in waiting.values():
        heapq.heapify(heap)
    used: Counter[str] = Counter()
    chosen: list[Pair] = []
    while waiting and len(chosen) < n:
        for arms in sorted(waiting)[: n - len(chosen)]:
            pair = by_id[_next(waiting[arms], used, by_id)]
            used[pair.cluster] += 1
            chosen.append(pair)
            if not waiting[arms]:
                del waiting[arms]
    return chosen


def choose_unlike(
    pairs: Sequence[Pair], n: int, salt: object, is_same: Callable[[Pair], bool]
) -> tuple[list[Pair], list[Pair]]:
    """`n` pairs as `choose` has them, less those of which `is_same` says that nobody could tell their sides apart; and
    these. It is asked of no more pairs than are needed.
    """
    verdicts: dict[str, bool] = {}
    while True:
        chosen = choose([pair for pair in pairs if not verdicts.get(pair.id)], n, salt)
        fresh = {pair.id: is_same(pair) for pair in chosen if pair.id not in verdicts}
        verdicts |= fresh
        if not any(fresh.values()):
            return chosen, [pair for pair in pairs if verdicts.get(pair.id)]


def _next(heap: list[tuple[int, int, str]], used: Counter[str], by_id: dict[str, Pair]) -> str:
    """The pair whose cluster is least used; what was used since it was put in goes back with its new count."""
    while True:
        uses, luck, pair = heapq.heappop(heap)
        now = used[by_id[pair].cluster]
        if now == uses:
            return pair
        heapq.heappush(heap, (now, luck, pair))


def _arms(rows: Sequence[Row], axis: str) -> dict[str, list[Row]]:
    """The rows by their value on `axis`."""
    axes = dict.fromkeys(name for row in rows for name in row.axes if "." not in name)
    if axis not in axes:
        hint = did_you_mean(axis, axes) or f"it has {listed(axes) or 'none'}"
        raise JobError(f"--axis {axis}: no cell of this plan has such an axis; {hint}")
    arms: dict[str, list[Row]] = {}
    for row in rows:
        if axis in row.axes:
            arms.setdefault(axis_text(row.axes[axis]), []).append(row)
    if len(arms) < 2:
        raise JobError(f"--axis {axis}: every cell has the one value {next(iter(arms))}; two are needed to compare")
    return arms


def _meetings(
    ones: Sequence[Row], others: Sequence[Row], axis: str, lacking: Counter[str]
) -> Iterable[tuple[Row, Row]]:
    """Rows of two arms that agree on every axis that both arms have; who meets nobody is counted."""
    shared = _names(ones, axis) & _names(others, axis)
    left, right = _by_point(ones, shared), _by_point(others, shared)
    for point in dict.fromkeys([*left, *right]):
        if point in left and point in right:
            yield from product(left[point], right[point])
        else:
            lacking["no such cell"] += len(left.get(point) or right[point])


def _names(rows: Sequence[Row], axis: str) -> set[str]:
    return {name for row in rows for name in row.axes if not _belongs(name, axis)}


def _belongs(name: str, axis: str) -> bool:
    """Whether `name` is the axis, or a part of it where it is compound."""
    return name == axis or name.startswith(f"{axis}.")


def _by_point(rows: Sequence[Row], names: set[str]) -> dict[Point, list[Row]]:
    points: dict[Point, list[Row]] = defaultdict(list)
    for row in rows:
        points[tuple((name, value) for name, value in sorted(row.axes.items()) if name in names)].append(row)
    return points


def _lack(row: Row, is_there: Callable[[Row], bool]) -> str:
    """Why this row has no picture to show; "" where it has one."""
    if row.failure == "moderated":
        return "moderated"
    if row.status != "downloaded":
        return "parked" if row.parked else row.status.replace("_", " ")
    return "" if is_there(row) else "picture missing or cut"


def _subject(first: Row, second: Row, left_out: Collection[str]) -> dict[str, Scalar]:
    """The axes of both rows that say what is drawn."""
    return {
        name: value
        for name, value in first.axes.items()
        if "." not in name and name in second.axes and name not in left_out
    }


def _how(rows: Sequence[Row]) -> set[str]:
    """Axes that say how something is drawn: model, size, seed, and every parameter that some request has, but those
    that are themselves a picture or the words.
    """
    parameters = {
        name
        for row in rows
        for name, value in row.params.items()
        if name != "prompt" and not isinstance(value, ImageRef)
    }
    return {"model", "provider", "size", "repeat", "seed"} | parameters


def _cluster(subject: dict[str, Scalar], row: Row, axis: str) -> str:
    values = subject | ({} if axis == "seed" or row.seed is None else {"seed": row.seed})
    return " · ".join(f"{name} {axis_text(value)}" for name, value in values.items()) or "all"
