"""Printable pages: every picture and gap is on one of them, and none is larger than what can be posted."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFont

from pipeline.report import prints
from pipeline.report.print_page import line_height, room_for_lines, wrap
from pipeline.report.prints import plan_pages, write_prints
from pipeline.rows.rows import rows_of


def _print(sheet: Any) -> tuple[list[Image.Image], int]:
    manifest = sheet.manifest()
    paths, left_out = write_prints(sheet.folder, manifest, rows_of(manifest), {})
    return [Image.open(BytesIO(path.read_bytes())) for path in paths], left_out


def _colours(image: Image.Image) -> set[Any]:
    found = image.convert("RGB").getcolors(image.width * image.height)
    return {colour for _, colour in found or ()}


def test_every_picture_is_drawn(teapot: Any) -> None:
    pages, left_out = _print(teapot)
    assert left_out == 0
    drawn = set[Any]().union(*map(_colours, pages))
    for key in teapot.tasks:
        assert tuple(bytes.fromhex(key[:6])) in drawn


@pytest.mark.parametrize("columns", [1, 3, 5, 12])
@pytest.mark.parametrize("lines", [1, 40])
def test_every_cell_stands_on_one_page_and_fits_it(sheet: Any, columns: int, lines: int) -> None:
    for line in range(lines):
        for column in range(columns):
            for seed in range(2):
                sheet.add({"prompt": f"p{line}", "model": f"m{column}", "seed": seed}, f"p{line}", fate="planned")
    manifest = sheet.manifest()
    rows = rows_of(manifest)
    plan = plan_pages(manifest, rows)
    if not plan.left_out:
        drawn = [row.label for page in plan.pages for line in page.lines for cell in line.cells for row in cell]
        assert sorted(drawn) == sorted(row.label for row in rows)
    for page in plan.pages:
        assert sum(line_height(page, line) for line in page.lines) <= room_for_lines(page)
        assert page.column_width >= prints.NARROWEST


@pytest.mark.parametrize("seeds", [60, 151, 500])
def test_a_cell_of_many_pictures_goes_on_and_none_becomes_a_sliver(sheet: Any, seeds: int) -> None:
    for seed in range(seeds):
        sheet.add({"prompt": "p", "seed": seed}, fate="planned")
    sheet.add({"prompt": "q", "seed": 1}, "q", fate="planned")
    rows = rows_of(sheet.manifest())
    plan = plan_pages(sheet.manifest(), rows)
    lines = [(page, line) for page in plan.pages for line in page.lines]
    drawn = [row.label for _, line in lines for cell in line.cells for row in cell]
    assert (drawn, plan.left_out) == ([row.label for row in rows], 0)
    assert len(plan.pages) > 1
    for page, line in lines:
        across = min(round(len(line.cells[0]) ** 0.5 + 0.2), page.column_width // 150)
        below = -(-len(line.cells[0]) // across)
        # What has no picture is drawn three quarters as high as wide, and at least 150 wide.
        assert line_height(page, line) >= below * 100


def test_what_has_no_place_in_the_layout_gets_pages_of_its_own(teapot: Any) -> None:
    teapot.report = {"columns": ["model"], "rows": ["prompt"], "cell": ["seed"]}
    manifest = teapot.manifest()
    plan = plan_pages(manifest, rows_of(manifest))
    assert [page.heading for page in plan.pages] == ["size square", "size wide"]


def test_gaps_are_drawn_as_such(sheet: Any) -> None:
    for fate in ("planned", "moderated", "failed", "in_doubt", "parked"):
        sheet.add({"note": fate}, fate, fate=fate)
    lost = sheet.add({"note": "lost"}, "lost")
    manifest = sheet.manifest()
    path = sheet.folder / str(rows_of(manifest)[-1].file)
    path.unlink()
    page = _print(sheet)[0][0]
    assert (0xF1, 0xF1, 0xF4) in _colours(page)
    assert (0x9A, 0x34, 0x12) in _colours(page)
    assert tuple(bytes.fromhex(lost.key[:6])) not in _colours(page)


def test_a_page_is_never_larger_than_the_cap(sheet: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(4):
        task = sheet.add({"seed": seed})
        [path] = sheet.folder.glob(f"images/*-{task.key[:8]}.png")
        Image.effect_noise((640, 480), 90).convert("RGB").save(path)
    monkeypatch.setattr(prints, "MAX_BYTES", 300_000)
    manifest = sheet.manifest()
    [path], _ = write_prints(sheet.folder, manifest, rows_of(manifest), {})
    assert path.stat().st_size <= 300_000


def test_pages_over_the_cap_are_told_and_old_ones_taken_out(sheet: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for line in range(30):
        sheet.add({"prompt": f"p{line}", "seed": 1}, f"p{line}")
    pages, _ = _print(sheet)
    assert len(pages) > 2
    monkeypatch.setattr(prints, "MAX_PAGES", 2)
    assert _print(sheet)[1] == len(pages) - 2
    assert len(list((sheet.folder / "report" / "prints").iterdir())) == 2


@given(text=st.text(max_size=200), width=st.integers(20, 300))
def test_wrapping_keeps_every_sign_that_prints(text: str, width: int) -> None:
    font = ImageFont.load_default(17)
    lines = wrap(text, font, width)
    assert "".join(lines).replace(" ", "") == "".join(s for s in text if s.isprintable() and not s.isspace())
    assert all(font.getlength(line) <= width or len(line) == 1 for line in lines)


def test_a_job_without_a_plan_has_no_page(sheet: Any) -> None:
    assert _print(sheet) == ([], 0)
