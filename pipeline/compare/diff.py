"""What is different between two jobs: what they ask for, cell by cell, and the pictures that came of it (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from pipeline.images.alike import NEAR, distance
from pipeline.manifest.state import Manifest
from pipeline.rows.rows import Row, Scalar, rows_of

Likeness = Literal["bytes", "pixels", "alike", "changed", "missing"]
LIKENESSES: dict[Likeness, str] = {
    "bytes": "identical bytes",
    "pixels": "identical pixels",
    "alike": "the same by pHash",
    "changed": "changed",
    "missing": "missing on a side",
}
_ABSENT = object()


class JobChange(msgspec.Struct, frozen=True):
    """A place in the job that reads otherwise; None where it is absent on a side."""

    path: str
    before: Any
    after: Any


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A cell that both jobs have: equal on every axis that both vary on.

    `asked` are the parts of the request that differ (none: both ask for the very same, and share a key). `distance`
    is in how many of 64 bits the pictures' hashes differ; `why` says what is the matter with one that is missing.
    """

    axes: dict[str, Scalar]
    before: Row
    after: Row
    asked: tuple[str, ...]
    likeness: Likeness
    distance: int | None = None
    why: str = ""


class Diff(msgspec.Struct, frozen=True):
    """All of it. `removed` and `added` are cells that only the first, or only the second job has."""

    job: list[JobChange]
    pairs: list[Pair]
    removed: list[Row]
    added: list[Row]

    def likenesses(self) -> dict[Likeness, int]:
        """How many pairs there are of each likeness, in the order of `LIKENESSES`."""
        counted = Counter(pair.likeness for pair in self.pairs)
        return {likeness: counted[likeness] for likeness in LIKENESSES}


Judge = Callable[[Row, Row], tuple[Likeness, int | None, str]]


def diff(before: Manifest, after: Manifest, judge: Judge) -> Diff:
    """Hold the plan that rules in `after` against the one in `before`; `judge` looks at the pictures of a pair."""
    was, is_now = (manifest.plan.job if manifest.plan else {} for manifest in (before, after))
    old, new = rows_of(before), rows_of(after)
    axes = common_axes(old, new)
    waiting: dict[tuple[Any, ...], list[Row]] = {}
    for row in old:
        waiting.setdefault(_place(row, axes), []).append(row)
    pairs, added = [], []
    for row in new:
        if found := waiting.get(_place(row, axes)):
            pairs.append(_pair(found.pop(0), row, axes, judge))
        else:
            added.append(row)
    left = {id(row) for rows in waiting.values() for row in rows}
    return Diff(list(job_changes(was, is_now)), pairs, [row for row in old if id(row) in left], added)


def common_axes(old: Sequence[Row], new: Sequence[Row]) -> list[str]:
    """The axes by which cells are told apart: those that vary in a job, and those that have one value in both.

    Where each job has one value, and another one, that is a change of every cell and not other cells.
    """
    values: list[dict[str, set[Scalar]]] = [{}, {}]
    for side, rows in zip(values, (old, new), strict=True):
        for row in rows:
            for name, value in row.axes.items():
                if "." not in name:
                    side.setdefault(name, set()).add(value)
    first, second = values
    return [
        name
        for name in dict.fromkeys([*first, *second])
        if first.get(name) == second.get(name) or max(len(side.get(name, ())) for side in values) > 1
    ]


def job_changes(before: Any, after: Any, path: str = "") -> Iterator[JobChange]:
    """Every place where two jobs read otherwise, by its path: a part of a list that has a name goes by that."""
    if (old := _by_name(before)) and (new := _by_name(after)):
        if [name for name in old if name in new] != [name for name in new if name in old]:
            yield JobChange(path, list(old), list(new))
        before, after = old, new
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for name in dict.fromkeys([*before, *after]):
            inner = f"{path}.{name}" if path else str(name)
            yield from job_changes(before.get(name, _ABSENT), after.get(name, _ABSENT), inner)
    elif before is _ABSENT or after is _ABSENT or _written(before) != _written(after):
        yield JobChange(path, *(None if value is _ABSENT else value for value in (before, after)))


def _by_name(tree: Any) -> dict[str, Any] | None:
    """A list of axes, or of prompts, by what they are called."""
    if not isinstance(tree, list) or not all(isinstance(part, Mapping) for part in tree):
        return None
    names = [part.get("name", part.get("id")) for part in tree]
    named = {name: part for name, part in zip(names, tree, strict=True) if isinstance(name, str)}
    return named if len(named) == len(tree) else None


def _written(value: Any) -> bytes:
    """As JSON, since to Python `[1] == [True]`."""
    return msgspec.json.encode(value, order="sorted")


def likeness_of(one: str, other: str, pixels: Callable[[], bool]) -> tuple[Likeness, int]:
    """How alike two pictures of different bytes are, by their hashes; `pixels` compares them whole, where it may."""
    bits = distance(one, other)
    if bits > NEAR:
        return "changed", bits
    return ("pixels" if pixels() else "alike"), bits


def _place(row: Row, axes: Sequence[str]) -> tuple[Any, ...]:
    return tuple((type(row.axes.get(name)), row.axes.get(name)) for name in axes)


def _pair(before: Row, after: Row, axes: Sequence[str], judge: Judge) -> Pair:
    likeness, bits, why = judge(before, after)
    return Pair(
        axes={name: after.axes.get(name) for name in axes},
        before=before,
        after=after,
        asked=tuple(_asked(before, after)),
        likeness=likeness,
        distance=bits,
        why=why,
    )


def _asked(before: Row, after: Row) -> Iterator[str]:
    if before.key == after.key:
        return
    if before.model != after.model:
        yield "model"
    names = dict.fromkeys([*before.params, *after.params])
    differing = [name for name in names if before.params.get(name) != after.params.get(name)]
    yield from differing or ["provider or repeat"]
