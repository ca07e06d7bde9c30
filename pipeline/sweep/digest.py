"""The digest of a plan: one name for everything that it would send."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def digest(keys: Iterable[str]) -> str:
    """SHA-256, in hex, over the distinct task keys, sorted, each with a line feed.

    Two jobs have the same digest exactly when they would send the same requests, in whatever order.
    """
    return hashlib.sha256("".join(f"{key}\n" for key in sorted(set(keys))).encode()).hexdigest()
