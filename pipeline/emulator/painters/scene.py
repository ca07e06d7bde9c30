"""The `scene` painter: a poster in which prompt, model and seed are recognised at a glance."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from PIL import Image, ImageDraw, ImageOps

from pipeline.emulator.inputs import decode, is_url
from pipeline.emulator.painters import living, places, things
from pipeline.emulator.painters.backdrop import paint_ground, paint_heavens, paint_light, paint_sky
from pipeline.emulator.painters.dice import Dice
from pipeline.emulator.painters.looks import finished, frame, look_of
from pipeline.emulator.painters.palette import Palette, palette_of
from pipeline.emulator.painters.pen import Pen
from pipeline.emulator.painters.picture import Picture, encode
from pipeline.emulator.painters.reading import Reading, read
from pipeline.emulator.painters.type import caption_height, font, set_caption, set_sign

Motif = Callable[[Pen, Palette, Dice], None]
THINGS: dict[str, Motif] = {
    name: getattr(things, name)
    for name in ("teapot", "vase", "cup", "bottle", "lamp", "flower", "fruit", "book", "chair", "robot")
} | {"cat": living.cat}
AIRY: dict[str, Motif] = {"bird": living.bird, "portrait": living.portrait, "": places.abstract}
PLACES: dict[str, Motif] = {
    name: getattr(places, name) for name in ("mountain", "city", "sea", "tree", "house", "shop", "planet")
}
OVERSAMPLED = 2


def paint(picture: Picture) -> bytes:
    """The encoded poster."""
    return encode(poster(picture), picture.format)


def poster(picture: Picture) -> Image.Image:
    """The picture with its finish, frame and caption, at exactly the size asked for."""
    reading, look = read(picture.prompt), look_of(picture.model)
    colors = palette_of(reading, look.shift, look.chroma)
    width, height = picture.width, picture.height
    top = height - caption_height(width, height)
    view = _view(reading, colors, picture.seed, (width, top))
    if picture.inputs:
        boards = len(reading.quotes) - (reading.subject == "shop")
        _hang(view, picture.inputs, picture.seed, boards if reading.quotes else 0)
    view = finished(view, look, colors)
    image = Image.new("RGB", (width, height))
    image.paste(view, (0, 0))
    frame(image, look, (width, top))
    set_caption(image, top, look.badge, picture.model, picture.seed, f"{width}x{height}", picture.prompt)
    return image


def _view(reading: Reading, colors: Palette, seed: int, size: tuple[int, int]) -> Image.Image:
    """The scene itself. The words choose what is in it, the seed where and in which light it stands."""
    dice = Dice(seed, "composition")
    width, height = size[0] * OVERSAMPLED, size[1] * OVERSAMPLED
    image = Image.new("RGB", (width, height), colors.sky)
    light, mirror = (-1 if dice.is_heads() else 1), (-1 if dice.is_heads() else 1)
    horizon = round(height * dice.between(0.58, 0.74))
    x = width * (0.5 + dice.between(-0.17, 0.17))
    unit = min(width * 0.62, height * 0.62) * dice.between(0.78, 1.16)
    is_airy = reading.subject in AIRY or reading.subject == "planet"
    paint_sky(image, colors, height if is_airy else horizon)
    paint_light(image, reading, colors, light, horizon, dice)
    if reading.subject in PLACES:
        paint_heavens(image, reading, colors, light, horizon, dice)
    if not is_airy:
        paint_ground(image, reading, colors, horizon, dice, indoors=reading.subject in THINGS)
    if reading.subject in THINGS:
        foot, motif = (x, horizon + (height - horizon) * dice.between(0.30, 0.58)), THINGS[reading.subject]
        unit = min(unit * 1.12, foot[1] * 0.86, width * 0.5)
        foot = (min(max(x, unit * 0.95), width - unit * 0.95), foot[1])
    elif reading.subject in PLACES:
        foot, motif = (x, float(horizon)), PLACES[reading.subject]
        unit = min(unit, horizon * 0.86)
    else:
        foot, motif = (x, height * (1.0 if reading.subject == "portrait" else 0.84)), AIRY[reading.subject]
        unit = min(unit * 1.35, height * (0.92 if reading.subject == "portrait" else 0.76))
    pen = Pen(image, foot, unit, light, mirror)
    motif(pen, colors, dice)
    _write_quotes(pen, reading, colors, dice)
    return image.reduce(OVERSAMPLED)


def _write_quotes(pen: Pen, reading: Reading, colors: Palette, dice: Dice) -> None:
    """Each text in quotes on a board of its own; the first one of a shop on the shop's."""
    width, height = pen.image.size
    for n, text in enumerate(reading.quotes[:3]):
        if reading.subject == "shop" and n == 0:
            (x, y), u = pen.at(places.SIGN_OF_SHOP[0], places.SIGN_OF_SHOP[1]), pen.unit
            half, board = places.SIGN_OF_SHOP[2] * u / 2, places.SIGN_OF_SHOP[3] * u
            set_sign(pen.image, (x - half, y - board, x + half, y), text, colors)
            continue
        wide, tall = width * min(0.8, 0.16 + 0.045 * len(text)), height * 0.15
        left = (width - wide) * dice.between(0.2, 0.8)
        top = height * (0.05 + 0.18 * n)
        set_sign(pen.image, (left, top, left + wide, top + tall), text, colors)


def _hang(view: Image.Image, inputs: tuple[str, ...], seed: int, boards: int) -> None:
    """The input images, framed, under the `boards`; one that comes as a URL is an empty frame with its host."""
    dice = Dice(seed, "frames")
    share = 0.42 if len(inputs) == 1 else 0.28
    side = round(min(view.size) * share)
    is_left = dice.is_heads()
    for n, text in enumerate(inputs[:4]):
        shown = _shown(text, side)
        mat = max(4, side // 16)
        top = mat * 2 + round(view.height * 0.18 * min(boards, 3))
        framed = ImageOps.expand(ImageOps.expand(shown, mat, (250, 248, 242)), max(3, mat // 2), (58, 42, 34))
        step = n * (framed.width + mat)
        left = mat * 2 + step if is_left else view.width - framed.width - mat * 2 - step
        ImageDraw.Draw(view, "RGBA").rectangle(
            (left + mat, top + mat, left + mat + framed.width, top + mat + framed.height), (0, 0, 0, 70)
        )
        view.paste(framed, (left, top))


def _shown(text: str, side: int) -> Image.Image:
    if not is_url(text):
        shown = decode(text)
        shown.draft("RGB", (side, side))
        shown = shown.convert("RGB")
        shown.thumbnail((side, side))
        return shown
    card = Image.new("RGB", (side, round(side * 0.75)), (226, 224, 218))
    host = urlsplit(text).hostname or ""
    draw = ImageDraw.Draw(card)
    draw.line([(0, 0), card.size], (200, 198, 192), 3)
    draw.line([(0, card.height), (card.width, 0)], (200, 198, 192), 3)
    draw.text((card.width / 2, card.height / 2), host, (60, 60, 66), font(max(10, side // 12)), "mm")
    return card
