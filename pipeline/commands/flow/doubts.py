"""Tasks in doubt as people read them, and the commands that end a doubt."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil, floor
from pathlib import Path
from typing import Any

from pipeline.commands.flow.opening import shown_path
from pipeline.plan.money import dollars
from pipeline.rows.doubts import DoubtRow

_HEAD = 80


def doubt_tree(row: DoubtRow) -> dict[str, Any]:
    """A doubt as `status --json` prints it."""
    return {
        "key": row.key,
        "label": row.label,
        "attempt": row.attempt,
        "sent_from": _utc(floor(row.sent_from)),
        "sent_to": _utc(ceil(row.sent_to)),
        "price": None if row.price is None else row.price / 1_000_000,
        "prompt": _head(row.prompt),
        "why": row.why,
        "request_id": row.request_id,
    }


def doubt_lines(rows: Sequence[DoubtRow], folder: Path) -> list[str]:
    """The doubts of a job, and below them what ends them; nothing when there are none."""
    if not rows:
        return []
    lines = [line for row in rows for line in _lines(row)]
    return [*lines, "End a doubt with one of:", *(f"  {words}" for words in _commands(folder))]


def resolve_hint(count: int, folder: Path) -> str:
    """One line for the end of a run."""
    tasks = "1 task is" if count == 1 else f"{count} tasks are"
    path = _typed(folder)
    return f"{tasks} in doubt: `fluxsweep status {path}` lists, `fluxsweep resolve {path} KEY… | --all` ends it"


def _lines(row: DoubtRow) -> list[str]:
    price = "unknown price" if row.price is None else f"{dollars(row.price)} ({row.price_source})"
    request = f", request id {row.request_id}" if row.request_id else ""
    sent = f"sent between {_utc(floor(row.sent_from))} and {_utc(ceil(row.sent_to))}"
    return [
        f"  in doubt  {row.key[:12]}  {row.label}",
        f"            {sent}, attempt {row.attempt}, {price}{request}",
        f"            {row.why}",
        f"            {_head(row.prompt)}",
    ]


def _commands(folder: Path) -> list[str]:
    command = f"fluxsweep resolve {_typed(folder)}"
    return [
        f"{command} KEY --id ID            it was taken, and this is its id: the next run collects it",
        f"{command} KEY --not-charged      it never arrived: the next run buys it",
        f"{command} KEY --buy-again        nobody knows: the next run buys it, perhaps a second time",
        f"{command} KEY --write-off        nobody knows: go without it",
        "KEY: the first digits of one or more keys, or labels; or --all",
    ]


def _typed(folder: Path) -> str:
    return shlex.quote(shown_path(folder))


def _utc(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _head(prompt: str) -> str:
    flat = " ".join(prompt.split())
    return flat if len(flat) <= _HEAD else f"{flat[: _HEAD - 1]}…"
