"""Subjects that look back: a portrait, a cat, a bird. One unit high, foot at (0, 0)."""

from __future__ import annotations

from pipeline.emulator.painters.dice import Dice
from pipeline.emulator.painters.palette import Palette, Rgb, darker, lighter
from pipeline.emulator.painters.pen import Pen

SKINS: tuple[Rgb, ...] = ((246, 214, 190), (232, 188, 156), (202, 150, 112), (158, 106, 74), (112, 74, 54))
HAIRS: tuple[Rgb, ...] = ((44, 34, 36), (88, 54, 36), (140, 84, 44), (206, 162, 94), (178, 178, 184), (124, 44, 32))


def portrait(pen: Pen, colors: Palette, dice: Dice) -> None:
    """Head and shoulders; face, hair and collar by the dice."""
    skin, hair, is_long = dice.pick(SKINS), dice.pick(HAIRS), dice.is_heads()
    if is_long:
        fall = dice.between(0.24, 0.36)
        pen.blob(
            [(-0.30, 0.80), (-0.34, 0.56), (-0.32, fall), (0.32, fall), (0.34, 0.56), (0.30, 0.80), (0.0, 1.0)],
            darker(hair, 0.25),
        )
    pen.blob(
        [(-0.72, -0.06), (-0.64, 0.14), (-0.34, 0.26), (0.0, 0.28), (0.34, 0.26), (0.64, 0.14), (0.72, -0.06)],
        colors.subject,
    )
    pen.solid([(-0.11, 0.18), (0.11, 0.18), (0.12, 0.44), (-0.12, 0.44)], darker(skin, 0.22))
    pen.flat([(-0.19, 0.285), (0.0, 0.10), (0.19, 0.285), (0.12, 0.31), (0.0, 0.17), (-0.12, 0.31)], colors.accent)
    for side in (-1, 1):
        pen.ball(side * 0.235, 0.60, 0.04, 0.065, darker(skin, 0.1))
    pen.blob(
        [
            (-0.23, 0.68),
            (-0.21, 0.50),
            (-0.11, 0.37),
            (0.0, 0.345),
            (0.11, 0.37),
            (0.21, 0.50),
            (0.23, 0.68),
            (0.0, 0.90),
        ],
        skin,
        0.28,
    )
    _face(pen, skin, hair, dice)
    part = dice.between(-0.10, 0.10)
    pen.blob(
        [
            (-0.25, 0.60),
            (-0.27, 0.80),
            (-0.12, 0.96),
            (0.10, 0.97),
            (0.27, 0.82),
            (0.25, 0.60),
            (0.20, 0.73),
            (part, 0.82),
            (-0.19, 0.72),
        ],
        hair,
        0.4,
    )


def _face(pen: Pen, skin: Rgb, hair: Rgb, dice: Dice) -> None:
    look = dice.between(-0.012, 0.012)
    for side in (-1, 1):
        pen.ellipse(side * 0.095, 0.625, 0.042, 0.026, (250, 248, 242))
        pen.ellipse(side * 0.095 + look, 0.625, 0.022, 0.024, (46, 38, 40))
        pen.ellipse(side * 0.095 + look + 0.007, 0.633, 0.007, 0.007, (255, 255, 255))
        pen.line([(side * 0.145, 0.677), (side * 0.10, 0.697), (side * 0.05, 0.685)], 0.016, darker(hair, 0.2))
        pen.ellipse(side * 0.13, 0.53, 0.05, 0.035, (220, 90, 80), 45)
    pen.line([(0.012, 0.61), (0.026, 0.54), (-0.012, 0.525)], 0.012, darker(skin, 0.3))
    smile = dice.between(0.0, 0.022)
    pen.line([(-0.06, 0.455 + smile), (0.0, 0.443), (0.06, 0.455 + smile)], 0.018, (150, 58, 56))


