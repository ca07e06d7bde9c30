"""Each model's own look: a turn of the hues, a finish, a frame and the colour of its badge."""

from __future__ import annotations

from functools import cache
from typing import Literal

import msgspec
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from pipeline.emulator.painters.dice import Dice
from pipeline.emulator.painters.palette import Palette, Rgb, darker, lighter, oklch

Finish = Literal["clean", "grain", "print", "bloom", "edges", "depth", "brush"]
Frame = Literal["none", "keyline", "mat", "double", "bars"]
TILE = 256


class Look(msgspec.Struct, frozen=True):
    """`shift` turns all hues by degrees, `chroma` scales their strength."""

    badge: Rgb
    shift: float = 0.0
    chroma: float = 1.0
    finish: Finish = "clean"
    frame: Frame = "none"


LOOKS = {
    "flux-pro-1.1": Look((30, 64, 124)),
    "flux-pro-1.1-ultra": Look((18, 18, 22), 8, 1.15, "clean", "bars"),
    "flux-pro": Look((120, 92, 60), 18, 0.75, "grain", "mat"),
    "flux-dev": Look((0, 128, 110), -22, 0.9, "print", "none"),
    "flux-pro-1.0-fill": Look((196, 84, 148), -35, 1.0, "clean", "keyline"),
    "flux-pro-1.0-canny": Look((240, 240, 236), 0, 0.5, "edges", "keyline"),
    "flux-pro-1.0-depth": Look((76, 76, 92), 0, 0.6, "depth", "none"),
    "flux-kontext-pro": Look((214, 110, 44), 30, 0.9, "grain", "keyline"),
    "flux-kontext-max": Look((168, 40, 44), 38, 1.15, "grain", "double"),
    "flux-2-pro": Look((92, 58, 170), -48, 1.05, "bloom", "none"),
    "flux-2-max": Look((206, 164, 60), -70, 1.25, "bloom", "double"),
    "flux-2-flex": Look((226, 70, 92), 64, 1.1, "brush", "mat"),
}


def look_of(model: str) -> Look:
    """The look of a model; one that is not listed gets one by hash of its name."""
    if model in LOOKS:
        return LOOKS[model]
    dice = Dice(0, "look", model)
    return Look(
        oklch(0.55, 0.13, dice.between(0, 360)), dice.between(-60, 60), 1.0, dice.pick(("clean", "grain", "bloom"))
    )


def finished(image: Image.Image, look: Look, colors: Palette) -> Image.Image:
    """The picture with the look's finish."""
    if look.finish == "grain":
        return _grained(image, 13)
    if look.finish == "brush":
        return _brushed(image)
    if look.finish == "print":
        return ImageOps.posterize(_grained(image, 22), 3)
    if look.finish == "bloom":
        small = image.reduce(8).filter(ImageFilter.GaussianBlur(6)).resize(image.size, Image.Resampling.BILINEAR)
        return Image.blend(image, Image.composite(small, image, small.convert("L")), 0.5)
    if look.finish == "edges":
        lines = ImageOps.invert(image.convert("L").filter(ImageFilter.FIND_EDGES).point(lambda v: min(255, v * 5)))
        return Image.blend(ImageOps.colorize(lines, colors.ink, (252, 250, 244)), image, 0.12)
    if look.finish == "depth":
        return ImageOps.colorize(image.convert("L"), darker(colors.ink, 0.4), lighter(colors.glow, 0.75), colors.far)
    return image


def frame(image: Image.Image, look: Look, area: tuple[int, int]) -> None:
    """Draws the look's frame round the picture's area (width, height)."""
    width, height = area
    draw = ImageDraw.Draw(image)
    unit = max(2, min(width, height) // 90)
    if look.frame == "bars":
        draw.rectangle((0, 0, width, 3 * unit), (10, 10, 12))
        draw.rectangle((0, height - 3 * unit, width, height), (10, 10, 12))
    elif look.frame == "keyline":
        draw.rectangle(
            (2 * unit, 2 * unit, width - 2 * unit, height - 2 * unit), outline=(255, 255, 255), width=max(2, unit // 2)
        )
    elif look.frame == "mat":
        draw.rectangle((0, 0, width, height), outline=(248, 244, 234), width=3 * unit)
    elif look.frame == "double":
        draw.rectangle((0, 0, width, height), outline=look.badge, width=2 * unit)
        draw.rectangle(
            (3 * unit, 3 * unit, width - 3 * unit, height - 3 * unit), outline=look.badge, width=max(2, unit // 2)
        )


def _brushed(image: Image.Image) -> Image.Image:
    return _grained(image.filter(ImageFilter.MedianFilter(3)), 7)


def _grained(image: Image.Image, strength: int) -> Image.Image:
    noise = Image.new("L", image.size)
    tile = _noise()
    for x in range(0, image.width, TILE):
        for y in range(0, image.height, TILE):
            noise.paste(tile, (x, y))
    return Image.blend(image, Image.merge("RGB", (noise, noise, noise)), strength / 100)


@cache
def _noise() -> Image.Image:
    # A linear congruential row, so that no library's generator decides about pixels.
    values = np.empty(TILE * TILE, np.uint32)
    state = 1
    for n in range(values.size):
        state = (state * 1664525 + 1013904223) % 2**32
        values[n] = state >> 24
    return Image.fromarray(values.astype(np.uint8).reshape(TILE, TILE))
