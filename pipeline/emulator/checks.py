"""Checks of a request body as the vendor does them: every mistake of the known fields, unknown fields ignored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.catalog.model import Model, Param
from pipeline.emulator.inputs import BadInput, is_url, measure

Detail = dict[str, Any]

TYPE_MESSAGES = {
    "string": ("string_type", "Input should be a valid string"),
    "integer": ("int_type", "Input should be a valid integer"),
    "number": ("float_type", "Input should be a valid number"),
    "boolean": ("bool_type", "Input should be a valid boolean"),
}
WIDEST = 21 / 9
RATIO = re.compile(r"(\d{1,4}):(\d{1,4})")
CONTROL_INPUTS = ("control_image", "preprocessed_image")


def check(model: Model, body: Mapping[str, Any]) -> list[Detail]:
    """The entries of a 422's `detail`; none means that the request is taken."""
    details = [found for name, param in model.params.items() for found in _check_one(name, param, body)]
    if model.size_control == "from_control_image" and not any(body.get(name) for name in CONTROL_INPUTS):
        details.append(_detail(CONTROL_INPUTS[0], "missing", "Field required", dict(body)))
    url = body.get("webhook_url")
    if url is not None and not (isinstance(url, str) and (not url or is_url(url)) and len(url) <= 2083):
        details.append(_detail("webhook_url", "url_parsing", "Input should be a valid URL", url))
    return details


def known_fields(model: Model, body: Mapping[str, Any]) -> dict[str, Any]:
    """What the service keeps of a body that passed: the fields it knows, without nulls and empty images."""
    kept = {name: body[name] for name in model.params if body.get(name) is not None}
    return {name: value for name, value in kept.items() if value != "" or not model.params[name].image}


def ratio_of(text: str) -> float | None:
    """`16:9` as width over height; None where it is no ratio from 21:9 to 9:21."""
    match = RATIO.fullmatch(text)
    if not match or not int(match[1]) or not int(match[2]):
        return None
    ratio = int(match[1]) / int(match[2])
    return ratio if 1 / WIDEST - 1e-9 <= ratio <= WIDEST + 1e-9 else None


def _check_one(name: str, param: Param, body: Mapping[str, Any]) -> Iterator[Detail]:
    if name not in body:
        if param.required:
            yield _detail(name, "missing", "Field required", dict(body))
        return
    value = body[name]
    if value is None and param.nullable:
        return
    if not _has_type(param, value):
        yield _detail(name, *TYPE_MESSAGES[param.type], value)
    elif param.image:
        yield from _check_image(name, param, value)
    elif name == "aspect_ratio" and ratio_of(value) is None:
        yield _detail(name, "value_error", "Value error, aspect ratio must be between 21:9 and 9:21", value)
    else:
        yield from _check_range(name, param, value)


def _has_type(param: Param, value: object) -> bool:
    if param.type == "string":
        return isinstance(value, str)
    if param.type == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return param.type == "number" or float(value).is_integer()


def _check_range(name: str, param: Param, value: Any) -> Iterator[Detail]:
    if param.enum is not None and value not in param.enum:
        *words, last = [f"'{word}'" for word in param.enum]
        yield _detail(name, "enum", f"Input should be {', '.join(words)} or {last}", value)
    if param.min is not None and value < param.min:
        yield _detail(name, "greater_than_equal", f"Input should be greater than or equal to {param.min}", value)
    elif param.max is not None and value > param.max:
        yield _detail(name, "less_than_equal", f"Input should be less than or equal to {param.max}", value)
    elif param.multiple_of is not None and value % param.multiple_of:
        yield _detail(name, "multiple_of", f"Input should be a multiple of {param.multiple_of}", value)


def _check_image(name: str, param: Param, value: str) -> Iterator[Detail]:
    if not value:
        if param.required:
            yield _detail(name, "value_error", "Value error, an image is required", value)
    elif not is_url(value):
        try:
            measure(value)
        except BadInput as error:
            yield _detail(name, "value_error", f"Value error, {error}", value[:40])


def _detail(name: str, kind: str, message: str, value: object) -> Detail:
    return {"type": kind, "loc": ["body", name], "msg": message, "input": value}
