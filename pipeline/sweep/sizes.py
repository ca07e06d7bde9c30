"""A size in the job's words becomes what a model is sent, exactly, or a mistake that names the nearest (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from math import isqrt, sqrt
from typing import NamedTuple

from pipeline.catalog.check import PIXELS_PER_MEGAPIXEL, SHAPES, Mismatch, is_aspect_ratio
from pipeline.catalog.model import Model
from pipeline.task.request import ParamValue

AUTO = "auto"
TOLERANCE = 0.02  # how far a chosen size's ratio may be from the shape that was asked for
CLOSE_ENOUGH = 0.9  # of the megapixels that were asked for by `@`
_PIXELS = re.compile(r"(\d{1,6})x(\d{1,6})")
_SHAPE = re.compile(r"(\d{1,6}):(\d{1,6})(?:@(\d+(?:\.\d+)?)MP)?")


class Sent(NamedTuple):
    """What a size comes to: the parameters, how the plan shows it, and whether a shape was turned into that."""

    params: dict[str, ParamValue]
    shown: str
    chosen: bool = False


class _Grid(NamedTuple):
    """The sides that a model gives exactly: low, low + step, … up to high, and at most so many pixels."""

    step: int
    low: int
    high: int
    pixels: int

    def side(self, length: float) -> int:
        """The nearest side to `length`."""
        return min(max(round(length / self.step) * self.step, self.low), self.high)

    def holds(self, width: int, height: int) -> bool:
        """Whether exactly these pixels can be had."""
        return self.side(width) == width and self.side(height) == height and width * height <= self.pixels


def resolve_size(model: Model, word: str) -> Sent | Mismatch:
    """What `word` (`1344x768`, `16:9`, `16:9@2MP`, `auto`) asks of `model`.

    Pixels are given exactly or not at all. A shape becomes the size on the model's grid that is nearest to 1 MP (2^20
    pixels; not above where possible, for the next megapixel is billed) within 2 % of the ratio, or an `aspect_ratio`.
    """
    if word == AUTO:
        return Sent({}, AUTO)
    if model.size_control in ("from_input_image", "from_control_image"):
        source = "image" if model.size_control == "from_input_image" else "control_image"
        return Mismatch("size", f"the size comes from `{source}`", "`auto`", "leave these cells out of the axis `size`")
    if pixels := _PIXELS.fullmatch(word):
        return _exact(model, int(pixels[1]), int(pixels[2]))
    if shape := _SHAPE.fullmatch(word):
        return _shaped(model, word, int(shape[1]), int(shape[2]), float(shape[3]) if shape[3] else None)
    raise ValueError(f"not a size: {word!r}")


def _exact(model: Model, width: int, height: int) -> Sent | Mismatch:
    if model.size_control == "aspect_ratio":
        return Mismatch("size", f"exactly {width}x{height} cannot be had", SHAPES, _nearest_shape(width, height))
    grid = _grid(model)
    if grid.holds(width, height):
        return Sent({"width": width, "height": height}, f"{width}x{height}")
    near = "x".join(map(str, _nearest(grid, width, height)))
    return Mismatch("size", f"exactly {width}x{height} cannot be had", _describe(grid), f"the nearest is {near}")


def _shaped(model: Model, word: str, width: int, height: int, megapixels: float | None) -> Sent | Mismatch:
    ratio = f"{width}:{height}"
    if model.size_control == "aspect_ratio":
        if megapixels is not None:
            return Mismatch("size", f"`{word}`: the pixels cannot be chosen", SHAPES, f"ask for `{ratio}`")
        if not is_aspect_ratio(ratio):
            return Mismatch("size", f"`{ratio}` cannot be had", SHAPES)
        return Sent({"aspect_ratio": ratio}, ratio, chosen=True)
    target = (megapixels or 1.0) * PIXELS_PER_MEGAPIXEL
    best = _best(_grid(model), width, height, target)
    if best is None:
        return Mismatch("size", f"`{ratio}` cannot be had within {TOLERANCE:.0%}", _describe(_grid(model)))
    shown = f"{best[0]}x{best[1]}"
    if megapixels is not None and not CLOSE_ENOUGH <= best[0] * best[1] / target <= 1 / CLOSE_ENOUGH:
        return Mismatch("size", f"`{word}` cannot be had", _describe(_grid(model)), f"the nearest is {shown}")
    return Sent({"width": best[0], "height": best[1]}, shown, chosen=True)


def _grid(model: Model) -> _Grid:
    width = model.params["width"]
    step = width.multiple_of or (model.advised.multiple_of if model.advised else 1)
    low = -(-int(width.min or 1) // step) * step
    cap = model.advised.max_megapixels * PIXELS_PER_MEGAPIXEL if model.advised else None
    high = int(width.max) if width.max is not None else (cap or PIXELS_PER_MEGAPIXEL) // low
    return _Grid(step, low, high // step * step, cap or high * high)


def _nearest(grid: _Grid, width: int, height: int) -> tuple[int, int]:
    """The size on the grid that is nearest; where both sides are too long, of the same shape as far as possible."""
    near = grid.side(width), grid.side(height)
    if near[0] * near[1] <= grid.pixels:
        return near
    scale = sqrt(grid.pixels / (width * height))
    first = max(grid.low, int(width * scale) // grid.step * grid.step)
    return first, min(grid.side(height * scale), grid.pixels // first // grid.step * grid.step)


@lru_cache(maxsize=1024)
def _best(grid: _Grid, width: int, height: int, target: float) -> tuple[int, int] | None:
    """The size within tolerance of the shape that is nearest to `target` pixels, not above it where possible."""
    sizes = [size for size in _of_shape(grid, width, height) if grid.holds(*size)]
    return min(sizes, key=lambda size: (size[0] * size[1] > target, abs(size[0] * size[1] - target)), default=None)


def _of_shape(grid: _Grid, width: int, height: int) -> Iterator[tuple[int, int]]:
    widest = min(grid.high, isqrt(int(grid.pixels * width / height * (1 + TOLERANCE))) + grid.step)
    for first in range(grid.low, widest + 1, grid.step):
        below = int(first * height / width) // grid.step * grid.step
        for second in (below, below + grid.step):
            if second and abs(first * height / (second * width) - 1) <= TOLERANCE:
                yield first, second


def _nearest_shape(width: int, height: int) -> str:
    shapes = ("21:9", "16:9", "3:2", "4:3", "1:1", "3:4", "2:3", "9:16", "9:21")

    def distance(shape: str) -> float:
        wide, high = map(int, shape.split(":"))
        return abs(width * high - height * wide) / (width * high)

    return f"the nearest shape is `{min(shapes, key=distance)}`"


def _describe(grid: _Grid) -> str:
    sides = f"sides in steps of {grid.step} from {grid.low}"
    if grid.pixels == grid.high**2:
        return f"{sides} to {grid.high}"
    return f"{sides}, at most {grid.pixels // PIXELS_PER_MEGAPIXEL} MP"
