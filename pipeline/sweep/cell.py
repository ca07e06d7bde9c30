"""`Cell` and `Sweep`: what a job's matrix comes to."""

from __future__ import annotations

import msgspec

from pipeline.source.problem import Path
from pipeline.task.request import Request, Task

Value = str | int | float | bool | None


class Price(msgspec.Struct, frozen=True):
    """Micro-USD for one picture (None: unknown) and where the figure comes from."""

    micro_usd: int | None
    source: str


class Cell(msgspec.Struct, frozen=True):
    """One point of the matrix.

    `axes` holds its value on every axis in job order (a compound's is a mapping of its parts with its label under
    `id`); `sent_size` is what the size came to, as `1344x768`, `16:9` or `auto`; `expect` is what the
    picture should show, by name (`text`).
    """

    label: str
    task: Task
    axes: dict[str, Value | dict[str, Value]]
    price: Price
    sent_size: str
    expect: dict[str, str] = {}


class Finding(msgspec.Struct, frozen=True):
    """A mistake at `path` of the job: the spec's marks turn it into a `Problem`.

    `of_matrix`: it is one only if the matrix is as it was meant.
    """

    path: Path
    message: str
    expected: str = ""
    hint: str = ""
    of_matrix: bool = False


class MatrixStep(msgspec.Struct, frozen=True):
    """What one line of the matrix did: how many cells the product or an include added, or (negative) an exclude cut."""

    text: str
    cells: int


class Sweep(msgspec.Struct, frozen=True):
    """The cells in plan order, and what people should know about them.

    `notes` are for `plan` to print (prompts that render alike, sizes chosen by shape, deprecated models);
    `inputs` are the input images' bytes by sha256.
    """

    cells: list[Cell]
    steps: list[MatrixStep]
    notes: list[str]
    inputs: dict[str, bytes]

    def tasks(self) -> dict[str, Request]:
        """Every task once, by key, in the order of its first cell."""
        return {cell.task.key: cell.task.request for cell in self.cells}