def cat(pen: Pen, colors: Palette, dice: Dice) -> None:
    """A sitting cat."""
    fur = colors.subject
    pen.shadow(0.46)
    reach = dice.between(0.25, 0.5)
    pen.line([(0.24, 0.06), (0.52, 0.08), (0.62, reach * 0.7), (0.50, reach + 0.12)], 0.085, darker(fur, 0.18))
    pen.blob([(-0.30, 0.0), (-0.33, 0.22), (-0.20, 0.52), (0.0, 0.62), (0.20, 0.52), (0.35, 0.22), (0.32, 0.0)], fur)
    pen.blob([(-0.12, 0.06), (-0.13, 0.30), (0.0, 0.46), (0.13, 0.30), (0.12, 0.06)], lighter(fur, 0.45), 0.2)
    for side in (-1, 1):
        pen.ball(side * 0.13, 0.03, 0.10, 0.055, lighter(fur, 0.2))
        pen.solid([(side * 0.25, 0.74), (side * 0.25, 1.02), (side * 0.05, 0.88)], darker(fur, 0.12))
        pen.flat([(side * 0.215, 0.79), (side * 0.22, 0.95), (side * 0.10, 0.87)], (236, 160, 160))
    pen.ball(0, 0.72, 0.28, 0.225, fur)
    pen.ball(0, 0.645, 0.115, 0.085, lighter(fur, 0.5), 0.15)
    for side in (-1, 1):
        pen.ellipse(side * 0.115, 0.745, 0.058, 0.062, (30, 26, 30))
        pen.ellipse(side * 0.115, 0.745, 0.050, 0.054, colors.accent)
        pen.ellipse(side * 0.115, 0.745, 0.017, 0.050, (18, 16, 20))
        pen.ellipse(side * 0.115 + 0.018, 0.768, 0.011, 0.011, (255, 255, 255))
        for rise in (0.02, -0.03):
            pen.line([(side * 0.08, 0.645), (side * 0.36, 0.645 + rise)], 0.007, lighter(fur, 0.75))
    pen.flat([(-0.034, 0.69), (0.034, 0.69), (0.0, 0.655)], (224, 120, 128))
    pen.line([(-0.06, 0.63), (0.0, 0.645), (0.06, 0.63)], 0.010, (60, 40, 44))


def bird(pen: Pen, colors: Palette, dice: Dice) -> None:
    """A bird on a twig."""
    color = colors.subject
    pen.line([(-1.0, 0.10), (-0.3, 0.15), (0.4, 0.12), (1.05, 0.22)], 0.045, (82, 58, 46))
    for x, y in ((-0.7, 0.16), (0.7, 0.20), (0.92, 0.23)):
        pen.blob([(x, y), (x + 0.09, y + 0.12), (x + 0.20, y + 0.12), (x + 0.11, y + 0.01)], colors.leaf)
    droop = dice.between(-0.06, 0.08)
    pen.solid([(-0.34, 0.34), (-0.90, 0.10 + droop), (-0.86, 0.24 + droop), (-0.28, 0.52)], darker(color, 0.4))
    pen.blob(
        [
            (-0.42, 0.34),
            (-0.20, 0.16),
            (0.10, 0.15),
            (0.36, 0.36),
            (0.42, 0.66),
            (0.20, 0.84),
            (0.0, 0.66),
            (-0.24, 0.54),
        ],
        color,
    )
    pen.blob([(0.0, 0.20), (0.20, 0.22), (0.36, 0.42), (0.36, 0.60), (0.18, 0.48)], colors.accent, 0.2)
    pen.blob([(-0.52, 0.22), (-0.22, 0.30), (0.08, 0.36), (0.10, 0.54), (-0.10, 0.58)], darker(color, 0.28), 0.5)
    pen.ball(0.22, 0.76, 0.20, 0.19, lighter(color, 0.08))
    pen.flat([(0.39, 0.80), (0.60, 0.745), (0.39, 0.71)], (240, 170, 60))
    pen.ellipse(0.28, 0.80, 0.038, 0.038, (20, 18, 24))
    pen.ellipse(0.292, 0.812, 0.012, 0.012, (255, 255, 255))
    for x in (0.0, 0.12):
        pen.line([(x, 0.18), (x + 0.01, 0.11)], 0.018, (200, 130, 60))
