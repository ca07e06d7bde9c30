"""Two to four pictures together: chosen, zoomed and panned as one, under a slider, in turn, beside their input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.report.conftest import Opened, Sheet

TWO = "#compare=cell-0,cell-3&look="


def _go(page: Page, address: str) -> Locator:
    page.goto("about:blank")
    page.goto(address)
    comparing = page.locator(".comparing")
    expect(comparing).to_be_visible()
    for picture in comparing.locator(".pane img").all():
        expect(picture).to_have_js_property("complete", True)
    return comparing


def _look(opened: Opened, sheet: Sheet, hash_: str, **options: Any) -> Locator:
    page = opened(sheet, **options)
    return _go(page, page.url.split("#")[0] + hash_)


def _shown(comparing: Locator) -> list[str]:
    """The names under the pictures."""
    return comparing.locator(".side-name").all_inner_texts()


def test_a_key_and_a_shifted_click_choose_and_v_compares(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    page.get_by_role("button", name="cell-0:").focus()
    page.keyboard.press("c")
    tray = page.get_by_role("complementary", name="Chosen to compare")
    expect(tray.get_by_role("button", name="Compare")).to_be_disabled()
    page.get_by_role("button", name="cell-3:").click(modifiers=["Shift"])
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".shot.chosen")).to_have_count(2)
    assert "compare=cell-0,cell-3" in page.url
    page.keyboard.press("v")
    assert _shown(page.locator(".comparing")) == ["flux-pro-1.1", "flux-2-flex"]
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    tray.get_by_role("button", name="Let go: cell-0").click()
    expect(page.locator(".shot.chosen")).to_have_count(1)
    tray.get_by_role("button", name="Clear").click()
    expect(tray).to_be_hidden()


def test_a_fifth_takes_the_place_of_the_fourth(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    for n in range(5):
        page.get_by_role("button", name=f"cell-{n}:").click(modifiers=["Shift"])
    assert page.url.endswith("compare=cell-0,cell-1,cell-2,cell-4")


def test_a_link_opens_the_comparison_with_the_very_pictures(opened: Opened, teapot: Sheet) -> None:
    comparing = _look(opened, teapot, TWO + "sides")
    sources = comparing.locator(".pane img").evaluate_all("all => all.map(i => i.src.split('/').at(-1).slice(0, 6))")
    assert sources == ["cell-0", "cell-3"]


def test_pictures_zoom_and_pan_as_one(opened: Opened, teapot: Sheet) -> None:
    comparing = _look(opened, teapot, TWO + "sides")
    page = comparing.page
    pictures = comparing.locator(".pane img")

    def transforms() -> list[str]:
        found: list[str] = pictures.evaluate_all("all => all.map(i => i.style.transform)")
        return found

    whole = transforms()
    assert whole[0] == whole[1]
    box = comparing.locator(".window").nth(1).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 100, box["y"] + 100)
    page.mouse.wheel(0, -600)
    page.wait_for_function("compareStage.zoom > 2")
    near = transforms()
    assert near[0] == near[1] != whole[0]
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 130)
    page.mouse.up()
    panned = transforms()
    assert panned[0] == panned[1] != near[0]
    page.keyboard.press("Shift+ArrowRight")
    by_key = transforms()
    assert by_key[0] == by_key[1] != panned[0]
    page.keyboard.press("z")
    assert transforms() == whole


class Large(Sheet):
    """The second picture is twice as large."""

    def picture(self, label: str, colour: str) -> Image.Image:
        picture = super().picture(label, colour)
        return picture.resize((192, 128)) if label == "cell-1" else picture


def test_same_size_or_a_pixel_a_pixel(opened: Opened, tmp_path: Path) -> None:
    sheet = Large(tmp_path / "job")
    for model in ("flux-dev", "flux-2-pro"):
        sheet.add({"model": model})
    comparing = _look(opened, sheet, "#compare=cell-0,cell-1&look=sides", device_scale_factor=2)
    width = "all => all.map(i => Math.round(i.getBoundingClientRect().width))"
    same = comparing.locator(".pane img").evaluate_all(width)
    assert same[0] == same[1] > 192
    comparing.page.keyboard.press("f")
    assert comparing.locator(".pane img").evaluate_all(width) == [48, 96]
    assert "fit=actual" in comparing.page.url


def test_the_slider_moves_by_key_and_by_hand(opened: Opened, teapot: Sheet) -> None:
    comparing = _look(opened, teapot, TWO + "slider")
    page = comparing.page
    slider = comparing.get_by_role("slider")
    cut = comparing.locator(".layer").nth(1)
    middle = cut.evaluate("layer => layer.style.clipPath")
    slider.focus()
    for _ in range(3):
        page.keyboard.press("PageUp")
    by_key = cut.evaluate("layer => layer.style.clipPath")
    assert by_key != middle
    page.keyboard.press("Home")
    assert cut.evaluate("layer => layer.style.clipPath") != by_key
    assert slider.input_value() == "0"
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 22, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.up()
    assert int(slider.input_value()) == pytest.approx(500, abs=20)
    assert page.evaluate("compareStage.x") == 0.5


def test_of_more_than_two_the_slider_holds_any_against_the_first(opened: Opened, teapot: Sheet) -> None:
    comparing = _look(opened, teapot, "#compare=cell-0,cell-1,cell-2&look=slider")
    assert _shown(comparing) == ["seed 1", "seed 2"]
    comparing.get_by_label("Against").select_option("seed 3")
    assert _shown(comparing) == ["seed 1", "seed 3"]


def test_flicker_shows_one_after_the_other_and_stops_on_a_key(opened: Opened, teapot: Sheet) -> None:
    comparing = _look(opened, teapot, TWO + "flicker")
    page = comparing.page
    lit = comparing.locator(".side-name.lit")
    for name in ("flux-2-flex", "flux-pro-1.1"):
        expect(lit).to_have_text(name)
    page.keyboard.press(" ")
    expect(comparing.get_by_role("button", name="Play")).to_be_visible()
    before = lit.inner_text()
    page.keyboard.press(".")
    expect(lit).not_to_have_text(before)
    assert comparing.locator(".layer:not(.under)").count() == 1


def test_who_wants_less_motion_sees_no_flicker_unasked(opened: Opened, teapot: Sheet) -> None:
    comparing = _look(opened, teapot, TWO + "flicker", reduced_motion="reduce")
    expect(comparing.get_by_role("button", name="Play")).to_be_visible()
    assert comparing.page.evaluate("compareStage.ticking") is None


def test_all_pictures_go_one_further_together(opened: Opened, teapot: Sheet) -> None:
    comparing = _look(opened, teapot, TWO + "sides")
    page = comparing.page
    page.keyboard.press("]")
    assert "compare=cell-1,cell-4" in page.url
    page.keyboard.press("ArrowDown")
    assert "compare=cell-10,cell-13" in page.url
    page.keyboard.press("ArrowRight")
    assert "compare=cell-13,cell-16" in page.url
    page.keyboard.press("ArrowRight")  # the second has nothing to its right
    assert "compare=cell-13,cell-16" in page.url


def test_what_differs_stands_in_a_table(opened: Opened, teapot: Sheet) -> None:
    comparing = _look(opened, teapot, "#compare=cell-0,cell-15&look=sides")
    rows = {
        line.locator("th").inner_text(): line.locator("td").all_inner_texts()
        for line in comparing.locator("tbody tr").all()
    }
    assert rows["size"] == ["square", "wide"]
    assert rows["safety_tolerance"] == ["2", "1"]
    assert "width" not in rows
    words = comparing.locator("td.prompt").nth(1)
    assert words.text_content() == "a teapot\nin low light\nfrom above"
    assert words.locator("mark").all_text_contents() == ["\nin low light\nfrom above"]


def test_the_input_is_a_side_of_its_own(opened: Opened, sheet: Sheet) -> None:
    image = sheet.input()
    for seed in (1, 2):
        sheet.add({"model": "flux-kontext-pro", "seed": seed}, input_image=image)
    comparing = _look(opened, sheet, "#compare=cell-0,cell-1&look=sides")
    assert _shown(comparing) == ["seed 1", "seed 2"]
    comparing.page.keyboard.press("i")
    assert _shown(comparing) == ["input_image", "seed 1", "seed 2"]
    comparing.page.keyboard.press("l")
    assert _shown(comparing) == ["input_image", "seed 1"]


def test_an_edit_alone_is_compared_with_its_input(opened: Opened, sheet: Sheet) -> None:
    sheet.add({"model": "flux-kontext-pro"}, input_image=sheet.input())
    page = opened(sheet)
    page.locator(".shot").click()
    page.keyboard.press("v")
    assert _shown(page.locator(".comparing")) == ["input_image", "cell-0"]
    page.keyboard.press("Escape")
    expect(page.locator("#large")).to_be_visible()


def test_a_mark_goes_to_the_picture_that_has_the_focus(opened: Opened, teapot: Sheet) -> None:
    comparing = _look(opened, teapot, TWO + "sides")
    comparing.locator(".pane").nth(1).focus()
    comparing.page.keyboard.press("3")
    marks = comparing.page.evaluate("['cell-0', 'cell-3'].map(label => markOf(sheet.byLabel.get(label).key).stars)")
    assert marks == [0, 3]
    expect(comparing.locator("thead .marks")).to_have_text("★★★")
