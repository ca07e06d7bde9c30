"""List prices: integer micro-USD, by hand from the published list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.load import load_catalog
from pipeline.catalog.price import list_price, micro_usd
from pipeline.task.request import ParamValue

SIDE = st.integers(min_value=64, max_value=4096)


@pytest.mark.parametrize(
    ("model", "size", "expected"),
    [
        ("flux-pro-1.1-ultra", None, 60_000),
        ("flux-pro-1.1", (1440, 1440), 40_000),
        ("flux-pro", None, 50_000),
        ("flux-dev", (1024, 768), 25_000),
        ("flux-pro-1.0-fill", None, 50_000),
        ("flux-pro-1.0-canny", None, None),
        ("flux-pro-1.0-depth", None, None),
        ("flux-kontext-pro", None, 40_000),
        ("flux-kontext-max", None, 80_000),
        ("flux-2-pro", (64, 64), 30_000),
        ("flux-2-pro", (1024, 1024), 30_000),
        ("flux-2-pro", (1040, 1024), 45_000),
        ("flux-2-pro", (2048, 2048), 75_000),
        ("flux-2-max", (2048, 1024), 100_000),
        ("flux-2-flex", (1344, 768), 60_000),
        ("flux-2-flex", (2048, 1536), 180_000),
        ("flux-2-flex", None, None),
    ],
)
def test_the_list_price_of_a_picture(model: str, size: tuple[int, int] | None, expected: int | None) -> None:
    params: dict[str, ParamValue] = {} if size is None else {"width": size[0], "height": size[1]}
    assert list_price(load_catalog().model(model), params) == expected


def test_input_images_cost_by_their_megapixels_and_are_unknown_without_them() -> None:
    flex = load_catalog().model("flux-2-flex")
    params: dict[str, ParamValue] = {"width": 1024, "height": 1024, "input_image": "https://example.com/a.png"}
    assert list_price(flex, params) is None
    assert list_price(flex, params, input_megapixels=2) == 60_000 + 2 * 60_000
    assert list_price(flex, params | {"input_image": ""}) == 60_000


@given(SIDE, SIDE, SIDE)
def test_a_larger_picture_is_never_cheaper(width: int, height: int, more: int) -> None:
    model = load_catalog().model("flux-2-pro")
    small = list_price(model, {"width": width, "height": height})
    large = list_price(model, {"width": width + more, "height": height})
    assert small is not None
    assert large is not None
    assert small <= large


@pytest.mark.parametrize(("credit", "expected"), [(0.1, 1_000), (1.4, 14_000), (2.5, 25_000), (7, 70_000)])
def test_credits_become_micro_usd_exactly(credit: float, expected: int) -> None:
    assert micro_usd(credit) == expected
