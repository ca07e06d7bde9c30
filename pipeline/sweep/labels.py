"""Labels: what a cell is called, in file names and on sheets. Unique in a plan, whatever the file system folds."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import PurePosixPath

from pipeline.sweep.cell import Value
from pipeline.sweep.choice import Choice, Point

MAX_BYTES = 80
LONGEST_WORD = 32  # of one value: a long text must not hide the values after it
_LEADING = ("prompt", "model", "seed", "size")


def labels(points: Sequence[Point], keys: Sequence[str], files: Collection[str] = ()) -> list[str]:
    """The labels of `points`, whose tasks have `keys`, in their order. Of `files`, the stem is taken.

    Prompt, model, `s<seed>`, size, then the other axes with two or more values in job order, slugged, at most 80
    bytes; where two are the same but for case, each ends in 8 of its key (and a number, where the task is shared).
    """
    named = _places(points)
    words: dict[Choice, str] = {}
    plain = [_plain([point[place] for place in named], words, files) for point in points]
    folds = [folded(base) for base in plain]
    often = Counter(folds)
    taken: set[str] = set()
    found = []
    for label, fold, key in zip(plain, folds, keys, strict=True):
        if often[fold] > 1:
            label, fold = _apart(label, key, taken)
        elif fold in taken:
            label, fold = _apart(label, key, taken, number=2)
        taken.add(fold)
        found.append(label)
    return found


def _plain(choices: Sequence[Choice], words: dict[Choice, str], files: Collection[str]) -> str:
    """The words of the choices; `words` are those known. An axis that does not reach a point has none."""
    for choice in choices:
        if choice not in words:
            words[choice] = _word(choice, files) if choice.sets else ""
    return _fit("_".join(filter(None, map(words.__getitem__, choices))), "")


def _apart(base: str, key: str, taken: Collection[str], number: int = 1) -> tuple[str, str]:
    """The first label on `base` that is not taken, and as it is folded."""
    while True:
        label = _fit(base, f"-{key[:8]}" if number == 1 else f"-{key[:8]}-{number}")
        if (fold := folded(label)) not in taken:
            return label, fold
        number += 1


def folded(label: str) -> str:
    """Equal for labels that some file system takes for one."""
    return label.lower() if label.isascii() else unicodedata.normalize("NFKC", label).casefold()


def slug(value: Value) -> str:
    """A value as a part of a file name: lower case, letters and digits of any script, `.`, `-` and `_`."""
    text = str(value) if value is not None else "none"
    text = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[^\w.]+", "-", text)[:LONGEST_WORD].strip("-._") or "x"


def _places(points: Sequence[Point]) -> list[int]:
    """The axes that a label names: the leading four, or what sets them, then those on which the points differ."""
    if not points:
        return []
    axes = [choice.axis for choice in points[0]]
    places = [axes.index(name) if name in axes else _arm(points[0], name) for name in _LEADING]
    leading = list(dict.fromkeys(place for place in places if place is not None))
    others = [place for place in range(len(axes)) if place not in leading]
    return leading + [place for place in others if len({id(point[place]) for point in points}) > 1]


def _arm(point: Point, name: str) -> int | None:
    """The compound axis that sets the prompt or the model, and stands in its place."""
    arms = (place for place, choice in enumerate(point) if name in ("prompt", "model") and name in choice.sets)
    return next(arms, None)


def _word(choice: Choice, files: Collection[str]) -> str:
    label = choice.label
    word = slug(PurePosixPath(str(label)).stem if label in files else label)
    return f"s{word}" if choice.axis == "seed" else word


def _fit(text: str, ending: str) -> str:
    room = MAX_BYTES - len(ending)
    if text.isascii() and len(text) <= room:
        return text.rstrip("-._") + ending
    return text.encode()[:room].decode(errors="ignore").rstrip("-._") + ending
