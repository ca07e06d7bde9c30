"""The key of a request must never change: people keep manifests for years."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipeline.task.fingerprint import canonical_json, fingerprint
from pipeline.task.request import ImageRef, Request

NAMES = st.sampled_from(["prompt", "seed", "width", "guidance", "raw", "output_format"])
VALUES = st.one_of(st.text(max_size=20), st.integers(-(2**53), 2**53), st.floats(allow_nan=False), st.booleans())


def request(repeat: int = 1, **params: Any) -> Request:
    return Request("cometapi", "flux-dev", params, repeat)


def test_the_key_of_a_known_request_stays_what_it_is() -> None:
    known = Request("cometapi", "flux-2-flex", {"prompt": "ein Bild", "seed": 42, "guidance": 2.5, "width": 1024})
    assert canonical_json(known) == (
        b'{"model":"flux-2-flex","params":{"guidance":2.5,"prompt":"ein Bild","seed":42,"width":1024},'
        b'"provider":"cometapi"}'
    )
    assert fingerprint(known) == "28821141ff57e69227549449cd964b69e37dafb23daf9f546acb7de6fcc3b2c2"


@given(st.dictionaries(NAMES, VALUES, min_size=2))
def test_the_order_of_parameters_does_not_count(params: dict[str, Any]) -> None:
    backwards = dict(reversed(params.items()))
    assert fingerprint(request(**params)) == fingerprint(request(**backwards))


@given(st.integers(-(2**53), 2**53))
def test_an_integral_number_is_one_value_however_it_is_written(number: int) -> None:
    assert fingerprint(request(guidance=float(number))) == fingerprint(request(guidance=number))


@given(st.dictionaries(NAMES, VALUES, min_size=1), st.data())
def test_another_value_is_another_key(params: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(params)))
    other = {**params, name: f"{params[name]}!"}
    assert fingerprint(request(**params)) != fingerprint(request(**other))


def test_line_ends_and_outer_space_do_not_count() -> None:
    assert fingerprint(request(prompt=" a\r\nb\rc\n")) == fingerprint(request(prompt="a\nb\nc"))


def test_true_and_one_are_different_values() -> None:
    assert fingerprint(request(raw=True)) != fingerprint(request(raw=1))


def test_only_a_repeat_beyond_the_first_counts() -> None:
    assert fingerprint(request(seed=1, repeat=1)) == fingerprint(request(seed=1))
    assert fingerprint(request(seed=1, repeat=2)) != fingerprint(request(seed=1))


def test_an_input_image_counts_by_content_and_type() -> None:
    image = ImageRef("a" * 64, "image/png")
    assert b'"image":{"media_type":"image/png","sha256":"aaaa' in canonical_json(request(image=image))
    assert fingerprint(request(image=image)) != fingerprint(request(image=ImageRef("b" * 64, "image/png")))


def test_provider_and_model_count() -> None:
    keys = {fingerprint(Request(p, m, {"seed": 1})) for p in ("cometapi", "bfl") for m in ("flux-dev", "flux-pro")}
    assert len(keys) == 4
