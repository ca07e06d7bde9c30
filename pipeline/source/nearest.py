"""Which known word a person most likely meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from pipeline.source.problem import clip

_LIMIT = 64


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The word of `known` that `word` most likely misspells; None when none is near."""
    words = sorted(set(known))
    meant = _folded(word)
    if len(meant) > _LIMIT:
        return None
    if turned := [other for other in words if _parts(other) == _parts(word)]:
        return turned[0]
    reach = max(1, len(meant) // 3)
    scored = sorted((_distance(meant, _folded(other), reach), other) for other in words)
    if scored and scored[0][0] <= reach:
        return scored[0][1]
    if close := difflib.get_close_matches(word, words, n=1, cutoff=0.7):
        return close[0]
    begun = [other for other in words if min(len(other), len(meant)) > 2 and _begins(meant, _folded(other))]
    return max(begun, key=len, default=None)


def one_off(word: str, known: Iterable[str]) -> str | None:
    """The word of `known` that is one letter away from `word`; None when there is none."""
    return next((other for other in sorted(known) if _distance(_folded(word), _folded(other), 1) == 1), None)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """ "did you mean `x`?", or nothing when no known word is near."""
    best = nearest(word, known)
    return f"did you mean `{clip(best)}`?" if best is not None else ""


def listed(words: Iterable[str]) -> str:
    """`a, b, c`, cut after so many that a message stays short."""
    every = list(words)
    shown = ", ".join(every[:14])
    return f"{shown}, …" if len(every) > 14 else shown


def _begins(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _parts(word: str) -> list[str]:
    return sorted(_folded(word).split("_"))


def _folded(word: str) -> str:
    return word.casefold().replace("-", "_")


def _distance(a: str, b: str, reach: int) -> int:
    """Optimal string alignment: insert, delete, replace, swap of neighbours; over `reach` any larger number."""
    if abs(len(a) - len(b)) > reach:
        return reach + 1
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        row = [i]
        for j, y in enumerate(b, 1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]
