"""The page's layout: changed in the page, kept in its address, and drawn only where it is in sight."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from pipeline.task.request import ImageRef
from tests.report.conftest import Opened

PLACES = "({ groups: view.groups, rows: view.rows, columns: view.columns, cell: view.cell, tabs: placesOf(view).tabs })"


@pytest.fixture
def six(sheet: Any) -> Any:
    """Two prompts × two models × three seeds × two moods; the job places all but the mood."""
    sheet.report = {"columns": ["model"], "rows": ["prompt"]}
    for prompt in ("plain", "lit"):
        for model in ("flux-dev", "flux-2-flex"):
            for seed in (1, 2, 3):
                for mood in ("calm", "wild & <i>free</i>"):
                    axes = {"prompt": prompt, "model": model, "seed": seed, "mood": mood}
                    sheet.add(axes, f"a {prompt} teapot, {mood}")
    return sheet


def _shown(page: Page) -> list[str]:
    labels: list[str] = page.locator(".shot").evaluate_all("all => all.map((one) => one.cell.label)")
    return sorted(labels, key=lambda label: int(label.rpartition("-")[2]))


def test_an_axis_placed_nowhere_is_a_tab(opened: Opened, six: Any) -> None:
    page = opened(six)
    tabs = page.get_by_role("tablist", name="mood").get_by_role("tab")
    assert tabs.all_inner_texts() == ["calm", "wild & <i>free</i>"]
    assert _shown(page) == [f"cell-{n}" for n in range(0, 24, 2)]
    tabs.nth(1).click()
    assert _shown(page) == [f"cell-{n}" for n in range(1, 24, 2)]
    assert page.url.endswith("#tab.mood=wild+%26+%3Ci%3Efree%3C/i%3E")
    page.keyboard.press("ArrowLeft")
    expect(tabs.nth(0)).to_be_focused()
    assert _shown(page) == [f"cell-{n}" for n in range(0, 24, 2)]


def test_a_cell_that_the_axis_of_a_tab_does_not_reach_stands_on_every_tab(opened: Opened, six: Any) -> None:
    six.add({"prompt": "plain", "model": "flux-2-pro", "seed": 1}, "a plain teapot")
    page = opened(six)
    for mood in ("calm", "wild & <i>free</i>"):
        page.get_by_role("tab", name=mood).click()
        assert _shown(page)[-1] == "cell-24"
        assert len(_shown(page)) == 13


def test_a_picture_opens_on_its_own_tab_and_leads_on_over_the_tabs(opened: Opened, six: Any) -> None:
    page = opened(six)
    at = "[view.open, tabValue(view, 'mood'), tabValue(view, 'seed')]"
    page.evaluate("change({ cell: [], open: 'cell-3' })")
    assert page.evaluate(at) == ["cell-3", "wild & <i>free</i>", "2"]
    expect(page.locator(".place-in-sheet")).to_have_text("1 of 4")
    page.keyboard.press("]")
    assert page.evaluate(at) == ["cell-5", "wild & <i>free</i>", "3"]
    page.keyboard.press("[")
    page.keyboard.press("[")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(at) == ["cell-7", "wild & <i>free</i>", "1"]
    page.keyboard.press("Escape")
    expect(page.locator(".shot:focus")).to_be_visible()
    assert page.evaluate("document.activeElement.cell.label") == "cell-7"


def test_an_axis_goes_where_its_menu_says_and_back_with_the_browser(opened: Opened, six: Any) -> None:
    page = opened(six, viewport={"width": 1280, "height": 1600})
    page.get_by_role("button", name="Layout").click()
    page.get_by_label("Place of mood").focus()
    page.get_by_label("Place of mood").select_option("groupRows")
    placed = page.evaluate(PLACES)
    assert (placed["groups"], placed["tabs"]) == ({"rows": ["mood"], "columns": []}, [])
    assert page.locator(".band .value").all_inner_texts() == ["calm", "wild & <i>free</i>"]
    assert len(_shown(page)) == 24
    expect(page.get_by_label("Place of mood")).to_be_focused()
    page.get_by_label("Place of seed").select_option("tabs")
    assert len(_shown(page)) == 8
    page.go_back()
    assert len(_shown(page)) == 24
    page.go_back()
    assert page.evaluate(PLACES)["tabs"] == ["mood"]
    page.go_forward()
    assert page.evaluate(PLACES) == placed


def test_an_axis_can_be_dragged_to_a_place_and_before_another(opened: Opened, six: Any) -> None:
    page = opened(six)
    page.get_by_role("button", name="Layout").click()
    page.locator(".chip[data-name=mood]").drag_to(page.get_by_role("group", name="Columns", exact=True))
    assert page.evaluate("view.columns") == ["model", "mood"]
    page.locator(".chip[data-name=mood]").drag_to(page.locator(".chip[data-name=model]"))
    assert page.evaluate("view.columns") == ["mood", "model"]
    page.get_by_role("button", name="Swap rows and columns").click()
    assert page.evaluate("[view.rows, view.columns]") == [["mood", "model"], ["prompt"]]
    page.get_by_role("button", name="As the job says").click()
    assert page.evaluate("location.hash") in ("", "#")


def test_a_link_opens_the_same_view_and_no_stale_part_stops_it(opened: Opened, six: Any) -> None:
    page = opened(six)
    patch = {
        "rows": ["seed"],
        "columns": ["mood", "model"],
        "groups": {"rows": ["prompt"], "columns": []},
        "cell": [],
        "zoom": 120,
        "q": "50 % & more=#1, ünï",
        "arms": "seed",
    }
    sent = page.evaluate("(patch) => { change(patch); return [location.hash, JSON.stringify(view)]; }", patch)
    assert len(sent[0]) < 200
    page.goto("about:blank")
    html = six.folder / "report/index.html"
    page.goto(f"{html.as_uri()}{sent[0]}")
    assert json.loads(page.evaluate("JSON.stringify(view)")) == json.loads(sent[1])
    page.goto("about:blank")
    page.goto(f"{html.as_uri()}#rows=gone,seed,seed&tab.gone=1&tab.mood=none&zoom=many&open=nobody&%E0%A4=%&new=thing")
    assert page.evaluate("[view.rows, view.columns, view.tabs, view.zoom, view.open]") == [["seed"], [], {}, None, None]


def test_layouts_by_random_drags_lose_no_cell(opened: Opened, six: Any) -> None:
    page = opened(six)
    lost = page.evaluate(
        """() => {
            const places = PLACES.filter((place) => place !== "tabs");
            const wrong = [];
            for (let turn = 0; turn < 60; turn += 1) {
                const axis = [...sheet.axes.keys()][turn % sheet.axes.size];
                change(placed(view, axis, places[(turn * 7 + (turn >> 2)) % places.length]), { step: false });
                const found = laid.lines.flatMap(({ line }) => [...line.places.values()].flat());
                const hidden = placesOf(view).tabs.length > 0;
                if (!hidden && new Set(found).size !== sheet.cells.length) wrong.push(location.hash);
                if (laid.strips.some(({ height }) => !(height > 0))) wrong.push("flat");
            }
            return wrong;
        }"""
    )
    assert lost == []


def test_a_cell_keeps_its_place_while_pictures_grow(opened: Opened, sheet: Any) -> None:
    for seed in range(1, 121):
        sheet.add({"seed": seed, "model": f"m{seed % 2}"}, f"prompt {seed}")
    sheet.report = {"columns": ["model"], "rows": ["seed"]}
    page = opened(sheet)
    page.locator("#grid").evaluate("grid => grid.scrollTo(0, 4000)")
    top = "topCell().cell.label"
    page.wait_for_timeout(50)
    before = page.evaluate(top)
    for zoom in (60, 300, 90):
        page.evaluate("(zoom) => change({ zoom }, { step: false })", zoom)
        assert page.evaluate(top) == before


def test_only_what_is_in_sight_is_in_the_page(opened: Opened, sheet: Any) -> None:
    for n in range(1500):
        sheet.add({"seed": n % 3, "subject": f"s{n // 3}"}, f"subject {n // 3}", fate="planned")
    sheet.report = {"columns": ["seed"], "rows": ["subject"]}
    page = opened(sheet)
    assert page.locator(".shot").count() < 120
    assert page.evaluate("document.querySelectorAll('*').length") < 2000
    page.locator("#grid").evaluate(
        "grid => { for (let at = 0; at <= 10; at += 1) { grid.scrollTop = at * grid.scrollHeight / 10; drawSight(); } }"
    )
    expect(page.get_by_role("button", name="cell-1499:")).to_be_visible()
    assert page.locator(".shot").count() < 120
    page.evaluate("change({ rows: view.columns, columns: view.rows })")
    page.locator("#grid").evaluate("grid => grid.scrollTo(grid.scrollWidth, 0)")
    expect(page.get_by_role("button", name="cell-1499:")).to_be_visible()
    assert page.locator(".shot").count() < 120


def test_what_an_arm_lacks_is_counted(opened: Opened, sheet: Any) -> None:
    for model in ("flux-dev", "flux-2-flex", "flux-2-pro"):
        for seed in (1, 2, 3, 4):
            fate = "moderated" if (model, seed) == ("flux-dev", 2) else "downloaded"
            if model != "flux-2-pro" or seed == 1:
                sheet.add({"model": model, "seed": seed}, fate=fate)
    page = opened(sheet)

    def measure(name: str) -> list[str]:
        return page.locator(f"#arms [data-measure='{name}']").all_inner_texts()

    assert page.locator("#arms tbody th").all_inner_texts() == ["flux-dev", "flux-2-flex", "flux-2-pro"]
    assert (measure("n"), measure("downloaded")) == (["4", "4", "1"], ["3", "4", "1"])
    assert (measure("moderated"), measure("no pair")) == (["25 %", "0 %", "0 %"], ["1", "0", "3"])
    assert measure("a picture") == ["$0.040"] * 3
    assert measure("latency") == ["2.5 s"] * 3


def test_a_picture_that_cells_share_counts_once_in_the_means_of_its_arm(opened: Opened, sheet: Any) -> None:
    shared = sheet.add({"model": "flux-dev", "seed": 1, "mood": "calm"})
    sheet.add({"model": "flux-dev", "seed": 1, "mood": "wild"}, task=shared)
    sheet.price = 10_000
    sheet.add({"model": "flux-dev", "seed": 2, "mood": "calm"})
    sheet.add({"model": "flux-2-pro", "seed": 1, "mood": "calm"})
    page = opened(sheet)
    assert page.locator("#arms [data-measure='downloaded']").all_inner_texts() == ["3", "1"]
    assert page.locator("#arms [data-measure='a picture']").all_inner_texts() == ["$0.025", "$0.010"]


def test_win_rates_stand_with_the_arms_where_there_were_votes(opened: Opened, sheet: Any) -> None:
    for model in ("flux-dev", "flux-2-flex"):
        sheet.add({"model": model, "seed": 1})
    arm = {"losses": 4, "ties": 0, "bad": 0, "strength": None, "strength_interval": None}
    arms = [
        {"arm": "flux-dev", "wins": 6, "win_rate": 0.6, "win_interval": [0.31, 0.83], **arm},
        {"arm": "flux-2-flex", "wins": 4, "win_rate": 0.4, "win_interval": [0.17, 0.69], **arm},
    ]
    score = {"axis": "model", "ask": "", "votes": 10, "outdated": 0, "clusters": 1, "reviewers": [], "arms": arms}
    score |= {"duels": [], "leaders": None, "left_rate": None, "left_interval": None, "warnings": []}
    score |= {"agreement": {"pairs": 0, "raw": None, "alpha": None}}
    (sheet.folder / "report").mkdir()
    (sheet.folder / "report/scores.json").write_text(json.dumps({"format": 1, "scores": [score]}))
    wins = opened(sheet).locator("#arms [data-measure='wins']")
    assert wins.all_inner_texts() == ["60 % [31, 83]", "40 % [17, 69]"]


def test_figures_are_drawings_with_their_numbers(opened: Opened, sheet: Any) -> None:
    for seed, fate in enumerate(["downloaded", "downloaded", "moderated", "failed"]):
        sheet.add({"seed": seed, "model": "flux-dev"}, fate=fate)
    page = opened(sheet)
    page.get_by_role("button", name="Figures").click()
    drawings = page.locator("#figures svg")
    assert [
        name.split(".")[0] for name in drawings.evaluate_all("all => all.map((one) => one.getAttribute('aria-label'))")
    ] == [
        "Latency by model",
        "Price by seed",
        "Failures by reason",
    ]
    page.locator("#figures summary").last.click()
    assert page.locator("#figures table").last.locator("tbody td").all_inner_texts() == ["1", "1"]


def test_an_input_picture_stands_in_the_head_as_a_picture(opened: Opened, sheet: Any) -> None:
    for colour in ("red", "blue"):
        file = io.BytesIO()
        Image.new("RGB", (64, 48), colour).save(file, "PNG")
        image = ImageRef(hashlib.sha256(file.getvalue()).hexdigest(), "image/png")
        (sheet.folder / "inputs").mkdir(parents=True, exist_ok=True)
        (sheet.folder / image.path).write_bytes(file.getvalue())
        for seed in (1, 2):
            axes = {"input_image": f"{colour}.png", "seed": seed}
            sheet.add(axes, "repaint it", input_image=image)
    for bundle in (False, True):
        inputs = opened(sheet, bundle=bundle).locator(".rowhead img.input")
        widths = "all => Promise.all(all.map((one) => one.decode().then(() => one.naturalWidth)))"
        assert inputs.evaluate_all(widths) == [64, 64]
        assert len(set(inputs.evaluate_all("all => all.map((one) => one.src)"))) == 2


def test_a_picture_of_another_size_than_asked_says_so(opened: Opened, sheet: Any) -> None:
    sheet.add({"seed": 1}, width=128)
    sheet.add({"seed": 2})
    badge = opened(sheet).locator(".badge.resized")
    assert badge.all_inner_texts() == ["96×64"]
    assert badge.get_attribute("title") == "asked for 128 × 64, came as 96 × 64"
