"""The matrix: product, then exclude, then include, as points. Counted before it is expanded (pure)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from math import prod

from pipeline.source.problem import Path, clip
from pipeline.spec.job import Axis, JobSpec, Scalar
from pipeline.sweep.cell import Finding, MatrixStep
from pipeline.sweep.choice import Choice, Point, choices_of, meaning

MAX_CELLS = 10_000
MAX_PRODUCT = 10 * MAX_CELLS  # a larger product is not gone through to see what exclude would leave of it

Line = Mapping[str, tuple[Scalar | None, ...]]
Options = Sequence[Sequence[Choice]]


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
        self._absent = [Choice.absent(axis.name) for axis in spec.matrix.axes]

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
        count = self._count()
        axes = zip(self._matrix.axes, self.choices, strict=True)
        expansion.steps.append(MatrixStep(" × ".join(_shown(axis, len(choices)) for axis, choices in axes), count))
        excludes = [self.matcher(line) for line in self._matrix.exclude]
        if count > (MAX_PRODUCT if excludes else MAX_CELLS):
            expansion.refuse(("matrix",), count)
            return
        removed = [0] * len(excludes)
        for point in self._points(self.choices):
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
        asked = {self._place(name) for name in line}
        added = [point for point in self._points(options, asked) if _identity(point) not in there]
        expansion.points += added
        _note(expansion, "include", number, line, len(added))
        if len(expansion.points) > MAX_CELLS:
            expansion.refuse(("matrix",), len(expansion.points))

    def _points(self, options: Options, asked: Collection[int] = ()) -> Iterable[Point]:
        """The product of `options`, in job order. A confined axis multiplies where it is to; if `asked`, everywhere."""
        waiting = [place for place in self._in_turn if place not in asked]
        if not waiting:
            return product(*options)
        plain = [[self._absent[place]] if place in waiting else list(one) for place, one in enumerate(options)]
        points: list[Point] = list(product(*plain))
        for place in waiting:
            points = list(self._spread(points, place, options[place]))
        ranks = {id(choice): rank for one in options for rank, choice in enumerate(one)}
        return sorted(points, key=lambda point: [ranks.get(id(choice), -1) for choice in point])

    def _spread(self, points: Iterable[Point], place: int, choices: Sequence[Choice]) -> Iterator[Point]:
        """Each point with each of the choices, where the axis at `place` exists; else as it is."""
        exists = self.matcher(self._matrix.axes[place].when)
        for point in points:
            if exists(point):
                yield from ((*point[:place], choice, *point[place + 1 :]) for choice in choices)
            else:
                yield point

    def _count(self) -> int:
        """How many cells the product has; where that takes too long to know, how many it has at most."""
        knotted = {place for place in self._in_turn for place in (place, *self._needs(place))}
        rest = prod(len(choices) for place, choices in enumerate(self.choices) if place not in knotted)
        most = prod(len(choices) for place, choices in enumerate(self.choices) if place in knotted)
        if not knotted or most > MAX_PRODUCT:
            return rest * most
        options = [choices if place in knotted else choices[:1] for place, choices in enumerate(self.choices)]
        return rest * sum(1 for _ in self._points(options))

    @cached_property
    def _in_turn(self) -> list[int]:
        """The confined axes, each after those that it asks for (the reader sees to it that there is no circle)."""
        found: list[int] = []
        left = [place for place, axis in enumerate(self._matrix.axes) if axis.when]
        while left:
            ready = next(place for place in left if not self._needs(place) & set(left))
            left.remove(ready)
            found.append(ready)
        return found

    def _needs(self, place: int) -> set[int]:
        """The axes that say whether the one at `place` exists."""
        return {self._place(name) for name in self._matrix.axes[place].when}

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


def _shown(axis: Axis, values: int) -> str:
    return f"{axis.name} {values}" + (f" (when {written(axis.when)})" if axis.when else "")


def _note(expansion: Expansion, verb: str, number: int, line: Line, cells: int) -> None:
    expansion.steps.append(MatrixStep(f"{verb} {written(line)}", cells))
    if not cells:
        reason = "removes no cell" if verb == "exclude" else "adds no cell that is not there already"
        hint = "remove it, or mend its values"
        expansion.findings.append(Finding(("matrix", verb, number), f"this {verb} {reason}", hint=hint))


def _identity(point: Point) -> Hashable:
    return tuple(choice.key for choice in point)
