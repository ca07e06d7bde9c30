"""Subjects that fill the view: they are drawn about (0, 0) on the horizon and reach some units to both sides."""

from __future__ import annotations

from pipeline.emulator.painters.dice import Dice
from pipeline.emulator.painters.palette import Palette, darker, lighter, mix
from pipeline.emulator.painters.pen import Pen, Point, smooth

REACH = 2.4


def mountain(pen: Pen, colors: Palette, dice: Dice) -> None:
    """Three ranges, the nearest peak with snow, and firs before it."""
    for n, (low, high, share) in enumerate(((0.42, 0.66, 0.55), (0.28, 0.50, 0.25))):
        ridge = _ridge(dice, 11 - 2 * n, low, high)
        pen.flat(
            [(-REACH, -0.1), *ridge, (REACH, -0.1)], mix(mix(colors.far, colors.subject, 0.25), colors.low_sky, share)
        )
    for x, top in ((dice.between(-0.9, -0.6), 0.62), (dice.between(0.6, 0.95), 0.70), (dice.between(-0.15, 0.15), 1.0)):
        _peak(pen, x, top * dice.between(0.92, 1.05), colors)
    for _ in range(22):
        x = dice.between(-1.6, 1.6)
        _fir(pen.moved(x, -0.14, dice.between(0.12, 0.24)), colors)


def _peak(pen: Pen, x: float, top: float, colors: Palette) -> None:
    lit, dim = lighter(colors.subject, 0.12), darker(colors.subject, 0.42)
    half = top * 0.85
    if pen.light * pen.mirror > 0:
        lit, dim = dim, lit
    ridge: list[Point] = [(x, top), (x + 0.06, top * 0.72), (x - 0.04, top * 0.45), (x + 0.08, -0.08)]
    pen.flat([*ridge, (x - half, -0.08)], lit)
    pen.flat([*ridge, (x + half, -0.08)], dim)
    snow = [
        (x - half * 0.27, top * 0.73),
        (x - half * 0.12, top * 0.78),
        (x - 0.02, top * 0.68),
        (x + 0.05, top * 0.74),
    ]
    snow += [(x + half * 0.14, top * 0.70), (x + half * 0.26, top * 0.75)]
    pen.flat([(x, top), *snow], (247, 249, 255))
    pen.flat([(x, top), *snow[3:]] if pen.light * pen.mirror < 0 else [(x, top), *snow[:4]], (196, 208, 230))


def _fir(pen: Pen, colors: Palette) -> None:
    green = mix(darker(colors.leaf, 0.45), colors.near, 0.3)
    pen.line([(0, 0), (0, 0.3)], 0.08, darker(green, 0.5))
    for y, half in ((0.14, 0.34), (0.40, 0.27), (0.66, 0.19)):
        pen.solid([(-half, y), (half, y), (0, y + 0.46)], green)


def city(pen: Pen, colors: Palette, dice: Dice) -> None:
    """A skyline in two rows, windows lit."""
    x = -1.9
    while x < 1.9:
        width = dice.between(0.10, 0.22)
        pen.box(x, -0.05, width, dice.between(0.30, 0.72), mix(colors.far, colors.low_sky, 0.35))
        x += width * 0.95
    x = -1.8
    while x < 1.8:
        width = dice.between(0.17, 0.30)
        height = dice.between(0.34, 0.80) * (1.25 if abs(x) < 0.5 else 0.85)
        _tower(pen, x + width / 2, width, height, colors, dice)
        x += width + dice.between(-0.02, 0.05)


def _tower(pen: Pen, x: float, width: float, height: float, colors: Palette, dice: Dice) -> None:
    color = dice.pick((colors.subject, darker(colors.subject, 0.25), mix(colors.subject, colors.ink, 0.5), colors.far))
    half = width / 2
    pen.solid([(x - half, -0.06), (x + half, -0.06), (x + half, height), (x - half, height)], darker(color, 0.12), 0.3)
    crown = dice.whole(0, 2)
    if crown == 1:
        pen.line([(x, height), (x, height + 0.18)], 0.014, darker(color, 0.3))
    elif crown == 2:
        pen.solid([(x - half, height), (x + half, height), (x, height + width * 0.6)], darker(color, 0.3))
    columns = max(2, int(width / 0.06))
    for row in range(int(height / 0.085)):
        for column in range(columns):
            if dice.roll() < 0.62:
                shine = colors.glow if dice.roll() < 0.7 else colors.accent
                pen.box(x - half + (column + 0.5) * width / columns, 0.03 + row * 0.083, 0.028, 0.042, shine)


