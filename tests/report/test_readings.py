"""What a reader saw is kept by content: no picture is read twice, and no two versions of a reader are mixed."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import msgspec
import pytest
from PIL import Image

from pipeline.report.reading import BATCH, read_pictures
from pipeline.report.readings import FILE_NAME, Readings, keep_readings, read_readings
from pipeline.report.write import find_rows
from pipeline.rows.rows import rows_of
from tests.report.conftest import Opened, Sheet


@dataclass
class Sizes:
    """Reads the size of a picture, and remembers how often it was asked. `ends_at`: then somebody ends it."""

    digest: str = "first"
    ends_at: int = 10_000
    name: str = "text"
    threads: int = 2
    asked: int = 0
    lock: Lock = field(default_factory=Lock)

    def read(self, picture: Image.Image) -> str:
        with self.lock:
            self.asked += 1
            if self.asked > self.ends_at:
                raise KeyboardInterrupt
        return f"{picture.mode} {picture.width}"


def test_each_content_is_read_once_and_again_by_another_version(teapot: Sheet) -> None:
    rows = rows_of(teapot.manifest())
    contents = {row.sha256 for row in rows if row.sha256}
    heard: list[tuple[int, int]] = []
    first = Sizes()
    read_pictures(teapot.folder, rows, first, lambda done, total: heard.append((done, total)))
    assert first.asked == len(contents)
    assert heard == [(done, len(contents)) for done in range(1, len(contents) + 1)]
    read_pictures(teapot.folder, rows, first)
    assert first.asked == len(contents)
    shown = find_rows(teapot.folder, teapot.manifest()).rows
    assert {row.metrics["text_read"] for row in shown if row.sha256} == {"RGB 96"}
    second = Sizes("second")
    read_pictures(teapot.folder, rows[:1], second)
    assert second.asked == 1
    known = read_readings(teapot.folder / "report")["text"]
    assert (known.by, len(known.seen)) == ("second", 1)


def test_whoever_ends_it_keeps_what_was_read(sheet: Sheet) -> None:
    for seed in range(2 * BATCH):
        sheet.add({"seed": seed})
    rows = rows_of(sheet.manifest())
    with pytest.raises(KeyboardInterrupt):
        read_pictures(sheet.folder, rows, Sizes(ends_at=BATCH + 5))
    left = Sizes()
    read_pictures(sheet.folder, rows, left)
    assert left.asked == BATCH - 5


def test_what_is_not_there_and_what_does_not_decode_is_passed_over(teapot: Sheet) -> None:
    rows = [row for row in rows_of(teapot.manifest()) if row.file]
    (teapot.folder / str(rows[0].file)).unlink()
    (teapot.folder / str(rows[1].file)).write_bytes(b"no picture")
    reader = Sizes()
    read_pictures(teapot.folder, rows, reader)
    gone = {rows[0].sha256, rows[1].sha256}
    assert set(read_readings(teapot.folder / "report")["text"].seen) == {row.sha256 for row in rows} - gone


def test_torn_lines_count_as_not_there(tmp_path: Path) -> None:
    keep_readings(tmp_path, "text", Readings("one", {"a": "A"}))
    with (tmp_path / FILE_NAME).open("ab") as file:
        file.write(b'{"reader":"text","by":"one","sha2')
    keep_readings(tmp_path, "text", Readings("one", {"b": "B"}))
    assert read_readings(tmp_path) == {"text": Readings("one", {"a": "A", "b": "B"})}


def test_the_page_shows_what_was_expected_beside_what_was_read(teapot: Sheet, opened: Opened) -> None:
    teapot.cells = [msgspec.structs.replace(cell, expect={"text": "<b>OPEN</b>"}) for cell in teapot.cells]
    shas = {row.sha256: "<b>0PEN</b>" for row in rows_of(teapot.manifest()) if row.sha256}
    (teapot.folder / "report").mkdir()
    keep_readings(teapot.folder / "report", "text", Readings("one", shas))
    page = opened(teapot)
    page.locator("img").first.click()
    facts = page.locator("dialog dl").all_inner_texts()
    told = "\n".join(facts).splitlines()
    after = {name: told[told.index(name) + 1] for name in ("text expected", "text_read", "text")}
    assert after == {"text expected": "<b>OPEN</b>", "text_read": "<b>0PEN</b>", "text": "0.909"}
