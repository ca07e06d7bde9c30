"""Real pictures of every kind that is taken, as bytes."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

WAYS: dict[str, dict[str, Any]] = {
    "jpeg": {"format": "JPEG", "quality": 85},
    "progressive jpeg": {"format": "JPEG", "progressive": True},
    "png": {"format": "PNG"},
    "palette png": {"format": "PNG"},
    "webp": {"format": "WEBP", "quality": 80},
    "lossless webp": {"format": "WEBP", "lossless": True},
}


def _encode(way: str, size: tuple[int, int] = (96, 64), **more: Any) -> bytes:
    image = Image.effect_noise(size, 90).convert("P" if way == "palette png" else "RGB")
    held = BytesIO()
    image.save(held, **WAYS[way], **more)
    return held.getvalue()


@pytest.fixture(scope="session")
def encode() -> Callable[..., bytes]:
    """`encode(way, size, **pillow_options)`: a noisy picture, so that its bytes are spread over the whole file."""
    return _encode


@pytest.fixture(scope="session")
def pictures() -> dict[str, bytes]:
    """One picture of 96×64 a way of encoding."""
    return {way: _encode(way) for way in WAYS}
