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
    ends: people who meant the `#` as text do not see it go. `blocks` are the texts that keep their lines (`|`).
    """

    file: str
    value: Any = None
    marks: dict[Path, Mark] = field(default_factory=dict)
    key_marks: dict[Path, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    lifted: dict[Path, Path] = field(default_factory=dict)
    commented: set[Path] = field(default_factory=set)
    blocks: set[Path] = field(default_factory=set)

    def mark(self, path: Path, *, at_key: bool = False) -> Mark:
        """Where `path` stands; for a path that is not in the file, its nearest parent's key."""
        if not at_key and path in self.marks:
            return self.marks[path]
        if not at_key and path and isinstance(path[-1], int) and path[:-1] in self.marks:
            return self.marks[path[:-1]]  # a single value, or a range, is read as a list
        for length in range(len(path), 0, -1):
            known = self.key_marks.get(path[:length]) or self.marks.get(path[:length])
            if known is not None:
                return known
        return self.marks.get((), Mark(1, 1))

    def standing(self, path: Path) -> tuple[bool, bool, int]:
        """Sorts keys (values, in a list) as they stand: other files before this one, each by line, changes last."""
        mark = self.mark(path, at_key=True)
        return not mark.line, not mark.file, mark.line

    def place(self, path: Path) -> str:
        """Where the key at `path` stands, in words: `line 12`, or `line 12 of base.yaml`."""
        mark = self.mark(path, at_key=True)
        if not mark.line:
            return mark.file
        return f"line {mark.line} of {mark.file}" if mark.file else f"line {mark.line}"

    def lay(self, over: Document, at: Path = ()) -> None:
        """Lay another document over what stands `at` a path: mappings are merged, everything else is replaced.

        What is to hold the path must be there.
        """
        replaced: set[Path] = set()
        if at:
            parent = self.value
            for step in at[:-1]:
                parent = parent[step]
            here = isinstance(at[-1], int) or at[-1] in parent
            parent[at[-1]] = _laid(parent[at[-1]], over.value, at, replaced) if here else over.value
        else:
            self.value = _laid(self.value, over.value, at, replaced)
        file = "" if over.file == self.file else over.file
        for ours, theirs in ((self.marks, over.marks), (self.key_marks, over.key_marks)):
            for path in [path for path in ours if _below(path, replaced)]:
                del ours[path]
            ours.update({(*at, *path): mark._replace(file=mark.file or file) for path, mark in theirs.items()})
        if at:
            self.key_marks[at] = self.marks[at]
        self.commented = {path for path in self.commented if not _below(path, replaced)}
        self.commented |= {(*at, *path) for path in over.commented}
        self.blocks = {path for path in self.blocks if not _below(path, replaced)}
        self.blocks |= {(*at, *path) for path in over.blocks}
        self.problems += over.problems

    def problem(self, path: Path, message: str, expected: str = "", hint: str = "", *, at_key: bool = False) -> Problem:
        """A `Problem` at the nearest known mark of `path`: of its key if `at_key`, else of its value."""
        mark = self.mark(path, at_key=at_key)
        return Problem(mark.file or self.file, *mark[:2], self.written_at(path), message, expected, hint)

    def problem_inside(self, path: Path, line: int, message: str, hint: str = "") -> Problem:
        """A `Problem` in that line of the text at `path`, where the file keeps its lines; else at its value."""
        block = next((at for at in (path, (*path, "text")) if at in self.blocks), None)
        found = self.problem(path, message, hint=hint)
        return found if block is None else found._replace(line=self.marks[block].line + line, column=1)

    def written_at(self, path: Path) -> Path:
        """Where the file has what is read at `path`."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lifted:
                return (*self.lifted[path[:length]], *path[length:])
        return path


def _laid(ours: Any, theirs: Any, path: Path, replaced: set[Path]) -> Any:
    """`theirs` over `ours`; where something of ours goes, its path is added to `replaced`."""
    if not (isinstance(ours, dict) and isinstance(theirs, dict)):
        replaced.add(path)
        return theirs
    return ours | {
        key: _laid(ours[key], value, (*path, key), replaced) if key in ours else value for key, value in theirs.items()
    }


def _below(path: Path, roots: set[Path]) -> bool:
    """Whether something in `roots` holds `path`, or is it."""
    return bool(roots) and any(path[:length] in roots for length in range(len(path) + 1))
