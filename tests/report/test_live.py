"""A run and its page side by side: real processes, a real Chromium, and nothing between them but the disk."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, Error, Page, expect

from pipeline.report.formats import write_formats
from pipeline.report.live import say
from pipeline.report.sheet import cell_of, head_of, sheet_page
from pipeline.report.write import write_report
from pipeline.rows.rows import rows_of
from tests.report.conftest import Sheet

JOB = """
version: 1
name: live
provider: cometapi
prompts: {teapot: "a teapot on {{ ground }}"}
matrix: {model: [flux-dev], ground: [oak, "</script><i>marble</i>"], seed: 1..10, size: [256x256]}
params: {output_format: png}
budget: {usd: 5}
run: {active: 8}
report: {columns: [seed], rows: [ground]}
"""
PICTURES = "sheet.cells.filter((cell) => cell.file).length"


@contextmanager
def running(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A rehearsal of `JOB` into `folder/out`, once it has a page."""
    (folder / "live.yaml").write_text(JOB)
    command = [sys.executable, "-m", "pipeline", "rehearse", str(folder / "live.yaml"), "-o", str(folder / "out"), "-q"]
    run = subprocess.Popen(command)
    try:
        while not (folder / "out/report/index.html").exists():
            with pytest.raises(subprocess.TimeoutExpired):  # it goes on
                run.wait(0.05)
        yield run
    finally:
        run.kill()
        run.wait()


@pytest.fixture
def page(browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """A page, and the list of what it may not do."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    shown, wrong = context.new_page(), []
    shown.on("console", lambda message: wrong.append(message.text))
    shown.on("pageerror", lambda error: wrong.append(str(error)))
    shown.on("dialog", lambda dialog: wrong.append(dialog.message))
    shown.on("request", lambda request: None if request.url.startswith("file:") else wrong.append(request.url))
    yield shown, wrong
    context.close()


def _until(page: Page, holds: str) -> None:
    """Wait until `holds` is true in the page; its policy forbids the wait that Playwright has for this."""
    ends = time.monotonic() + 30
    while not _asked(page, holds):
        assert time.monotonic() < ends, holds
        page.wait_for_timeout(50)


def _asked(page: Page, holds: str) -> bool:
    try:
        return bool(page.evaluate(holds))
    except Error:  # it loads itself anew at this moment
        return False


def test_the_page_fills_while_the_run_goes_on_and_becomes_the_report(
    tmp_path: Path, page: tuple[Page, list[str]]
) -> None:
    shown, wrong = page
    with running(tmp_path) as run:
        shown.goto((tmp_path / "out/report/index.html").as_uri())
        expect(shown.locator("#live")).to_have_text("Live")
        expect(shown.locator(".shot")).to_have_count(20)
        shown.locator(".shot").nth(5).focus()
        label = shown.evaluate("document.activeElement.cell.label")
        first = shown.evaluate(PICTURES)
        _until(shown, f"{PICTURES} > {first}")
        assert shown.evaluate("document.activeElement.cell.label") == label
        assert shown.locator("img.picture").first.evaluate(
            "image => image.decode().then(() => image.naturalWidth)"
        ) in (128, 256)
        assert wrong == []
        run.wait(60)
        _until(shown, "sheet.live === null")
    assert shown.evaluate(PICTURES) == 20
    assert not (tmp_path / "out/report/live").exists()
    asked: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    shown.evaluate("new Promise((done) => setTimeout(done, 2 * ASK_EVERY))")
    assert [url for url in asked if "/live/" in url] == []


def test_a_run_that_is_killed_tells_its_page(tmp_path: Path, page: tuple[Page, list[str]]) -> None:
    shown, wrong = page
    with running(tmp_path) as run:
        shown.goto((tmp_path / "out/report/index.html").as_uri())
        _until(shown, f"{PICTURES} > 0")
        run.kill()
        expect(shown.locator("#live")).to_contain_text("The run was cut off", timeout=20_000)
    there = len(list((tmp_path / "out/images").iterdir()))
    assert 0 < shown.evaluate(PICTURES) <= there < 20
    assert wrong == []


def test_an_open_page_takes_in_every_increment_up_to_the_last(sheet: Sheet, page: tuple[Page, list[str]]) -> None:
    shown, wrong = page
    sheet.report = {"columns": ["seed"]}
    for seed in (1, 2, 3):
        sheet.add({"seed": seed})
    html = write_report(sheet.folder, sheet.manifest()).html
    done = rows_of(sheet.manifest())
    sheet.events, events = [], sheet.events
    before = sheet.manifest()
    html.write_bytes(sheet_page(before, rows_of(before), {}, "../", live=0))
    say(html.parent, 0, "running")
    shown.goto(html.as_uri() + "#open=cell-1")
    expect(shown.locator("#large .state")).to_have_text("planned")
    sheet.events = events
    for n, row in enumerate(done[:2], 1):
        cell = {name: value for name, value in cell_of(row, {}).items() if value is not None}
        increment = {"n": n, "head": head_of(sheet.manifest()), "cells": [(n - 1, cell)]}
        (html.parent / f"live/{n}.js").write_bytes(b"liveCells(%b);" % msgspec.json.encode(increment))
    say(html.parent, 2, "running")
    expect(shown.locator("#large .layer img")).to_have_count(1)
    expect(shown.locator("#large .state")).to_have_count(0)
    assert shown.evaluate(f"[sheet.live, {PICTURES}]") == [2, 2]
    expect(shown.locator(".count.downloaded")).to_have_text("3 downloaded")
    shown.keyboard.press("Escape")
    expect(shown.locator("img.picture")).to_have_count(2)
    assert wrong == []


def test_a_report_leaves_the_page_of_a_run_to_the_run(sheet: Sheet, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet.add({"seed": 1})
    report = sheet.folder / "report"

    def pages(state: str, silence: float = 0) -> tuple[bytes, list[str]]:
        (report / "index.html").write_bytes(b"live")
        then = time.time() - silence
        with monkeypatch.context() as past:
            past.setattr(time, "time", lambda: then)
            say(report, 3, state)
        made = write_formats(sheet.folder, sheet.manifest(), ["html", "csv"])
        assert made.files == [report / "index.html", report / "contact_sheet.csv"]
        return (report / "index.html").read_bytes(), made.notes

    report.mkdir(parents=True)
    page, notes = pages("running")
    assert (page, (report / "live/now.js").exists(), len(notes)) == (b"live", True, 1)
    for state, silence in (("done", 0), ("cut", 0), ("running", 60)):
        page, notes = pages(state, silence)
        assert page.startswith(b"<!doctype")
        assert ((report / "live").exists(), notes) == (False, [])
