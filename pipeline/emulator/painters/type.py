"""Words set in type: Pillow's own font, no system fonts; the caption strip and signs."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from pipeline.emulator.painters.palette import Palette, Rgb, darker, lighter, mix

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
AS_ASCII = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "’": "'", "‘": "'", "–": "-", "—": "-", "×": "x", "ß": "ss", "æ": "ae", "ø": "o"}
)
# Strokes of each accent in units of its size about its middle; a single point is a dot.
ACCENTS: dict[str, tuple[tuple[tuple[float, float], ...], ...]] = {
    "\N{COMBINING DIAERESIS}": (((-0.9, 0.0),), ((0.9, 0.0),)),
    "\N{COMBINING ACUTE ACCENT}": (((-0.5, -0.5), (0.7, 0.7)),),
    "\N{COMBINING GRAVE ACCENT}": (((0.5, -0.5), (-0.7, 0.7)),),
    "\N{COMBINING CIRCUMFLEX ACCENT}": (((-0.9, -0.5), (0.0, 0.5), (0.9, -0.5)),),
    "\N{COMBINING CARON}": (((-0.9, 0.5), (0.0, -0.5), (0.9, 0.5)),),
    "\N{COMBINING TILDE}": (((-1.0, -0.3), (-0.4, 0.3), (0.4, -0.3), (1.0, 0.3)),),
    "\N{COMBINING RING ABOVE}": (((0.0, 0.0),),),
}
PAPER: Rgb = (250, 247, 240)


@lru_cache(maxsize=64)
def font(size: int) -> Font:
    """The bundled font at `size` pixels."""
    return ImageFont.load_default(max(6, size))


def caption_height(width: int, height: int) -> int:
    """Pixels of the strip under a picture of this size."""
    return round(min(height * 0.24, max(width, height) * 0.17))


def set_caption(image: Image.Image, top: int, badge: Rgb, model: str, seed: int, size: str, prompt: str) -> None:
    """Model and seed large enough for a thumbnail, size and prompt for the open picture."""
    draw = ImageDraw.Draw(image)
    width, strip = image.width, image.height - top
    draw.rectangle((0, top, width, image.height), PAPER)
    band = top + round(strip * 0.52)
    draw.rectangle((0, top, width, band), badge)
    pad = round(width * 0.022)
    ink = (20, 20, 26) if sum(badge) > 400 else (255, 255, 255)
    mark = f"s{seed}"
    letters = _fitting(draw, mark, round((band - top) * 0.86), round(width * 0.40))
    right = width - pad - draw.textlength(mark, letters)
    write(draw, (right, (top + band) / 2), mark, ink, letters, "lm")
    name = _fitting(draw, model, round((band - top) * 0.74), round(right - 2 * pad))
    write(draw, (pad, (top + band) / 2), model, ink, name, "lm")
    small = round((image.height - band) * 0.34)
    tag_width = draw.textlength(size, font(small))
    draw.text((width - pad - tag_width, band + small * 0.45), size, mix(PAPER, (20, 20, 26), 0.55), font(small))
    for n, line in enumerate(_wrapped(draw, prompt, font(small), width - 3 * pad - tag_width, 2)):
        write(draw, (pad, band + small * (0.45 + 1.18 * n)), line, (32, 32, 38), font(small), "la")


def set_sign(image: Image.Image, box: tuple[float, float, float, float], text: str, colors: Palette) -> None:
    """A board (left, top, right, bottom in pixels) with `text` as written."""
    left, top, right, bottom = box
    draw = ImageDraw.Draw(image)
    edge = max(3, round((bottom - top) * 0.05))
    draw.rounded_rectangle(box, edge * 2, darker(colors.ink, 0.2))
    inner = (left + edge, top + edge, right - edge, bottom - edge)
    draw.rounded_rectangle(inner, edge, lighter(colors.glow, 0.65), colors.accent, max(2, edge // 2))
    letters = _fitting(draw, text, round((bottom - top) * 0.66), round((right - left) * 0.90))
    left = (left + right - draw.textlength(plain(text), letters)) / 2
    write(draw, (left, (top + bottom) / 2), text, darker(colors.ink, 0.1), letters, "lm")


def plain(text: str) -> str:
    """The text in letters that the bundled font has: accents taken off, typographic marks as ASCII."""
    bare = unicodedata.normalize("NFD", text.translate(AS_ASCII))
    return "".join(letter for letter in bare if not unicodedata.combining(letter))


def write(
    draw: ImageDraw.ImageDraw, place: tuple[float, float], text: str, ink: Rgb, letters: Font, anchor: str
) -> None:
    """Draws `text` from its left end; the accents, which the bundled font lacks, are drawn over their letters."""
    shown = plain(text)
    draw.text(place, shown, ink, letters, anchor)
    at = -1
    for letter in unicodedata.normalize("NFD", text.translate(AS_ASCII)):
        if not unicodedata.combining(letter):
            at += 1
        elif at >= 0 and letter in ACCENTS:
            left = place[0] + draw.textlength(shown[:at], letters)
            box = draw.textbbox((left, place[1]), shown[at], letters, anchor)
            _accent(draw, letter, (box[0] + box[2]) / 2, box[1], (box[3] - box[1]) * 0.16, ink)


def _accent(draw: ImageDraw.ImageDraw, mark: str, x: float, y: float, size: float, ink: Rgb) -> None:
    y -= size * 1.4
    for stroke in ACCENTS[mark]:
        points = [(x + dx * size, y - dy * size) for dx, dy in stroke]
        if len(points) > 1:
            draw.line(points, ink, max(1, round(size * 0.6)), "curve")
        else:
            (dot_x, dot_y), half = points[0], size * 0.5
            draw.ellipse((dot_x - half, dot_y - half, dot_x + half, dot_y + half), ink)


def _fitting(draw: ImageDraw.ImageDraw, text: str, size: int, width: int) -> Font:
    needed = draw.textlength(plain(text), font(size))
    return font(size if needed <= width else int(size * width / needed))


def _wrapped(
    draw: ImageDraw.ImageDraw,
    text: str,
    letters: Font,
    width: float,
    most: int,
) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if draw.textlength(plain(longer), letters) <= width:
            lines[-1] = longer
        elif len(lines) == most:
            lines[-1] = lines[-1][: max(0, len(lines[-1]) - 1)] + "…"
            break
        else:
            lines.append(word)
    return lines
