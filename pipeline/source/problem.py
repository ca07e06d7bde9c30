"""`Problem`: one mistake in a file that a person wrote, and where it stands."""

from __future__ import annotations

from typing import Any, NamedTuple

Path = tuple[str | int, ...]

_CLIP = 48


class Mark(NamedTuple):
    """A place in a text: line and column, both from 1; `file` is empty in the file that is being read."""

    line: int
    column: int
    file: str = ""


class Problem(NamedTuple):
    """One mistake. Sorts by file and place; prints on one line as `file:line:column path: message; expected …; hint`.

    A line 0 says that the place is no file: it prints as `--set seed=x: path: …`. `path` is breadcrumbs such as
    `("matrix", "seed", 2)`, printed `matrix.seed[2]`; `hint` is the mend ("did you mean `steps`?").
    """

    file: str
    line: int
    column: int
    path: Path
    message: str
    expected: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else f"{self.file}:"
        path = breadcrumbs(self.path)
        parts = [f"{path}: {self.message}" if path else self.message]
        parts += [f"expected {self.expected}"] if self.expected else []
        parts += [self.hint] if self.hint else []
        return f"{place} " + "; ".join(parts)

    def __lt__(self, other: tuple[Any, ...]) -> bool:
        # Paths mix names and indexes, which do not compare.
        return (self[:3], str(self)) < (other[:3], str(other))


def breadcrumbs(path: Path) -> str:
    """`("matrix", "seed", 2)` as `matrix.seed[2]`."""
    text = ""
    for step in path:
        name = f"[{step}]" if isinstance(step, int) else clip(step)
        text += name if isinstance(step, int) or not text else f".{name}"
    return text


def clip(text: str) -> str:
    """`text` on one line and short enough for a message; what does not print is escaped."""
    printable = text if text.isprintable() else repr(text)[1:-1]
    return printable if len(printable) <= _CLIP else printable[: _CLIP - 1] + "…"
