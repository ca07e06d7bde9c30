"""`fluxsweep diff`: what changed between two jobs, in what they ask for and in their pictures."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
import typer

from pipeline.commands.flow.arguments import Json
from pipeline.commands.flow.showing import put_json, put_out, thumbnail_bar
from pipeline.commands.flow.sides import Side, judging, open_side
from pipeline.compare.diff import LIKENESSES, Diff, JobChange, Pair, diff
from pipeline.rows.rows import Row, axis_text

_SHOWN = 10
_CLIP = 100
_BEFORE = 30

_HELP = "A job file, an output folder, or its manifest."


def command(
    before: Annotated[Path, typer.Argument(metavar="A", help=_HELP, show_default=False)],
    after: Annotated[Path, typer.Argument(metavar="B", help=_HELP, show_default=False)],
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Also write a page of all pairs.", show_default=False),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="List every difference.")] = False,
    json: Json = False,
) -> None:
    """Show what changed from one job to another: in the job, in the requests, in the pictures.

    Cells are paired by their axis values. Two pictures have identical bytes, or identical pixels, or are the same by
    pHash (at most 6 of 64 bits differ), or are changed. A job file stands for what it asks for now, a folder for what
    was last planned there; contents are as its manifest has them. The exit code is 0, whatever is found.

    Examples:
      fluxsweep diff outputs/teapot-ab jobs/teapot-ab.yaml
      fluxsweep diff outputs/teapot-ab outputs/teapot-again --html pairs.html
      fluxsweep diff outputs/teapot-ab outputs/teapot-again --json | jq .pictures.counts
    """
    sides = open_side(before), open_side(after)
    with thumbnail_bar() as progress:
        found = diff(sides[0].manifest, sides[1].manifest, judging(*sides, progress))
    if html is not None:
        _write_page(html, found, sides)
    if json:
        put_json(_tree(found, sides))
        return
    for line in _lines(found, sides, None if every else _SHOWN):
        put_out(line)


def _write_page(path: Path, found: Diff, sides: tuple[Side, Side]) -> None:
    from pipeline.report.diff_page import diff_page
    from pipeline.report.put import put

    folders = {"before": sides[0].folder, "after": sides[1].folder}

    def link(side: str, file: str) -> str | None:
        picture = folders[side] / file
        return quote(Path(os.path.relpath(picture, path.parent)).as_posix()) if picture.is_file() else None

    put(path, diff_page(found, (sides[0].name, sides[1].name), link))


def _lines(found: Diff, sides: tuple[Side, Side], most: int | None) -> Iterator[str]:
    for letter, side in zip("AB", sides, strict=True):
        cells, tasks = len(side.manifest.cells), len(side.manifest.planned_keys())
        yield f"{letter}  {side.name}: {cells} cells, {tasks} tasks"
    yield f"Job: {len(found.job) or 'no'} change{'s' * (len(found.job) != 1)}"
    yield from _some([_job_words(change) for change in found.job], most)
    changed = [pair for pair in found.pairs if pair.asked]
    yield (
        f"Cells: {len(found.pairs) - len(changed)} ask for the same, {len(changed)} ask otherwise, "
        f"{len(found.removed)} only in A, {len(found.added)} only in B"
    )
    yield from _some([f"{_axes_words(pair)}: {', '.join(pair.asked)}" for pair in changed], most)
    yield from _some([f"only in A: {row.label}" for row in found.removed], most)
    yield from _some([f"only in B: {row.label}" for row in found.added], most)
    counts = found.likenesses()
    yield f"Pictures of {len(found.pairs)} pairs: " + ", ".join(f"{n} {LIKENESSES[kind]}" for kind, n in counts.items())
    yield from _some([_pair_words(pair) for pair in found.pairs if pair.likeness in ("changed", "alike")], most)
    yield from _some([f"missing: {_axes_words(pair)}: {pair.why}" for pair in found.pairs if pair.why], most)


def _some(lines: Sequence[str], most: int | None) -> Iterator[str]:
    yield from (f"  {line}" for line in lines[:most])
    if most is not None and len(lines) > most:
        yield f"  … and {len(lines) - most} more (--all)"


def _job_words(change: JobChange) -> str:
    before, after = (
        "nothing" if value is None else msgspec.json.encode(value).decode() for value in (change.before, change.after)
    )
    differs = next((at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), 0)
    start = max(0, differs - _BEFORE) if max(len(before), len(after)) > _CLIP else 0
    return f"{change.path}: {_cut(before, start)} → {_cut(after, start)}"


def _cut(text: str, start: int) -> str:
    """`text` from a little before the place where it differs."""
    end = start + _CLIP
    return f"{'…' * (start > 0)}{text[start:end]}{'…' * (len(text) > end)}"


def _axes_words(pair: Pair) -> str:
    return " ".join(f"{name}={axis_text(value)}" for name, value in pair.axes.items())


def _pair_words(pair: Pair) -> str:
    return f"{LIKENESSES[pair.likeness]} ({pair.distance} of 64 bits): {_axes_words(pair)}"


def _tree(found: Diff, sides: tuple[Side, Side]) -> dict[str, Any]:
    return {
        "sides": [
            {"path": side.name, "cells": len(side.manifest.cells), "tasks": len(side.manifest.planned_keys())}
            for side in sides
        ],
        "job": found.job,
        "cells": {
            "same": sum(not pair.asked for pair in found.pairs),
            "changed": sum(bool(pair.asked) for pair in found.pairs),
            "removed": [_row_tree(row) for row in found.removed],
            "added": [_row_tree(row) for row in found.added],
        },
        "pictures": {"counts": found.likenesses()},
        "pairs": [
            {
                "axes": pair.axes,
                "asked": pair.asked,
                "likeness": pair.likeness,
                "distance": pair.distance,
                "why": pair.why,
                "before": _row_tree(pair.before),
                "after": _row_tree(pair.after),
            }
            for pair in found.pairs
        ],
    }


def _row_tree(row: Row) -> dict[str, Any]:
    return {"label": row.label, "key": row.key, "status": row.status, "file": row.file, "sha256": row.sha256}
