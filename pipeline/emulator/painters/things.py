"""Subjects that stand on a table. Each takes a pen, the palette and dice, and draws one unit high."""

from __future__ import annotations

import math

from pipeline.emulator.painters.dice import Dice
from pipeline.emulator.painters.palette import Palette, darker, lighter, mix
from pipeline.emulator.painters.pen import Pen


def teapot(pen: Pen, colors: Palette, dice: Dice) -> None:
    """Belly, spout, handle and lid."""
    pen.shadow(0.62)
    color, fat = colors.subject, dice.between(0.92, 1.1)
    pen.line(
        [(-0.42 * fat, 0.62), (-0.78 * fat, 0.66), (-0.82 * fat, 0.34), (-0.44 * fat, 0.20)], 0.085, darker(color, 0.25)
    )
    spout = [(0.36, 0.18), (0.58, 0.30), (0.70, 0.62), (0.90, 0.76), (0.80, 0.80), (0.58, 0.66), (0.40, 0.50)]
    pen.blob([(x * fat, y) for x, y in spout], color)
    belly = [(0.26, 0.0), (0.28, 0.03), (0.50, 0.20), (0.54, 0.42), (0.42, 0.64), (0.26, 0.72)]
    pen.turned([(x * fat, y) for x, y in belly], color)
    band = darker(color, 0.35)
    pen.line([(-0.30 * fat, 0.70), (0.0, 0.675), (0.30 * fat, 0.70)], 0.022, band)
    pen.turned([(0.27 * fat, 0.715), (0.22, 0.79), (0.10, 0.84), (0.02, 0.85)], lighter(color, 0.06))
    pen.ball(0.0, 0.90, 0.065, 0.065, colors.accent)
    pen.ellipse(-pen.mirror * pen.light * -0.26 * fat, 0.47, 0.045, 0.11, lighter(color, 0.8), 130)


def vase(pen: Pen, colors: Palette, dice: Dice) -> None:
    """A thrown vase with stems in it."""
    pen = pen.moved(0, 0, 0.84)
    pen.shadow(0.36)
    for n in range(5):
        lean = (n - 2) * dice.between(0.10, 0.17)
        top = dice.between(0.98, 1.22)
        pen.line([(lean * 0.2, 0.6), (lean * 0.6, 0.8), (lean, top)], 0.018, colors.leaf)
        _bloom(pen.moved(lean, top, 0.14), colors, dice)
    waist, belly = dice.between(0.10, 0.15), dice.between(0.28, 0.36)
    pen.turned(
        [(0.17, 0.0), (belly * 0.85, 0.14), (belly, 0.32), (waist, 0.56), (waist * 1.1, 0.62), (0.19, 0.70)],
        colors.subject,
    )
    pen.ellipse(0, 0.70, 0.185, 0.025, darker(colors.subject, 0.6))
    for y in (0.26, 0.31):
        pen.line([(-belly * 0.97, y), (0, y - 0.035), (belly * 0.97, y)], 0.014, lighter(colors.subject, 0.55))


def cup(pen: Pen, colors: Palette, dice: Dice) -> None:
    """A cup on its saucer, steaming."""
    pen = pen.moved(0, 0, 0.88)
    pen.shadow(0.66)
    pen.ball(0, 0.07, 0.66, 0.085, lighter(colors.subject, 0.25))
    pen.ellipse(0, 0.085, 0.44, 0.05, darker(colors.subject, 0.2))
    pen.line([(0.40, 0.60), (0.68, 0.58), (0.66, 0.32), (0.36, 0.26)], 0.075, darker(colors.subject, 0.15))
    pen.turned([(0.22, 0.08), (0.36, 0.22), (0.45, 0.45), (0.48, 0.70)], colors.subject)
    pen.ellipse(0, 0.70, 0.48, 0.085, lighter(colors.subject, 0.45))
    pen.ellipse(0, 0.69, 0.44, 0.07, (74, 44, 28))
    sway = dice.between(0.05, 0.10)
    for x in (-0.16, 0.02, 0.20):
        steam = [(x, 0.80), (x + sway, 0.92), (x - sway * 0.6, 1.04), (x + sway * 0.5, 1.18)]
        pen.line(steam, 0.022, mix(colors.low_sky, (255, 255, 255), 0.55))


