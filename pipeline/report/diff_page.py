"""The pairs of a diff as one HTML page, without a script: pictures side by side, the kinds of pairs to choose from."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from html import escape
from importlib.resources import files
from string import Template
from typing import Any

import msgspec

from pipeline.compare.diff import LIKENESSES, Diff, JobChange, Pair
from pipeline.rows.rows import Row, axis_text

Link = Callable[[str, str], str | None]

_CLIP = 600
_SIDES = ("before", "after")


def diff_page(found: Diff, names: tuple[str, str], link: Link) -> bytes:
    """The page. `names` are what people call the two sides; `link(side, file)` is the way to a picture, as a URL.

    Texts are text, never markup; style is allowed by its hash alone, and nothing comes from outside.
    """
    folder = files("pipeline.report") / "page"
    style = "\n".join(folder.joinpath(name).read_text("utf-8") for name in ("sheet.css", "diff.css"))
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    page = Template(folder.joinpath("diff.html").read_text("utf-8")).substitute(
        policy=f"default-src 'none'; img-src 'self' file:; style-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'",
        style=style,
        before=escape(names[0]),
        after=escape(names[1]),
        choices="".join(_choices(found)),
        job="".join(_job(found.job)),
        alone="".join(_alone(found, names)),
        pairs="".join(_pair(pair, link) for pair in found.pairs),
    )
    return page.encode()


def _choices(found: Diff) -> Iterator[str]:
    kinds = [("all", "all pairs", len(found.pairs))]
    kinds += [(kind, LIKENESSES[kind], count) for kind, count in found.likenesses().items()]
    for kind, words, count in kinds:
        state = " checked" if kind == "all" else " disabled" if not count else ""
        yield (
            f'<label class="choice"><input type="radio" name="kind" id="kind-{kind}"{state}>'
            f"<span>{words} <b>{count}</b></span></label>"
        )


def _job(changes: Sequence[JobChange]) -> Iterator[str]:
    if not changes:
        yield '<p class="none">Both jobs read the same.</p>'
        return
    yield '<table class="job"><thead><tr><th>in the job</th><th>before</th><th>after</th></tr></thead><tbody>'
    for change in changes:
        old, new = _marked(_value(change.before), _value(change.after))
        yield f"<tr><th>{escape(change.path)}</th><td>{old}</td><td>{new}</td></tr>"
    yield "</tbody></table>"


def _alone(found: Diff, names: tuple[str, str]) -> Iterator[str]:
    for rows, name in ((found.removed, names[0]), (found.added, names[1])):
        if rows:
            labels = "".join(f"<li>{escape(row.label)}</li>" for row in rows)
            yield f"<details><summary>{len(rows)} cells only in {escape(name)}</summary><ul>{labels}</ul></details>"


def _pair(pair: Pair, link: Link) -> str:
    axes = " · ".join(f"{name} {axis_text(value)}" for name, value in pair.axes.items())
    bits = f", {pair.distance} of 64 bits" if pair.likeness in ("alike", "changed") else ""
    asked = f"asks otherwise: {', '.join(pair.asked)}" if pair.asked else "asks for the same"
    prompts = _marked(pair.before.prompt or "", pair.after.prompt or "")
    sides = "".join(
        _side(side, row, prompt, link)
        for side, row, prompt in zip(_SIDES, (pair.before, pair.after), prompts, strict=True)
    )
    return (
        f'<article class="pair {pair.likeness}"><h2>{escape(axes)}</h2>'
        f'<p class="verdict"><b>{LIKENESSES[pair.likeness]}{bits}</b> <span>{escape(asked)}</span></p>'
        f'<div class="sides">{sides}</div></article>'
    )


def _side(side: str, row: Row, prompt: str, link: Link) -> str:
    address = link(side, row.file) if row.file else None
    if address is None:
        word = "picture missing" if row.file else row.status.replace("_", " ")
        shown = f'<div class="gap"><b>{escape(word)}</b> {escape(row.reason)}</div>'
    else:
        size = f' width="{row.width}" height="{row.height}"' if row.width and row.height else ""
        alt = escape(f"{side}: {row.label}", quote=True)
        shown = f'<a href="{escape(address, quote=True)}"><img src="{escape(address, quote=True)}" alt="{alt}"{size} '
        shown += 'loading="lazy" decoding="async"></a>'
    return f"<figure>{shown}<figcaption><b>{escape(row.label)}</b><p>{prompt}</p></figcaption></figure>"


def _marked(before: str, after: str) -> tuple[str, str]:
    """Both texts as markup, the words that only one has marked."""
    old, new = before[:_CLIP].split(), after[:_CLIP].split()
    marked: tuple[list[str], list[str]] = [], []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for texts, words, start, end in ((marked[0], old, a, b), (marked[1], new, c, d)):
            if text := escape(" ".join(words[start:end])):
                texts.append(text if kind == "equal" else f"<mark>{text}</mark>")
    return " ".join(marked[0]), " ".join(marked[1])


def _value(value: Any) -> str:
    if value is None:
        return "—"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