def sea(pen: Pen, colors: Palette, dice: Dice) -> None:
    """Water with a sailing boat and its mirror image."""
    water = mix(colors.far, colors.sky, 0.35)
    pen.flat([(-4, 0.02), (4, 0.02), (4, -2), (-4, -2)], darker(water, 0.18))
    pen.flat([(-4, 0.02), *_ridge(dice, 9, 0.03, 0.13), (4, 0.02)], mix(colors.far, colors.low_sky, 0.4))
    for n in range(34):
        y = -0.03 - 0.62 * (n / 34) ** 1.4
        x, half = dice.between(-1.7, 1.7), dice.between(0.05, 0.22) * (1 + n / 20)
        pen.line(
            [(x - half, y), (x, y + 0.006), (x + half, y)],
            0.008 + n * 0.0004,
            mix(water, colors.glow, dice.between(0.3, 0.8)),
        )
    boat = pen.moved(dice.between(-0.1, 0.1), -0.20, 1.0)
    for n in range(9):
        boat.line(
            [(-0.26 + n * 0.02, -0.05 - n * 0.03), (0.22 - n * 0.018, -0.05 - n * 0.03)],
            0.011,
            mix(water, colors.subject, 0.6),
        )
    boat.line([(0.02, 0.08), (0.02, 0.95)], 0.022, colors.ink)
    boat.blob(
        [(0.05, 0.18), (0.06, 0.55), (0.05, 0.92), (0.30, 0.50), (0.46, 0.18)], lighter(colors.subject, 0.1), 0.25
    )
    boat.blob([(-0.02, 0.20), (-0.02, 0.80), (-0.20, 0.44), (-0.34, 0.20)], lighter(colors.accent, 0.35), 0.25)
    boat.blob([(-0.40, 0.12), (-0.28, -0.04), (0.28, -0.04), (0.46, 0.12), (0.0, 0.09)], darker(colors.subject, 0.45))


def tree(pen: Pen, colors: Palette, dice: Dice) -> None:
    """One great tree before a row of small ones."""
    crown = mix(colors.leaf, colors.subject, 0.55)
    for n in range(9):
        small = pen.moved(-1.7 + n * 0.43 + dice.between(-0.1, 0.1), 0.0, dice.between(0.22, 0.36))
        small.ball(0, 0.6, 0.5, 0.6, mix(mix(crown, colors.far, 0.5), colors.low_sky, 0.25), 0.3)
    pen = pen.moved(0, -0.14, 1.08)
    pen.shadow(0.55)
    trunk = (92, 66, 52)
    pen.blob([(-0.15, 0.0), (-0.07, 0.20), (-0.06, 0.50), (0.06, 0.50), (0.07, 0.20), (0.16, 0.0)], trunk)
    for x, y in ((-0.26, 0.62), (0.26, 0.64), (0.04, 0.70)):
        pen.line([(0, 0.36), (x * 0.5, 0.48), (x, y)], 0.05, darker(trunk, 0.15))
    for n in range(16):
        x, y = dice.between(-0.40, 0.40), dice.between(0.56, 0.96)
        size = dice.between(0.15, 0.24) * (1.1 - abs(x) * 0.5)
        pen.ball(x, y, size, size * 0.85, mix(darker(crown, 0.25), lighter(crown, 0.25), n / 16), 0.35)
    for _ in range(12):
        pen.ball(dice.between(-0.42, 0.42), dice.between(0.52, 1.0), 0.026, 0.026, colors.accent)


def house(pen: Pen, colors: Palette, dice: Dice) -> None:
    """A house with a garden."""
    _hills(pen, colors, dice)
    pen = pen.moved(0, -0.12, 1.0)
    pen.shadow(0.72)
    wall, roof = lighter(colors.subject, 0.25), darker(colors.subject, 0.42)
    pen.box(dice.between(0.22, 0.32), 0.72, 0.11, 0.28, darker(wall, 0.35))
    pen.solid([(-0.52, 0.0), (0.52, 0.0), (0.52, 0.52), (-0.52, 0.52)], wall, 0.3)
    pen.flat([(-0.64, 0.50), (0.64, 0.50), (0.40, 0.90), (-0.40, 0.90)], roof)
    for n in range(5):
        pen.line([(-0.60 + n * 0.05, 0.54 + n * 0.08), (0.60 - n * 0.05, 0.54 + n * 0.08)], 0.009, lighter(roof, 0.16))
    pen.box(0.0, 0.0, 0.20, 0.36, colors.ink, 0.02)
    pen.box(0.0, 0.0, 0.16, 0.33, colors.accent, 0.02)
    for x in (-0.32, 0.32):
        pen.box(x, 0.16, 0.21, 0.23, (250, 248, 240))
        pen.box(x, 0.18, 0.17, 0.19, mix(colors.glow, (255, 214, 120), 0.5))
        pen.line([(x, 0.18), (x, 0.37)], 0.012, (250, 248, 240))
    for n in range(14):
        x = -0.95 + n * 0.146
        if abs(x) > 0.14:
            pen.ball(x, 0.02, 0.075, dice.between(0.06, 0.10), mix(colors.leaf, colors.accent, dice.between(0.0, 0.4)))


