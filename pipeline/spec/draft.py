"""`Draft`: the job as it stands in its file, while it is read: mended in place, with every mistake noted."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any, NamedTuple

from pipeline.source.document import Document
from pipeline.source.problem import Mark, Path, Problem
from pipeline.spec.shape import RawDrawn


class Columns(NamedTuple):
    """A file of rows: its columns by the job's names for them, and those that the job asks for by name.

    The others are there for whoever reads them. `id` labels the rows, those in `where` choose them.
    """

    file: str
    names: tuple[str, ...]
    wanted: frozenset[str]
    id: str | None
    where: frozenset[str]


class Draft:
    """A document, its problems, and what was taken out of it.

    A mended place keeps its marks, so that the sweep's findings about it name the right line. `tables` holds the
    columns of each axis that is a file, `draws` the terms of each that is drawn; the values of the axes
    `from_files`, and those `as_they_stand`, are no ranges. `labels` are the texts by which the job calls a value;
    `prompt_files` are the files that hold one prompt each.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = list(document.problems)
        self._told = {problem[:4] for problem in document.problems}
        self._removed: set[Path] = set()
        self._unsure: set[str] = set()
        self.tables: dict[str, Columns] = {}
        self.draws: dict[str, RawDrawn] = {}
        self.from_files: set[str] = set()
        self.as_they_stand: set[Path] = set()
        self.prompt_files: dict[str, FilePath] = {}
        self.labels: dict[Path, str] = {}
        self.structured: dict[str, None] = {}

    def report(self, path: Path, message: str, expected: str = "", hint: str = "", *, at_key: bool = False) -> None:
        """Note a mistake at `path`; a second one about the very same is left for when the first is mended."""
        problem = self.document.problem(path, message, expected, hint, at_key=at_key)
        if problem[:4] not in self._told:
            self._told.add(problem[:4])
            self.problems.append(problem)

    def at(self, *path: str | int) -> Any:
        """The value at `path`; None when there is none."""
        value = self.document.value
        for step in path:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value

    def mapping(self, *path: str | int) -> dict[str, Any]:
        """The mapping at `path`; an empty one when something else is there."""
        value = self.at(*path)
        return value if isinstance(value, dict) else {}

    def sets(self, name: str) -> bool:
        """Whether the matrix sets `name`: on an axis of its own, or as a part of compound values."""
        axes = self.mapping("matrix")
        parts = (part for values in axes.values() if isinstance(values, list) for part in values)
        return name in axes or any(isinstance(part, dict) and name in part for part in parts)

    def lost(self, *path: str | int) -> bool:
        """Whether `path`, something in it or something around it was taken out."""
        return any(gone[: len(path)] == path or path[: len(gone)] == gone for gone in self._removed)

    def doubt(self, axis: str) -> None:
        """Some value of `axis` could not be used: what asks for it later is no mistake of its own."""
        self._unsure.add(axis)

    def unsure(self, axis: str) -> bool:
        """Whether not every value of `axis` is known."""
        return axis in self._unsure or self.lost("matrix", axis)

    def remove(self, path: Path) -> None:
        """Take out the nearest key that holds `path` (never an element of a list: the others would move)."""
        while path and not isinstance(path[-1], str):
            path = path[:-1]
        if path:
            self._removed.add(path)
            self.mapping(*path[:-1]).pop(str(path[-1]), None)

    def move(self, old: Path, new: Path) -> None:
        """Read the value at `old` as if it stood at `new`; both end in keys. Beside each other, the order is kept."""
        value = self.at(*old)
        if old[:-1] == new[:-1]:
            parent = self.mapping(*old[:-1])
            entries = [(new[-1] if key == old[-1] else key, entry) for key, entry in parent.items()]
            parent.clear()
            parent.update({str(key): entry for key, entry in entries})
        else:
            self.mapping(*old[:-1]).pop(str(old[-1]))
            self._make(new[:-1])[str(new[-1])] = value
        for marks in (self.document.marks, self.document.key_marks):
            paths = marks if isinstance(value, dict | list) else marks.keys() & {old}
            moved = {(*new, *path[len(old) :]): marks[path] for path in paths if path[: len(old)] == old}
            marks.update(moved)

    def lift(self, old: Path, new: Path) -> None:
        """As `move`, but problems go on naming the place that the file has."""
        written = self.document.written_at(old)
        self.move(old, new)
        self.document.lifted[new] = written

    def put(self, path: Path, values: list[Any], marks: list[Mark]) -> None:
        """Read a list at `path` that stands elsewhere: `marks` are the places of its values."""
        self.mapping(*path[:-1])[str(path[-1])] = values
        self.document.marks.update({(*path, index): mark for index, mark in enumerate(marks)})

    def structure(self, text: str) -> str:
        """Note that `text` is the JSON of a mapping or a list, whose parts templates may read."""
        self.structured[text] = None
        return text

    def can_hold(self, path: Path) -> bool:
        """Whether there is a mapping at `path`, or could be."""
        for length in range(len(path)):
            parent = self.mapping(*path[:length])
            if path[length] in parent and not isinstance(parent[str(path[length])], dict):
                return False
        return True

    def _make(self, path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = self.document.value
        for step in path:
            mapping = mapping.setdefault(str(step), {})
        return mapping
