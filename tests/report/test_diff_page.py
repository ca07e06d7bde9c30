"""The page of pairs in a real Chromium, from disk: pictures side by side, texts as texts, 2,000 of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from pipeline.compare.diff import Diff, Likeness, diff
from pipeline.report.diff_page import diff_page
from pipeline.rows.rows import Row

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(3)>',
    "</style><script>alert(2)</script> $title ${style}",
    "&lt;b&gt; &amp; \u2028 \u202eright to left\u202c",
    "🫖🏽‍🎨 https://outside.test/x.png",
]

Shown = Callable[[Diff, Path], Page]


@pytest.fixture
def shown(browser: Browser) -> Iterator[Shown]:
    """`shown(found, folder)`: the page, written to `folder`; a dialog, a message or an outside request fails."""
    wrong: list[str] = []
    context = browser.new_context(viewport={"width": 1200, "height": 800})

    def open_page(found: Diff, folder: Path) -> Page:
        def link(side: str, file: str) -> str | None:
            path = folder / side / file
            return quote(os.path.relpath(path, folder)) if path.is_file() else None

        path = folder / "pairs.html"
        path.write_bytes(diff_page(found, (HOSTILE[0], HOSTILE[1]), link))
        page = context.new_page()
        page.on("dialog", lambda dialog: wrong.append(dialog.message))
        page.on("console", lambda message: wrong.append(message.text))
        page.on("requestfailed", lambda request: wrong.append(request.url))
        page.on("request", lambda request: None if request.url.startswith("file:///") else wrong.append(request.url))
        page.goto(path.as_uri())
        return page

    yield open_page
    context.close()
    assert wrong == []


@pytest.fixture
def sides(sheet: Any, tmp_path: Path) -> tuple[Any, Any]:
    """Two empty jobs, in the folders `before` and `after`."""
    return type(sheet)(tmp_path / "before"), type(sheet)(tmp_path / "after")


def judge(before: Row, after: Row) -> tuple[Likeness, int | None, str]:
    if before.file is None or after.file is None:
        return "missing", None, "no picture"
    return ("bytes", 0, "") if before.sha256 == after.sha256 else ("changed", 30, "")


def test_pairs_stand_side_by_side_and_can_be_chosen(shown: Shown, sides: Any, tmp_path: Path) -> None:
    before, after = sides
    for seed in (1, 2):
        before.add({"seed": seed})
        after.add({"seed": seed}, "a teapot" if seed == 1 else "a red teapot")
    before.add({"seed": 3})
    after.add({"seed": 3}, fate="moderated")
    before.add({"seed": 4})
    page = shown(diff(before.manifest(), after.manifest(), judge), tmp_path)
    assert page.locator(".pair:visible").count() == 3
    lefts = (
        page.locator(".pair")
        .nth(1)
        .locator("img")
        .evaluate_all(
            "images => images.map(image => [image.getBoundingClientRect().left, image.getBoundingClientRect().top])"
        )
    )
    assert lefts[0][0] < lefts[1][0]
    assert lefts[0][1] == lefts[1][1]
    assert page.locator("mark").all_inner_texts() == ["red"]
    page.get_by_role("radio", name="changed 1").check(force=True)
    assert page.locator(".pair:visible .verdict").all_inner_texts() == ["changed, 30 of 64 bits asks otherwise: prompt"]
    page.get_by_role("radio", name="missing on a side 1").check(force=True)
    assert "moderation refused it" in (page.locator(".pair:visible .gap").text_content() or "")
    assert page.get_by_role("radio", name="identical pixels 0").is_disabled()
    page.get_by_text("1 cells only in").click()
    assert page.locator("details li").all_inner_texts() == ["cell-3"]


def test_hostile_texts_are_texts(shown: Shown, sides: Any, tmp_path: Path) -> None:
    before, after = sides
    for at, text in enumerate(HOSTILE):
        before.add({"seed": at, "prompt": text}, text)
        after.add({"seed": at, "prompt": text}, f"{text} {HOSTILE[0]}")
    page = shown(diff(before.manifest(), after.manifest(), judge), tmp_path)
    found: list[Any] = page.locator(".pair figure:first-child figcaption p").all_text_contents()
    assert [text.split() for text in found] == [text.split() for text in HOSTILE]
    assert HOSTILE[0] in page.locator("h1").inner_text()
    assert page.evaluate("document.scripts.length") == 0


def test_two_thousand_pairs_load_only_what_is_seen(shown: Shown, sides: Any, tmp_path: Path) -> None:
    before, after = sides
    for sheet in (before, after):
        for seed in range(2000):
            sheet.add({"seed": seed})
    found = diff(before.manifest(), after.manifest(), judge)
    page = shown(found, tmp_path)
    assert page.locator(".pair").count() == 2000
    complete = page.evaluate("[...document.images].filter(image => image.complete && image.naturalWidth).length")
    assert 2 <= complete < 200
    page.locator(".pair").last.scroll_into_view_if_needed()
    expect(page.locator("img").last).to_have_js_property("naturalWidth", 96)
