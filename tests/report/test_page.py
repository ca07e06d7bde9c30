"""The page in a real Chromium, opened from disk."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.report.conftest import Opened

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    '"><img src=x onerror=alert(3)>',
    "<!-- <script>",
    "' \" ` \\ ${alert(4)} {{ x }} $title",
    "&lt;b&gt; &amp; \u2028\u2029",
    "\u202eright to left\u202c שלום مرحبا",
    "🫖🏽‍🎨 e\u0301",
    "https://outside.test/x.png",
]


def _texts(page: Page, selector: str) -> list[str]:
    return page.locator(selector).all_inner_texts()


def test_the_grid_stands_as_the_job_says(opened: Opened, teapot: Any) -> None:
    teapot.report = {"columns": ["model", "size"], "rows": ["prompt"]}
    page = opened(teapot)
    assert page.title() == "teapot-ab · contact sheet"
    heads = page.locator("#grid").get_by_role("columnheader")
    assert heads.locator(".value").all_inner_texts() == [
        "flux-pro-1.1",
        "flux-2-flex",
        "square",
        "square",
        "wide",
    ]
    assert heads.nth(1).get_attribute("aria-colspan") == "2"
    assert page.locator("#grid").get_by_role("rowheader").locator(".id").all_inner_texts() == ["plain", "lit"]
    lines = page.locator(".body [aria-rowindex='1']")
    assert lines.locator(".cell:nth-child(2) .caption").all_inner_texts() == ["seed 1", "seed 2", "seed 3"]
    assert page.locator(".body img").count() == 18
    assert page.locator(".body [aria-rowindex='2'] .cell:nth-child(3) img").count() == 3


def test_heads_and_cells_of_a_column_are_aligned(opened: Opened, teapot: Any) -> None:
    page = opened(teapot)
    lefts = page.evaluate(
        """() => ['.level:last-child .colhead', '.strip:last-child .cell'].map((selector) =>
            [...document.querySelectorAll(selector)].map((box) => Math.round(box.getBoundingClientRect().left)))"""
    )
    assert lefts[0] == lefts[1]
    assert len(set(lefts[0])) == 3


def test_the_row_head_shows_the_first_two_lines_of_the_prompt(opened: Opened, sheet: Any) -> None:
    long = "a teapot\nin low light, " + "from above, " * 12
    for name, text in {"plain": "a teapot", "lit": long}.items():
        sheet.add({"prompt": name, "model": "flux-dev", "seed": 1}, text)
    prompt = opened(sheet).locator(".rowhead .prompt").nth(1)
    assert prompt.text_content() == long
    lines = prompt.evaluate("box => box.clientHeight / parseFloat(getComputedStyle(box).lineHeight)")
    assert round(lines) == 2


def test_seeds_flow_over_the_whole_width_where_nothing_stands_in_columns(opened: Opened, sheet: Any) -> None:
    for subject in ("fox", "owl"):
        for seed in range(1, 5):
            sheet.add({"prompt": "portrait", "model": "flux-dev", "seed": seed, "subject": subject}, f"a {subject}")
    page = opened(sheet)
    tops = page.locator(".strip:first-child img").evaluate_all("all => all.map(i => i.getBoundingClientRect().y)")
    assert len(tops) == 4
    assert len(set(tops)) == 1
    assert _texts(page, ".rowhead .prompt") == ["a fox", "a owl"]


def test_values_stand_in_the_order_of_the_job(opened: Opened, sheet: Any) -> None:
    sheet.report = {"columns": ["steps"], "rows": ["mood"]}
    for mood, steps in [("dark", 50), ("airy", 50), ("dark", 9), ("airy", 100)]:
        sheet.add({"mood": mood, "steps": steps}, mood, steps=steps)
    page = opened(sheet)
    assert _texts(page, ".colhead .value") == ["50", "9", "100"]
    assert _texts(page, ".rowhead .value") == ["dark", "airy"]
    assert _texts(page, ".nothing") == ["not in the plan", "not in the plan"]


def test_a_compound_axis_shows_its_parts(opened: Opened, sheet: Any) -> None:
    for surface in ("oak", "marble"):
        scene = {"id": surface[:1], "surface": surface, "steps": None}
        sheet.add({"seed": 1, "scene": scene}, f"on {surface}")
    page = opened(sheet)
    assert _texts(page, ".rowhead .value") == ["surface oak · steps none", "surface marble · steps none"]


def test_what_has_no_picture_says_so_in_words(opened: Opened, sheet: Any) -> None:
    fates = ["downloaded", "failed", "moderated", "in_doubt", "submitted", "parked", "submitting", "planned"]
    for seed, fate in enumerate(fates):
        sheet.add({"seed": seed}, fate=fate)
    page = opened(sheet)
    assert _texts(page, ".count") == [
        "1 downloaded",
        "2 failed",
        "1 in doubt",
        "1 submitted",
        "1 parked",
        "1 sending",
        "1 planned",
    ]
    cards = {word.lower(): reason for word, _, reason in (text.partition("\n") for text in _texts(page, ".card"))}
    assert list(cards) == ["failed", "moderated", "in doubt", "submitted", "parked", "sending", "planned"]
    assert "out of memory (may be charged)" in cards["failed"]
    assert "Likeness (not charged)" in cards["moderated"]
    assert "the connection was reset" in cards["in doubt"]
    grounds = page.locator(".card").evaluate_all("all => all.map(card => getComputedStyle(card).backgroundColor)")
    assert len(set(grounds)) == 5
    page.locator(".shot.in_doubt").click()
    expect(page.locator("dialog .state")).to_contain_text("in doubt: the connection was reset; it may be charged")


def test_a_picture_that_is_gone_is_shown_as_missing(opened: Opened, sheet: Any) -> None:
    sheet.add({"seed": 1})
    next((sheet.folder / "images").iterdir()).unlink()
    assert "picture missing" in _texts(opened(sheet), ".card")[0].lower()


def test_a_click_shows_the_picture_large_with_all_that_made_it(opened: Opened, teapot: Any) -> None:
    page = opened(teapot)
    page.get_by_role("button", name="cell-4:").click()
    large = page.get_by_role("dialog")
    expect(large).to_be_visible()
    picture = large.locator(".stage img")
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [96, 64]
    assert re.search(r"/images/cell-4-[0-9a-f]{8}\.png$", picture.evaluate("image => image.src"))
    text = large.inner_text()
    key = teapot.cells[4].key
    for words in [
        "a teapot",
        "flux-2-flex",
        "96 × 64",
        "$0.04 (list)",
        "2.5 s",
        "remote-cell-4",
        key,
        "safety_tolerance",
    ]:
        assert words in text
    assert "as the service returned it" not in text.lower()


def test_a_prompt_that_the_service_rewrote_stands_below_the_one_that_was_sent(opened: Opened, sheet: Any) -> None:
    sheet.returned = "a teapot, 85 mm, cinematic"
    sheet.add({"seed": 1})
    page = opened(sheet)
    page.locator(".shot").click()
    assert _texts(page, "dialog .prompt") == ["a teapot", "a teapot, 85 mm, cinematic"]


def test_a_job_without_a_plan_is_an_empty_sheet(opened: Opened, sheet: Any) -> None:
    page = opened(sheet)
    assert _texts(page, ".count") == ["0 downloaded"]
    assert page.locator(".shot").count() == 0


def test_keys_go_from_picture_to_picture_as_they_stand(opened: Opened, teapot: Any) -> None:
    page = opened(teapot)
    page.get_by_role("button", name="cell-0:").focus()
    # Two prompts in rows; three columns; three seeds a place, two of them side by side.
    ways = ["Right", "Right", "Down", "Left", "Down", "Up", "Left", "Left"]
    labels = []
    for way in ways:
        page.keyboard.press(f"Arrow{way}")
        labels.append(page.evaluate("document.activeElement.cell.label"))
    assert labels == ["cell-1", "cell-3", "cell-5", "cell-2", "cell-9", "cell-2", "cell-2", "cell-2"]
    page.keyboard.press("Enter")
    expect(page.locator("#large-title")).to_have_text("cell-2")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="cell-2:")).to_be_focused()


def test_cells_that_share_a_picture_are_marked(opened: Opened, sheet: Any) -> None:
    for name in ("a", "b"):
        sheet.add({"note": name})
    page = opened(sheet)
    assert page.locator(".shared").count() == 2
    assert page.locator(".shared").first.get_attribute("title") == "2 cells share this picture"


def test_hostile_prompts_are_text_and_nothing_else(opened: Opened, sheet: Any) -> None:
    sheet.report = {"columns": [], "rows": ["prompt"]}
    for number, prompt in enumerate(HOSTILE):
        sheet.add({"prompt": f"<i>{number}</i>", "seed": number}, prompt, note=f"</script>{prompt}")
    page = opened(sheet, viewport={"width": 1280, "height": 2400})
    assert page.locator(".rowhead .prompt").all_text_contents() == HOSTILE
    assert page.locator(".rowhead .id").all_text_contents() == [f"<i>{number}</i>" for number in range(len(HOSTILE))]
    page.locator(".shot").first.click()
    for prompt in HOSTILE:
        assert page.locator("dialog .prompt").first.text_content() == prompt
        assert f"</script>{prompt}" in str(page.locator("#large").text_content())
        page.keyboard.press("ArrowDown")
    assert page.locator("script").count() == 2
    assert page.locator("i").count() == 0


@pytest.mark.parametrize(
    ("rehearsal", "price", "mark", "spend"),
    [
        (True, 40_000, ["made by the emulator, not by a model"], "would have cost $0.04 (list)"),
        (False, 40_000, [], "$0.04 spent (list)"),
        (False, None, [], "at least $0.00 spent (list)"),
    ],
)
def test_a_rehearsal_is_marked_and_money_names_its_source(
    opened: Opened, sheet: Any, rehearsal: bool, price: int | None, mark: list[str], spend: str
) -> None:
    sheet.rehearsal, sheet.price = rehearsal, price
    sheet.add({"seed": 1})
    page = opened(sheet)
    assert _texts(page, ".mark") == mark
    assert _texts(page, ".spend")[0].startswith(f"{spend} · until 2023-11-14 22:13 UTC")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_its_ground(opened: Opened, sheet: Any, scheme: str) -> None:
    sheet.rehearsal = True
    fates = ["downloaded", "failed", "moderated", "in_doubt", "submitted", "parked", "submitting", "planned"]
    for seed, fate in enumerate(fates):
        sheet.add({"prompt": f"p{seed % 2}", "seed": seed}, f"prompt {seed % 2}", fate=fate)
    page = opened(sheet, color_scheme=scheme)
    contrasts = page.evaluate(CONTRASTS)
    page.locator(".shot.failed").click()
    contrasts += page.evaluate(CONTRASTS)
    assert len(contrasts) > 60
    assert {text: ratio for text, ratio in contrasts if ratio < 4.5} == {}


def test_light_and_dark_follow_the_reader(opened: Opened, teapot: Any) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light, dark = (opened(teapot, color_scheme=scheme).evaluate(ground) for scheme in ("light", "dark"))
    assert light != dark


def test_on_a_phone_the_page_keeps_to_its_width_and_the_grid_scrolls(opened: Opened, teapot: Any) -> None:
    page = opened(teapot, viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    scroll, width = page.locator("#grid").evaluate("grid => [grid.scrollWidth, grid.clientWidth]")
    assert scroll > width
    head, cell = (page.locator(selector).first.bounding_box() for selector in (".rowhead .inner", ".cell"))
    assert head is not None
    assert cell is not None
    assert head["y"] + head["height"] <= cell["y"]


def test_heads_stay_while_the_grid_scrolls(opened: Opened, teapot: Any) -> None:
    page = opened(teapot, viewport={"width": 800, "height": 500})
    places = "() => ['.colhead', '.rowhead'].map((one) => document.querySelector(one).getBoundingClientRect())"
    page.locator("#grid").evaluate("grid => grid.scrollTo(150, 150)")
    column, row = page.evaluate(places)
    assert page.locator("#grid").evaluate("grid => grid.scrollTop") > 0
    assert abs(column["y"] - page.locator("#grid").evaluate("grid => grid.getBoundingClientRect().y")) < 2
    assert row["x"] == 0


def test_a_bundle_opens_by_itself(opened: Opened, teapot: Any) -> None:
    page = opened(teapot, bundle=True)
    page.locator(".shot").first.click()
    picture = page.locator(".stage img")
    expect(picture).to_have_js_property("naturalWidth", 96)


CONTRASTS = """() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [red, green, blue] = channels(colour).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (channels(colour)[3] !== 0) return colour;
    }
  };
  return [...document.querySelectorAll("body *")].filter((element) => element.checkVisibility() &&
    [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())).map((element) => {
    const [dim, bright] = [light(getComputedStyle(element).color), light(ground(element))].sort((a, b) => a - b);
    return [element.textContent, (bright + 0.05) / (dim + 0.05)];
  });
}"""
