"""A reviewer at the real page, in a real Chromium: what they prefer is what the score finds."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from pipeline.compare.votes import Vote, read_marks, standing
from tests.compare.conftest import Opened
from tests.compare.gallery import Gallery, teapots
from tests.compare.served import serving

SHOWN = "#panes:not(.waiting)"


def fluxsweep(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The real program, run to its end."""
    return subprocess.run([sys.executable, "-m", "pipeline", *arguments], capture_output=True, text=True, check=False)


def brightness_of(page: Page, side: str) -> float:
    """What the eye of a reviewer sees: the pixels in the middle of a pane, off the screen."""
    box = page.locator(f"#{side}").bounding_box()
    assert box
    middle = {"x": box["x"] + box["width"] / 2 - 4, "y": box["y"] + box["height"] / 2 - 4, "width": 8, "height": 8}
    shot = Image.open(BytesIO(page.screenshot(clip=middle)))  # type: ignore[arg-type]
    return sum(shot.convert("L").tobytes()) / 64


def votes_all(page: Page, choose: Callable[[Page], str]) -> int:
    """Judge pair after pair by key until the end; gives how many."""
    total = int(page.inner_text("#count").split(" of ")[1])
    for done in range(total):
        expect(page.locator("#count")).to_have_text(f"{done} of {total}")
        page.wait_for_selector(SHOWN)
        page.keyboard.press(choose(page))
    expect(page.locator("#end")).to_be_visible()
    return total


def lights(folder: Path, arms: dict[str, int], seeds: int) -> Path:
    """A job whose arms differ in how bright their pictures are."""
    gallery = Gallery(folder)
    for arm in arms:
        for seed in range(1, seeds + 1):
            gallery.add({"prompt": arm, "seed": seed}, f"{arm} light")
    for row in gallery.rows():
        gallery.repaint(row, Image.new("RGB", (96, 64), (arms[str(row.axes["prompt"])] + (row.seed or 0),) * 3))
    return gallery.write()


def test_a_reviewer_who_likes_it_bright_is_found_out_by_the_score(tmp_path: Path, opened: Opened) -> None:
    folder = lights(tmp_path, {"dusk": 90, "night": 20, "noon": 200}, seeds=6)

    def brighter(page: Page) -> str:
        return "1" if brightness_of(page, "left") > brightness_of(page, "right") else "2"

    with serving(folder, "--ask", "which is brighter") as served:
        assert votes_all(opened(served.address), brighter) == 18
    told = json.loads(fluxsweep("score", str(folder), "--axis", "prompt", "--json").stdout)["scores"]
    assert [score["ask"] for score in told] == ["which is brighter"]
    assert {arm["arm"]: arm["win_rate"] for arm in told[0]["arms"]} == {"noon": 1.0, "dusk": 0.5, "night": 0.0}
    ranked = sorted(told[0]["arms"], key=lambda arm: -arm["strength"])
    assert [arm["arm"] for arm in ranked] == ["noon", "dusk", "night"]
    assert told[0]["leaders"] == {"first": "noon", "second": "dusk", "more_votes": 0}
    left = json.loads((folder / "report/scores.json").read_text())["scores"]
    assert left == told


def test_undo_pause_and_a_reload_lose_nothing(tmp_path: Path, opened: Opened) -> None:
    folder = teapots(tmp_path, seeds=2).write()
    with serving(folder, "--reveal") as served:
        page = opened(served.address)
        for done, key in enumerate("1t"):
            page.wait_for_selector(SHOWN)
            page.keyboard.press(key)
            expect(page.locator("#count")).to_have_text(f"{done + 1} of 4")
        page.wait_for_selector(SHOWN)
        page.keyboard.press("p")
        expect(page.locator("#paused")).to_be_visible()
        page.keyboard.press("1")
        page.click("#resume")
        page.keyboard.press("u")
        expect(page.locator("#count")).to_have_text("1 of 4")
        page.reload()
        page.click("#go")
        for done, choice in enumerate(("bad", "right", "tie")):
            expect(page.locator("#count")).to_have_text(f"{done + 1} of 4")
            page.wait_for_selector(SHOWN)
            page.click(f"[data-choice={choice}]")
        expect(page.locator("#reveal")).to_contain_text("plain")
        expect(page.locator("#back")).not_to_be_visible()
        page.keyboard.press("u")
        expect(page.locator("#count")).to_have_text("4 of 4")
    assert [vote.choice for vote in standing(read_marks(folder))] == ["left", "bad", "right", "tie"]


def test_both_pictures_are_under_one_lens(tmp_path: Path, opened: Opened) -> None:
    with serving(teapots(tmp_path).write()) as served:
        page = opened(served.address)
        page.wait_for_selector(SHOWN)

        def transforms() -> list[str]:
            return [str(page.locator(f"#{side}").get_attribute("style")) for side in ("left", "right")]

        page.hover("#left")
        page.mouse.wheel(0, -300)
        expect(page.locator("#panes")).to_have_class(re.compile("zoomed"))
        wheeled = transforms()
        page.keyboard.press("ArrowRight")
        moved = transforms()
        page.keyboard.press("1")
        expect(page.locator("#count")).to_have_text("1 of 6")
        page.wait_for_selector(SHOWN)
        assert [len(set(pair)) for pair in (wheeled, moved, transforms())] == [1, 1, 1]
        assert wheeled != moved
        expect(page.locator("#panes")).not_to_have_class(re.compile("zoomed"))


