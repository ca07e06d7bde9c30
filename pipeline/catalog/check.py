"""Parameters against a model: what it would refuse, and what it would silently ignore or change (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import NamedTuple

from pipeline.catalog.model import Advised, Model, Param
from pipeline.source.nearest import did_you_mean
from pipeline.source.problem import clip
from pipeline.task.request import ImageRef, ParamValue

PIXELS_PER_MEGAPIXEL = 1 << 20
SHAPES = "a shape from 21:9 to 9:21"
_SHAPE = re.compile(r"([1-9][0-9]{0,3}):([1-9][0-9]{0,3})")
_LARGEST = (1 << 63) - 1  # what every JSON reader on the way can be trusted to keep


class Mismatch(NamedTuple):
    """One parameter that a model does not take as it is. `expected` and `hint` may be empty.

    `message` does not name the model, so that the same mistake on several models can be said once.
    """

    parameter: str
    message: str
    expected: str = ""
    hint: str = ""


def coerce(value: ParamValue) -> ParamValue:
    """`value` as it is sent: text with LF and no outer space, an integral float as an int (2.0 buys what 2 buys)."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n").strip()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def check_params(model: Model, params: Mapping[str, ParamValue]) -> list[Mismatch]:
    """Every mistake in `params` (values as `coerce` gives them) as the body of a request to `model`."""
    found = [mismatch for name, value in params.items() if (mismatch := _check_one(model, name, value))]
    found += [
        Mismatch(name, f"`{name}` is missing", describe(param))
        for name, param in model.params.items()
        if param.required and name not in params
    ]
    found += [
        Mismatch(group[0], f"{' or '.join(f'`{name}`' for name in group)} is missing", describe(model.params[group[0]]))
        for group in model.one_of
        if not any(name in params for name in group)
    ]
    wrong = {mismatch.parameter for mismatch in found}
    if model.advised and not wrong & {"width", "height"}:
        found += _check_advised(model.advised, params)
    return found


def describe(param: Param) -> str:
    """What a parameter takes, in words: `an integer from 1 to 50`, `one of jpeg, png`."""
    if param.image:
        return "an image, as base64 or a URL"
    if param.enum:
        return f"one of {', '.join(param.enum)}"
    noun = {"string": "text", "boolean": "true or false", "integer": "an integer", "number": "a number"}[param.type]
    if param.multiple_of:
        noun = f"a multiple of {param.multiple_of}"
    if param.min is not None and param.max is not None:
        return f"{noun} from {param.min:g} to {param.max:g}"
    return noun if param.min is None else f"{noun}, at least {param.min:g}"


def is_aspect_ratio(text: str) -> bool:
    """Whether an `aspect_ratio` parameter takes `text`: a free `W:H` from 21:9 to 9:21."""
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        return False
    width, height = int(shape[1]), int(shape[2])
    return width * 9 <= height * 21 and height * 9 <= width * 21


def _check_one(model: Model, name: str, value: ParamValue) -> Mismatch | None:
    param = model.params.get(name)
    if param is None:
        return Mismatch(name, f"there is no parameter `{name}`", hint=did_you_mean(name, model.params))
    if not _has_type(param, value):
        return Mismatch(name, f"{_shown(value)} cannot be `{name}`", describe(param))
    if not _in_range(param, value):
        return Mismatch(name, f"{_shown(value)} is out of range", describe(param))
    if name == "aspect_ratio" and not is_aspect_ratio(str(value)):
        return Mismatch(name, f"{_shown(value)} is out of range", SHAPES)
    return None


def _has_type(param: Param, value: ParamValue) -> bool:
    if isinstance(value, ImageRef):
        return param.image
    if isinstance(value, bool):
        return param.type == "boolean"
    if isinstance(value, int):
        return param.type in ("integer", "number") and abs(value) <= _LARGEST
    if isinstance(value, float):
        return param.type == "number" and isfinite(value)
    return param.type == "string"


def _in_range(param: Param, value: ParamValue) -> bool:
    if isinstance(value, str):
        return param.enum is None or value in param.enum
    if isinstance(value, bool | ImageRef):
        return True
    low = param.min is None or value >= param.min
    high = param.max is None or value <= param.max
    return low and high and not (param.multiple_of and value % param.multiple_of)


def _check_advised(advised: Advised, params: Mapping[str, ParamValue]) -> Iterator[Mismatch]:
    sides = {name: side for name in ("width", "height") if isinstance(side := params.get(name), int)}
    for name, side in sides.items():
        if side % advised.multiple_of:
            yield Mismatch(name, f"a side of {side} would be resized", f"a multiple of {advised.multiple_of}")
    if len(sides) == 2 and sides["width"] * sides["height"] > advised.max_megapixels * PIXELS_PER_MEGAPIXEL:
        size = f"{sides['width']}x{sides['height']}"
        yield Mismatch("width", f"{size} would be resized", f"at most {advised.max_megapixels} MP")


def _shown(value: ParamValue) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "an image" if isinstance(value, ImageRef) else f"`{clip(str(value))}`"
