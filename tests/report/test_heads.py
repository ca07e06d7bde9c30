"""Heads that stay in sight, and what cards and badges say of a picture."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.report.conftest import Opened, Sheet

RECTS = "(one) => [...document.querySelectorAll(one)].map((found) => found.getBoundingClientRect().toJSON())"


@pytest.fixture
def grouped(sheet: Sheet) -> Sheet:
    """Rows by prompt in groups by tone, under two levels of columns; the wording goes with the ground too."""
    sheet.report = {"group_rows": ["tone"], "rows": ["prompt", "ground"], "columns": ["model", "size"]}
    for tone in ("calm", "wild"):
        for prompt in ("plain", "lit"):
            for ground in ("oak", "marble"):
                for model in ("flux-dev", "flux-2-pro"):
                    for seed in range(1, 9):
                        axes = {"tone": tone, "prompt": prompt, "ground": ground, "model": model, "seed": seed}
                        sheet.add(
                            axes | {"size": "square"}, f"a {prompt} {tone} teapot on {ground}, as it is", "planned"
                        )
    return sheet


def test_heads_of_groups_and_rows_stay_below_those_of_the_columns(opened: Opened, grouped: Sheet) -> None:
    page = opened(grouped)
    page.evaluate("grid.scrollTop = laid.bands[1].top + 150; drawSight()")
    [heads] = page.evaluate(RECTS, ".heads")
    band = page.evaluate(RECTS, ".band .inner")[-1]
    assert page.locator(".band .value").last.inner_text() == "wild"
    assert abs(band["top"] - heads["bottom"]) <= 2
    inners = page.evaluate(RECTS, ".rowhead .inner")
    [passing] = [inner for inner in inners if heads["top"] < inner["top"] < band["bottom"] + 60]
    assert passing["top"] >= band["bottom"]


def test_a_picture_that_the_keys_reach_is_not_under_a_head(opened: Opened, grouped: Sheet) -> None:
    page = opened(grouped)
    page.evaluate("goTo(sheet.cells.at(-1)); goTo(laid.lines[5].line.cells[0])")
    shot = page.locator(".shot:focus").bounding_box()
    assert shot is not None
    over = [band for band in page.evaluate(RECTS, ".band .inner") if band["top"] <= shot["y"]]
    assert shot["y"] >= over[-1]["bottom"]


def test_a_head_over_several_wordings_says_that_it_shows_one(opened: Opened, grouped: Sheet) -> None:
    grouped.report |= {"group_rows": ["prompt"], "rows": ["tone", "ground"]}
    page = opened(grouped)
    assert page.locator(".band .parts").first.inner_text() == "one of 4 wordings"
    page.evaluate("change({ groups: { rows: [], columns: [] }, columns: ['prompt'] })")
    assert page.locator(".colhead .parts").all_inner_texts() == ["one of 4 wordings"] * 2


def test_on_a_phone_no_head_lies_on_pictures(opened: Opened, grouped: Sheet) -> None:
    page = opened(grouped, viewport={"width": 390, "height": 1600})
    page.evaluate("change({ zoom: 84 })")
    heads, strips = page.evaluate(RECTS, ".rowhead .inner"), page.evaluate(RECTS, ".strip")
    assert len(heads) > 2
    for head in heads:
        assert not [strip for strip in strips if strip["top"] < head["bottom"] - 1 and head["top"] < strip["bottom"]]


def test_a_card_shows_whole_lines_of_the_reason(opened: Opened, sheet: Sheet) -> None:
    for seed, fate in enumerate(["failed", "moderated", "in_doubt"]):
        sheet.add({"seed": seed}, fate=fate, width=900, height=500)
    page = opened(sheet)
    for zoom in (90, 130, 240):
        page.evaluate("(zoom) => change({ zoom })", zoom)
        for card in page.locator(".card").all():
            box, words = card.bounding_box(), card.locator(".reason")
            line = words.bounding_box() if words.count() else None
            assert box is not None
            assert line is None or line["y"] + line["height"] <= box["y"] + box["height"] - 4


class Noisy(Sheet):
    """Pictures with something on them, all but equal; the third is another one."""

    def picture(self, label: str, colour: str) -> Image.Image:
        turned = 97 if label == "cell-2" else 0
        picture = Image.linear_gradient("L").resize((96, 64)).rotate(turned, fillcolor=40).convert("RGB")
        picture.putpixel((0, 0), (int(label[-1]), 0, 0))
        return picture


def test_a_near_duplicate_names_and_leads_to_the_picture_that_it_is_like(opened: Opened, tmp_path: Path) -> None:
    sheet = Noisy(tmp_path / "job")
    for seed in (1, 2, 3):
        sheet.add({"seed": seed})
    page = opened(sheet)
    expect(page.get_by_title("near-duplicate of cell-0")).to_have_text("≈")
    page.get_by_role("button", name="near-duplicate of cell-0").click()
    page.locator("#large").get_by_role("button", name="near-duplicate of cell-0").click()
    assert page.evaluate("view.open") == "cell-0"


def test_the_diversity_of_an_arm_stands_with_it(opened: Opened, tmp_path: Path) -> None:
    sheet = Noisy(tmp_path / "job")
    for model, seeds in {"flux-dev": (1, 2), "flux-2-pro": (1, 3)}.items():
        for seed in seeds:
            sheet.add({"model": model, "seed": seed})
    page = opened(sheet)
    shown = [float(text) for text in page.locator("#arms [data-measure=diversity]").all_inner_texts()]
    assert shown == page.evaluate(
        "sheet.axes.get('model').map((model) => sheet.cells.find((cell) => cell.axes.model === model).diversity)"
    )
    assert shown[0] < 0.1 < shown[1]


def test_on_paper_a_dark_page_is_dark_ink_on_white(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    colours = "(one) => ['color', 'backgroundColor'].map((name) => getComputedStyle(document.querySelector(one))[name])"
    for part in ("body", ".heads", ".rowhead", ".arm-table th"):
        ink, ground = page.evaluate(colours, part)
        assert ground == "rgb(255, 255, 255)"
        assert sum(int(tone) for tone in ink.strip("rgb()").split(",")) < 330


def test_what_is_seen_on_a_picture_is_said_of_it(opened: Opened, sheet: Sheet) -> None:
    sheet.returned = "other words"
    task = sheet.add({"seed": 1, "mood": "calm"})
    sheet.add({"seed": 1, "mood": "wild"}, task=task)
    shot = opened(sheet).locator(".shot").first
    shot.focus()
    for key in "4x":
        shot.press(key)
    said = shot.get_attribute("aria-label") or ""
    for words in ("2 cells share this picture", "the service changed the prompt", "blank", "4 stars, rejected"):
        assert words in said
