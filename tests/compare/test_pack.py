"""A votes file is taken in once, only if it is of this folder's pack, and only whole."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.compare.pack import merge, write_pack
from pipeline.compare.pairs import pair_up
from pipeline.compare.sitting import seat
from pipeline.compare.votes import read_marks, standing
from pipeline.errors import JobError
from tests.compare.gallery import Gallery, teapots

PACK = "c" * 32


def packed(gallery: Gallery, reviewer: str = "ben") -> tuple[Path, dict[str, Any]]:
    """The folder of a packed job, and a votes file with all its pairs."""
    pairs = pair_up(gallery.rows(), "prompt").pairs
    sitting = seat(pairs, "prompt", "calmer", "", secrets.token_hex(16))
    folder = gallery.write()
    write_pack(folder, sitting, PACK, gallery.folder.with_name("x.zip"), lambda: None)
    votes = [
        {"id": secrets.token_hex(16), "name": sight.name, "choice": "left", "seconds": 1, "at": 5.0}
        for sight in sitting.sights
    ]
    return folder, {"pack": PACK, "reviewer": reviewer, "sitting": "d" * 32, "votes": votes}


def put(folder: Path, tree: object) -> Path:
    file = folder / "votes-of-ben.json"
    file.write_text(json.dumps(tree))
    return file


def test_a_file_that_is_merged_again_or_has_grown_counts_once(tmp_path: Path) -> None:
    folder, file = packed(teapots(tmp_path / "job"))
    fewer = file | {"votes": file["votes"][:4]}
    assert [merge(folder, put(tmp_path, tree)) for tree in (fewer, fewer, file, file)] == [
        (4, 4, 0),
        (0, 4, 0),
        (2, 6, 0),
        (0, 6, 0),
    ]
    votes = standing(read_marks(folder))
    assert {(vote.ask, vote.reviewer, vote.pack) for vote in votes} == {("calmer", "ben", PACK)}
    assert {vote.pair for vote in votes} == {
        pair.id for pair in pair_up(teapots(tmp_path / "o").rows(), "prompt").pairs
    }


def test_a_changed_mind_replaces_the_vote(tmp_path: Path) -> None:
    folder, file = packed(teapots(tmp_path / "job", seeds=1))
    merge(folder, put(tmp_path, file))
    file["votes"][0] |= {"id": secrets.token_hex(16), "choice": "bad"}
    assert merge(folder, put(tmp_path, file)) == (1, 2, 0)
    assert sorted(vote.choice for vote in standing(read_marks(folder))) == ["bad", "left"]


@settings(max_examples=15)
@given(undone=st.sets(st.integers(0, 5)), order=st.permutations([0, 1, 1]))
def test_what_a_later_file_takes_back_is_back_whichever_comes_first(undone: set[int], order: list[int]) -> None:
    with TemporaryDirectory() as place:
        folder, early = packed(teapots(Path(place) / "job"))
        left = [vote for at, vote in enumerate(early["votes"]) if at not in undone]
        late = early | {"votes": left, "undone": [early["votes"][at]["id"] for at in undone]}
        told = [merge(folder, put(folder.parent, (early, late)[which])) for which in order]
        assert {vote.id for vote in standing(read_marks(folder))} == {vote["id"] for vote in left}
    assert sum(merged.fresh for merged in told) == 6
    assert sum(merged.undone for merged in told) == (len(undone) if order[0] == 0 else 0)


@pytest.mark.parametrize(
    ("forge", "words"),
    [
        (lambda file: file | {"pack": "e" * 32}, "not made from"),
        (lambda file: file | {"pack": "../../manifest"}, "no votes file"),
        (lambda file: file | {"reviewer": ""}, "no votes file"),
        (lambda file: file | {"votes": [*file["votes"], file["votes"][0] | {"name": "0" * 24}]}, "does not have"),
        (lambda file: file | {"votes": [*file["votes"], file["votes"][0] | {"id": "f" * 32}]}, "one pair twice"),
        (lambda file: file | {"votes": [file["votes"][0] | {"choice": "me"}]}, "no votes file"),
        (lambda file: file | {"undone": ["me"]}, "no votes file"),
        (lambda file: [], "no votes file"),
    ],
)
def test_a_forged_file_is_refused_whole(tmp_path: Path, forge: Any, words: str) -> None:
    folder, file = packed(teapots(tmp_path / "job"))
    with pytest.raises(JobError, match=words):
        merge(folder, put(tmp_path, forge(file)))
    assert read_marks(folder) == []


def test_a_picture_that_cannot_be_shown_leaves_no_pack(tmp_path: Path) -> None:
    gallery = teapots(tmp_path / "job")
    file = gallery.rows()[0].file
    assert file is not None
    (gallery.folder / file).write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(JobError, match="label-0-plain"):
        packed(gallery)
    assert [path.name for path in tmp_path.iterdir()] == ["job"]
