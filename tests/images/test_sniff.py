"""Media types come from the bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.images.sniff import extension, sniff


@pytest.mark.parametrize(
    ("way", "media_type", "suffix"),
    [
        ("jpeg", "image/jpeg", "jpg"),
        ("progressive jpeg", "image/jpeg", "jpg"),
        ("png", "image/png", "png"),
        ("webp", "image/webp", "webp"),
        ("lossless webp", "image/webp", "webp"),
    ],
)
def test_twelve_bytes_tell_the_kind(pictures: dict[str, bytes], way: str, media_type: str, suffix: str) -> None:
    assert sniff(pictures[way][:12]) == media_type
    assert extension(media_type) == suffix


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\xff\xd8",
        b"GIF89a\x01\x00\x01\x00\x00\x00",
        b"<!doctype html>",
        b"RIFF\x00\x00\x00\x00WAVE",
        b'{"id": "x"}',
    ],
)
def test_other_bytes_are_no_picture(head: bytes) -> None:
    assert sniff(head) is None


@given(st.binary(max_size=16))
def test_any_bytes_have_an_answer(head: bytes) -> None:
    media_type = sniff(head)
    assert media_type is None or extension(media_type) in {"jpg", "png", "webp"}
