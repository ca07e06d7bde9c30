"""The contact sheet as one HTML page: `page/` holds the view, this file gives it the rows as JSON and seals it."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from importlib.resources import files
from string import Template
from typing import Any
from urllib.parse import quote

import msgspec

from pipeline.manifest.state import Manifest
from pipeline.plan.money import dollar_range, dollars
from pipeline.report.columns import columns_of
from pipeline.report.endpoints import endpoints_of
from pipeline.report.layout import choose_layout
from pipeline.rows.marks import Marks
from pipeline.rows.rows import Row, axis_text
from pipeline.rows.tally import Tally, tally
from pipeline.task.request import ImageRef, ParamValue

# In the order in which they run: one script, whose parts see each other.
SCRIPTS = (
    "dom.js",
    "cells.js",
    "view.js",
    "layout.js",
    "marks.js",
    "finder.js",
    "toolbar.js",
    "heads.js",
    "grid.js",
    "shot.js",
    "arms.js",
    "figures.js",
    "words.js",
    "copying.js",
    "marking.js",
    "finding.js",
    "stage.js",
    "about.js",
    "lightbox.js",
    "compare.js",
    "keys.js",
    "live.js",
    "main.js",
)
STYLES = ("sheet.css", "toolbar.css", "grid.css", "arms.css", "finding.css", "lightbox.css", "compare.css", "marks.css")

_WORDS = {"in_doubt": "in doubt", "submitting": "sending"}
_DEFAULT_SHAPE = (4, 3)


def sheet_page(
    manifest: Manifest,
    rows: Sequence[Row],
    wrong: Mapping[str, str],
    pictures: str,
    *,
    marks: Marks | None = None,
    scores: Sequence[Any] = (),
    live: int | None = None,
) -> bytes:
    """The page. The same manifest and pictures give the same bytes.

    `wrong` says, by file, why a picture cannot be shown; `pictures` is the way from the page to the output folder,
    `../` or nothing; `marks` and `scores` come with the page. Style and script stand in the page, allowed by their
    hashes alone, because a page opened from disk is not allowed to read files beside it in every browser. A page
    that is `live` holds all up to that increment, and may run scripts of its own folder too: a run puts them there.
    """
    style, script = _joined(STYLES), _joined(SCRIPTS)
    sheet = sheet_of(manifest, rows, wrong, pictures)
    sheet |= {"scores": list(scores), "live": live} | ({} if marks is None else {"marks": marks.marks})
    page = Template(_joined(["sheet.html"])).substitute(
        title=escape(str(sheet["title"])),
        policy=_policy(style, script, live=live is not None),
        style=style,
        script=script,
        sheet=script_safe(msgspec.json.encode(sheet)),
    )
    return page.encode()


def _policy(style: str, script: str, *, live: bool) -> str:
    beside = " 'self' file:" if live else ""
    return (
        f"default-src 'none'; img-src 'self' file:; style-src {_hash(style)}; script-src {_hash(script)}{beside}; "
        "base-uri 'none'; form-action 'none'"
    )


def sheet_of(manifest: Manifest, rows: Sequence[Row], wrong: Mapping[str, str], pictures: str) -> dict[str, Any]:
    """What the page shows, as plain JSON values."""
    job = manifest.plan.job if manifest.plan else {}
    start = choose_layout(rows, job.get("report") or {})._asdict()
    return head_of(manifest) | {
        "title": job.get("name", ""),
        "mark": _mark(manifest),
        "provider": job.get("provider", ""),
        "endpoints": endpoints_of(manifest),
        "pictures": pictures,
        "start": start | {"groups": start["groups"]._asdict()},
        "cells": {"count": len(rows), "columns": columns_of([cell_of(row, wrong) for row in rows])},
    }


def head_of(manifest: Manifest) -> dict[str, Any]:
    """What the page says over all cells, and what changes during a run."""
    count = tally(manifest)
    return {
        "counts": _counts(count),
        "spend": _spend(count, rehearsed=_mark(manifest) is not None),
        "until": _until(manifest),
    }


def script_safe(json: bytes) -> str:
    """JSON that can stand in a `<script>` whatever its texts hold: nothing in it can end the element."""
    text = json.decode()
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def cell_of(row: Row, wrong: Mapping[str, str]) -> dict[str, Any]:
    """One cell as the page knows it, after `page/cells.js` has added what follows from this."""
    missing = wrong.get(row.file or "")
    there = row.file is not None and not missing
    shape = (row.width, row.height) if row.width and row.height else _asked_shape(row.params)
    return {
        "label": row.label,
        "key": row.key,
        "state": "missing" if missing else row.failure if row.failure == "moderated" else row.status,
        "word": "picture missing" if missing else _word(row),
        "reason": missing or row.reason or None,
        "axes": {name: axis_text(value) for name, value in row.axes.items()},
        "shape": shape,
        "model": row.model,
        "prompt": row.prompt,
        "returned": row.prompt_returned if row.prompt_returned != row.prompt else None,
        "params": {name: _param(value) for name, value in row.params.items() if name != "prompt"},
        "seed_returned": row.seed_returned if row.seed_returned != row.seed else None,
        "usd": None if row.price is None else row.price / 1_000_000,
        "price": None if row.price is None else f"{dollars(row.price)} ({row.price_source})",
        "charges": (row.charges_lo, row.charges_hi),
        "latency": None if row.latency is None else round(row.latency, 2),
        "remote_id": row.remote_id,
        "attempts": row.attempts,
        "reused": row.reused_from,
        "shared": row.shared if row.shared > 1 else None,
        "sha256": row.sha256 if there else None,
        "path": quote(row.file) if there and row.file else None,
        "bytes": row.bytes if there else None,
        "expect": row.expect or None,
        "metrics": row.metrics or None,
        "flags": row.flags or None,
        "near": row.near,
        "diversity": row.diversity,
        "replaces": ", ".join(key[:12] for key in row.replaces) or None,
    }


def _word(row: Row) -> str:
    if row.failure == "moderated":
        return "moderated"
    return "parked" if row.parked else _WORDS.get(row.status, row.status)


def _asked_shape(params: Mapping[str, ParamValue]) -> tuple[int, int]:
    """The sides that a picture not there yet was asked for, or their proportion."""
    width, height = params.get("width"), params.get("height")
    if isinstance(width, int) and isinstance(height, int) and width > 0 < height:
        return width, height
    match str(params.get("aspect_ratio", "")).split(":"):
        case [across, down] if across.isdecimal() and down.isdecimal() and int(across) > 0 < int(down):
            return int(across), int(down)
    return _DEFAULT_SHAPE


def _param(value: ParamValue) -> Any:
    if isinstance(value, ImageRef):
        return {"sha256": value.sha256, "media_type": value.media_type, "file": value.path}
    exact = not isinstance(value, int) or abs(value) < 1 << 53
    return value if exact else {"int": str(value)}  # JavaScript would round it


def _mark(manifest: Manifest) -> str | None:
    return "made by the emulator, not by a model" if manifest.is_free else None


def _counts(count: Tally) -> list[dict[str, Any]]:
    tasks = {"parked": count.parked, **{str(status): n for status, n in count.tasks.items()}}
    tasks["submitted"] -= count.parked
    order = ("downloaded", "failed", "in_doubt", "submitted", "parked", "submitting", "planned")
    return [
        {"state": state, "word": _WORDS.get(state, state), "n": tasks[state]}
        for state in order
        if tasks[state] or state == "downloaded"
    ]


def _spend(count: Tally, *, rehearsed: bool) -> str:
    if not count.charges_hi or count.spend_hi == 0:
        return "nothing spent"
    money = dollar_range(count.spend_lo, count.spend_hi)
    words = f"would have cost {money}" if rehearsed else f"{money} spent"
    return f"{words} ({count.source})"


def _until(manifest: Manifest) -> str | None:
    """When the last task ended, by the journal: the page's own making leaves no trace in it."""
    ends = [record.ended_at for record in manifest.records.values() if record.ended_at]
    return f"{datetime.fromtimestamp(max(ends), UTC):%Y-%m-%d %H:%M} UTC" if ends else None


def _joined(names: Sequence[str]) -> str:
    folder = files("pipeline.report") / "page"
    return "\n".join(folder.joinpath(name).read_text("utf-8") for name in names)


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
