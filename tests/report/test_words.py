"""What the page marks as different between two prompts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser, Page

from tests.report.conftest import Opened

WORDS = st.sampled_from(["a ", "red ", "teapot", ", ", "on oak", "\n", "雨の街 ", "café", "<b>", "🫖", "  "])
TEXT = st.lists(WORDS, max_size=25).map("".join)


@pytest.fixture(scope="module")
def words(browser: Browser) -> Iterator[Page]:
    """A blank page that knows nothing but words.js."""
    page = browser.new_page()
    page.add_script_tag(path=Path("pipeline/report/page/words.js"))
    yield page
    page.close()


def _differences(page: Page, one: str, other: str) -> list[dict[str, str]]:
    pieces: list[dict[str, str]] = page.evaluate("([one, other]) => differences(one, other)", [one, other])
    return pieces


@settings(max_examples=60, deadline=None)
@given(one=TEXT, other=TEXT)
def test_the_pieces_are_both_texts_and_what_is_the_same_is_not_marked(words: Page, one: str, other: str) -> None:
    pieces = _differences(words, one, other)
    assert "".join(piece.get("same", piece.get("own", "")) for piece in pieces) == one
    assert "".join(piece.get("same", piece.get("left", "")) for piece in pieces) == other
    assert one != other or not any("own" in piece for piece in pieces)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a red teapot", "a blue teapot", [{"same": "a "}, {"own": "red", "left": "blue"}, {"same": " teapot"}]),
        ("a teapot", "a teapot, lit", [{"same": "a teapot"}, {"own": "", "left": ", lit"}]),
        ("big red pot", "old blue pot", [{"own": "big red", "left": "old blue"}, {"same": " pot"}]),
        ("red, big pot", "blue, old pot", [{"own": "red, big", "left": "blue, old"}, {"same": " pot"}]),
        ("", "", []),
    ],
)
def test_neighbouring_words_are_one_difference(words: Page, one: str, other: str, expected: list[Any]) -> None:
    assert _differences(words, one, other) == expected


def test_texts_too_long_to_align_differ_between_their_common_ends(words: Page) -> None:
    middle = [" ".join(f"{letter}{n}" for n in range(3000)) for letter in "ab"]
    same, changed, last = _differences(words, f"start {middle[0]} end", f"start {middle[1]} end")
    assert (same, changed, last) == ({"same": "start "}, {"own": middle[0], "left": middle[1]}, {"same": " end"})


def test_what_only_the_neighbour_says_is_shown_and_is_no_part_of_the_prompt(opened: Opened, sheet: Any) -> None:
    for name, text in {"long": "a red teapot, lit from above", "short": "a teapot"}.items():
        sheet.add({"prompt": name, "seed": 1}, text)
    page = opened(sheet)
    page.get_by_role("button", name="cell-1:").click()
    prompt = page.locator("dialog .prompt")
    assert prompt.text_content() == "a teapot"
    gone = prompt.locator("del").evaluate_all("all => all.map(one => one.dataset.words)")
    assert gone == ["red", ", lit from above"]
    page.keyboard.press("ArrowUp")
    assert prompt.text_content() == "a red teapot, lit from above"
    assert prompt.locator("mark").all_text_contents() == ["red ", ", lit from above"]
