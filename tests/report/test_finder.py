"""Finding: what is typed, chosen and sorted, in the address, and told where nothing is left."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.report.conftest import Opened, Sheet


@pytest.fixture
def zoo(sheet: Sheet) -> Sheet:
    """8 cells: two animals over two seeds and two models, of which some have no picture."""
    sheet.report = {"columns": ["model"], "rows": ["animal"]}
    fates = iter(
        ["downloaded", "downloaded", "failed", "downloaded", "moderated", "downloaded", "downloaded", "planned"]
    )
    for animal in ("red fox", "Snowy OWL"):
        for model in ("flux-dev", "flux-2-pro"):
            for seed in (20, 3):
                axes = {"animal": animal, "model": model, "seed": seed}
                sheet.add(axes, f"A {animal} at dawn, {'Ünder' if seed == 3 else 'over'} the <b>tree</b>", next(fates))
    return sheet


def _labels(page: Page) -> list[str]:
    labels: list[str] = page.evaluate("[...laid.arranged.placeOf.keys()].map((cell) => cell.label)")
    return labels


def _numbers(page: Page) -> list[int]:
    return [int(label.removeprefix("cell-")) for label in _labels(page)]


def _find(page: Page, text: str) -> None:
    page.get_by_role("searchbox").fill(text)
    page.wait_for_function("(text) => view.q === text", arg=text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("owl", [4, 5, 6, 7]),
        ("OWL ünder", [5, 7]),
        ("dawn -owl -ünder", [0, 2]),
        ('"fox at dawn"', [0, 1, 2, 3]),
        ('"dawn at fox"', []),
        ("<b>tree", list(range(8))),
        ("cell-6", [6]),
        ('"', list(range(8))),
        ("-", list(range(8))),
        (".*", []),
    ],
)
def test_a_search_takes_words_phrases_and_exclusions(opened: Opened, zoo: Sheet, text: str, found: list[int]) -> None:
    page = opened(zoo)
    _find(page, text)
    assert _numbers(page) == found
    assert page.locator(".found").inner_text() == f"{len(found)} of 8"


def test_slash_leads_to_the_search_and_enter_to_the_sheet(opened: Opened, zoo: Sheet) -> None:
    page = opened(zoo)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("fox/x?1v")
    assert page.get_by_role("searchbox").input_value() == "fox/x?1v"
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("#grid")).to_be_focused()


def test_filters_narrow_each_other_and_say_how_many_would_be_left(opened: Opened, zoo: Sheet) -> None:
    page = opened(zoo)
    page.get_by_role("button", name="Filter").click()

    def words(facet: str) -> list[str]:
        found: list[str] = page.get_by_role("group", name=facet, exact=True).get_by_role("button").all_inner_texts()
        return found

    assert words("status") == ["downloaded 5", "failed 1", "moderated 1", "planned 1"]
    page.locator("#filters").get_by_role("button", name="flux-dev 4").click()
    assert words("status") == ["downloaded 3", "moderated 1"]
    assert words("model") == ["flux-dev 4", "flux-2-pro 4"]
    page.locator("#filters").get_by_role("button", name="moderated").click()
    assert _numbers(page) == [4]
    assert page.get_by_role("button", name="Filter · 2").is_visible()
    assert page.url.endswith("only.model=flux-dev&states=moderated")
    page.get_by_role("button", name="Reset").click()
    assert len(_labels(page)) == 8
    assert page.url.endswith("#")


def test_what_is_found_is_in_the_address(opened: Opened, zoo: Sheet) -> None:
    page = opened(zoo)
    _find(page, 'ünder "at dawn" +&=#%')
    page.locator("select.order").select_option("seed")
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.get_by_role("searchbox")).to_have_value('ünder "at dawn" +&=#%')
    assert page.locator("select.order").input_value() == "seed"


def test_typing_is_no_step_back_and_a_filter_is_one(opened: Opened, zoo: Sheet) -> None:
    page = opened(zoo)
    _find(page, "owl")
    _find(page, "owl dawn")
    page.get_by_role("button", name="Filter").click()
    page.locator("#filters").get_by_role("button", name="planned").click()
    page.go_back()
    page.wait_for_function("view.states.length === 0")
    assert page.evaluate("view.q") == "owl dawn"


@pytest.mark.parametrize(
    ("order", "expected"),
    [("seed", [3, 3, 3, 3, 20, 20, 20, 20]), ("-seed", [20, 20, 20, 20, 3, 3, 3, 3])],
)
def test_pictures_stand_in_the_order_of_a_figure(opened: Opened, zoo: Sheet, order: str, expected: list[int]) -> None:
    page = opened(zoo)
    page.locator("select.order").select_option("seed")
    if order.startswith("-"):
        page.get_by_role("button", name="smallest first").click()
    assert page.evaluate("ordered(sheet.cells, view).map((cell) => cell.params.seed)") == expected


def test_what_has_no_figure_comes_last_either_way(opened: Opened, zoo: Sheet) -> None:
    page = opened(zoo)
    for order in ("latency", "-sharpness", "stars", "-nothing"):
        kept = page.evaluate("(sort) => ordered(sheet.cells, {sort}).map((cell) => cell.state)", order)
        first = kept.index("failed") if order in {"latency", "-sharpness"} else 8
        assert "downloaded" not in kept[first:]


def test_nothing_left_says_what_was_asked_for_and_how_to_see_all(opened: Opened, zoo: Sheet) -> None:
    page = opened(zoo)
    page.goto(page.url + "#q=<img+src=x>&only.animal=red+fox")
    empty = page.locator("#empty")
    expect(empty).to_contain_text("Nothing matches “<img src=x>” · animal red fox")
    empty.get_by_role("button", name="Show all").click()
    expect(empty).to_be_hidden()
    assert len(_labels(page)) == 8


def test_what_is_found_on_another_tab_is_one_click_away(opened: Opened, zoo: Sheet) -> None:
    page = opened(zoo)
    page.evaluate("change({rows: [], columns: ['model'], cell: ['seed']})")
    _find(page, "owl")
    expect(page.locator(".found")).to_have_text("0 of 8, 4 on other tabs")
    page.get_by_role("button", name="Go to 4 on other tabs").click()
    assert _numbers(page) == [4, 5, 6, 7]


def test_flagged_pictures_can_be_singled_out(opened: Opened, zoo: Sheet) -> None:
    zoo.returned = "somebody else's words"
    zoo.add({"animal": "ghost", "model": "flux-dev", "seed": 1}, "a ghost")
    page = opened(zoo)
    page.get_by_role("button", name="Filter").click()
    page.locator("#filters").get_by_role("button", name="prompt rewritten").click()
    assert _labels(page) == ["cell-8"]
    assert "flags=prompt+rewritten" in page.url


def test_many_letters_at_once_are_one_search(opened: Opened, zoo: Sheet) -> None:
    page = opened(zoo)
    page.evaluate("window.searches = 0; onView(() => (window.searches += 1))")
    page.evaluate(
        """() => {
          const field = document.querySelector(".search");
          for (const text of ["o", "ow", "owl"]) {
            field.value = text;
            field.dispatchEvent(new Event("input"));
          }
        }"""
    )
    page.wait_for_function("view.q === 'owl'")
    assert page.evaluate("window.searches") == 1


def test_every_control_has_a_name_and_can_be_reached(opened: Opened, zoo: Sheet) -> None:
    page = opened(zoo)
    for name in ("Filter", "Marks"):
        page.get_by_role("button", name=name).click()
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, textarea")].filter((one) =>
          one.checkVisibility() && !one.labels?.length && !one.getAttribute("aria-label") && !one.textContent.trim())
          .map((one) => one.outerHTML)"""
    )
    assert nameless == []


def test_in_the_view_of_differences_heads_tell_only_what_varies_among_the_found(opened: Opened, sheet: Sheet) -> None:
    sheet.report = {"columns": ["model", "size"], "rows": ["scene"]}
    for model in ("flux-dev", "flux-2-pro"):
        for size in ("square", "wide"):
            for surface in ("oak", "marble"):
                scene = {"id": surface, "surface": surface, "light": "low"}
                sheet.add({"model": model, "size": size, "seed": 1, "scene": scene}, f"on {surface}")
    page = opened(sheet)
    heads = page.get_by_role("columnheader").locator(".value")
    assert heads.all_inner_texts() == ["flux-dev", "flux-2-pro", "square", "wide", "square", "wide"]
    page.evaluate("change({filters: {model: ['flux-dev']}, differs: true})")
    assert heads.all_inner_texts() == ["square", "wide"]
    assert page.get_by_role("rowheader").locator(".value").all_inner_texts() == ["surface oak", "surface marble"]
    page.evaluate("change({filters: {}})")
    assert len(heads.all_inner_texts()) == 6
