"""`fluxsweep review` before a page opens: what cannot be paired is said, and what cannot be shown is a mistake."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from pipeline.compare.pairs import pair_up
from pipeline.compare.votes import append
from tests.compare.gallery import Gallery, teapots
from tests.compare.voting import vote_on


def review(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the real program, which has nothing to serve."""
    ended = subprocess.run(
        [sys.executable, "-m", "pipeline", "review", str(folder), "--no-browser", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ended.returncode, ended.stdout, ended.stderr


def test_what_lacks_a_side_or_is_one_picture_is_counted_by_reason(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path)
    for arm, fate in (("a", "downloaded"), ("b", "moderated")):
        gallery.add({"prompt": arm, "seed": 1}, f"by {arm}", fate)
        gallery.add({"prompt": arm, "seed": 2}, "the same words")
    gallery.add({"prompt": "a", "seed": 3}, "alone")
    code, out, err = review(gallery.write(), "--axis", "prompt")
    assert (code, out) == (2, "")
    assert "0 pairs" in err
    for words in (
        "1 without one side: moderated",
        "1 without one side: no such cell",
        "1 left out: both sides are one task",
    ):
        assert words in err
    assert "there is no pair to show" in err


def test_pictures_that_are_the_same_to_the_pixel_are_no_pair_and_a_cut_one_lacks(tmp_path: Path) -> None:
    gallery = teapots(tmp_path, seeds=2)
    rows = gallery.rows()
    folder = gallery.write()
    for plain, lit in zip(rows[:4], rows[4:], strict=True):
        path, other = (folder / str(row.file) for row in (plain, lit))
        if plain.seed == 1:
            with Image.open(path) as picture:
                # The bytes differ (other words in them), and are as many.
                picture.save(other, pnginfo=None, compress_level=1)
            other.write_bytes(other.read_bytes().ljust(lit.bytes or 0, b"\0"))
        elif plain.axes["surface"] == "oak":
            other.write_bytes(other.read_bytes()[:-1])
    code, _, err = review(folder, "--axis", "prompt", "--pack", str(tmp_path / "x.zip"))
    assert code == 0, err
    assert "1 without one side: picture missing or cut" in err
    assert "2 left out: both sides are the same to the pixel" in err
    assert "1 pairs, " in err


def test_pictures_of_another_shape_are_said_to_tell_arms_apart(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path)
    for gallery.size, arm in (((96, 64), "a"), ((64, 64), "b"), ((192, 128), "c")):
        gallery.add({"prompt": arm, "seed": 1}, f"by {arm}")
    code, _, err = review(gallery.write(), "--axis", "prompt", "--pack", str(tmp_path / "x.zip"))
    assert (code, "In 2 of 3 pairs the sides differ in shape" in err) == (0, True)


def test_who_has_judged_everything_is_told_so(tmp_path: Path) -> None:
    gallery = teapots(tmp_path, seeds=1)
    pairs = pair_up(gallery.rows(), "prompt").pairs
    append(gallery.write(), [vote_on(pair, "lit", at, reviewer="ben") for at, pair in enumerate(pairs)])
    code, out, err = review(tmp_path, "--axis", "prompt", "--reviewer", "ben")
    assert (code, out) == (0, "")
    assert "All 2 pairs are judged by ben; `--pairs` asks for more." in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "--axis: is missing"),
        (("--axis", "promt"), "did you mean `prompt`?"),
        (("--axis", "prompt", "--reviewer", " "), "--reviewer: a name of 1 to 80 characters"),
        (("--merge", "nothing.json"), "nothing.json: cannot be read"),
    ],
)
def test_a_wrong_command_line_is_one_problem(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    code, out, err = review(teapots(tmp_path, seeds=1).write(), *arguments)
    assert (code, out) == (2, "")
    assert words in err
