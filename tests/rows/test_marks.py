"""The file of marks reads back as it was saved; a bad one is refused with the place of every mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import JobError
from pipeline.manifest.state import Manifest
from pipeline.rows.marks import Mark, marked, read_marks
from pipeline.rows.rows import rows_of
from pipeline.task.request import Task

AT = "2026-11-22T20:15:00Z"
KEY = "a" * 64

marks = st.fixed_dictionaries(
    {"at": st.sampled_from([AT, "2026-11-22T20:15:00.123+01:00"])},
    optional={
        "stars": st.integers(0, 5),
        "reject": st.booleans(),
        "tags": st.lists(st.text(), max_size=3),
        "note": st.text(),
    },
)
keys = st.text("0123456789abcdef", min_size=64, max_size=64)


def file(marks: Any, **other: Any) -> dict[str, Any]:
    return {"format": "fluxsweep marks", "version": 1, "job": "teapot", "marks": marks} | other


def refused(content: bytes) -> str:
    with pytest.raises(JobError) as caught:
        read_marks(content, "marks.json")
    return str(caught.value)


@given(given=st.dictionaries(keys, marks, max_size=4), indent=st.sampled_from([None, 1]), plain=st.booleans())
def test_it_reads_what_was_saved(given: dict[str, Any], indent: int | None, plain: bool) -> None:
    read = read_marks(json.dumps(file(given), indent=indent, ensure_ascii=plain).encode("utf-8", "replace"), "m")
    if plain:
        assert read.marks == {
            key: Mark(**(mark | {"tags": tuple(mark.get("tags", ()))})) for key, mark in given.items()
        }
    assert (read.job, set(read.marks)) == ("teapot", set(given))


@pytest.mark.parametrize(
    ("mark", "place", "words"),
    [
        ({"stars": 6, "at": AT}, "stars", "expected int <= 5"),
        ({"stars": 2.5, "at": AT}, "stars", "expected int"),
        ({"reject": "yes", "at": AT}, "reject", "expected bool"),
        ({"tags": "a", "at": AT}, "tags", "expected array"),
        ({"tags": ["a", 1], "at": AT}, "tags[1]", "expected str"),
        ({"at": "yesterday"}, "at", "expected a time such as"),
        ({"at": AT, "star": 1}, "", "unknown field star"),
        ({"stars": 1}, "", "missing required field at"),
    ],
)
def test_a_wrong_mark_is_told_with_its_place_and_the_mend(mark: Any, place: str, words: str) -> None:
    message = refused(json.dumps(file({"b" * 64: {"at": AT}, KEY: mark}), indent=1).encode())
    path = f"marks.{KEY[:12]}{'.' if place else ''}{place}"
    assert message.startswith("marks.json:9:3 " + path + ": " if place else f"marks.json:9:3 {path}: object")
    assert words in message
    assert "save marks.json from the page again" in message


def test_every_wrong_mark_is_told() -> None:
    wrong = {letter * 64: {"stars": 9, "at": AT} for letter in "abc"}
    assert len(refused(json.dumps(file(wrong)).encode()).splitlines()) == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{\n "format', "marks.json:2:2 this is no JSON"),
        (b"\xff", "no UTF-8"),
        (b"[]", "no file of marks"),
        (b'{"format": "votes"}', "no file of marks"),
        (json.dumps(file({}, version=2)).encode(), "version: this fluxsweep reads no version 2; expected 1"),
        (json.dumps(file({}, more=1)).encode(), "unknown field more"),
        (json.dumps(file({"abc": {"at": AT}})).encode(), "expected the key of a task"),
        (b'{"format": "fluxsweep marks",\n"job": "a", "job": "b"}', "marks.json:2:13 job: this stands here twice"),
        (b"[" * 200_000, "nested too deep"),
    ],
)
def test_what_is_no_such_file_is_refused(content: bytes, words: str) -> None:
    assert words in refused(content)


def test_marks_reach_every_row_of_their_task(make_task: Callable[..., Task], build: Callable[..., Manifest]) -> None:
    one, two = make_task(1), make_task(2)
    manifest = build([(one, {"note": "a"}, 5), (two, {}, 5), (one, {"note": "b"}, 5)])
    given = {"stars": 4, "reject": True, "tags": ["hand"], "note": "six fingers", "at": AT}
    read = read_marks(json.dumps(file({one.key: given, KEY: {"at": AT}})).encode(), "m")
    rows = marked(rows_of(manifest), read)
    assert [(row.stars, row.reject, row.tags, row.note) for row in rows] == [
        (4, True, ("hand",), "six fingers"),
        (None, False, (), ""),
        (4, True, ("hand",), "six fingers"),
    ]
    assert read.unknown(manifest) == [KEY]
