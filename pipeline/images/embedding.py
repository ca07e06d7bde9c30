"""Embeddings as text that a cache can hold, and what two or many of them say (pure)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Vector = np.ndarray[Any, np.dtype[np.float32]]


def packed(embedding: Vector) -> str:
    """`embedding` at length 1, as base64 of little-endian float32; one of no length stays as it is."""
    import numpy as np

    length = float(np.linalg.norm(embedding.astype(np.float64)))
    return b64encode((embedding / (length or 1.0)).astype("<f4").tobytes()).decode()


def unpacked(text: str) -> Vector:
    """What `packed` took in, at length 1."""
    import numpy as np

    return np.frombuffer(b64decode(text), dtype="<f4")


def cosine(one: Vector, other: Vector) -> float:
    """1: they point the same way; 0: they have nothing to do with each other."""
    return round(float(one.astype("f8") @ other.astype("f8")), 4)


def distance(embeddings: Sequence[Vector]) -> float | None:
    """The mean cosine distance (1 less the cosine) of two of them; None where there are no two."""
    import numpy as np

    if (n := len(embeddings)) < 2:
        return None
    vectors = np.stack(embeddings).astype(np.float64)
    # The squared length of their sum holds every cosine twice, and each with itself.
    total = vectors.sum(axis=0)
    own = float((vectors * vectors).sum())
    return round(1 - (float(total @ total) - own) / (n * (n - 1)), 4)
