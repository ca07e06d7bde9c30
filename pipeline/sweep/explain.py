"""Why a cell exists and where each of its values comes from. Expansion keeps none of it: one cell is looked at anew."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import msgspec

from pipeline.catalog.load import Catalog
from pipeline.catalog.model import Model
from pipeline.source.problem import Path
from pipeline.spec.job import JobSpec, Prompt
from pipeline.sweep.cell import Value
from pipeline.sweep.choice import Point
from pipeline.sweep.compose import Composer
from pipeline.sweep.matrix import Matrix
from pipeline.sweep.mistakes import Mistakes
from pipeline.sweep.params import Layer, Layers, rewriting
from pipeline.task.request import ParamValue

_AT_ONCE = 10  # times `max_tasks`: what `only` and `sample` may have left of a larger product


class Source(msgspec.Struct, frozen=True):
    """A value and the `path` at which the job sets it; where that is (), `why` says what does.

    `over` are the weaker places of the job that it overrides, each with its value, the nearest first.
    """

    name: str
    value: object
    path: Path = ()
    why: str = ""
    over: tuple[tuple[Path, object], ...] = ()


class Explanation(msgspec.Struct, frozen=True):
    """A cell taken apart: its values on the axes, what is sent and why, what its template reads.

    `include` is the line of the matrix that adds it (None: the product makes it), `excludes` are the lines that cut
    it from the product. `left_out` are parameters that a null keeps back; `defaults` is what the service adds.
    """

    include: int | None
    excludes: list[int]
    axes: list[Source]
    sent: list[Source]
    left_out: list[Source]
    read: list[Source]
    defaults: dict[str, object]


def explain(spec: JobSpec, catalog: Catalog, place: int) -> Explanation:
    """The cell at `place` of the sweep of `spec`, which has no mistakes."""
    matrix = Matrix(spec)
    point = matrix.expand().points[place]
    composed = Composer(spec, catalog, matrix, Mistakes()).compose(point)
    if composed is None:
        raise ValueError("a job with mistakes cannot be explained")
    request = composed.task.request
    model = catalog.provider(request.provider).served(catalog.model(request.model))
    layers = list(Layers(spec, matrix, {name for one in catalog.models.values() for name in one.params}).of(point))
    return Explanation(
        include=_include(spec, point),
        excludes=[number for number, line in enumerate(spec.matrix.exclude) if matrix.matcher(line)(point)],
        axes=[Source(choice.axis, choice.label, choice.path) for choice in point if choice.sets],
        sent=[_sent(spec, point, layers, model, name, value) for name, value in request.params.items()],
        left_out=list(_left_out(layers, request.params.keys())),
        read=list(_read(spec, point)),
        defaults={
            name: param.default
            for name, param in model.params.items()
            if param.default is not None and name not in request.params
        },
    )


def _include(spec: JobSpec, point: Point) -> int | None:
    """Which include adds a point: the matrix is multiplied with one include more, until it is there."""
    identity = [choice.key for choice in point]
    for count in range(len(spec.matrix.include) + 1):
        cut = {"include": spec.matrix.include[:count], "only": (), "sample": None}
        part = {"matrix": spec.matrix.model_copy(update=cut), "max_tasks": spec.max_tasks * _AT_ONCE}
        points = Matrix(spec.model_copy(update=part)).expand().points
        if any([choice.key for choice in one] == identity for one in points):
            return count - 1 if count else None
    return None


def _sent(spec: JobSpec, point: Point, layers: Sequence[Layer], model: Model, name: str, value: ParamValue) -> Source:
    setting = [layer for layer in reversed(layers) if name in layer.values]
    if name == "prompt":
        prompt = _prompt(spec, point)
        return Source(name, value, ("prompts", prompt.id), f"from {prompt.file}" if prompt.file else "")
    if setting:
        over = tuple((layer.path_of(name), layer.values[name]) for layer in setting[1:])
        return Source(name, value, setting[0].path_of(name), over=over)
    if name in rewriting(model, spec.upsampling):
        may = "may" if spec.upsampling == "on" else "may not"
        return Source(name, value, why=f"upsampling is {spec.upsampling}: the service {may} rewrite the prompt")
    return Source(name, value, _path(point, "size"), f"what the size {_said(point, 'size')} comes to")


def _left_out(layers: Sequence[Layer], sent: Collection[str]) -> Iterator[Source]:
    names = dict.fromkeys(name for layer in layers for name in layer.values if name not in sent)
    for name in names:
        layer = next(layer for layer in reversed(layers) if name in layer.values)
        yield Source(name, layer.values[name], layer.path_of(name))


def _read(spec: JobSpec, point: Point) -> Iterator[Source]:
    """The names that the template of a point reads, with the files that it takes in."""
    prompt = _prompt(spec, point)
    for name in () if prompt.raw else _names(prompt.text, *prompt.includes.values()):
        choice = next((one for one in point if name in one.sets or name == one.axis), None)
        if choice is not None:
            yield Source(
                name, choice.sets.get(name, choice.label), choice.path_of(name) if name in choice.sets else choice.path
            )
        elif name in spec.vars:
            yield Source(name, spec.vars[name], ("vars", name))


def _names(*texts: str) -> list[str]:
    from jinja2 import meta

    from pipeline.spec.language import Language

    language = Language()
    return sorted({name for text in texts for name in meta.find_undeclared_variables(language.allowed(text))})


def _prompt(spec: JobSpec, point: Point) -> Prompt:
    return next(prompt for prompt in spec.prompts if prompt.id == _said(point, "prompt"))


def _said(point: Point, name: str) -> Value:
    return next(choice.sets[name] for choice in point if name in choice.sets)


def _path(point: Point, name: str) -> Path:
    return next(choice.path_of(name) for choice in point if name in choice.sets)
