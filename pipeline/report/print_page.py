"""One printable page: drawn with Pillow's own scalable font, which knows Latin scripts only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pipeline.images.check import BadPicture, open_picture
from pipeline.images.colours import in_srgb
from pipeline.rows.measured import BLANK
from pipeline.rows.rows import Row, axis_text

if TYPE_CHECKING:
    from PIL import Image, ImageDraw, ImageFont

PORTRAIT = (1654, 2339)  # A4 at 200 dots an inch
MARGIN = 64
HEAD = 330
GAP = 12
CAPTION = 26
_TOP, _FOOT, _COLUMN_HEAD = 124, 56, 62
_TALLEST, _FLATTEST = 1.5, 0.4
_INK, _GREY, _RULE, _EMPTY, _ALARM = "#1b1b1f", "#5d5d66", "#d5d5db", "#f1f1f4", "#9a3412"
_WORDS = {"in_doubt": "in doubt", "submitting": "sending"}

Box = tuple[int, int, int, int]
Named = list[tuple[str, str]]


class Line(NamedTuple):
    """One line of cells; `heads` are its axes with their values, `captions` the axes that tell pictures in a cell."""

    heads: Named
    cells: list[list[Row]]
    captions: list[str]


class Page(NamedTuple):
    """What stands on a page, before it is drawn."""

    heading: str
    columns: list[Named]
    has_heads: bool
    lines: list[Line]

    @property
    def size(self) -> tuple[int, int]:
        """Upright up to four columns, else on its side."""
        return PORTRAIT if len(self.columns) <= 4 else (PORTRAIT[1], PORTRAIT[0])

    @property
    def column_width(self) -> int:
        """Pixels, with the gap after it."""
        return (self.size[0] - 2 * MARGIN - HEAD * self.has_heads) // max(1, len(self.columns))


class Scene(NamedTuple):
    """What all pages share: the pictures' folder, why some cannot be shown (by file), and the words around them."""

    folder: Path
    wrong: Mapping[str, str]
    title: str
    standing: str
    mark: str
    pages: int
    left_out: int


def room_for_lines(page: Page) -> int:
    """Pixels between the heads of the columns and the foot."""
    return page.size[1] - 2 * MARGIN - _TOP - _FOOT - _COLUMN_HEAD * _has_column_heads(page)


def line_height(page: Page, line: Line) -> int:
    """How high a line is drawn; it never exceeds a page."""
    return min(_wanted_height(page, line), room_for_lines(page))


def in_parts(page: Page, line: Line) -> list[Line]:
    """`line`, or where its cells hold more pictures than a page can, as lines of so many as stay large enough."""
    longest = each = max(len(cell) for cell in line.cells)
    while each > 1 and _wanted_height(page, _part(line, 0, each)) > room_for_lines(page):
        each = each * 3 // 4
    return [_part(line, at, at + each) for at in range(0, longest, each)]


def _part(line: Line, start: int, end: int) -> Line:
    return line._replace(cells=[cell[start:end] for cell in line.cells])


def _wanted_height(page: Page, line: Line) -> int:
    return max(*(_cell_height(page, cell) for cell in line.cells), _text_height(line)) + 2 * GAP