def test_neither_picture_is_seen_before_both_are_there(tmp_path: Path, opened: Opened) -> None:
    with serving(teapots(tmp_path).write()) as served:
        page = opened(served.address)
        page.route("**/right", lambda _: None)
        page.reload()
        with page.expect_request("**/left"):
            page.click("#go")
        page.wait_for_selector("#panes.waiting")
        expect(page.locator("#left")).not_to_be_visible()
        page.keyboard.press("1")
        page.unroute("**/right")
        page.wait_for_selector(SHOWN)
        expect(page.locator("#left")).to_be_visible()
        expect(page.locator("#count")).to_have_text("0 of 6")


def test_a_vote_that_is_not_stored_is_said_and_can_be_sent_again(tmp_path: Path, opened: Opened) -> None:
    folder = teapots(tmp_path).write()
    with serving(folder) as served:
        page = opened(served.address, refused=500)
        page.wait_for_selector(SHOWN)
        page.route("**/votes", lambda route: route.fulfill(status=500, body="the disk is full"))
        page.keyboard.press("2")
        expect(page.locator("#problem")).to_contain_text("Not stored: the disk is full")
        page.unroute("**/votes")
        page.click("#again")
        expect(page.locator("#count")).to_have_text("1 of 6")
        page.close()
    assert [mark.choice for mark in read_marks(folder) if isinstance(mark, Vote)] == ["right"]


def test_a_pair_that_cannot_be_shown_is_skipped_and_counted(tmp_path: Path, opened: Opened) -> None:
    gallery = teapots(tmp_path, seeds=1)
    folder = gallery.write()
    broken = gallery.rows()[0]
    (folder / str(broken.file)).write_bytes(b"\x89PNG\r\n\x1a\n".ljust(broken.bytes or 0, b"\0"))
    with serving(folder) as served:
        page = opened(served.address, refused=500)
        for _ in range(2):
            page.wait_for_selector(f"{SHOWN}, #problem:not([hidden])")
            if page.locator("#problem").is_visible():
                page.click("#skip")
            else:
                page.keyboard.press("1")
                expect(page.locator("#count")).to_have_text("1 of 2")
        expect(page.locator("#farewell")).to_contain_text("1 could not be shown")
    (vote,) = standing(read_marks(folder))
    assert broken.key not in (vote.left, vote.right)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_one_above_the_other_and_every_button(tmp_path: Path, opened: Opened, scheme: str) -> None:
    gallery = Gallery(tmp_path)
    photo = gallery.input("teal")
    for arm in ("a", "b"):
        gallery.add({"prompt": arm, "seed": 1}, f"by {arm}", input_image=photo)
    with serving(gallery.write(), "--ask", "keeps the face of the person in the photo") as served:
        page = opened(served.address, viewport={"width": 390, "height": 844}, color_scheme=scheme, has_touch=True)
        page.wait_for_selector(SHOWN)
        boxes = {name: page.locator(name).bounding_box() for name in ("#input", "#left", "#right", "#undo")}
        edges = [(box["y"], box["y"] + box["height"]) for box in boxes.values() if box]
        assert len(edges) == 4
        assert all(above[1] <= below[0] for above, below in pairwise(edges))
        assert edges[-1][1] <= 844
        for button in page.locator("#choices button").all():
            box = button.bounding_box()
            assert box
            assert box["height"] >= 44
            assert 0 <= box["x"] <= box["x"] + box["width"] <= 390
        page.tap("[data-choice=left]")
        expect(page.locator("#end")).to_be_visible()


def test_a_pack_travels_is_judged_from_disk_and_comes_back(tmp_path: Path, opened: Opened) -> None:
    folder = lights(tmp_path / "job", {"zebra": 200, "yak": 20}, seeds=3)
    packed = fluxsweep(
        "review", str(folder), "--axis", "prompt", "--ask", "brighter", "--pack", str(tmp_path / "x.zip")
    )
    assert packed.returncode == 0, packed.stderr
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        archive.extractall(tmp_path / "elsewhere")
        inside = b"".join(archive.read(name) + name.encode() for name in archive.namelist())
    keys = [word for vote in (folder / "manifest.jsonl").read_text().split('"') if len(word := vote) == 64]
    assert keys
    assert [word for word in ("zebra", "yak", "label-", *keys) if word.encode() in inside] == []
    page = opened((tmp_path / "elsewhere/index.html").as_uri(), reviewer="Ben Ö")
    page.wait_for_selector(SHOWN)
    page.keyboard.press("t")
    expect(page.locator("#count")).to_have_text("1 of 3")
    with page.expect_download() as early:
        page.click("#save")
    early.value.save_as(tmp_path / "early.json")
    merged = fluxsweep("review", str(folder), "--merge", str(tmp_path / "early.json"))
    assert "1 new votes of 1" in merged.stderr
    page.reload()
    page.click("#go")
    expect(page.locator("#count")).to_have_text("1 of 3")
    page.keyboard.press("u")
    votes_all(page, lambda page: "1" if brightness_of(page, "left") > brightness_of(page, "right") else "2")
    with page.expect_download() as download:
        page.click("#download")
    download.value.save_as(tmp_path / download.value.suggested_filename)
    assert download.value.suggested_filename.endswith("-Ben-Ö.json")
    for words in ("3 new votes of 3, 1 taken back\n", "0 new votes of 3\n"):
        merged = fluxsweep("review", str(folder), "--merge", str(tmp_path / download.value.suggested_filename))
        assert merged.stderr.endswith(words)
    votes = standing(read_marks(folder))
    assert {(vote.arms[vote.choice == "right"], vote.reviewer, vote.ask) for vote in votes} == {
        ("zebra", "Ben Ö", "brighter")
    }
    assert len(votes) == 3
