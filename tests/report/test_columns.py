"""Cells survive the way into columns and back."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.columns import columns_of
from tests.report.columns import unpacked

SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([0.5, 1.0]) | st.text(max_size=3)
CELLS = st.lists(
    st.fixed_dictionaries(
        {"label": st.text(max_size=4), "state": st.sampled_from(["downloaded", "failed"])},
        optional={
            "reason": SCALARS,
            "shape": st.tuples(st.integers(1, 2), st.integers(1, 2)).map(list),
            "axes": st.dictionaries(st.sampled_from(["seed", "model", "x.y"]), SCALARS, max_size=3),
            "params": st.dictionaries(st.just("image"), st.fixed_dictionaries({"sha256": st.text()}), max_size=1),
        },
    ),
    max_size=12,
)


def _bare(value: Any) -> Any:
    """Without what is absent: nulls, and mappings that hold nothing."""
    if not isinstance(value, dict):
        return value
    found = {name: _bare(inner) for name, inner in value.items() if inner is not None}
    return {name: inner for name, inner in found.items() if inner != {}}


@given(CELLS)
def test_what_goes_in_comes_out(cells: list[dict[str, Any]]) -> None:
    columns = json.loads(msgspec.json.encode(columns_of(cells)))
    assert json.dumps(unpacked(columns, len(cells)), sort_keys=True) == json.dumps(
        [_bare(cell) for cell in cells], sort_keys=True
    )


def test_what_repeats_is_written_once() -> None:
    prompt = "a teapot on marble, lit by a softbox " * 10
    cells = [{"prompt": f"{prompt}{n % 8}", "model": "flux-dev", "axes": {"seed": str(n % 50)}} for n in range(10_000)]
    assert len(msgspec.json.encode(columns_of(cells))) < 10_000 * 7
