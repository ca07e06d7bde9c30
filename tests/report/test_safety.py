"""Whatever stands in a prompt, an axis or a mark is text everywhere; and everything can be read by everybody."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.report.conftest import Opened, Sheet
from tests.report.test_page import CONTRASTS

HOSTILE = [
    "<script>alert(1)</script>",
    '</script><img src=x onerror=alert(2)><svg onload="alert(3)">',
    "javascript:alert(4) \" ' ` ${alert(5)} $title $sheet",
    "\u202eright to left\u202c \u2067שלום\u2069 \u200b\ufeff",
    "\u0001\u0007\u001b[31m\u007f\u0085\u2028\u2029",
    "🫖🏽\u200d🎨 e\u0301 \ud7ff\U0010ffff",
    "https://outside.test/x.png url(https://outside.test/y.png)",
    "word " * 2000 + "unbroken" * 500,
]


@pytest.fixture
def hostile(sheet: Sheet) -> Sheet:
    """One cell a text, which stands in every place that takes a text."""
    sheet.report = {"columns": ["model"], "rows": ["prompt", "note"]}
    for number, text in enumerate(HOSTILE):
        sheet.returned = f"{text} again"
        axes = {"prompt": f"<i>{number}</i>", "seed": number, "note": {"id": text[:40], "words": text}}
        sheet.add(axes, text.strip(), fate="failed" if number == 2 else "downloaded", style=text)
    return sheet


def test_the_large_view_and_the_comparison_show_texts_as_they_are(opened: Opened, hostile: Sheet) -> None:
    page = opened(hostile)
    page.evaluate("change({open: 'cell-0'})")
    for text in HOSTILE:
        expect(page.locator("#large .prompt").first).to_have_js_property("textContent", text.strip())
        page.keyboard.press("ArrowDown")
    for pair in (["cell-0", "cell-1"], ["cell-3", "cell-4", "cell-5", "cell-7"]):
        for look in ("sides", "slider", "flicker"):
            page.evaluate("([compare, look]) => change({open: null, compare, look})", [pair, look])
            shown = page.locator(".comparison td.prompt").evaluate_all("all => all.map(one => one.textContent)")
            assert shown == [HOSTILE[int(label.removeprefix("cell-"))].strip() for label in pair]
    _nothing_took_effect(page)


def test_searching_and_marking_take_any_text(opened: Opened, hostile: Sheet) -> None:
    page = opened(hostile)
    page.get_by_role("button", name="Filter").click()
    for number, text in enumerate(HOSTILE[:7]):
        page.evaluate("(text) => change({q: `\"${text.replaceAll('\"', '')}\"`})", text.strip())
        key = hostile.cells[number].key
        page.evaluate("([key, text]) => setMark(key, {tags: tagsIn(text), note: text})", [key, text])
        page.evaluate("change({q: ''})")
    notes = page.evaluate("sheet.cells.map((cell) => markOf(cell.key).note)")
    assert notes[:7] == HOSTILE[:7]
    address = page.url.split("#")[0]
    for hash_ in (
        "#q=%",
        "#open=<script>alert(1)</script>",
        "#pin.__proto__=x&only.constructor=y",
        "#look=toString&fit=x",
        "#=",
    ):
        page.goto("about:blank")
        page.goto(address + hash_)
        assert page.evaluate("sheet.cells.length") == len(HOSTILE)
    _nothing_took_effect(page)


def _nothing_took_effect(page: Page) -> None:
    """The fixture fails on dialogs and outside requests; here: no element of the texts' making."""
    assert page.locator("i, svg[onload], img[onerror]").count() == 0
    assert page.locator("script:not([id])").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_of_looking_comparing_finding_and_marking_stands_out(
    opened: Opened, teapot: Sheet, scheme: str
) -> None:
    page = opened(teapot, color_scheme=scheme)
    page.evaluate("setMark(sheet.cells[0].key, {stars: 3, reject: true, tags: ['tag'], note: 'note'})")
    page.evaluate("setMark(sheet.cells[4].key, {stars: 5})")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("button", name="Marks").click()
    contrasts = page.evaluate(CONTRASTS)
    page.evaluate("change({open: 'cell-9', compare: ['cell-0', 'cell-9']})")
    contrasts += page.evaluate(CONTRASTS)
    for look in ("sides", "flicker"):
        page.evaluate("(look) => change({open: null, look})", look)
        contrasts += page.evaluate(CONTRASTS)
    page.keyboard.press("?")
    contrasts += page.evaluate(CONTRASTS)
    assert {text: ratio for text, ratio in contrasts if ratio < 4.5} == {}


@pytest.mark.parametrize(
    "hash_", ["#open=cell-0", "#compare=cell-0,cell-3,cell-9&look=sides", "#compare=cell-0,cell-3"]
)
def test_on_a_phone_nothing_is_wider_than_the_screen(opened: Opened, teapot: Sheet, hash_: str) -> None:
    page = opened(teapot, viewport={"width": 390, "height": 844})
    page.goto("about:blank")
    page.goto((teapot.folder / "report" / "index.html").as_uri() + hash_)
    wide = page.evaluate(
        """() => [...document.querySelectorAll("dialog[open] *, .tray *")].filter((one) =>
          !one.closest(".window, .comparison table") && one.checkVisibility() &&
          one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML)"""
    )
    assert wide == []
