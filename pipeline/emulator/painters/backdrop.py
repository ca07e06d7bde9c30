"""What is behind and below the subject: sky or wall, light, sun and stars, and a ground of the named surface."""

from __future__ import annotations

from PIL import Image, ImageDraw

from pipeline.emulator.painters.dice import Dice
from pipeline.emulator.painters.palette import Palette, Rgb, darker, lighter, mix
from pipeline.emulator.painters.reading import Reading

SURFACE_COLORS: dict[str, Rgb] = {
    "marble": (226, 224, 226),
    "wood": (168, 116, 72),
    "stone": (112, 116, 124),
    "grass": (110, 150, 78),
    "sand": (222, 194, 146),
    "snow": (236, 241, 250),
    "water": (74, 122, 158),
}

OUTDOOR = frozenset({"stone", "grass", "sand", "snow", "water"})


def paint_sky(image: Image.Image, colors: Palette, horizon: int) -> None:
    """A gradient from the top to the horizon (a row of pixels)."""
    strip = Image.new("RGB", (1, 3))
    strip.putdata([colors.sky, mix(colors.sky, colors.low_sky, 0.55), colors.low_sky])
    image.paste(strip.resize((1, horizon), Image.Resampling.BICUBIC).resize((image.width, horizon)), (0, 0))


def paint_light(image: Image.Image, reading: Reading, colors: Palette, light: int, horizon: int, dice: Dice) -> None:
    """The light that the words ask for: a window's, a spot's, or a glow on the light's side."""
    width, height = image.size
    x = round(width * (0.5 + light * dice.between(0.18, 0.34)))
    glow(image, (x, round(horizon * 0.45)), round(max(width, height) * 0.55), colors.glow, 0.75)
    draw = ImageDraw.Draw(image, "RGBA")
    if reading.light == "window":
        _panes(draw, image.size, x, horizon, colors)
    elif reading.light == "spot":
        top = width * (0.5 + light * 0.42)
        for spread in (0.36, 0.30, 0.24):
            cone = [
                (top - 9, 0),
                (top + 9, 0),
                (width * (0.5 + spread), horizon * 1.12),
                (width * (0.5 - spread), horizon * 1.12),
            ]
            draw.polygon(cone, (*colors.glow, 26))


def paint_heavens(image: Image.Image, reading: Reading, colors: Palette, light: int, horizon: int, dice: Dice) -> None:
    """Sun or moon on the light's side, stars by night, clouds by day."""
    width = image.width
    draw = ImageDraw.Draw(image, "RGBA")
    x, y = width * (0.5 + light * dice.between(0.20, 0.36)), horizon * dice.between(0.2, 0.5)
    radius = min(width, horizon) * dice.between(0.07, 0.11)
    if reading.mood == "night" or reading.subject == "planet":
        for _ in range(90):
            sx, sy, size = dice.roll() * width, dice.roll() * horizon, dice.between(0.6, 2.2) * width / 1400
            draw.ellipse((sx - size, sy - size, sx + size, sy + size), (255, 252, 236, dice.whole(120, 255)))
    elif reading.mood != "sunset":
        for _ in range(4):
            _cloud(
                draw, dice.roll() * width, dice.between(0.10, 0.55) * horizon, width * dice.between(0.03, 0.07), dice
            )
    if reading.subject != "planet":
        glow(image, (round(x), round(y)), round(radius * 4.5), lighter(colors.glow, 0.4), 0.7)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), (*lighter(colors.glow, 0.55), 255))


