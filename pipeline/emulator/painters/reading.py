"""What a prompt says to a painter: its subject, surface, mood, light, colours and the words in quotes (pure)."""

from __future__ import annotations

import re

import msgspec

SUBJECTS = {
    "teapot": "teapot kettle samovar",
    "vase": "vase urn pot pottery jar amphora",
    "cup": "cup mug coffee espresso tea cappuccino",
    "bottle": "bottle perfume wine whisky potion flask",
    "lamp": "lamp lantern candle lighthouse bulb chandelier",
    "flower": "flower rose tulip bouquet sunflower daisy blossom poppy orchid",
    "fruit": "fruit apple pear lemon peach tomato bowl",
    "book": "book library novel notebook",
    "chair": "chair armchair stool throne",
    "robot": "robot android machine cyborg",
    "cat": "cat kitten lion tiger fox panther",
    "bird": "bird owl sparrow parrot robin raven eagle hummingbird",
    "mountain": "mountain alps peak hill canyon volcano desert landscape valley dune",
    "city": "city skyline street tokyo york paris london downtown skyscraper tower buildings metropolis",
    "sea": "sea ocean boat ship sailboat harbour harbor waves beach lake river island yacht",
    "tree": "tree forest woods pine jungle bonsai willow garden park",
    "house": "house cottage cabin barn home hut castle temple village",
    "shop": "shop cafe café bakery store bookshop diner bar restaurant storefront sign signboard",
    "planet": "planet space galaxy cosmos saturn mars nebula spaceship rocket",
    "portrait": "woman man girl boy person astronaut fisherman baker nurse queen king dancer musician chef farmer "
    "knight wizard lady gentleman child grandmother grandfather doctor teacher sailor monk samurai",
}
# Words that settle the subject only when no other does: "portrait of a cat" is a cat.
WEAK = {"portrait": "portrait face headshot selfie people"}
SURFACES = {
    "marble": "marble porcelain terrazzo quartz",
    "wood": "oak wood wooden walnut table desk timber bamboo pine teak",
    "stone": "slate stone granite concrete rock basalt",
    "cloth": "linen velvet silk cloth cotton satin",
    "grass": "grass meadow lawn moss field",
    "sand": "sand beach desert dune dunes",
    "snow": "snow snowy ice winter frozen",
    "water": "water sea ocean lake river rain puddle",
}
MOODS = {
    "night": "night midnight moon moonlit dark neon stars starry candlelight noir",
    "sunset": "sunset dusk golden sundown evening autumn warm fire",
    "dawn": "dawn sunrise morning misty mist fog foggy spring pastel",
    "storm": "storm stormy rain rainy gloomy moody thunder",
}
LIGHTS = {
    "window": "window blinds",
    "spot": "dramatic spotlight spot chiaroscuro rim contrast cinematic",
    "soft": "softbox soft diffuse studio overcast",
}
HUES = {
    "red": 27, "crimson": 20, "scarlet": 30, "pink": 355, "rose": 5, "orange": 55, "amber": 70, "copper": 50,
    "brown": 55, "gold": 88, "golden": 88, "yellow": 102, "lime": 125, "green": 145, "emerald": 158, "olive": 115,
    "mint": 165, "teal": 190, "turquoise": 195, "cyan": 205, "azure": 240, "blue": 258, "cobalt": 262, "navy": 265,
    "indigo": 278, "violet": 295, "purple": 308, "lavender": 300, "magenta": 335,
}  # fmt: skip
GREYS = {"white": 0.94, "ivory": 0.93, "silver": 0.78, "grey": 0.6, "gray": 0.6, "black": 0.27, "porcelain": 0.93}
STOP = re.compile(r"an?|the|of|[oi]n|at|to|and|or|with|for|by|its|his|her|is|are|from|as|into|eine?|d[eia][res]")
QUOTED = re.compile(r"\"([^\"]{1,60})\"|“([^”]{1,60})”|«([^»]{1,60})»|„([^“”]{1,60})[“”]|(?<!\w)'([^']{2,60})'(?!\w)")


class Reading(msgspec.Struct, frozen=True):
    """A prompt as understood. `hue` (degrees) or `grey` (lightness) is the subject's, where a colour word says so."""

    words: tuple[str, ...]
    subject: str
    surface: str
    mood: str
    light: str
    hue: int | None
    grey: float | None
    quotes: tuple[str, ...]


def read(prompt: str) -> Reading:
    """Reads a prompt; what it does not speak of is `""` or None."""
    quotes = tuple(next(text for text in found if text) for found in QUOTED.findall(prompt))
    words = tuple(re.findall(r"[^\W\d_]+", QUOTED.sub(" ", prompt).lower()))
    first = next((word for word in words if word in HUES or word in GREYS), "")
    return Reading(
        words=tuple(word for word in words if not STOP.fullmatch(word)),
        subject=_first(words, SUBJECTS) or _first(words, WEAK) or ("shop" if quotes else ""),
        surface=_first(words, SURFACES),
        mood=_first(words, MOODS),
        light=_first(words, LIGHTS),
        hue=HUES.get(first),
        grey=GREYS.get(first),
        quotes=quotes,
    )


def _first(words: tuple[str, ...], vocabulary: dict[str, str]) -> str:
    meaning = {word: name for name, text in vocabulary.items() for word in text.split()}
    stems = (stem for word in words for stem in (word, word.removesuffix("s")))
    return next((meaning[stem] for stem in stems if stem in meaning), "")
