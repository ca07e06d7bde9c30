"""How much of an expected text was read: by its definition, over random texts."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.images.wording import shown

LETTERS = st.text("abc", max_size=7)


def levenshtein(one: str, other: str) -> int:
    @cache
    def distance(left: int, right: int) -> int:
        if not left or not right:
            return left + right
        exchanged = distance(left - 1, right - 1) + (one[left - 1] != other[right - 1])
        return min(exchanged, distance(left - 1, right) + 1, distance(left, right - 1) + 1)

    return distance(len(one), len(other))


@given(expected=LETTERS.filter(bool), read=LETTERS)
def test_it_is_the_distance_to_the_nearest_part(expected: str, read: str) -> None:
    parts = [read[start:end] for start in range(len(read) + 1) for end in range(start, len(read) + 1)]
    nearest = min(levenshtein(expected, part) for part in parts)
    assert shown(expected, read) == round(1 - nearest / len(expected), 4)


@given(expected=st.text(min_size=1), read=st.text(), around=st.text())
def test_other_text_costs_nothing_and_what_is_there_is_whole(expected: str, read: str, around: str) -> None:
    alone = shown(expected, read)
    if alone is None:
        assert not expected.strip()
        return
    assert 0 <= alone <= 1
    assert shown(expected, f"{around} {expected}") == 1


@pytest.mark.parametrize(
    ("expected", "read", "score"),
    [
        ("Fresh Bread", "FRESH\nBREAD daily", 1.0),
        ("STRASSE", "straße", 1.0),
        ("Café", "CAFE\u0301", 1.0),
        ("№ 5", "ＮＯ５", 1.0),
        ("OPEN", "B R E A D  o p e n", 1.0),
        ("OPEN", "OPNE", 0.75),
        ("OPEN", "", 0.0),
        (" ", "anything", None),
    ],
)
def test_case_width_and_space_do_not_count_and_letters_do(expected: str, read: str, score: float | None) -> None:
    assert shown(expected, read) == score
