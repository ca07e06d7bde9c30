"""`Problem`: one mistake in a file that a person wrote, and where it stands."""

from __future__ import annotations

from typing import NamedTuple

Path = tuple[str | int, ...]


class Mark(NamedTuple):
    """A place in a text: line and column, both from 1."""

    line: int
    column: int


class Problem(NamedTuple):
    """One mistake. Sorts by file and place; prints on one line as `file:line:column path: message; expected …; hint`.

    `path` is breadcrumbs such as `("matrix", "seed", 2)`, printed `matrix.seed[2]`; `hint` is the mend
    ("did you mean `steps`?").
    """

    file: str
    line: int
    column: int
    path: Path
    message: str
    expected: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}"
        path = breadcrumbs(self.path)
        parts = [f"{path}: {self.message}" if path else self.message]
        parts += [f"expected {self.expected}"] if self.expected else []
        parts += [self.hint] if self.hint else []
        return f"{place} " + "; ".join(parts)


def breadcrumbs(path: Path) -> str:
    """`("matrix", "seed", 2)` as `matrix.seed[2]`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
