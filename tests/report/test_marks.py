"""Marks: made by key, kept through rebuild and relabel, merged by time, and saved as the file that every verb reads."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import msgspec
from playwright.sync_api import Locator, Page, expect

from pipeline.report.bundle import write_bundle
from pipeline.report.formats import write_formats
from pipeline.report.write import write_report
from pipeline.rows.marks import FORMAT, VERSION, read_marks
from tests.report.conftest import Opened, Sheet

EARLY, LATE = "2020-01-01T00:00:00Z", "2999-01-01T00:00:00.000Z"


def _shot(page: Page, label: str) -> Locator:
    return page.get_by_role("button", name=f"{label}:")


def _mark(page: Page, key: str) -> dict[str, Any]:
    mark: dict[str, Any] = page.evaluate("(key) => markOf(key)", key)
    return mark


def _saved(page: Page) -> bytes:
    page.get_by_role("button", name="Marks").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save marks.json").click()
    assert download.value.suggested_filename == "marks.json"
    return Path(download.value.path()).read_bytes()


def _take_in(page: Page, path: Path, content: object) -> str:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    page.locator("input[type=file]").set_input_files(path)
    said = page.locator(".marks-menu .said")
    expect(said).not_to_be_empty()
    return said.inner_text()


def test_keys_mark_a_cell_and_the_sheet_shows_it(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    shot = _shot(page, "cell-2")
    shot.focus()
    for key in "4xt":
        page.keyboard.press(key)
    page.keyboard.type("good light, <b>bold</b>,good light")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(shot).to_be_focused()
    page.keyboard.press("n")
    page.keyboard.type('1 "note"\nx')
    page.keyboard.press("Escape")
    mark = _mark(page, teapot.cells[2].key)
    assert (mark["stars"], mark["reject"], mark["tags"]) == (4, True, ["good light", "<b>bold</b>"])
    assert mark["note"] == '1 "note"\nx'
    words = '4 stars, rejected, tag good light, tag <b>bold</b>, note: 1 "note"\nx'
    assert shot.get_by_role("img").last.get_attribute("aria-label") == words
    expect(page.locator(".shot.rejected")).to_have_count(1)
    for key in "0x":
        page.keyboard.press(key)
    assert _mark(page, teapot.cells[2].key)["stars"] == 0
    page.keyboard.press("u")
    page.keyboard.press("u")
    assert _mark(page, teapot.cells[2].key)["stars"] == 4


def test_the_form_of_the_large_view_marks_and_follows_the_keys(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    _shot(page, "cell-1").click()
    form = page.locator("#large .mark-form")
    form.get_by_role("button", name="3 stars").click()
    expect(form.locator(".star.lit")).to_have_count(3)
    page.keyboard.press("5")
    expect(form.locator(".star.lit")).to_have_count(5)
    form.get_by_role("button", name="5 stars").click()
    expect(form.locator(".star.lit")).to_have_count(0)
    page.keyboard.press("n")
    page.keyboard.type("5 of them x c [ ]")
    page.keyboard.press("Escape")
    expect(page.locator("#large")).to_be_focused()
    mark = _mark(page, teapot.cells[1].key)
    assert (mark["stars"], mark["reject"], mark["note"]) == (0, False, "5 of them x c [ ]")
    expect(page.locator("#large-title")).to_have_text("cell-1")


def test_marks_survive_reload_rebuild_and_relabel(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    _shot(page, "cell-5").focus()
    page.keyboard.press("3")
    page.reload()
    expect(_shot(page, "cell-5").locator(".marks")).to_have_text("★★★")
    teapot.cells = [msgspec.structs.replace(cell, label=f"new-{cell.label}") for cell in teapot.cells]
    write_report(teapot.folder, teapot.manifest())
    page.reload()
    expect(_shot(page, "new-cell-5").locator(".marks")).to_have_text("★★★")


def test_cells_that_share_a_task_share_its_marks(opened: Opened, sheet: Sheet) -> None:
    for name in ("a", "b"):
        sheet.add({"note": name})
    page = opened(sheet)
    page.locator(".shot").first.focus()
    page.keyboard.press("2")
    expect(page.locator(".shot .marks")).to_have_text(["★★", "★★"])


def test_another_job_and_a_rehearsal_have_marks_of_their_own(opened: Opened, sheet: Sheet) -> None:
    sheet.add({"seed": 1})
    page = opened(sheet)
    page.locator(".shot").focus()
    page.keyboard.press("2")
    sheet.rehearsal = True
    write_report(sheet.folder, sheet.manifest())
    page.reload()
    expect(page.locator(".shot .marks")).to_have_count(0)


def test_what_is_saved_is_what_the_verbs_read(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    for label, keys in {"cell-0": "5", "cell-1": "x", "cell-2": "30"}.items():
        _shot(page, label).focus()
        for key in keys:
            page.keyboard.press(key)
    content = _saved(page)
    marks = read_marks(content, "marks.json")
    assert marks.job == "teapot-ab"
    said = {key: (mark.stars, mark.reject) for key, mark in marks.marks.items()}
    keys_ = [cell.key for cell in teapot.cells]
    assert said == {keys_[0]: (5, False), keys_[1]: (0, True), keys_[2]: (0, False)}
    assert list(json.loads(content)) == ["format", "version", "job", "marks"]


def test_files_are_merged_by_time(opened: Opened, teapot: Sheet, tmp_path: Path) -> None:
    page = opened(teapot)
    keys = [cell.key for cell in teapot.cells]
    _shot(page, "cell-0").focus()
    page.keyboard.press("1")
    page.get_by_role("button", name="Marks").click()
    file = {"format": FORMAT, "version": VERSION, "job": "teapot-ab"}
    given = {
        keys[0]: {"stars": 5, "at": EARLY},
        keys[1]: {"stars": 4, "at": EARLY},
        "f" * 64: {"note": "stale", "at": EARLY},
        keys[2]: {"stars": 6, "at": EARLY},
        keys[3]: {"stars": 2},
        "__proto__": {"stars": 2, "at": EARLY},
    }
    said = _take_in(page, tmp_path / "in.json", json.dumps({**file, "marks": given}))
    assert said == "2 marks taken, 1 no newer than here, 3 unreadable."
    assert [_mark(page, key)["stars"] for key in keys[:4]] == [1, 4, 0, 0]
    expect(page.locator(".marks-count")).to_contain_text("3 tasks marked, 1 of them not on this sheet")
    page.reload()
    assert [_mark(page, key)["stars"] for key in keys[:2]] == [1, 4]
    page.get_by_role("button", name="Marks").click()
    assert "1 mark taken" in _take_in(
        page, tmp_path / "in.json", {**file, "marks": {keys[0]: {"stars": 5, "at": LATE}}}
    )
    _shot(page, "cell-0").focus()
    page.keyboard.press("2")
    assert read_marks(page.evaluate("marksFile()").encode(), "m").marks[keys[0]].stars == 2


def test_what_is_no_file_of_marks_is_refused_in_words(opened: Opened, teapot: Sheet, tmp_path: Path) -> None:
    page = opened(teapot)
    page.get_by_role("button", name="Marks").click()
    newer = {"format": FORMAT, "version": 2, "marks": {}}
    for content, said in {
        "{": "This is no JSON file; nothing was taken.",
        "null": "This is no file of marks; nothing was taken.",
        '{"a": 1}': "This is no file of marks; nothing was taken.",
        json.dumps(newer): "A newer fluxsweep wrote these marks; nothing was taken.",
    }.items():
        page.evaluate("document.querySelector('.marks-menu .said').textContent = ''")
        assert _take_in(page, tmp_path / "in.json", content) == said


def test_marks_that_come_with_the_page_yield_to_newer_ones_here(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    keys = [cell.key for cell in teapot.cells]
    _shot(page, "cell-0").focus()
    page.keyboard.press("1")
    file = {key: {"stars": 5, "at": EARLY if key == keys[0] else LATE} for key in keys[:2]}
    text = json.dumps({"format": FORMAT, "version": VERSION, "job": "teapot-ab", "marks": file})
    write_formats(teapot.folder, teapot.manifest(), ["html"], marks=read_marks(text.encode(), "marks.json"))
    page.reload()
    assert [_mark(page, key)["stars"] for key in keys[:3]] == [1, 5, 0]
    _shot(page, "cell-1").focus()
    page.keyboard.press("0")  # also against a clock ahead of this one
    page.reload()
    assert [_mark(page, key)["stars"] for key in keys[:2]] == [1, 0]
    page.get_by_role("button", name="Marks").click()
    page.get_by_role("button", name="Forget").click()
    page.get_by_role("button", name="Really forget all?").click()
    assert [_mark(page, key)["stars"] for key in keys[:2]] == [5, 5]


def test_a_second_page_of_the_job_hears_of_a_mark(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    other = page.context.new_page()
    other.goto(page.url)
    _shot(page, "cell-4").focus()
    page.keyboard.press("4")
    expect(_shot(other, "cell-4").locator(".marks")).to_have_text("★★★★")


def test_a_full_store_is_told_and_loses_nothing_that_is_on_the_page(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    page.evaluate(
        """() => {
          for (let n = 2 ** 22; n >= 1; n >>= 1) {
            try {
              while (true) localStorage.setItem(`f${Math.random()}`, "x".repeat(n));
            } catch { /* full, for this length */ }
          }
        }"""
    )
    _shot(page, "cell-0").focus()
    page.keyboard.press("5")
    page.get_by_role("button", name="Marks").click()
    expect(page.locator(".marks-count")).to_have_text(
        re.compile("1 task marked. This browser's store is full: save marks.json before you close it.")
    )
    assert len(read_marks(page.evaluate("marksFile()").encode(), "m").marks) == 1


def test_where_nothing_can_be_kept_marks_last_as_long_as_the_page(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    page.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    page.reload()
    _shot(page, "cell-0").focus()
    page.keyboard.press("5")
    page.get_by_role("button", name="Marks").click()
    expect(page.locator(".marks-count")).to_contain_text("keeps nothing for this page: save marks.json")


def test_what_others_left_in_the_store_is_passed_over(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    page.evaluate(
        """(key) => {
          localStorage.setItem(marksPlace + key, "no json");
          localStorage.setItem(marksPlace + "short", JSON.stringify({stars: 1, at: "2020-01-01"}));
          localStorage.setItem(marksPlace + key.replace(/./g, "a"), JSON.stringify({stars: "<b>", at: "x"}));
        }""",
        teapot.cells[0].key,
    )
    page.reload()
    assert page.evaluate("marks.size") == 0


def test_marks_narrow_and_order_the_sheet(opened: Opened, teapot: Sheet) -> None:
    page = opened(teapot)
    for label, key in {"cell-0": "2", "cell-7": "5", "cell-8": "x"}.items():
        _shot(page, label).focus()
        page.keyboard.press(key)
    page.evaluate("change({marked: ['2+ stars']})")
    labels = "[...laid.arranged.placeOf.keys()].map((cell) => cell.label)"
    assert page.evaluate(labels) == ["cell-0", "cell-7"]
    page.evaluate("change({marked: ['not rejected'], sort: '-stars'})")
    assert page.evaluate(labels)[:2] == ["cell-7", "cell-0"]
    assert len(page.evaluate(labels)) == 17
    page.evaluate("change({marked: ['rejected'], sort: null})")
    page.locator(".shot").focus()
    page.keyboard.press("x")
    expect(page.locator("#empty")).to_contain_text("Nothing matches your marks rejected")


def test_a_bundle_takes_marks_along(opened: Opened, teapot: Sheet, tmp_path: Path) -> None:
    page = opened(teapot)
    mark = {"stars": 3, "at": EARLY}
    text = json.dumps({"format": FORMAT, "version": VERSION, "job": "x", "marks": {teapot.cells[0].key: mark}})
    bundle = write_bundle(
        write_formats(teapot.folder, teapot.manifest(), [], marks=read_marks(text.encode(), "marks.json"))
    )
    page.goto((bundle / "index.html").as_uri())
    expect(_shot(page, "cell-0").locator(".marks")).to_have_text("★★★")
