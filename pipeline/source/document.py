"""`Document`: a file's plain values, with the place of every one of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pipeline.source.problem import Mark, Path, Problem


@dataclass
class Document:
    """What a YAML file says: dicts with text keys, lists, and scalars of YAML 1.2.

    `file` is the name as the user typed it. `marks` holds the place of every value, `key_marks` of every key, both
    by the value's path. `problems` are mistakes that allowed reading on (each left the value most likely meant).
    `lifted` says where the file has what is read at another path. `commented` are the unquoted texts that a comment
    ends: people who meant the `#` as text do not see it go.
    """

    file: str
    value: Any = None
    marks: dict[Path, Mark] = field(default_factory=dict)
    key_marks: dict[Path, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    lifted: dict[Path, Path] = field(default_factory=dict)
    commented: set[Path] = field(default_factory=set)

    def mark(self, path: Path, *, at_key: bool = False) -> Mark:
        """Where `path` stands; for a path that is not in the file, its nearest parent's key."""
        if not at_key and path in self.marks:
            return self.marks[path]
        for length in range(len(path), 0, -1):
            known = self.key_marks.get(path[:length]) or self.marks.get(path[:length])
            if known is not None:
                return known
        return self.marks.get((), Mark(1, 1))

    def line(self, path: Path) -> int:
        """The line of the key at `path` (of the value, in a list)."""
        return self.mark(path, at_key=True).line

    def problem(self, path: Path, message: str, expected: str = "", hint: str = "", *, at_key: bool = False) -> Problem:
        """A `Problem` at the nearest known mark of `path`: of its key if `at_key`, else of its value."""
        mark = self.mark(path, at_key=at_key)
        return Problem(mark.file or self.file, *mark[:2], self.written_at(path), message, expected, hint)

    def written_at(self, path: Path) -> Path:
        """Where the file has what is read at `path`."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lifted:
                return (*self.lifted[path[:length]], *path[length:])
        return path
