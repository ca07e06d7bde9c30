"""The size of the picture that a request gets (pure)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pipeline.catalog.model import Model
from pipeline.emulator.checks import ratio_of

MEGAPIXEL = 2**20
MAX_PIXELS = 4 * MEGAPIXEL
DEFAULT_SIDE = 1024
SIDES = ("width", "height")
Size = tuple[int, int]


def picture_size(model: Model, body: Mapping[str, Any], input_size: Size | None) -> Size:
    """Width and height for a checked body; `input_size` is its first input image's, where that is known.

    FLUX.2 asked for more than 4 MP is resized down; without a size it gives 1024 × 1024.
    """
    if model.size_control == "width_height":
        width, height = (int(body.get(side) or model.params[side].default or DEFAULT_SIDE) for side in SIDES)
        return _at_most(width, height)
    if model.size_control == "aspect_ratio":
        is_ultra = "ultra" in model.name
        text = body.get("aspect_ratio") or model.params["aspect_ratio"].default
        ratio = ratio_of(str(text)) if text else None
        if ratio is None:
            ratio = input_size[0] / input_size[1] if input_size else 1.0
        return shape_size(ratio, MAX_PIXELS if is_ultra else MEGAPIXEL, 64 if is_ultra else 16)
    width, height = input_size or (DEFAULT_SIDE, DEFAULT_SIDE)
    return _at_most(width + _grown(body, "left", "right"), height + _grown(body, "top", "bottom"))


def shape_size(ratio: float, pixels: int, grid: int) -> Size:
    """About `pixels` at width / height = `ratio`, on multiples of `grid`."""
    width = math.sqrt(pixels * ratio)
    return max(grid, round(width / grid) * grid), max(grid, round(width / ratio / grid) * grid)


def _at_most(width: int, height: int) -> Size:
    if width * height <= MAX_PIXELS:
        return width, height
    scale = math.sqrt(MAX_PIXELS / (width * height))
    return max(16, int(width * scale / 16) * 16), max(16, int(height * scale / 16) * 16)


def _grown(body: Mapping[str, Any], *sides: str) -> int:
    return sum(int(body.get(side) or 0) for side in sides)
