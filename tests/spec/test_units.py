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


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**9), st.integers(0, 300), st.integers(0, 6))
def test_a_step_is_taken_in_exact_decimals_and_comes_to_the_end(first: int, step: int, count: int, places: int) -> None:
    unit = Decimal(1).scaleb(-places)
    numbers = [(first + n * step) * unit for n in range(count + 1)]
    text = f"{numbers[0]:f}..{numbers[-1]:f} step {step * unit:f}"
    assert range_values(text) == [float(number) for number in numbers]
    if step > 1:
        with pytest.raises(ValueError, match="the range comes to"):
            range_values(f"{numbers[0]:f}..{numbers[-1] + unit:f} step {step * unit:f}")


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("100..0 step 10", "write 0..100 step 10"),
        ("4..1", "write 1..4"),
        ("0..10 step 4", "write 0..8 step 4"),
        ("1.5..4", "write 1.5..4 step 0.5"),
        ("0..10 step -2", "write step 2"),
        ("0..10 step 0", "a step is more than nothing"),
    ],
)
def test_a_range_that_is_none_says_how_to_write_it(text: str, mend: str) -> None:
    with pytest.raises(ValueError, match=mend.replace(".", r"\.")):
        range_values(text)


@pytest.mark.parametrize(
    ("one", "other"), [("16:9", "32:18"), ("1:1", "5:5@1MP"), ("16:9@2MP", "16:9@2.0MP"), ("auto", "auto")]
)
def test_sizes_that_ask_for_the_same_mean_the_same(one: str, other: str) -> None:
    assert size_meaning(one) == size_meaning(other) is not None


@pytest.mark.parametrize("text", ["", "big", "0x10", "01x10", "10X10", "16:0", "16:9@0MP", "16:9@2", "1024x", "-1x5"])
def test_what_is_no_size_means_nothing(text: str) -> None:
    assert size_meaning(text) is None
