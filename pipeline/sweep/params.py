"""What a cell sends beside its prompt: params, model's params, overrides, axes; each value knows where it is from."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from pipeline.catalog.check import coerce
from pipeline.catalog.model import Model
from pipeline.catalog.route import split_route
from pipeline.source.problem import Path
from pipeline.spec.job import JobSpec
from pipeline.sweep.cell import Value
from pipeline.sweep.choice import Choice, Point
from pipeline.sweep.matrix import Matrix
from pipeline.task.request import ParamValue

Values = dict[str, ParamValue | None]
_OWN_AXES = frozenset({"prompt", "model", "size", "repeat", "provider"})


class Layer(NamedTuple):
    """Parameters that one place of the job sets."""

    values: Values
    source: Path | Choice

    def path_of(self, name: str) -> Path:
        """Where this layer sets `name`."""
        return self.source.path_of(name) if isinstance(self.source, Choice) else (*self.source, name)


class Layers:
    """Params below the model's own below overrides below axes, for every point of a job.

    `known`: every parameter of the catalog.
    """

    def __init__(self, spec: JobSpec, matrix: Matrix, known: Collection[str]) -> None:
        self.known = frozenset(known) - _OWN_AXES
        self._params = Layer(_coerced(spec.params), ("params",))
        self._models = {
            name: Layer(_coerced(options.params), ("models", name, "params")) for name, options in spec.models.items()
        }
        self._overrides = [
            (matrix.matcher(override.match), Layer(_coerced(override.set), ("overrides", number, "set")))
            for number, override in enumerate(spec.overrides)
        ]
        self._of_choice: dict[int, Layer | None] = {}
        self.unmatched = set(range(len(spec.overrides)))
        written = [self._params, *self._models.values(), *(layer for _, layer in self._overrides)]
        self.covered = {layer.path_of(name) for layer in written for name in layer.values}

    def of(self, point: Point) -> Iterator[Layer]:
        """The layers of a point, the weakest first."""
        yield self._params
        model = next(str(choice.sets["model"]) for choice in point if "model" in choice.sets)
        if (layer := self._models.get(split_route(model)[1])) is not None:
            yield layer
        for number, (matches, layer) in enumerate(self._overrides):
            if matches(point):
                self.unmatched.discard(number)
                yield layer
        for choice in point:
            if of_choice := self._layer(choice):
                yield of_choice

    def uncover(self, layers: Sequence[Layer]) -> None:
        """Note whose values the layers of a point let through."""
        if self.covered:
            top = {name: layer for layer in layers for name in layer.values}
            self.covered -= {layer.path_of(name) for name, layer in top.items()}

    def _layer(self, choice: Choice) -> Layer | None:
        # By identity: choices live as long as the points that hold them.
        if id(choice) not in self._of_choice:
            values = _coerced({name: value for name, value in choice.sets.items() if name in self.known})
            self._of_choice[id(choice)] = Layer(values, choice) if values else None
        return self._of_choice[id(choice)]


def rewriting(model: Model, upsampling: str) -> Values:
    """What must be sent so that the service's own rewriting of prompts is off (or on); nothing for `as-is`.

    Models say it in two ways: `prompt_upsampling` turns it on, `disable_pup` turns off what is on by default. Where
    the service's default is already what the job wants, nothing is sent.
    """
    params = model.params
    if upsampling == "off":
        wanted: Values = {"prompt_upsampling": False, "disable_pup": True}
    elif upsampling == "on":
        wanted = {"prompt_upsampling": True, "disable_pup": False}
    else:
        return {}
    return {name: value for name, value in wanted.items() if name in params and params[name].default is not value}


def _coerced(values: Mapping[str, Value]) -> Values:
    return {name: None if value is None else coerce(value) for name, value in values.items()}
