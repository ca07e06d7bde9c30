"""Amounts: durations, money, ranges, sizes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.spec.units import micro_usd, range_values, seconds, size_meaning


@pytest.mark.parametrize(
    ("written", "meant"),
    [(2, 2.0), (0.5, 0.5), ("2s", 2.0), ("5m", 300.0), ("1h", 3600.0), ("500ms", 0.5), ("1.5 m", 90)],
)
def test_a_duration_is_seconds(written: object, meant: float) -> None:
    assert seconds(written) == pytest.approx(meant)


@pytest.mark.parametrize("written", ["", "5", "5 minutes", "-5s", 0, -1, True, None, "1e3s", float("inf")])
def test_what_is_no_duration_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"such as 2s|at most 30 days"):
        seconds(written)


@given(st.integers(0, 10**12))
def test_money_is_exact_to_the_micro_dollar(micro: int) -> None:
    text = f"{Decimal(micro) / 1_000_000:f}"
    assert micro_usd(text) == micro
    assert micro_usd(float(text)) == micro


@pytest.mark.parametrize("written", ["", "$5", "5,00", -1, "-0.01", "nan", "inf", True, None, "0.0000001", 1e12])
def test_what_is_no_money_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"US dollars|decimals"):
        micro_usd(written)


def test_a_range_is_inclusive_and_runs_forwards() -> None:
    assert list(range_values("1..4")) == [1, 2, 3, 4]
    assert list(range_values("7 .. 7")) == [7]
    with pytest.raises(ValueError, match=r"write 1\.\.4"):
        range_values("4..1")
    with pytest.raises(ValueError, match="more than 100000"):
        range_values("0..100000")


@pytest.mark.parametrize(
    ("one", "other"), [("16:9", "32:18"), ("1:1", "5:5@1MP"), ("16:9@2MP", "16:9@2.0MP"), ("auto", "auto")]
)
def test_sizes_that_ask_for_the_same_mean_the_same(one: str, other: str) -> None:
    assert size_meaning(one) == size_meaning(other) is not None


@pytest.mark.parametrize("text", ["", "big", "0x10", "01x10", "10X10", "16:0", "16:9@0MP", "16:9@2", "1024x", "-1x5"])
def test_what_is_no_size_means_nothing(text: str) -> None:
    assert size_meaning(text) is None
