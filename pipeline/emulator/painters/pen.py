"""`Pen`: shapes in a subject's own coordinates, rounded by light from one side."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PIL import Image, ImageDraw

from pipeline.emulator.painters.palette import Rgb, darker, lighter

Point = tuple[float, float]
STEPS = 10


class Pen:
    """Draws on `image`. A unit is the subject's height; x goes right, y up, (0, 0) is the middle of its foot.

    `light` is the side that the light comes from, -1 left or 1 right; `mirror` -1 turns the subject round.
    """

    def __init__(self, image: Image.Image, foot: Point, unit: float, light: int, mirror: int = 1) -> None:
        self.image = image
        self.draw = ImageDraw.Draw(image, "RGBA")
        self.unit = unit
        self.light = light
        self.mirror = mirror
        self._foot = foot

    def at(self, x: float, y: float) -> Point:
        """Pixels of a point."""
        return self._foot[0] + x * self.unit * self.mirror, self._foot[1] - y * self.unit

    def moved(self, x: float, y: float, scale: float) -> Pen:
        """A pen for a part: its foot at (x, y), its unit `scale` of this one's."""
        return Pen(self.image, self.at(x, y), self.unit * scale, self.light, self.mirror)

    def flat(self, points: Sequence[Point], color: Rgb, alpha: int = 255) -> None:
        """A polygon of one colour."""
        self.draw.polygon([self.at(*point) for point in points], (*color, alpha))

    def solid(self, points: Sequence[Point], color: Rgb, depth: float = 0.45) -> None:
        """A polygon that is round: light on one side, dark on the other by `depth`."""
        pixels = [self.at(*point) for point in points]
        left, top = (math.floor(min(p[axis] for p in pixels)) for axis in (0, 1))
        width, height = (math.ceil(max(p[axis] for p in pixels)) - low + 1 for axis, low in ((0, left), (1, top)))
        mask = Image.new("L", (width, height))
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in pixels], 255)
        self.image.paste(
            _rounding(color, depth, self.light).resize((width, height), Image.Resampling.BILINEAR), (left, top), mask
        )

    def blob(self, points: Sequence[Point], color: Rgb, depth: float = 0.45) -> None:
        """A round shape with a smooth outline through `points`."""
        self.solid(smooth(points), color, depth)

    def turned(self, profile: Sequence[Point], color: Rgb, depth: float = 0.5) -> None:
        """A vessel: a smooth right half from foot to rim, and its mirror image."""
        side = smooth(profile, is_closed=False)
        self.solid([*side, *((-x, y) for x, y in reversed(side))], color, depth)

    def ellipse(self, x: float, y: float, rx: float, ry: float, color: Rgb, alpha: int = 255) -> None:
        """An ellipse of one colour."""
        (px, py), u = self.at(x, y), self.unit
        self.draw.ellipse((px - rx * u, py - ry * u, px + rx * u, py + ry * u), (*color, alpha))

    def ball(self, x: float, y: float, rx: float, ry: float, color: Rgb, depth: float = 0.45) -> None:
        """An ellipse that is round."""
        turn = [2 * math.pi * step / 40 for step in range(40)]
        self.solid([(x + rx * math.cos(t), y + ry * math.sin(t)) for t in turn], color, depth)

    def line(self, points: Sequence[Point], width: float, color: Rgb) -> None:
        """A smooth line with round ends, `width` in units."""
        pixels = [self.at(*point) for point in smooth(points, is_closed=False)]
        half = width * self.unit / 2
        self.draw.line(pixels, (*color, 255), max(1, round(2 * half)), "curve")
        for x, y in (pixels[0], pixels[-1]):
            self.draw.ellipse((x - half, y - half, x + half, y + half), (*color, 255))

    def box(self, x: float, y: float, width: float, height: float, color: Rgb, radius: float = 0.0) -> None:
        """A rectangle on its foot's middle (x, y)."""
        corners = [self.at(x - width / 2, y), self.at(x + width / 2, y + height)]
        (x0, x1), (y0, y1) = sorted(c[0] for c in corners), sorted(c[1] for c in corners)
        self.draw.rounded_rectangle((x0, y0, x1, y1), radius * self.unit, (*color, 255))

    def shadow(self, rx: float, strength: int = 120) -> None:
        """A soft shadow at the foot, away from the light."""
        for step in range(12):
            spread = 1.4 - step * 0.065
            shift = -self.light * self.mirror * rx * 0.25
            self.ellipse(shift, 0.0, rx * spread, rx * 0.16 * spread, (8, 8, 20), strength // 12)


def smooth(points: Sequence[Point], is_closed: bool = True) -> list[Point]:
    """A Catmull-Rom curve through `points`."""
    count = len(points)
    curve: list[Point] = []
    for n in range(count if is_closed else count - 1):
        if is_closed:
            a, b, c, d = (points[(n + k) % count] for k in (-1, 0, 1, 2))
        else:
            a, b, c, d = (points[min(max(n + k, 0), count - 1)] for k in (-1, 0, 1, 2))
        curve += [_between(a, b, c, d, step / STEPS) for step in range(STEPS)]
    return curve if is_closed else [*curve, points[-1]]


def _between(a: Point, b: Point, c: Point, d: Point, t: float) -> Point:
    x, y = (
        0.5 * (2 * q + (r - p) * t + (2 * p - 5 * q + 4 * r - s) * t * t + (3 * q - p - 3 * r + s) * t**3)
        for p, q, r, s in zip(a, b, c, d, strict=True)
    )
    return x, y


def _rounding(color: Rgb, depth: float, light: int) -> Image.Image:
    """One row of pixels from the lit to the dark side, with a little light back at the rim."""
    dark = darker(color, depth)
    row = [lighter(color, 0.10), lighter(color, 0.36), lighter(color, 0.12), color, color]
    row += [darker(color, depth * 0.4), darker(color, depth * 0.75), dark, darker(color, depth * 0.8)]
    strip = Image.new("RGB", (len(row), 1))
    strip.putdata(row if light < 0 else row[::-1])
    return strip