def paint_ground(
    image: Image.Image, reading: Reading, colors: Palette, horizon: int, dice: Dice, *, indoors: bool
) -> None:
    """From the horizon down, with the grain of its surface."""
    width, depth = image.width, image.height - horizon
    # Outdoors there are no table tops: "an old oak tree" stands on no planks.
    surface = reading.surface if indoors or reading.surface in OUTDOOR else ""
    base = SURFACE_COLORS.get(surface)
    far, near = (lighter(colors.ground, 0.18), colors.near)
    if base is not None:
        base = mix(base, darker(colors.near, 0.25), 0.55 if colors.is_dark else 0.06)
        far, near = lighter(base, 0.12), darker(base, 0.28)
    strip = Image.new("RGB", (1, 2))
    strip.putdata([far, near])
    image.paste(strip.resize((1, depth), Image.Resampling.BICUBIC).resize((width, depth)), (0, horizon))
    draw = ImageDraw.Draw(image, "RGBA")
    if surface == "marble":
        _veins(draw, width, horizon, depth, dice)
    elif surface == "wood":
        _planks(draw, width, horizon, depth, dice)
    elif surface:
        _ripples(draw, width, horizon, depth, dice)
    draw.rectangle((0, horizon, width, horizon + max(2, depth // 60)), fill=(255, 255, 255, 50))


def glow(image: Image.Image, center: tuple[int, int], radius: int, color: Rgb, strength: float) -> None:
    """A soft round light."""
    side = 2 * radius
    # The gradient's level is about 178 where its circle touches the sides.
    mask = RADIAL.point([round(255 * strength * max(0.0, 1 - level / 166) ** 2) for level in range(256)])
    box = (center[0] - radius, center[1] - radius)
    image.paste(Image.new("RGB", (side, side), color), box, mask.resize((side, side), Image.Resampling.BILINEAR))


RADIAL = Image.radial_gradient("L").resize((64, 64), Image.Resampling.BOX)


def _panes(draw: ImageDraw.ImageDraw, size: tuple[int, int], x: float, horizon: int, colors: Palette) -> None:
    pane_w, pane_h, lean = size[0] * 0.12, horizon * 0.26, size[0] * 0.05
    for column in (-1, 0):
        for row in range(2):
            left, top = x + column * pane_w * 1.12, horizon * 0.12 + row * pane_h * 1.12
            corners = [
                (left, top),
                (left + pane_w, top + lean),
                (left + pane_w, top + pane_h + lean),
                (left, top + pane_h),
            ]
            draw.polygon(corners, (*lighter(colors.glow, 0.5), 120))


def _cloud(draw: ImageDraw.ImageDraw, x: float, y: float, size: float, dice: Dice) -> None:
    for _ in range(6):
        dx, dy, r = dice.between(-2, 2) * size, dice.between(-0.25, 0.25) * size, dice.between(0.5, 1.0) * size
        draw.ellipse((x + dx - r * 1.6, y + dy - r * 0.5, x + dx + r * 1.6, y + dy + r * 0.5), (255, 255, 255, 50))


def _veins(draw: ImageDraw.ImageDraw, width: int, horizon: int, depth: int, dice: Dice) -> None:
    for _ in range(11):
        x, y, points = dice.roll() * width, horizon + dice.roll() * depth, []
        for _step in range(7):
            points.append((x, y))
            x, y = x + dice.between(0.03, 0.12) * width, y + dice.between(-0.16, 0.16) * depth
        draw.line(
            [p for p in points if p[1] > horizon], (96, 98, 112, dice.whole(60, 130)), max(2, width // 420), "curve"
        )


def _planks(draw: ImageDraw.ImageDraw, width: int, horizon: int, depth: int, dice: Dice) -> None:
    for n in range(1, 6):
        y = horizon + depth * (n / 6) ** 1.5
        draw.line([(0, y), (width, y)], (58, 34, 18, 150), max(2, depth // 70))
    for _ in range(46):
        share = dice.roll()
        y, x = horizon + depth * share**1.5, dice.between(-0.1, 0.9) * width
        reach = dice.between(0.1, 0.5) * width
        draw.line(
            [(x, y), (x + reach, y + dice.between(-2, 2))],
            (64, 38, 20, dice.whole(28, 80)),
            max(1, int(depth * share / 70)),
        )


def _ripples(draw: ImageDraw.ImageDraw, width: int, horizon: int, depth: int, dice: Dice) -> None:
    for _ in range(48):
        share = dice.roll()
        y, x = horizon + depth * share**1.3, dice.between(-0.1, 1.0) * width
        reach = dice.between(0.02, 0.14) * width * (0.5 + share)
        color = (255, 255, 255) if dice.is_heads() else (10, 14, 24)
        draw.arc(
            (x - reach, y - reach * 0.12, x + reach, y + reach * 0.12),
            190,
            350,
            (*color, 46),
            max(2, int(depth * share / 60)),
        )
