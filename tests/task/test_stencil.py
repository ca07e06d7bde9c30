"""A stencil gives the fingerprint that the whole request has, whatever stands around the text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.task.fingerprint import Stencil, canonical_value, fingerprint
from pipeline.task.request import ImageRef, ParamValue, Request

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES: st.SearchStrategy[ParamValue] = st.one_of(
    TEXTS, st.integers(), st.booleans(), st.floats(allow_nan=False), st.builds(ImageRef, TEXTS, st.just("image/png"))
)


@given(TEXTS, TEXTS, st.dictionaries(st.text("amnpqzé_", min_size=1), VALUES), st.integers(1, 3), TEXTS)
def test_it_is_the_fingerprint(
    provider: str, model: str, params: dict[str, ParamValue], repeat: int, said: str
) -> None:
    params.pop("prompt", None)
    text = str(canonical_value(said))
    stencil = Stencil(Request(provider, model, params, repeat), "prompt")
    for one in (text, "", text):
        assert stencil.fingerprint(one) == fingerprint(Request(provider, model, {**params, "prompt": one}, repeat))
