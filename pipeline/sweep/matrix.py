"""The matrix: product, exclude, include, then what is kept, as points. Counted before it is expanded (pure)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from math import prod

import msgspec

from pipeline.source.problem import Path, clip
from pipeline.spec.chance import sampled, score
from pipeline.spec.job import Axis, Draw, JobSpec, Scalar
from pipeline.sweep.cell import Finding, MatrixStep
from pipeline.sweep.choice import Choice, Point, choices_of, meaning

Line = Mapping[str, tuple[Scalar | None, ...]]
Options = Sequence[Sequence[Choice]]

_AT_ONCE = 10  # times `max_tasks`: a larger product is not gone through to see what exclude would leave of it
_SEEDS = 1 << 31
_LAST = ("repeat", "seed")  # what changes last in `breadth`


@dataclass
class Expansion:
    """The points in plan order, what each line of the matrix did, and its mistakes.

    `too_big`: which part of the job asks for more cells than it allows, and how many; then nothing is expanded.
    """

    points: list[Point] = field(default_factory=list)
    steps: list[MatrixStep] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    too_big: tuple[Path, int] | None = None

    def refuse(self, path: Path, count: int) -> None:
        """Give up: `count` cells are too many."""
        self.too_big = path, count
        self.points.clear()


class Matrix:
    """A job's axes with their choices, in job order, and the lines that cut and add."""

    def __init__(self, spec: JobSpec) -> None:
        self._matrix = spec.matrix
        self._sizes = spec.sizes
        self._most = spec.max_tasks
        self.choices = [choices_of(axis, spec.sizes) for axis in spec.matrix.axes]
        self._known = [{choice.key: choice for choice in choices} for choices in self.choices]
        self._ranks = {id(choice): rank for choices in self.choices for rank, choice in enumerate(choices)}
        self._owners = {axis.name: place for place, axis in enumerate(spec.matrix.axes)}
        for place, choices in enumerate(self.choices):
            self._owners |= {name: place for choice in choices for name in choice.meanings}
        self._absent = [Choice.absent(axis.name) for axis in spec.matrix.axes]
        self._drawn_for: dict[tuple[int, str], list[Choice]] = {}

    def matcher(self, line: Line) -> Callable[[Point], bool]:
        """Whether a point has, for every name in `line`, one of its values: by meaning, not by spelling."""
        wanted = [(self._place(name), name, self._meanings(name, values)) for name, values in line.items()]
        return lambda point: all(point[place].meanings.get(name) in allowed for place, name, allowed in wanted)

    def expand(self) -> Expansion:
        """Every point once: the product, less what exclude matches, with what include adds; then what is kept of it."""
        expansion = Expansion()
        self._multiply(expansion)
        for number in range(len(self._matrix.include)):
            if not expansion.too_big:
                self._include(expansion, number)
        if not expansion.too_big:
            self._keep(expansion)
        return expansion

    def one_of_each(self, axis: str) -> list[Point]:
        """A point for each value of `axis`, with the first value of every other."""
        first = [choices[:1] or [absent] for choices, absent in zip(self.choices, self._absent, strict=True)]
        place = self._place(axis)
        return list(product(*(self.choices[place] if place == other else one for other, one in enumerate(first))))

    def _multiply(self, expansion: Expansion) -> None:
        count = self._count()
        axes = zip(self._matrix.axes, self.choices, strict=True)
        expansion.steps.append(MatrixStep(" × ".join(_shown(axis, len(choices)) for axis, choices in axes), count))
        excludes = [self.matcher(line) for line in self._matrix.exclude]
        cut_later = bool(excludes or self._matrix.only or self._matrix.sample)
        if count > self._most * (_AT_ONCE if cut_later else 1):
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

    def _include(self, expansion: Expansion, number: int) -> None:
        line = self._matrix.include[number]
        path: Path = ("matrix", "include", number)
        options = [self._options(place, line, path) for place in range(len(self.choices))]
        if (count := prod(map(len, options))) > self._most:
            expansion.refuse(path, count)
            return
        there = {_identity(point) for point in expansion.points}
        asked = {self._place(name) for name in line}
        added = [point for point in self._points(options, asked) if _identity(point) not in there]
        expansion.points += added
        _note(expansion, "include", number, line, len(added))

    def _keep(self, expansion: Expansion) -> None:
        """What `only` and `sample` keep, in the order that the job asks for."""
        before = len(expansion.points)
        if self._matrix.only:
            lines = [self.matcher(line) for line in self._matrix.only]
            kept = [[matches(point) for matches in lines] for point in expansion.points]
            for number, line in enumerate(self._matrix.only):
                if not any(of_point[number] for of_point in kept):
                    message = f"no cell has {written(line)}"
                    expansion.findings.append(_finding(("matrix", "only", number), message, "mend its values"))
            expansion.points = [point for point, of_point in zip(expansion.points, kept, strict=True) if any(of_point)]
            shown = " or ".join(map(written, self._matrix.only))
            expansion.steps.append(MatrixStep(f"only {shown}", len(expansion.points) - before))
        if (sample := self._matrix.sample) is not None:
            before = len(expansion.points)
            expansion.points = sampled(expansion.points, sample.n, sample.salt, _words)
            expansion.steps.append(MatrixStep(f"sample {sample.n}", len(expansion.points) - before))
        if len(expansion.points) > self._most:
            expansion.refuse(("matrix",), len(expansion.points))
        if self._matrix.order == "breadth":
            names = [axis.name for axis in self._matrix.axes]
            last = [names.index(name) for name in _LAST if name in names]
            expansion.points.sort(key=lambda point: [self._ranks.get(id(point[place]), -1) for place in last])

    def _points(self, options: Options, asked: Collection[int] = ()) -> Iterable[Point]:
        """The product of `options`, in job order, the last axis fastest.

        A confined axis multiplies where it is to, and of a drawn one so many as are drawn; if `asked` by name, each
        of its options stands everywhere.
        """
        waiting = [place for place in self._in_turn if place not in asked]
        if not waiting:
            return product(*options)
        plain = [[self._absent[place]] if place in waiting else list(one) for place, one in enumerate(options)]
        points: list[Point] = list(product(*plain))
        for place in waiting:
            points = list(self._spread(points, place, options[place]))
        return sorted(points, key=lambda point: [self._ranks.get(id(choice), -1) for choice in point])

    def _spread(self, points: Iterable[Point], place: int, choices: Sequence[Choice]) -> Iterator[Point]:
        """Each point with each of the choices that the axis at `place` has there; as it is where it has none."""
        axis = self._matrix.axes[place]
        exists = self.matcher(axis.when)
        for point in points:
            if exists(point):
                there = choices if axis.draw is None else self._drawn(place, axis.draw, point)
                yield from ((*point[:place], choice, *point[place + 1 :]) for choice in there)
            else:
                yield point

    def _drawn(self, place: int, draw: Draw, point: Point) -> list[Choice]:
        """What is drawn at `point`: by hash of its words, so that a new value on another axis moves nothing here."""
        near = [[name, _words_of(point[self._place(name)], name)] for name in draw.per]
        words = (self._matrix.axes[place].name, near)
        memo = (place, msgspec.json.encode(near, order="sorted").decode())
        if memo not in self._drawn_for:
            if self.choices[place]:
                drawn = sampled(self.choices[place], draw.n, draw.salt, lambda one: [*words, _words_of(one, one.axis)])
            else:
                drawn = [self._seed(place, rank, score(draw.salt, *words, rank)) for rank in range(draw.n)]
            self._drawn_for[memo] = drawn
        return self._drawn_for[memo]

    def _seed(self, place: int, rank: int, number: int) -> Choice:
        made = Choice.scalar("seed", number % _SEEDS, self._sizes, ("matrix", "seed"))
        choice = self._known[place].setdefault(made.key, made)
        self._ranks.setdefault(id(choice), rank)
        return choice

    def _count(self) -> int:
        """How many cells the product has; where that takes too long to know, how many it has at most."""
        axes = self._matrix.axes
        widths = [axis.draw.n if axis.draw else len(one) for axis, one in zip(axes, self.choices, strict=True)]
        knotted: set[int] = set()
        new = {place for place, axis in enumerate(axes) if axis.when}
        while new:
            knotted |= new
            new = {further for place in new for further in self._needs(place)} - knotted
        rest = prod(width for place, width in enumerate(widths) if place not in knotted)
        most = prod(width for place, width in enumerate(widths) if place in knotted)
        if not knotted or most > self._most * _AT_ONCE:
            return rest * most
        options = [one if place in knotted else [self._absent[place]] for place, one in enumerate(self.choices)]
        return rest * sum(1 for _ in self._points(options, set(range(len(axes))) - knotted))

    @cached_property
    def _in_turn(self) -> list[int]:
        """The confined and drawn axes, each after those that it hangs on (the reader refuses circles)."""
        found: list[int] = []
        left = [place for place, axis in enumerate(self._matrix.axes) if axis.when or axis.draw]
        while left:
            ready = next(place for place in left if not self._needs(place) & set(left))
            left.remove(ready)
            found.append(ready)
        return found

    def _needs(self, place: int) -> set[int]:
        """The axes that the one at `place` hangs on."""
        axis = self._matrix.axes[place]
        return {self._place(name) for name in (*axis.when, *(axis.draw.per if axis.draw else ()))}

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
        found = {choice.key: self._known[place].setdefault(choice.key, choice) for choice in made}
        for choice in found.values():
            self._ranks.setdefault(id(choice), len(self._ranks))  # a new one stands after all that are there
        return list(found.values())

    def places(self, names: Collection[str]) -> list[int]:
        """The axes that set any of these names."""
        return sorted({place for name, place in self._owners.items() if name in names})

    def _place(self, name: str) -> int:
        """The axis that sets `name` (the reader of the job sees to it that there is one, and only one)."""
        return self._owners[name]

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
    text = f"{axis.name} {axis.draw.n} drawn" if axis.draw else f"{axis.name} {values}"
    text += f" for each {', '.join(axis.draw.per)}" if axis.draw and axis.draw.per else ""
    return text + (f" (when {written(axis.when)})" if axis.when else "")


def _note(expansion: Expansion, verb: str, number: int, line: Line, cells: int) -> None:
    expansion.steps.append(MatrixStep(f"{verb} {written(line)}", cells))
    if not cells:
        reason = "removes no cell" if verb == "exclude" else "adds no cell that is not there already"
        found = _finding(("matrix", verb, number), f"this {verb} {reason}", "remove it, or mend its values")
        expansion.findings.append(found)


def _finding(path: Path, message: str, hint: str) -> Finding:
    return Finding(path, message, hint=hint, of_matrix=True)


def _identity(point: Point) -> Hashable:
    return tuple(choice.key for choice in point)


def _words(point: Point) -> object:
    """What a point says, for chance to hang on."""
    return {choice.axis: _words_of(choice, choice.axis) for choice in point if choice.sets}


def _words_of(choice: Choice, name: str) -> object:
    return dict(choice.sets) if name == choice.axis and isinstance(choice.value, dict) else choice.sets.get(name)
