"""`fluxsweep score` as a person meets it when something is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.compare.pairs import pair_up
from pipeline.compare.votes import append
from tests.compare.gallery import teapots
from tests.compare.voting import vote_on

WITHOUT_SCIPY = """
import sys
from importlib.machinery import PathFinder

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name == "scipy" else super().find_spec(name, path, target)

sys.meta_path = [Without if finder is PathFinder else finder for finder in sys.meta_path]
from pipeline.cli import main
main(sys.argv[1:])
"""


def score(folder: Path, *arguments: str, program: tuple[str, ...] = ("-m", "pipeline")) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of the real program."""
    ended = subprocess.run(
        [sys.executable, *program, "score", str(folder), *arguments], capture_output=True, text=True, check=False
    )
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "--axis: is missing"),
        (("--axis", "promt"), "did you mean `prompt`?"),
        (("--axis", "surface"), "nobody voted on surface yet"),
        (("--axis", "prompt", "--ask", "calmer"), "nobody voted on prompt by “calmer” yet"),
        (("--axis", "prompt", "--metric", "glow"), "no picture of this job has it; it has sharpness"),
    ],
)
def test_what_cannot_be_said_is_one_problem(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    gallery = teapots(tmp_path)
    append(gallery.write(), [vote_on(pair_up(gallery.rows(), "prompt").pairs[0], "lit", 1)])
    code, out, err = score(tmp_path, *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert "Traceback" not in err


def test_without_the_extra_it_says_how_to_get_it(tmp_path: Path) -> None:
    code, _, err = score(teapots(tmp_path).write(), "--axis", "prompt", program=("-c", WITHOUT_SCIPY))
    assert (code, err) == (
        2,
        "score: needs scipy, which is not installed; `pip install 'fluxsweep[score]'` brings it\n",
    )


def test_a_metric_of_the_pictures_is_compared_within_pairs(tmp_path: Path) -> None:
    folder = teapots(tmp_path, seeds=6).write()
    code, out, err = score(folder, "--axis", "prompt", "--metric", "brightness", "--json")
    assert code == 0, err
    told = json.loads(out)
    (one,) = told["differences"]
    assert (told["metric"], one["pairs"], one["clusters"]) == ("brightness", 12, 12)
    assert one["mean"] == pytest.approx(one["second_mean"] - one["first_mean"])
    assert one["interval"][0] < one["mean"] < one["interval"][1]
