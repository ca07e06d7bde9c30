"""`Choice`: one value of one axis, with all that it sets; a `Point` is one choice on every axis (pure)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from pipeline.source.problem import Path
from pipeline.spec.job import Axis, Compound, Scalar
from pipeline.spec.units import size_meaning
from pipeline.sweep.cell import Value


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One value of one axis.

    `value` as a cell records it; `sets` is what it sets, by name; `meanings` is what exclude, include and overrides
    compare (a compound's own name means its id); `key` is equal for two that set the same; `path` is where the job
    says it.
    """

    axis: str
    value: Value | dict[str, Value]
    sets: Mapping[str, Value]
    meanings: Mapping[str, Hashable]
    key: Hashable
    path: Path

    @classmethod
    def scalar(
        cls, axis: str, value: Scalar | None, sizes: Mapping[str, str], path: Path, label: str | None = None
    ) -> Choice:
        """A plain value, recorded by its `label` if it has one: it sets its axis' own name."""
        said = meaning(axis, value, sizes)
        return cls(axis, value if label is None else label, {axis: value}, {axis: said}, said, path)

    @classmethod
    def of_compound(cls, axis: str, value: Compound, sizes: Mapping[str, str], path: Path) -> Choice:
        """A compound value: it sets each of its parts."""
        parts = {name: meaning(name, part, sizes) for name, part in value.sets.items()}
        own = {axis: meaning(axis, value.id, sizes)}
        return cls(axis, {"id": value.id, **value.sets}, value.sets, own | parts, frozenset(parts.items()), path)

    @classmethod
    def absent(cls, axis: str) -> Choice:
        """What stands for an axis in the cells that it does not reach: the default, where cells must have one."""
        if axis in DEFAULTS:
            return cls.scalar(axis, DEFAULTS[axis], {}, ("matrix", axis))
        return cls(axis, None, {}, {}, None, ("matrix", axis))

    @property
    def label(self) -> Value:
        """The value, or a compound's id."""
        return self.value["id"] if isinstance(self.value, dict) else self.value

    def path_of(self, name: str) -> Path:
        """Where the job sets `name`."""
        return (*self.path, name) if isinstance(self.value, dict) else self.path


DEFAULTS: Mapping[str, Scalar] = {"seed": 1, "size": "auto"}
Point = tuple[Choice, ...]


def choices_of(axis: Axis, sizes: Mapping[str, str]) -> list[Choice]:
    """The values of an axis in job order."""
    labels = {meaning(axis.name, value, sizes): label for label, value in axis.labels.items()}
    found = []
    for place, value in enumerate(axis.values):
        path = ("matrix", axis.name, place)
        if isinstance(value, Compound):
            found.append(Choice.of_compound(axis.name, value, sizes, path))
        else:
            label = labels.get(meaning(axis.name, value, sizes))
            found.append(Choice.scalar(axis.name, value, sizes, path, label))
    return found


def meaning(name: str, value: Value, sizes: Mapping[str, str]) -> Hashable:
    """Equal for two values that ask for the same on `name`: `square` and 1024x1024, 2 and 2.0, but not 1 and true."""
    if name == "size" and isinstance(value, str):
        return size_meaning(sizes.get(value, value))
    return (isinstance(value, bool), value)


def picker(places: Sequence[int]) -> Callable[[Point], Hashable]:
    """Takes from a point its choices at these places: two points that have the same there are equal in them."""
    return itemgetter(*places) if places else lambda _: ()
