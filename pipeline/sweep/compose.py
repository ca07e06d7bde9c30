"""One point of the matrix becomes one request: model, size, parameters and prompt, all of it checked."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from typing import NamedTuple

from pipeline.catalog.check import Mismatch, check_params
from pipeline.catalog.load import Catalog
from pipeline.catalog.model import Model
from pipeline.catalog.price import list_price, megapixel_price, own_price
from pipeline.catalog.provider import ProviderSpec
from pipeline.catalog.route import split_route
from pipeline.source.problem import Path, clip
from pipeline.spec.job import JobSpec
from pipeline.sweep.cell import Price, Value
from pipeline.sweep.choice import Choice, Point, picker
from pipeline.sweep.inputs import Inputs
from pipeline.sweep.matrix import Matrix
from pipeline.sweep.mistakes import Mistakes
from pipeline.sweep.params import Layer, Layers, Values, rewriting
from pipeline.sweep.sizes import AUTO, Sent, resolve_size
from pipeline.sweep.templates import NOTHING, REMEMBERED, Templates
from pipeline.task.fingerprint import Stencil, task_of
from pipeline.task.request import ImageRef, ParamValue, Request, Task

_SLOT = re.compile(r"(.+)_[0-9]+")
_TELLING = ("model", "provider", "size", "repeat")
# The reader of the job sees to it that some model takes every parameter: what is wrong is that not all do.
_HINTS = {
    "params": "set it under `models`, for those that take it",
    "overrides": "let `match` name the models that take it",
    "matrix": "confine the axis by `when`, exclude these cells, or give them null",
    "include": "exclude these cells, or give them null",
}


class Composed(NamedTuple):
    """A request as a task, with what the plan says of it. `shape`: the shape that was turned into `sent_size`.

    `expect` is what the picture should show, by name.
    """

    task: Task
    price: Price
    sent_size: str
    shape: str = ""
    expect: dict[str, str] = NOTHING


class _Ground(NamedTuple):
    """All of a request but its prompt, which goes between the parameters `before` and `after` it.

    `images`: it has an input image, and needs no prompt; `bare`: the model does without one then.
    """

    request: Request
    before: dict[str, ParamValue]
    after: dict[str, ParamValue]
    stencil: Stencil
    price: Price
    sent_size: str
    shape: str
    images: bool
    bare: bool


class Composer:
    """Composes the points of one job; what is wrong with any of them is noted in `mistakes`.

    `dropped` are the parameters that were left out, as the job allows, each with the models that do not know it.
    """

    def __init__(self, spec: JobSpec, catalog: Catalog, matrix: Matrix, mistakes: Mistakes) -> None:
        self._spec, self._catalog, self._mistakes = spec, catalog, mistakes
        self._layers = Layers(spec, matrix, {name for model in catalog.models.values() for name in model.params})
        self._templates = Templates(spec, matrix, mistakes)
        self._inputs = Inputs(spec.images)
        matched = {name for override in spec.overrides for name in override.match}
        self._told_by = picker(matrix.places({*_TELLING, *self._layers.known, *matched}))
        self._grounds: dict[Hashable, _Ground | None] = {}
        self._prompting = matrix.places({"prompt"})[0]
        self._empty: dict[str, list[Choice]] = {}
        self.dropped: dict[str, dict[str, None]] = {}

    @property
    def inputs(self) -> dict[str, bytes]:
        """The input images that the requests hold, by SHA-256."""
        return self._inputs.kept

    def unmatched(self) -> list[int]:
        """The overrides that matched no point so far."""
        return sorted(self._layers.unmatched)

    def covered(self) -> list[Path]:
        """Where the job sets parameters that no point has had so far."""
        return sorted(self._layers.covered, key=str)

    def compose(self, point: Point) -> Composed | None:
        """The task of a point; None where something is wrong with it."""
        told = self._told_by(point)
        if told not in self._grounds:
            if len(self._grounds) >= REMEMBERED:
                self._grounds.clear()
            self._grounds[told] = self._ground(point)
        ground = self._grounds[told]
        prompt = str(point[self._prompting].sets["prompt"])
        text = self._templates.render(("prompts", prompt), point)
        expect = self._templates.expected(point)
        if ground is None or text is None or expect is None:
            return None
        if not text and not ground.images:
            self._tell_empty(prompt, point)
            return None
        request = ground.request
        if text or not ground.bare:
            params = {**ground.before, "prompt": text, **ground.after}
            key = ground.stencil.fingerprint(text)
            task = Task(key, Request(request.provider, request.model, params, request.repeat))
        else:
            task = task_of(request)
        return Composed(task, ground.price, ground.sent_size, ground.shape, expect)

    def _tell_empty(self, prompt: str, point: Point) -> None:
        """Note, with the first of its cells, a prompt that comes out empty."""
        told = [choice for choice in point if choice.sets and choice.axis not in (*_TELLING, "prompt", "seed")]
        where = self._empty.setdefault(prompt, told)
        cell = ", ".join(f"{choice.axis}: {clip(str(choice.label))}" for choice in where)
        message = f"the prompt comes out empty where {cell}" if cell else "the prompt comes out empty"
        hint = "give its `if` an `else`, or `exclude` those cells"
        self._mistakes.add(("prompts", prompt), message, hint=hint)

    def _ground(self, point: Point) -> _Ground | None:
        """What the point asks for beside its prompt: the same for all that have the same choices where it is told."""
        said: dict[str, Value] = {name: value for choice in point for name, value in choice.sets.items()}
        routed = self._route(point, said)
        if routed is None:
            return None
        provider, model = routed
        layers = list(self._layers.of(point))
        self._layers.uncover(layers)
        size = self._size(point, model, str(said["size"]), layers)
        values = self._values(model, layers)
        before = {name: value for name, value in values.items() if value is not None}
        after = size.params if size else {}
        params = before | after
        # A wrong size or prompt is told by itself; what else is wrong is told in the same go.
        mismatches = [one for one in check_params(model, params | {"prompt": ""}) if one.parameter != "prompt"]
        mismatches += [*self._of_two_sizes(model, params), *_without_the_first(model, params)]
        for mismatch in mismatches:
            self._blame(mismatch, point, model, layers)
        if mismatches or size is None:
            return None
        repeat = said.get("repeat", 1)
        request = Request(provider.name, model.name, params, repeat if isinstance(repeat, int) else 1)
        return _Ground(
            request=request,
            before=before,
            after=after,
            stencil=Stencil(request, "prompt"),
            price=self._price(provider, model, params),
            sent_size=_shown(size, params),
            shape=str(said["size"]) if size.chosen else "",
            images=any(model.params[name].image for name, value in values.items() if value and name in model.params),
            bare=not model.params["prompt"].required,
        )

    def _route(self, point: Point, said: Mapping[str, Value]) -> tuple[ProviderSpec, Model] | None:
        """The provider of a point, and its model as that provider takes it."""
        named, model = split_route(str(said["model"]))
        provider = self._catalog.provider(named or str(said.get("provider", self._spec.provider)))
        if named and "provider" in said:
            message = f"`{named}/{model}` names a provider, and so does `provider`"
            self._mistakes.add(_path(point, "model"), message, hint="keep one of them")
        elif model not in provider.models:
            self._mistakes.add(_path(point, "model"), f"`{provider.name}` does not serve `{model}`")
        else:
            return provider, provider.served(self._catalog.model(model))
        return None

    def _price(self, provider: ProviderSpec, model: Model, params: Mapping[str, ParamValue]) -> Price:
        """One picture's price, and whose figure it is: the user's own, else the provider's, else the vendor's list."""
        if provider.free:
            return Price(0, "free")
        input_ = self._inputs.megapixels(value for value in params.values() if isinstance(value, ImageRef))
        prices = self._spec.prices
        yours = prices.get(f"{provider.name}/{model.name}", prices.get(model.name))
        theirs = provider.prices.get(model.name)
        micro_usd: int | None
        if yours is not None and yours.picture is not None:
            micro_usd, source = yours.picture, "yours"
        elif yours is not None:
            rates = yours.first, yours.further, yours.input
            micro_usd, source = megapixel_price(*rates, params, input_megapixels=input_), "yours"
        elif theirs is not None:
            micro_usd = own_price(theirs, params, input_megapixels=input_)
            source = f"the price list of {provider.name}"
        else:
            micro_usd, source = list_price(model, params, input_megapixels=input_), f"about: {provider.price_note}"
        return Price(micro_usd, "unknown" if micro_usd is None else source)

    def _size(self, point: Point, model: Model, word: str, layers: Sequence[Layer]) -> Sent | None:
        size = resolve_size(model, self._spec.sizes.get(word, word))
        if isinstance(size, Mismatch):
            self._mistakes.add(_path(point, "size"), size.message, size.expected, size.hint, model=model.name)
            return None
        twice = [(layer, name) for layer in layers for name in size.params if layer.values.get(name) is not None]
        for layer, name in twice:
            message, hint = f"`{name}` is also set by `size`", "keep one of them"
            self._mistakes.add(layer.path_of(name), message, hint=hint)
        return None if twice else size

    def _of_two_sizes(self, model: Model, params: Mapping[str, ParamValue]) -> list[Mismatch]:
        """Input images that should have the same pixels, and have not."""
        found = []
        for first, *others in model.same_size:
            sides = self._inputs.sides(params.get(first))
            for name in others:
                if sides and (here := self._inputs.sides(params.get(name))) not in ("", sides):
                    message = f"`{name}` is {here}, `{first}` is {sides}"
                    found.append(Mismatch(name, message, hint="make them the same size"))
        return found

    def _values(self, model: Model, layers: Sequence[Layer]) -> Values:
        """The layers on top of each other, input images by content. A null is still there: it leaves a value out."""
        values = rewriting(model, self._spec.upsampling)
        for layer in layers:
            values.update(layer.values)
        if self._spec.on_unsupported == "drop":
            for name in [name for name in values if name not in model.params]:
                del values[name]
                self.dropped.setdefault(name, {})[model.name] = None
        for name, value in values.items():
            if isinstance(value, str) and name in model.params and model.params[name].image:
                image = self._inputs.take(value)
                if image is None:
                    expected = "base64 of a PNG, JPEG or WebP, or a URL"
                    self._mistakes.add(_origin(layers, name), "this is no picture", expected)
                else:
                    values[name] = image
        return values

    def _blame(self, mismatch: Mismatch, point: Point, model: Model, layers: Sequence[Layer]) -> None:
        """Note a mismatch where the value came from; what is missing, at the model that needs it."""
        name, hint = mismatch.parameter, mismatch.hint
        path = _origin(layers, name) or _path(point, "model")
        if name not in model.params:
            if path[0] == "matrix" and path[1] != "include":
                path = path[:2]  # one mistake of the whole axis, not one a value
            hint = _HINTS.get(str(path[1] if path[1] == "include" else path[0]), hint)
        self._mistakes.add(path, mismatch.message, mismatch.expected, hint, model=model.name)


def _without_the_first(model: Model, params: Mapping[str, ParamValue]) -> list[Mismatch]:
    """The first of several pictures is missing: those after it would be taken for others."""
    for name in params:
        slot = _SLOT.fullmatch(name)
        if slot and slot[1] in model.params and slot[1] not in params and model.params[slot[1]].image:
            return [Mismatch(name, f"`{name}` is there and `{slot[1]}` is not", hint=f"give the first as `{slot[1]}`")]
    return []


def _origin(layers: Sequence[Layer], name: str) -> Path:
    """Where the job sets a parameter; () where it does not."""
    return next((layer.path_of(name) for layer in reversed(layers) if name in layer.values), ())


def _path(point: Point, name: str) -> Path:
    return next(choice.path_of(name) for choice in point if name in choice.sets)


def _shown(size: Sent, params: dict[str, ParamValue]) -> str:
    """What the size came to, also where parameters set it."""
    if size.shown == AUTO and "width" in params and "height" in params:
        return f"{params['width']}x{params['height']}"
    return str(params.get("aspect_ratio", size.shown))
