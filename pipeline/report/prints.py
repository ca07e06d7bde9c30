"""Printable sheets: the rows on pages, with heads, captions and prompts, as PNG files of a bearable size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import DiskError
from pipeline.manifest.state import Manifest
from pipeline.report.layout import choose_layout
from pipeline.report.print_page import (
    HEAD,
    MARGIN,
    PORTRAIT,
    Line,
    Page,
    Scene,
    draw_page,
    in_parts,
    line_height,
    room_for_lines,
)
from pipeline.report.put import put
from pipeline.rows.rows import Row, axis_text
from pipeline.rows.tally import tally

FOLDER = "prints"
MAX_PAGES = 20
MAX_BYTES = 8 * 2**20
NARROWEST = 230

Values = tuple[str, ...]


class Plan(NamedTuple):
    """Pages to draw, and how many more there would be."""

    pages: list[Page]
    left_out: int


def write_prints(
    folder: Path, manifest: Manifest, rows: Sequence[Row], wrong: Mapping[str, str]
) -> tuple[list[Path], int]:
    """Write the pages of `rows` to `report/prints`; those of an earlier, longer report are taken out.

    At most `MAX_PAGES` pages, each of at most `MAX_BYTES`, so that they can be posted. Returns the files, and how many
    pages were left out.

    Raises:
        DiskError: the disk refused a file.
    """
    prints = folder / "report" / FOLDER
    plan = plan_pages(manifest, rows)
    scene = scene_of(folder, manifest, wrong, plan)
    paths = []
    for number, page in enumerate(plan.pages, 1):
        path = prints / f"sheet-{number:02}.png"
        put(path, page_png(page, number, scene))
        paths.append(path)
    try:
        for old in set(prints.glob("sheet-*.png")) - set(paths):
            old.unlink()
    except OSError as error:
        raise DiskError(f"{prints}: an old page cannot be removed: {error}") from error
    return paths, plan.left_out


def scene_of(folder: Path, manifest: Manifest, wrong: Mapping[str, str], plan: Plan) -> Scene:
    """What all pages of a plan have in common."""
    count = tally(manifest)
    standing = ", ".join(f"{n} {status.replace('_', ' ')}" for status, n in count.tasks.items() if n)
    return Scene(
        folder=folder,
        wrong=wrong,
        title=manifest.plan.job.get("name", "") if manifest.plan else "",
        standing=standing or "nothing planned yet",
        mark="made by the emulator, not by a model" if manifest.is_free else "",
        pages=len(plan.pages),
        left_out=plan.left_out,
    )


def page_png(page: Page, number: int, scene: Scene) -> bytes:
    """The page as PNG; one that comes out too large is made smaller until it does not."""
    from PIL import Image

    image = draw_page(page, number, scene)
    while True:
        file = BytesIO()
        image.save(file, "PNG", compress_level=6, dpi=(200, 200))
        if file.tell() <= MAX_BYTES:
            return file.getvalue()
        smaller = round(image.width * 0.85), round(image.height * 0.85)
        image = image.resize(smaller, Image.Resampling.LANCZOS)


def plan_pages(manifest: Manifest, rows: Sequence[Row]) -> Plan:
    """Put `rows` on pages, laid out as the job's contact sheet is: what has no place there gets pages of its own."""
    asked = (manifest.plan.job.get("report") if manifest.plan else None) or {}
    layout = choose_layout(rows, asked)
    across, down = [*layout.groups.columns, *layout.columns], [*layout.groups.rows, *layout.rows]
    placed = {*across, *down, *layout.cell}
    named = dict.fromkeys(name for row in rows for name in row.axes if "." not in name)
    tabs = [name for name in named if name not in placed and len({row.axes.get(name) for row in rows}) > 1]
    pages: list[Page] = []
    for tab in dict.fromkeys(_values(row, tabs) for row in rows):
        shown = [row for row in rows if _values(row, tabs) == tab]
        columns = list(dict.fromkeys(_values(row, across) for row in shown))
        for some in _chunks(columns, bool(down)):
            heading = " · ".join(f"{name} {value}" for name, value in zip(tabs, tab, strict=True) if value)
            pages += _pages_of(shown, across, some, down, layout.cell, heading)
    return Plan(pages[:MAX_PAGES], max(0, len(pages) - MAX_PAGES))


def _chunks(columns: list[Values], has_heads: bool) -> list[list[Values]]:
    """As many columns a page as stay readable; the last page gets no lone one where they can be shared out."""
    wide = max(PORTRAIT) - 2 * MARGIN - HEAD * has_heads
    most = max(1, wide // NARROWEST)
    pages = -(-len(columns) // most)
    each = -(-len(columns) // max(1, pages))
    return [columns[at : at + each] for at in range(0, len(columns), each)]


def _pages_of(
    rows: Sequence[Row], across: list[str], columns: list[Values], down: list[str], cell: list[str], heading: str
) -> list[Page]:
    page = Page(heading, [_named(across, column) for column in columns], bool(down), [])
    lines = []
    for values, of_line in groupby(sorted_by_line(rows, down), key=lambda row: _values(row, down)):
        found = list(of_line)
        cells = [[row for row in found if _values(row, across) == column] for column in columns]
        if any(cells):
            lines += in_parts(page, Line(heads=_named(down, values), cells=cells, captions=cell))
    pages = [page._replace(lines=[])]
    left = room_for_lines(page)
    for line in lines:
        height = line_height(page, line)
        if height > left and pages[-1].lines:
            pages.append(page._replace(lines=[]))
            left = room_for_lines(page)
        pages[-1].lines.append(line)
        left -= height
    return pages if lines else []


def sorted_by_line(rows: Sequence[Row], down: list[str]) -> list[Row]:
    """`rows` with those of one line together, lines in the order in which they first come."""
    order: dict[Values, int] = {}
    for row in rows:
        order.setdefault(_values(row, down), len(order))
    return sorted(rows, key=lambda row: order[_values(row, down)])


def _values(row: Row, names: Sequence[str]) -> Values:
    return tuple(axis_text(row.axes[name]) if name in row.axes else "" for name in names)


def _named(names: Sequence[str], values: Values) -> list[tuple[str, str]]:
    return [(name, value) for name, value in zip(names, values, strict=True) if value]
