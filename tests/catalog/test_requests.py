"""Requests of every model through every provider that serves it, validated against the vendor's own schema."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipeline.catalog.check import check_params
from pipeline.catalog.load import load_catalog
from pipeline.catalog.model import Model, Param
from pipeline.providers.body import submit_body, submit_path
from pipeline.task.request import ImageRef, ParamValue, Request

FACTS = Path(__file__).parent.parent / "facts" / "flux-models.yaml"
PNG = ImageRef("ab" * 32, "image/png")
INPUTS = {PNG.sha256: b"picture"}
TYPES: dict[str, Any] = {"string": str, "integer": int, "number": (int, float), "boolean": bool}
SERVED = [
    (provider.name, model)
    for provider in load_catalog().providers.values()
    for model in provider.models
    if provider.submit.nest is None
]
# The public pages of Replicate's models, as far as they bound what we send there.
REPLICATE: dict[str, dict[str, Any]] = {
    "safety_tolerance": {"min": 1},
    "output_format": {"enum": ["jpg", "png", "webp"]},
    "width": {"multiple_of": 32},
    "height": {"multiple_of": 32},
}
NESTED = [
    (provider.name, model)
    for provider in load_catalog().providers.values()
    for model in provider.models
    if provider.submit.nest is not None
]


@cache
def facts() -> dict[str, Any]:
    tree: dict[str, Any] = yaml.safe_load(FACTS.read_text("utf-8"))
    return tree


def values_of(name: str, param: Param) -> list[ParamValue]:
    """What a parameter can be at its typical value and at its ends."""
    if param.image:
        return [PNG, "https://example.com/a.png"]
    if name == "aspect_ratio":
        return [param.enum[0], param.enum[-1]] if param.enum else ["1:1", "21:9", "9:21"]
    if param.enum is not None:
        return list(param.enum)
    if param.type == "boolean":
        return [True, False]
    if param.type == "string":
        return ["a cat", "猫, a «cat»\nand a dog " * 40]
    ends = [end for end in (param.min, param.max) if end is not None]
    return [*ends, *([param.default] if isinstance(param.default, int | float) and param.default else [])] or [0, 42]


def requests_of(provider: str, name: str) -> Iterator[Request]:
    """One request with what the model needs, one for each value of each parameter, and one with everything."""
    model = load_catalog().provider(provider).served(load_catalog().model(name))
    needed: dict[str, ParamValue] = {word: values_of(word, p)[0] for word, p in model.params.items() if p.required}
    needed |= {group[0]: PNG for group in model.one_of}
    yield Request(provider, name, needed)
    for word, param in model.params.items():
        for value in values_of(word, param):
            params = {**needed, word: _within(model, word, value)}
            yield Request(provider, name, params)
    whole = {word: values_of(word, param)[0] for word, param in model.params.items()}
    yield Request(provider, name, {**whole, **needed})


def _within(model: Model, word: str, value: ParamValue) -> ParamValue:
    """A side on the model's own grid."""
    step = model.params[word].multiple_of or (model.advised.multiple_of if model.advised else 1)
    return value // step * step if word in ("width", "height") and isinstance(value, int) else value


def mistakes(body: dict[str, Any], params: dict[str, dict[str, Any]]) -> list[str]:
    """What the vendor's schema says against a body; it ignores unknown fields, so they are mistakes of ours."""
    found = [f"{name}: unknown" for name in body if name not in params]
    found += [f"{name}: missing" for name, param in params.items() if param.get("required") and name not in body]
    for name, value in body.items():
        param = params.get(name, {"type": "string"})
        alike = isinstance(value, bool) == (param["type"] == "boolean")
        if not alike or not isinstance(value, TYPES[param["type"]]):
            found.append(f"{name}: {value!r} is no {param['type']}")
        elif "enum" in param and value not in param["enum"]:
            found.append(f"{name}: {value!r} is none of {param['enum']}")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            low, high, step = param.get("min", value), param.get("max", value), param.get("multiple_of", 1)
            if not low <= value <= high or (value % step and step > 1):
                found.append(f"{name}: {value!r} is out of range")
    return found


@pytest.mark.parametrize(("provider", "model"), SERVED)
def test_a_flat_request_holds_the_vendors_schema(provider: str, model: str) -> None:
    spec, schema = load_catalog().provider(provider), facts()[model]["params"]
    for request in requests_of(provider, model):
        assert check_params(spec.served(load_catalog().model(model)), request.params) == []
        body = submit_body(spec, request, INPUTS, {})
        assert mistakes(body, schema) == []
        for name, value in body.items():
            if request.params[name] == PNG:
                assert base64.b64decode(value, validate=True) == b"picture"
        assert submit_path(spec, request).endswith(f"/{model}")


@pytest.mark.parametrize(("provider", "model"), NESTED)
def test_a_nested_request_holds_the_vendors_schema_and_the_pages_of_replicate(provider: str, model: str) -> None:
    spec = load_catalog().provider(provider)
    schema = {name: param | REPLICATE.get(name, {}) for name, param in facts()[model]["params"].items()}
    images = {f"input_image_{n}" for n in range(2, 9)} | {"input_image"}
    for request in requests_of(provider, model):
        assert check_params(spec.served(load_catalog().model(model)), request.params) == []
        (body,) = submit_body(spec, request, INPUTS, {}).values()
        assert all(isinstance(image, str) for image in body.pop("input_images", []))
        assert not images & body.keys()
        if {"width", "height"} & body.keys():
            assert body.pop("aspect_ratio") == "custom"
        assert mistakes(body, schema) == []
        assert submit_path(spec, request).endswith(f"/models/{spec.models[model].route}/predictions")