def _hills(pen: Pen, colors: Palette, dice: Dice) -> None:
    for share, height in ((0.5, 0.42), (0.2, 0.24)):
        ridge = smooth(_ridge(dice, 5, height * 0.4, height), is_closed=False)
        pen.flat([(-REACH, -0.1), *ridge, (REACH, -0.1)], mix(mix(colors.leaf, colors.far, 0.5), colors.low_sky, share))


def shop(pen: Pen, colors: Palette, dice: Dice) -> None:
    """A shop front under a striped awning; its sign is left for words."""
    pen = pen.moved(0, -0.16, 1.0)
    pen.shadow(0.85)
    wall = darker(colors.subject, 0.15)
    pen.solid([(-0.72, 0.0), (0.72, 0.0), (0.72, 1.06), (-0.72, 1.06)], wall, 0.22)
    pen.box(0, 1.04, 1.56, 0.05, darker(wall, 0.4))
    for x, width in ((-0.36, 0.56), (0.17, 0.40)):
        pen.box(x, 0.16, width, 0.44, colors.ink, 0.01)
        pen.box(x, 0.18, width - 0.05, 0.40, mix(colors.glow, (255, 220, 140), 0.45), 0.01)
        for n in range(4):
            size = dice.between(0.03, 0.055)
            pen.ball(
                x - width * 0.34 + n * width * 0.22,
                0.18 + size,
                size,
                size,
                dice.pick((colors.accent, colors.leaf, colors.subject)),
            )
    pen.box(0.54, 0.0, 0.25, 0.60, colors.ink, 0.01)
    pen.box(0.54, 0.02, 0.20, 0.55, colors.accent, 0.01)
    for n in range(12):
        x = -0.78 + n * 0.13
        color = lighter(colors.glow, 0.6) if n % 2 else colors.accent
        pen.flat([(x + 0.03, 0.74), (x + 0.14, 0.74), (x + 0.13, 0.60), (x, 0.60)], color)
        pen.ellipse(x + 0.065, 0.60, 0.065, 0.035, color)


SIGN_OF_SHOP = (0.0, 0.62, 1.30, 0.24)


def planet(pen: Pen, colors: Palette, dice: Dice) -> None:
    """A ringed planet and its moons."""
    pen = pen.moved(0, 0.12, 1.0)
    tilt = dice.between(0.10, 0.26)
    back = [(-0.86, 0.42 - tilt), (-0.4, 0.62 - tilt * 0.3), (0.4, 0.66 + tilt * 0.3), (0.86, 0.50 + tilt)]
    pen.line(back, 0.05, mix(colors.accent, colors.sky, 0.35))
    pen.ball(0, 0.5, 0.44, 0.44, colors.subject, 0.7)
    for n in range(5):
        y = 0.26 + n * 0.12
        half = 0.8 * (0.44**2 - (y - 0.5) ** 2) ** 0.5
        pen.line(
            [(-half, y), (0, y + dice.between(-0.04, 0.04)), (half, y + 0.02)],
            dice.between(0.012, 0.03),
            mix(colors.subject, colors.accent, 0.4),
        )
    pen.line([back[0], (-0.5, 0.30 - tilt * 0.6), (0.5, 0.36 + tilt * 0.2), back[3]], 0.055, colors.accent)
    for _ in range(2):
        size = dice.between(0.05, 0.10)
        pen.ball(dice.pick((-0.8, 0.78)), dice.between(0.75, 1.0), size, size, lighter(colors.far, 0.4), 0.6)


def abstract(pen: Pen, colors: Palette, dice: Dice) -> None:
    """Circles, arcs and bars in balance, for words that name no subject."""
    hues = (colors.subject, colors.accent, colors.far, colors.glow, colors.near)
    pen.ball(dice.between(-0.35, 0.35), dice.between(0.45, 0.7), 0.46, 0.46, colors.subject, 0.5)
    for _ in range(5):
        x, y, size = dice.between(-0.9, 0.9), dice.between(0.0, 1.0), dice.between(0.10, 0.30)
        pen.ellipse(x, y, size, size, dice.pick(hues), 165)
    for _ in range(4):
        x, y = dice.between(-0.9, 0.6), dice.between(-0.1, 0.9)
        lean, reach = dice.between(-0.4, 0.4), dice.between(0.4, 1.0)
        pen.line(
            [(x, y), (x + reach * 0.5, y + lean * 0.8), (x + reach, y + lean)],
            dice.between(0.012, 0.05),
            dice.pick(hues),
        )
    for n in range(3):
        x, side = dice.between(-0.8, 0.8), dice.between(0.16, 0.34)
        y = dice.between(0.0, 0.8)
        pen.solid([(x, y), (x + side, y + side * (n - 1) * 0.4), (x + side * 0.4, y + side)], dice.pick(hues), 0.35)
    pen.ball(dice.between(-0.7, 0.7), dice.between(0.1, 0.9), 0.09, 0.09, colors.ink, 0.1)


def _ridge(dice: Dice, count: int, low: float, high: float) -> list[Point]:
    return [(-REACH + 2 * REACH * n / (count - 1), dice.between(low, high)) for n in range(count)]