def draw_page(page: Page, number: int, scene: Scene) -> Image.Image:
    """The page as a picture."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", page.size, "white")
    pen = ImageDraw.Draw(image)
    _draw_frame(pen, page, number, scene)
    left = MARGIN + HEAD * page.has_heads
    top = MARGIN + _TOP
    if _has_column_heads(page):
        for at, heads in enumerate(page.columns):
            _draw_column_head(pen, heads, left + at * page.column_width, top, page.column_width - GAP)
        top += _COLUMN_HEAD
    for line in page.lines:
        height = line_height(page, line)
        pen.line((MARGIN, top, page.size[0] - MARGIN, top), _RULE, 2)
        _draw_line_head(pen, line, (MARGIN, top + GAP, MARGIN + HEAD - 2 * GAP, top + height - GAP))
        for at, cell in enumerate(line.cells):
            place = left + at * page.column_width, top + GAP
            _draw_cell(image, pen, page, line, cell, place, height - 2 * GAP, scene)
        top += height
    return image


def _has_column_heads(page: Page) -> bool:
    return any(page.columns)


def _draw_frame(pen: ImageDraw.ImageDraw, page: Page, number: int, scene: Scene) -> None:
    width, height = page.size
    _text(pen, scene.title, (MARGIN, MARGIN, width - MARGIN, MARGIN + 56), 44, _INK)
    words = " · ".join(part for part in (page.heading, scene.standing) if part)
    _text(pen, words, (MARGIN, MARGIN + 60, width - MARGIN, MARGIN + 92), 24, _GREY)
    more = f", {scene.left_out} more not drawn" if scene.left_out else ""
    foot = f"page {number} of {scene.pages}{more}"
    words = " · ".join(part for part in (scene.mark, foot) if part)
    _text(pen, words, (MARGIN, height - MARGIN - 28, width - MARGIN, height - MARGIN), 22, _GREY)


def _draw_column_head(pen: ImageDraw.ImageDraw, heads: Named, left: int, top: int, width: int) -> None:
    words = " · ".join(value for _, value in heads)
    names = " · ".join(name for name, _ in heads)
    _text(pen, names, (left, top, left + width, top + 20), 17, _GREY)
    _text(pen, words, (left, top + 22, left + width, top + 50), 24, _INK)


def _draw_line_head(pen: ImageDraw.ImageDraw, line: Line, box: Box) -> None:
    left, top, right, bottom = box
    for name, value in line.heads:
        _text(pen, name, (left, top, right, top + 20), 17, _GREY)
        top = _text(pen, value, (left, top + 20, right, min(bottom, top + 80)), 24, _INK) + 8
    if line.heads and (prompt := _prompt(line)):
        _text(pen, prompt, (left, top + 2, right, bottom), 19, _GREY)


def _prompt(line: Line) -> str:
    """The prompt that a whole line was sent with; "" where its cells differ."""
    prompts = {row.prompt or "" for cell in line.cells for row in cell}
    return prompts.pop() if len(prompts) == 1 else ""


def _draw_cell(
    image: Image.Image,
    pen: ImageDraw.ImageDraw,
    page: Page,
    line: Line,
    cell: Sequence[Row],
    place: tuple[int, int],
    room: int,
    scene: Scene,
) -> None:
    across, width, height = _boxes(page, cell)
    height = min(height, room // max(1, -(-len(cell) // across)) - CAPTION)
    for at, row in enumerate(cell):
        left = place[0] + at % across * (width + GAP)
        top = place[1] + at // across * (height + CAPTION)
        _draw_picture(image, pen, row, (left, top, left + width, top + height), scene)
        _text(pen, _caption(row, line), (left, top + height + 3, left + width, top + height + CAPTION), 17, _GREY)


def _caption(row: Row, line: Line) -> str:
    parts = [f"{name} {axis_text(row.axes[name])}" for name in line.captions if name in row.axes]
    parts += [f"{row.stars} of 5"] if row.stars else []
    parts += ["rejected"] if row.reject else []
    parts += ["blank"] if BLANK in row.flags else []
    return " · ".join([*parts, *row.tags])


def _draw_picture(image: Image.Image, pen: ImageDraw.ImageDraw, row: Row, box: Box, scene: Scene) -> None:
    left, top, right, bottom = box
    why = scene.wrong.get(row.file or "")
    if row.file is not None and not why:
        try:
            shown = _read(scene.folder / row.file, (right - left, bottom - top))
            image.paste(shown, (left + (right - left - shown.width) // 2, top + (bottom - top - shown.height) // 2))
        except (BadPicture, OSError) as error:
            why = str(error)
        else:
            return
    word = "picture missing" if why else "moderated" if row.failure == "moderated" else _status(row)
    pen.rectangle((left, top, right - 1, bottom - 1), _EMPTY, _RULE, 2)
    alarm = bool(why) or row.status in ("failed", "in_doubt")
    below = _text(pen, word, (left + GAP, top + GAP, right - GAP, bottom), 22, _ALARM if alarm else _GREY)
    _text(pen, why or row.reason, (left + GAP, below + 4, right - GAP, bottom - GAP), 17, _GREY)


def _status(row: Row) -> str:
    return "parked" if row.parked else _WORDS.get(row.status, row.status)


def _read(path: Path, room: tuple[int, int]) -> Image.Image:
    from PIL import Image, ImageOps

    with open_picture(path.read_bytes()) as opened:
        try:
            opened.thumbnail(room, Image.Resampling.LANCZOS, reducing_gap=2.0)
            upright = in_srgb(ImageOps.exif_transpose(opened))
            if upright.mode == "RGB":
                return upright
            ground = Image.new("RGBA", upright.size, "white")
            return Image.alpha_composite(ground, upright).convert("RGB")
        except Exception as error:
            raise BadPicture(f"it does not decode: {error}") from error


def _boxes(page: Page, cell: Sequence[Row]) -> tuple[int, int, int]:
    """How many pictures stand side by side in a cell, and the width and height of each."""
    inner = page.column_width - GAP
    # As square as can be, while a picture stays large enough to be looked at.
    across = max(1, min(round(len(cell) ** 0.5 + 0.2), inner // 150))
    width = (inner - (across - 1) * GAP) // across
    shape = max((row.height / row.width for row in cell if row.width and row.height), default=0.75)
    return across, width, round(width * min(max(shape, _FLATTEST), _TALLEST))


def _cell_height(page: Page, cell: Sequence[Row]) -> int:
    across, _, height = _boxes(page, cell)
    return -(-len(cell) // across) * (height + CAPTION)


def _text_height(line: Line) -> int:
    """Room for the heads and two lines of the prompt, at the least."""
    return len(line.heads) * 58 + 56 if line.heads else 0


def _text(pen: ImageDraw.ImageDraw, text: str, box: Box, size: int, ink: str) -> int:
    """Write `text` into `box`, wrapped, and cut with an ellipsis where it does not fit; returns where it ended."""
    left, top, right, bottom = box
    font, step = _font(size), round(size * 1.25)
    lines = wrap(text, font, right - left)
    room = max(1, (bottom - top) // step)
    if len(lines) > room:
        lines = [*lines[: room - 1], _cut(f"{lines[room - 1]} …", font, right - left)]
    for at, line in enumerate(lines):
        pen.text((left, top + at * step), line, ink, font)
    return top + len(lines) * step


def wrap(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> list[str]:
    """Lines of whole words, each at most `width` pixels; a longer word is broken. What does not print is left out."""
    lines, line = [], ""
    for word in "".join(sign if sign.isprintable() else " " for sign in text).split():
        longer = f"{line} {word}".lstrip()
        if font.getlength(longer) <= width:
            line = longer
            continue
        lines += [line] if line else []
        line = word
        while font.getlength(line) > width and len(line) > 1:
            fits = next(n for n in range(len(line) - 1, 0, -1) if n == 1 or font.getlength(line[:n]) <= width)
            lines.append(line[:fits])
            line = line[fits:]
    return [*lines, line] if line else lines


def _cut(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int) -> str:
    while font.getlength(text) > width and len(text) > 2:
        text = text[:-2].rstrip(" …") + "…"
    return text


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    from PIL import ImageFont

    return ImageFont.load_default(size)
