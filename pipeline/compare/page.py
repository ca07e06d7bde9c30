"""The page on which people decide, for both ways to serve it: `page/` holds the view, this file gives it the sights."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from importlib.resources import files
from string import Template

import msgspec

_SCRIPTS = ("keeping.js", "zoom.js", "review.js")


class Shown(msgspec.Struct, frozen=True):
    """A sight as the page knows it: addresses of its pictures (`input` "": none), and what may be said of it."""

    name: str
    left: str
    right: str
    input: str
    about: str


class Cast(msgspec.Struct, frozen=True):
    """A vote of this sitting that is stored."""

    id: str
    name: str
    choice: str


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """All that the page is told. `before` counts pairs that the reviewer judged earlier; `pack` "": it is served.

    `reveal`: at the end the page may ask who won.
    """

    ask: str
    sights: Sequence[Shown]
    before: int = 0
    cast: Sequence[Cast] = ()
    pack: str = ""
    reveal: bool = False


def review_page(seat: Seat) -> bytes:
    """The page, with style and script in it, allowed by their hashes alone: it opens from disk too."""
    view = files("pipeline.compare") / "page"
    style = view.joinpath("review.css").read_text("utf-8")
    script = "\n".join(view.joinpath(name).read_text("utf-8") for name in _SCRIPTS)
    # Of a page that is opened from disk, only `file:` names the pictures beside it; served, it names nothing.
    policy = {
        "default-src": "'none'",
        "img-src": "'self' file: data:",
        "connect-src": "'none'" if seat.pack else "'self'",
        "style-src": _hash(style),
        "script-src": _hash(script),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    page = Template(view.joinpath("review.html").read_text("utf-8")).substitute(
        policy="; ".join(f"{name} {value}" for name, value in policy.items()),
        style=style,
        script=script,
        sitting=_script_safe(msgspec.json.encode(seat)),
    )
    return page.encode()


def _script_safe(json: bytes) -> str:
    """JSON that cannot end the element that it stands in."""
    return json.decode().replace("<", "\\u003c")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