def bottle(pen: Pen, colors: Palette, dice: Dice) -> None:
    """A bottle with a label."""
    pen.shadow(0.32)
    width = dice.between(0.22, 0.30)
    pen.turned(
        [(width, 0.0), (width, 0.06), (width, 0.55), (width * 0.8, 0.66), (0.09, 0.76), (0.085, 0.95)],
        colors.subject,
        0.6,
    )
    pen.box(0, 0.93, 0.21, 0.06, darker(colors.subject, 0.4), 0.01)
    pen.box(0, 0.98, 0.15, 0.09, colors.accent, 0.02)
    pen.box(0, 0.18, width * 1.75, 0.28, lighter(colors.glow, 0.55), 0.01)
    pen.box(0, 0.36, width * 1.3, 0.035, colors.ink)
    pen.ball(0, 0.27, 0.06, 0.06, colors.accent)


def lamp(pen: Pen, colors: Palette, dice: Dice) -> None:
    """A table lamp in its own light."""
    for step in range(9):
        pen.ellipse(0, 0.70, 1.05 - step * 0.09, 0.85 - step * 0.075, colors.glow, 14)
    pen.shadow(0.36)
    pen.turned([(0.26, 0.0), (0.25, 0.04), (0.06, 0.09), (0.03, 0.14)], colors.ink)
    pen.turned([(0.03, 0.10), (0.15, 0.22), (0.13, 0.34), (0.035, 0.46), (0.03, 0.56)], colors.subject)
    rim = dice.between(0.40, 0.48)
    pen.solid(
        [(-rim, 0.52), (rim, 0.52), (rim * 0.55, 0.98), (-rim * 0.55, 0.98)],
        mix(colors.accent, (255, 244, 214), 0.55),
        0.2,
    )
    pen.ellipse(0, 0.52, rim, 0.04, (255, 250, 230))


def flower(pen: Pen, colors: Palette, dice: Dice) -> None:
    """Three tall flowers."""
    for n, x in enumerate((-0.34, 0.30, 0.0)):
        top = (0.66, 0.74, 0.98)[n] * dice.between(0.92, 1.05)
        bend = dice.between(-0.12, 0.12)
        pen.line([(x * 0.3, 0.0), (x * 0.7 + bend, top * 0.5), (x, top)], 0.028, colors.leaf)
        for side in (-1, 1):
            foot_x, foot_y = x * 0.6 + bend * 0.8, top * (0.34 + 0.1 * side)
            leaf_ = [(0.0, 0.0), (0.12 * side, 0.05), (0.25 * side, 0.15), (0.10 * side, 0.13)]
            pen.blob([(foot_x + dx, foot_y + dy) for dx, dy in leaf_], colors.leaf, 0.35)
        _bloom(pen.moved(x, top, 0.32 if n == 2 else 0.24), colors, dice)


def _bloom(pen: Pen, colors: Palette, dice: Dice) -> None:
    petals, start = dice.whole(6, 9), dice.between(0, 1)
    for ring, (reach, color) in enumerate(
        ((0.62, darker(colors.subject, 0.12)), (0.44, lighter(colors.subject, 0.18)))
    ):
        for n in range(petals):
            turn = 2 * math.pi * (n + start + ring / 2) / petals
            pen.ball(
                reach * math.cos(turn) * 0.75, reach * math.sin(turn) * 0.75, reach * 0.52, reach * 0.52, color, 0.25
            )
    pen.ball(0, 0, 0.24, 0.24, colors.accent)


def fruit(pen: Pen, colors: Palette, dice: Dice) -> None:
    """A bowl of fruit."""
    pen.shadow(0.70)
    for x, y in ((-0.32, 0.56), (0.34, 0.57), (0.02, 0.70), (-0.14, 0.50), (0.18, 0.50)):
        size = dice.between(0.21, 0.25)
        color = dice.pick((colors.subject, colors.subject, mix(colors.subject, colors.accent, 0.55)))
        pen.ball(x, y, size, size * 0.96, color)
        pen.line([(x, y + size * 0.85), (x + 0.02, y + size * 1.2)], 0.02, colors.ink)
        pen.blob(
            [(x, y + size), (x + 0.08, y + size * 1.25), (x + 0.16, y + size * 1.15), (x + 0.07, y + size)], colors.leaf
        )
    pen.turned([(0.24, 0.0), (0.22, 0.05), (0.48, 0.20), (0.70, 0.46)], lighter(colors.far, 0.25))
    pen.line([(-0.69, 0.46), (0.0, 0.43), (0.69, 0.46)], 0.03, lighter(colors.far, 0.55))


