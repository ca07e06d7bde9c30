"""The matrix: product, then exclude, then include, as points. Counted before it is expanded (pure)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod

from pipeline.source.problem import Path, clip
from pipeline.spec.job import JobSpec, Scalar
from pipeline.sweep.cell import Finding, MatrixStep
from pipeline.sweep.choice import Choice, Point, choices_of, meaning

MAX_CELLS = 10_000
MAX_PRODUCT = 10 * MAX_CELLS  # a larger product is not gone through to see what exclude would leave of it

Line = Mapping[str, tuple[Scalar | None, ...]]


@dataclass
class Expansion:
    """The points in plan order, what each line of the matrix did, and its mistakes. `too_big`: not expanded."""

    points: list[Point] = field(default_factory=list)
    steps: list[MatrixStep] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    too_big: bool = False

    def refuse(self, path: Path, count: int) -> None:
        """Give up: `count` cells are too many."""
        self.too_big = True
        self.points.clear()
        hint = "shorten an axis, or pair values in a compound axis"
        self.findings.append(Finding(path, f"this comes to {count:,} cells", f"at most {MAX_CELLS:,}", hint))


class Matrix:
    """A job's axes with their choices, in job order, and the lines that cut and add."""

    def __init__(self, spec: JobSpec) -> None:
        self._matrix = spec.matrix
        self._sizes = spec.sizes
        self.choices = [choices_of(axis, spec.sizes) for axis in spec.matrix.axes]
        self._known = [{choice.key: choice for choice in choices} for choices in self.choices]

    def matcher(self, line: Line) -> Callable[[Point], bool]:
        """Whether a point has, for every name in `line`, one of its values: by meaning, not by spelling."""
        wanted = [(self._place(name), name, self._meanings(name, values)) for name, values in line.items()]
        return lambda point: all(point[place].meanings.get(name) in allowed for place, name, allowed in wanted)

    def expand(self) -> Expansion:
        """Every point once: the product, its last axis fastest, less what exclude matches, then what include adds."""
        expansion = Expansion()
        self._multiply(expansion)
        for number in range(len(self._matrix.include)):
            if not expansion.too_big:
                self._include(expansion, number)
        return expansion

    def _multiply(self, expansion: Expansion) -> None:
        count = prod(map(len, self.choices))
        axes = zip(self._matrix.axes, self.choices, strict=True)
        expansion.steps.append(MatrixStep(" × ".join(f"{axis.name} {len(choices)}" for axis, choices in axes), count))
        excludes = [self.matcher(line) for line in self._matrix.exclude]
        if count > (MAX_PRODUCT if excludes else MAX_CELLS):
            expansion.refuse(("matrix",), count)
            return
        removed = [0] * len(excludes)
        for point in product(*self.choices):
            cut = next((number for number, matches in enumerate(excludes) if matches(point)), None)
            if cut is None:
                expansion.points.append(point)
            else:
                removed[cut] += 1
        for number, cells in enumerate(removed):
            _note(expansion, "exclude", number, self._matrix.exclude[number], -cells)
        if len(expansion.points) > MAX_CELLS:
            expansion.refuse(("matrix",), len(expansion.points))

    def _include(self, expansion: Expansion, number: int) -> None:
        line = self._matrix.include[number]
        path: Path = ("matrix", "include", number)
        options = [self._options(place, line, path) for place in range(len(self.choices))]
        if (count := prod(map(len, options))) > MAX_CELLS:
            expansion.refuse(path, count)
            return
        there = {_identity(point) for point in expansion.points}
        added = [point for point in product(*options) if _identity(point) not in there]
        expansion.points += added
        _note(expansion, "include", number, line, len(added))
        if len(expansion.points) > MAX_CELLS:
            expansion.refuse(("matrix",), len(expansion.points))

    def _options(self, place: int, line: Line, path: Path) -> Sequence[Choice]:
        """The choices of one axis that an include asks for: all where it is silent, else those that it lists.

        A value that is not on a plain axis is made for it; the values of a compound axis are the ones it has.
        """
        choices = self.choices[place]
        named = {name: self._meanings(name, values) for name, values in line.items() if self._place(name) == place}
        axis = self._matrix.axes[place]
        if axis.kind == "compound" or not named:
            return [one for one in choices if all(one.meanings.get(name) in wanted for name, wanted in named.items())]
        made = [Choice.scalar(axis.name, value, self._sizes, (*path, axis.name)) for value in line[axis.name]]
        return list({choice.key: self._known[place].setdefault(choice.key, choice) for choice in made}.values())

    def _place(self, name: str) -> int:
        """The axis that sets `name` (the reader of the job sees to it that there is one, and only one)."""
        return next(place for place, choices in enumerate(self.choices) if any(name in one.meanings for one in choices))

    def _meanings(self, name: str, values: Sequence[Scalar | None]) -> set[Hashable]:
        return {meaning(name, value, self._sizes) for value in values}


def written(line: Line) -> str:
    """A line of the matrix in a few words: `model: flux-2-pro, seed: 1 | 2`."""
    return ", ".join(
        f"{name}: {' | '.join('null' if value is None else clip(str(value)) for value in values[:4])}"
        + (" | …" if len(values) > 4 else "")
        for name, values in line.items()
    )


def _note(expansion: Expansion, verb: str, number: int, line: Line, cells: int) -> None:
    expansion.steps.append(MatrixStep(f"{verb} {written(line)}", cells))
    if not cells:
        reason = "removes no cell" if verb == "exclude" else "adds no cell that is not there already"
        hint = "remove it, or mend its values"
        expansion.findings.append(Finding(("matrix", verb, number), f"this {verb} {reason}", hint=hint))


def _identity(point: Point) -> Hashable:
    return tuple(choice.key for choice in point)
