"""Groups of near-duplicates, held to their definition."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.images.alike import NEAR, NEAR_COLOUR, distance, near_duplicates, spread
from pipeline.images.metrics import Metrics

hashes = st.integers(0, 2**64 - 1).map(lambda bits: f"{bits:016x}")
# Few distinct hashes a few bits apart, so that groups and their limits are met.
crowded = st.lists(
    st.builds(
        lambda bits, shade: Metrics(1.0, 0.5, 0.2, 30.0, f"#80{shade:02x}00", blank=False, phash=f"{bits:016x}"),
        st.integers(0, 2**14 - 1),
        st.sampled_from([0, 16, 17, 255]),
    ),
    max_size=30,
)


@given(found=crowded)
def test_each_picture_joins_the_first_group_that_is_near(found: list[Metrics]) -> None:
    firsts: list[int] = []
    expected = {}
    for at, picture in enumerate(found):
        near = [first for first in firsts if is_near(found[first], picture)]
        if near:
            expected[at] = near[0]
        else:
            firsts.append(at)
    assert near_duplicates(dict(enumerate(found))) == expected


def is_near(one: Metrics, other: Metrics) -> bool:
    """The definition, slowly."""
    shades = zip(bytes.fromhex(one.colour[1:]), bytes.fromhex(other.colour[1:]), strict=True)
    return distance(one.phash, other.phash) <= NEAR and all(abs(a - b) <= NEAR_COLOUR for a, b in shades)


@given(one=hashes, other=hashes)
def test_distance_counts_the_bits_that_differ(one: str, other: str) -> None:
    assert distance(one, other) == bin(int(one, 16) ^ int(other, 16)).count("1") == distance(other, one)


def test_spread_is_none_for_one_and_a_mean_over_pairs() -> None:
    assert spread(["f" * 16]) is None
    assert spread(["0" * 16, "f" * 16]) == 1
    assert spread(["0" * 16, "f" * 16, "0" * 16]) == pytest.approx(2 / 3)