def book(pen: Pen, colors: Palette, dice: Dice) -> None:
    """A pile of books, one open on top."""
    pen.shadow(0.66)
    y = 0.0
    for n in range(4):
        width, thick, shift = dice.between(0.95, 1.25), dice.between(0.10, 0.16), dice.between(-0.07, 0.07)
        color = (colors.subject, colors.accent, colors.far, darker(colors.subject, 0.35))[n]
        pen.box(shift, y, width, thick, color, 0.02)
        pen.box(shift + width * 0.04, y + thick * 0.18, width * 0.94, thick * 0.64, (242, 234, 214), 0.01)
        pen.box(shift - width * 0.40, y, width * 0.2, thick, darker(color, 0.2), 0.02)
        y += thick
    page = (250, 244, 228)
    pen.solid(
        [(0.0, y + 0.03), (-0.30, y + 0.14), (-0.62, y + 0.09), (-0.56, y + 0.40), (-0.28, y + 0.44), (0.0, y + 0.33)],
        page,
        0.2,
    )
    pen.solid(
        [(0.0, y + 0.03), (0.30, y + 0.14), (0.62, y + 0.09), (0.56, y + 0.40), (0.28, y + 0.44), (0.0, y + 0.33)],
        page,
        0.3,
    )
    for line in range(5):
        for side in (-1, 1):
            pen.line(
                [(side * 0.09, y + 0.14 + line * 0.05), (side * 0.46, y + 0.17 + line * 0.05)],
                0.012,
                mix(page, colors.ink, 0.55),
            )


def chair(pen: Pen, colors: Palette, dice: Dice) -> None:
    """An armchair."""
    pen.shadow(0.58)
    for x in (-0.40, 0.40):
        pen.line([(x * 0.9, 0.18), (x, 0.0)], 0.05, colors.ink)
    back = dice.between(0.86, 1.0)
    pen.blob(
        [
            (-0.42, 0.25),
            (-0.46, back * 0.7),
            (-0.30, back),
            (0.0, back * 1.04),
            (0.30, back),
            (0.46, back * 0.7),
            (0.42, 0.25),
        ],
        colors.subject,
    )
    for row in range(2):
        for column in (-0.2, 0.0, 0.2):
            pen.ball(column, 0.62 + row * 0.17, 0.022, 0.022, darker(colors.subject, 0.4))
    pen.blob(
        [(-0.38, 0.28), (-0.36, 0.46), (0.0, 0.50), (0.36, 0.46), (0.38, 0.28), (0.0, 0.24)],
        lighter(colors.subject, 0.18),
    )
    for side in (-1, 1):
        pen.blob(
            [(side * 0.36, 0.14), (side * 0.34, 0.52), (side * 0.46, 0.60), (side * 0.58, 0.52), (side * 0.56, 0.14)],
            darker(colors.subject, 0.08),
        )
    pen.box(0, 0.13, 0.86, 0.13, darker(colors.subject, 0.22), 0.04)


def robot(pen: Pen, colors: Palette, dice: Dice) -> None:
    """A friendly machine."""
    pen.shadow(0.42)
    steel = lighter(colors.subject, 0.1)
    for side in (-1, 1):
        pen.box(side * 0.15, 0.0, 0.15, 0.20, darker(steel, 0.4), 0.03)
        pen.line(
            [(side * 0.30, 0.46), (side * 0.46, 0.36), (side * 0.42, 0.16 + dice.between(0, 0.3))],
            0.075,
            darker(steel, 0.3),
        )
    pen.solid([(-0.30, 0.16), (0.30, 0.16), (0.33, 0.54), (-0.33, 0.54)], steel)
    pen.box(0, 0.26, 0.34, 0.18, colors.ink, 0.03)
    for n in range(3):
        pen.ball(-0.10 + n * 0.10, 0.35, 0.03, 0.03, (colors.accent, colors.glow, colors.leaf)[n])
    pen.solid([(-0.29, 0.57), (0.29, 0.57), (0.25, 0.90), (-0.25, 0.90)], lighter(steel, 0.12))
    pen.line([(0, 0.90), (0.02, 1.02)], 0.022, colors.ink)
    pen.ball(0.02, 1.04, 0.04, 0.04, colors.accent)
    for side in (-1, 1):
        pen.ellipse(side * 0.11, 0.75, 0.075, 0.075, colors.ink)
        pen.ellipse(side * 0.11, 0.75, 0.05, 0.05, colors.glow)
    pen.line([(-0.10, 0.64), (0.0, 0.62), (0.10, 0.64)], 0.02, colors.ink)
