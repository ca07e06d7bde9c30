"""Which known word was meant."""

from __future__ import annotations

import pytest

from pipeline.source.nearest import did_you_mean, nearest, one_off

KNOWN = ["version", "name", "provider", "prompts", "sizes", "matrix", "run", "usd", "safety_tolerance"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("versoin", "version"),
        ("NAME", "name"),
        ("promts", "prompts"),
        ("tolerance_safety", "safety_tolerance"),
        ("rnu", "run"),
        ("us", "usd"),
        ("safety-tolerance", "safety_tolerance"),
        ("safty_tolerence", "safety_tolerance"),
        ("matrix_of_cells", "matrix"),
        ("zebra", None),
        ("x" * 10_000, None),
    ],
)
def test_a_misspelt_word_finds_the_one_meant(typed: str, meant: str | None) -> None:
    assert nearest(typed, KNOWN) == meant


def test_nothing_is_suggested_where_nothing_is_near() -> None:
    assert did_you_mean("zebra", KNOWN) == ""
    assert did_you_mean("siezs", KNOWN) == "did you mean `sizes`?"


def test_one_letter_off_is_not_the_word_itself() -> None:
    assert one_off("prompt", KNOWN) == "prompts"
    assert one_off("prompts", KNOWN) is None
