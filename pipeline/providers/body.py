"""What a submit says, by the provider's data (pure): the path and the body of one request."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from pipeline.catalog.provider import ProviderSpec
from pipeline.task.request import ImageRef, ParamValue, Request


def submit_path(spec: ProviderSpec, request: Request) -> str:
    """The path of a submit, with the model as this provider calls it."""
    return spec.submit.path.replace("{model}", quote(_route(spec, request), safe="/:"))


def submit_body(
    spec: ProviderSpec, request: Request, inputs: Mapping[str, bytes], extra: Mapping[str, str]
) -> dict[str, Any]:
    """The body of a submit. `inputs` holds the input images by sha256; `extra` goes beside the parameters."""
    rule = spec.submit
    params = {name: _sent(spec, name, value, inputs) for name, value in request.params.items()}
    body: dict[str, Any] = {}
    for name in params:
        body |= rule.beside.get(name, {})
    gathered = {name for names in rule.lists.values() for name in names}
    body |= {rule.names.get(name, name): value for name, value in params.items() if name not in gathered}
    for listed, names in rule.lists.items():
        if values := [params[name] for name in names if name in params]:
            body[listed] = values
    whole: dict[str, Any] = body if rule.nest is None else {rule.nest: body}
    named = {} if rule.model is None else {rule.model: _route(spec, request)}
    return {**whole, **named, **extra}


def _route(spec: ProviderSpec, request: Request) -> str:
    return spec.models[request.model].route or request.model if request.model in spec.models else request.model


def _sent(spec: ProviderSpec, name: str, value: ParamValue, inputs: Mapping[str, bytes]) -> str | int | float | bool:
    """A parameter as it goes on the wire: in the provider's word for it, an input image as base64."""
    if isinstance(value, ImageRef):
        text = base64.b64encode(inputs[value.sha256]).decode()
        return f"data:{value.media_type};base64,{text}" if spec.submit.images == "data_uri" else text
    return spec.submit.values.get(name, {}).get(value, value) if isinstance(value, str) else value
