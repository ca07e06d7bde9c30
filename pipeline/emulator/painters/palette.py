"""Colours that belong together: a palette from a prompt's words, in OKLCH so that all hues weigh the same."""

from __future__ import annotations

import math

import msgspec

from pipeline.emulator.painters.dice import Dice
from pipeline.emulator.painters.reading import Reading

Rgb = tuple[int, int, int]
WHITE: Rgb = (255, 255, 255)
BLACK: Rgb = (12, 12, 18)


class Palette(msgspec.Struct, frozen=True):
    """The colours of one picture."""

    sky: Rgb
    low_sky: Rgb
    glow: Rgb
    far: Rgb
    ground: Rgb
    near: Rgb
    subject: Rgb
    accent: Rgb
    leaf: Rgb
    ink: Rgb
    is_dark: bool


MOOD_SKIES = {
    # lightness and chroma of sky and horizon, the sky's hues, and the horizon's hue where the mood has one of its own
    "night": (0.22, 0.07, 0.40, 0.11, (225, 310), None),
    "sunset": (0.46, 0.12, 0.80, 0.14, (255, 345), 55),
    "dawn": (0.80, 0.06, 0.93, 0.05, (0, 360), 40),
    "storm": (0.38, 0.03, 0.62, 0.03, (200, 280), None),
    "": (0.74, 0.09, 0.92, 0.045, (0, 360), None),
}
DARK_STUDIO = (0.26, 0.06, 0.46, 0.09, (170, 350), None)


def palette_of(reading: Reading, shift: float, chroma: float) -> Palette:
    """The palette of these words; a model's look turns all hues by `shift` degrees and scales `chroma`."""
    dice = Dice(0, "palette", *sorted(set(reading.words)))
    is_studio = reading.light == "spot" and not reading.mood
    mood = "night" if reading.subject == "planet" else reading.mood
    light, c_sky, low_light, c_low, hues, low_hue = DARK_STUDIO if is_studio else MOOD_SKIES[mood]
    base = dice.between(*hues) + shift * (hues[1] - hues[0]) / 360
    is_dark = light < 0.45
    turn = dice.pick((35.0, -35.0, 60.0, -60.0))
    horizon = base + turn if low_hue is None else low_hue + shift
    subject_hue = base + 180 + dice.between(-30, 30) if reading.hue is None else reading.hue + shift / 3
    ground_light = 0.34 if is_dark else 0.62
    return Palette(
        sky=oklch(light, c_sky * chroma, base),
        low_sky=oklch(low_light, c_low * chroma, horizon),
        glow=oklch(0.93 if not is_dark else 0.8, 0.09 * chroma, horizon + 15),
        far=oklch((light + low_light) / 2 - 0.06, 0.07 * chroma, base + turn / 2),
        ground=oklch(ground_light, 0.07 * chroma, base + turn * 1.5),
        near=oklch(ground_light - 0.14, 0.08 * chroma, base + turn * 1.2),
        subject=_subject(reading, subject_hue, chroma, is_dark),
        accent=oklch(0.80, 0.13 * chroma, subject_hue + dice.pick((70.0, -70.0, 110.0))),
        leaf=oklch(0.50, 0.11 * chroma, 140 + shift / 4),
        ink=oklch(0.22, 0.03, base),
        is_dark=is_dark,
    )


def _subject(reading: Reading, hue: float, chroma: float, is_dark: bool) -> Rgb:
    if reading.grey is not None:
        return oklch(reading.grey, 0.012, hue)
    return oklch(0.64 if is_dark else 0.60, (0.15 if reading.hue is None else 0.19) * chroma, hue)


def oklch(lightness: float, chroma: float, hue: float) -> Rgb:
    """OKLCH (lightness 0 to 1, hue in degrees) as sRGB; chroma is lowered until it fits."""
    for _ in range(12):
        channels = _linear(lightness, chroma, math.radians(hue))
        if all(-0.001 <= channel <= 1.001 for channel in channels):
            break
        chroma *= 0.88
    red, green, blue = (round(255 * _gamma(min(1.0, max(0.0, channel)))) for channel in channels)
    return red, green, blue


def mix(one: Rgb, other: Rgb, share: float) -> Rgb:
    """`one` with a share (0 to 1) of `other`."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def lighter(color: Rgb, share: float) -> Rgb:
    """Towards white."""
    return mix(color, WHITE, share)


def darker(color: Rgb, share: float) -> Rgb:
    """Towards a bluish black."""
    return mix(color, BLACK, share)


def _linear(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    # Björn Ottosson's OKLab, https://bottosson.github.io/posts/oklab/
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    l_ = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m_ = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s_ = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * l_ - 3.3077115913 * m_ + 0.2309699292 * s_,
        -1.2684380046 * l_ + 2.6097574011 * m_ - 0.3413193965 * s_,
        -0.0041960863 * l_ - 0.7034186147 * m_ + 1.7076147010 * s_,
    )


def _gamma(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
