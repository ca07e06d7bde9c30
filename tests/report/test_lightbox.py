"""One picture at a time: the ways between them, what is told of each, and what stays when one goes back."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.report.conftest import Opened, Sheet


def _open(page: Page, label: str) -> Locator:
    page.get_by_role("button", name=f"{label}:").click()
    return page.locator("#large")


def _title(page: Page) -> Locator:
    return page.locator("#large-title")


def _facts(large: Locator, section: str) -> dict[str, str]:
    box = large.locator("section", has=large.page.get_by_role("heading", name=section, exact=True))
    return dict(zip(box.locator("dt").all_inner_texts(), box.locator("dd").all_inner_texts(), strict=True))


def test_keys_lead_along_every_axis_and_home_and_end(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    _open(page, "cell-0")
    for key, label in {
        "]": "cell-1",
        "ArrowRight": "cell-4",
        "ArrowDown": "cell-13",
        "[": "cell-12",
        "ArrowLeft": "cell-9",
        "ArrowUp": "cell-0",
        "End": "cell-17",
        "Home": "cell-0",
    }.items():
        page.keyboard.press(key)
        expect(_title(page)).to_have_text(label)
    page.keyboard.press("ArrowLeft")
    expect(_title(page)).to_have_text("cell-0")
    expect(page.get_by_role("button", name="Left", exact=True)).to_be_disabled()


def test_a_link_opens_the_picture_and_back_leads_to_the_sheet(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    _open(page, "cell-3")
    page.keyboard.press("ArrowRight")
    address = page.url
    assert "open=cell-6" in address
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.goto("about:blank")
    page.goto(address)
    expect(_title(page)).to_have_text("cell-6")


def test_esc_leads_back_to_the_cell_that_was_reached(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    _open(page, "cell-0")
    page.keyboard.press("End")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="cell-17:")).to_be_focused()
    assert "open=" not in page.url


def test_the_focus_stays_on_the_button_that_is_pressed(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    _open(page, "cell-0")
    button = page.get_by_role("button", name="Right", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(_title(page)).to_have_text("cell-6")
    expect(page.locator("#large")).to_be_focused()  # nothing is further right


def test_words_and_parameters_that_the_neighbour_lacks_are_marked(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    large = _open(page, "cell-0")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    marks = large.locator("dd mark")
    assert marks.all_text_contents() == ["wide", "1"]
    assert _facts(large, "Parameters sent")["safety_tolerance"] == "1 there 2"
    assert large.locator(".against").inner_text() == "Marked: what differs from cell-3"
    page.keyboard.press("ArrowDown")
    assert large.locator(".prompt mark").all_text_contents() == ["\nin low light\nfrom above"]
    large.locator(".against button").click()
    expect(_title(page)).to_have_text("cell-6")


def test_in_the_view_of_differences_what_is_the_same_everywhere_is_left_out(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    large = _open(page, "cell-0")
    assert _facts(large, "Parameters sent").keys() == {"model", "seed", "width", "height", "safety_tolerance"}
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Differs").click()
    _open(page, "cell-0")
    assert _facts(large, "Parameters sent").keys() == {"model", "seed", "safety_tolerance"}


def test_a_value_is_told_once(opened: Opened, sheet: Sheet) -> None:
    for surface in ("oak", "marble"):
        sheet.add({"seed": 1, "scene": {"id": surface, "surface": surface, "light": "low"}}, f"on {surface}")
    large = _open(opened(sheet), "cell-0")
    assert _facts(large, "Where it stands")["scene"].startswith("surface oak · light low there")
    names = large.locator("dt").all_inner_texts()
    assert len(set(names)) == len(names)


def test_a_rewritten_prompt_is_a_badge_and_its_changes_are_marked(opened: Opened, sheet: Sheet) -> None:
    sheet.returned = "a red teapot, cinematic"
    sheet.add({"seed": 1})
    page = opened(sheet)
    expect(page.locator(".shot .rewritten")).to_have_count(1)
    large = _open(page, "cell-0")
    assert "prompt rewritten" in large.locator(".caution").all_inner_texts()
    assert large.locator(".prompt").nth(1).locator("mark").all_text_contents() == ["red ", ", cinematic"]


def test_an_input_image_is_shown_and_stands_beside_on_a_key(opened: Opened, sheet: Sheet) -> None:
    image = sheet.input()
    sheet.add({"model": "flux-kontext-pro"}, input_image=image)
    page = opened(sheet)
    large = _open(page, "cell-0")
    expect(large.locator(".input-figures img")).to_have_js_property("complete", True)
    assert large.locator(".input-figures figcaption").inner_text() == "input_image"
    assert _facts(large, "Parameters sent")["input_image"] == f"image/png, sha256 {image.sha256}"
    page.keyboard.press("i")
    expect(large.locator(".pane")).to_have_count(2)
    expect(large.locator(".pane img").first).to_have_js_property("naturalWidth", 300)
    assert "input=yes" in page.url


def test_a_pinned_column_stands_beside_every_picture(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    page.get_by_role("button", name="cell-1:").focus()
    page.keyboard.press("p")
    page.get_by_role("button", name="cell-17:").focus()
    page.keyboard.press("Enter")
    large = page.locator("#large")
    assert large.locator(".pane .side-name").all_inner_texts() == ["cell-11", "cell-17"]
    assert large.locator(".against button").inner_text() == "cell-11"
    assert "pin.model=flux-pro-1.1&pin.size=square" in page.url
    page.keyboard.press("[")
    assert large.locator(".pane .side-name").all_inner_texts() == ["cell-10", "cell-16"]
    page.get_by_role("button", name="Left", exact=True).click()
    page.get_by_role("button", name="Left", exact=True).click()
    expect(large.locator(".pane")).to_have_count(1)
    page.keyboard.press("p")
    page.keyboard.press("ArrowRight")
    expect(large.locator(".pane")).to_have_count(1)


def test_the_neighbours_pictures_are_there_before_they_are_asked_for(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[1].rsplit("-", 1)[0]))
    _open(page, "cell-4")
    page.wait_for_function("ahead.size === 5")
    assert {name for name in asked if name.startswith("cell-")} == {f"cell-{n}" for n in (4, 1, 7, 13, 3, 5)}


def test_a_picture_zooms_at_the_pointer_and_is_never_lost(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    large = _open(page, "cell-0")
    picture = large.locator(".pane img")
    expect(picture).to_have_js_property("naturalWidth", 96)
    whole = picture.bounding_box()
    assert whole is not None
    assert (whole["width"], whole["height"]) == (96, 64)
    page.mouse.move(*_middle(large))
    page.mouse.wheel(0, -1500)
    page.wait_for_function("largeStage.zoom > 15")
    before = _at(picture, (300, 200))
    page.mouse.move(300, 200)
    page.mouse.wheel(0, -250)
    page.wait_for_function("largeStage.zoom > 30")
    assert _at(picture, (300, 200)) == pytest.approx(before, abs=0.002)
    page.mouse.down()
    page.mouse.move(5000, 200)
    page.mouse.up()
    window = large.locator(".window").bounding_box()
    edge = picture.bounding_box()
    assert window is not None
    assert edge is not None
    assert edge["x"] == pytest.approx(window["x"], abs=1)
    page.keyboard.press("z")
    assert picture.bounding_box() == whole


def _middle(large: Locator) -> tuple[float, float]:
    box = large.locator(".window").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def _at(picture: Locator, point: tuple[float, float]) -> tuple[float, float]:
    """Where on the picture, by its sides, a point of the page lies."""
    box = picture.bounding_box()
    assert box is not None
    return (point[0] - box["x"]) / box["width"], (point[1] - box["y"]) / box["height"]


def test_a_swipe_turns_the_page_and_a_zoomed_picture_is_panned_instead(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(page.url.split("#")[0] + "#open=cell-0")
    expect(_title(page)).to_have_text("cell-0")
    _swipe(page, -120)
    expect(_title(page)).to_have_text("cell-3")
    _swipe(page, 120)
    expect(_title(page)).to_have_text("cell-0")
    page.keyboard.press("+")
    for _ in range(12):
        page.keyboard.press("+")
    _swipe(page, -120)
    expect(_title(page)).to_have_text("cell-0")


def _swipe(page: Page, across: int) -> None:
    """One finger, as the browser itself would tell it."""
    devtools = page.context.new_cdp_session(page)
    for step in range(6):
        kind = "touchStart" if step == 0 else "touchMove"
        point = {"x": 195 + across * step / 5, "y": 200}
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_two_fingers_zoom(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(page.url.split("#")[0] + "#open=cell-0")
    expect(page.locator(".pane img")).to_have_js_property("complete", True)
    devtools = page.context.new_cdp_session(page)
    for step in range(6):
        points = [{"x": 195 + sign * (30 + 12 * step), "y": 250, "id": id_} for id_, sign in enumerate((-1, 1))]
        kind = "touchStart" if step == 0 else "touchMove"
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert page.evaluate("largeStage.zoom") == pytest.approx(3, rel=0.1)
    expect(_title(page)).to_have_text("cell-0")


def test_the_keys_are_told_on_a_card_that_gives_the_focus_back(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    shot = page.get_by_role("button", name="cell-2:")
    shot.focus()
    page.keyboard.press("?")
    card = page.get_by_role("dialog", name="Keys")
    expect(card).to_contain_text("along the seeds")
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    expect(shot).to_be_focused()


def test_a_card_says_large_why_there_is_no_picture(opened: Opened, sheet: Sheet) -> None:
    sheet.add({"seed": 1}, fate="moderated")
    large = _open_card(opened(sheet))
    assert "Likeness (not charged)" in large.locator(".no-picture").inner_text()


def _open_card(page: Page) -> Any:
    page.locator(".shot").click()
    return page.locator("#large")


def test_what_only_the_neighbour_sends_is_told_too(opened: Opened, sheet: Sheet) -> None:
    sheet.add({"model": "flux-2-flex"}, steps=36)
    sheet.add({"model": "flux-dev"}, guidance=3.5)
    large = _open(opened(sheet), "cell-1")
    told = _facts(large, "Parameters sent")
    assert told["guidance"] == "3.5 not there"
    assert told["steps"] == "not here there 36"


def test_a_column_is_pinned_at_its_head(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    pins = page.locator(".pin")
    pins.nth(1).focus()
    page.keyboard.press("Enter")
    expect(pins.nth(1)).to_be_focused()
    expect(pins.nth(1)).to_have_attribute("aria-pressed", "true")
    assert "pin.model=flux-2-flex&pin.size=square" in page.url
    page.keyboard.press("Enter")
    assert "pin." not in page.url


def test_what_is_being_written_stays_while_the_page_fills_itself(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    _open(page, "cell-0")
    page.keyboard.press("n")
    page.keyboard.type("half a no")
    page.evaluate(
        """() => {
          const [old] = sheet.cells;
          sheet.cells[0] = { ...old, word: "renewed" };
          sheet.byLabel.set(old.label, sheet.cells[0]);
          for (const listener of listeners) listener(new Set(["cells", "open"]));
        }"""
    )
    page.keyboard.type("te")
    assert page.get_by_role("textbox", name="Note").input_value() == "half a note"
    assert page.evaluate("markOf(sheet.cells[0].key).note") == "half a note"
