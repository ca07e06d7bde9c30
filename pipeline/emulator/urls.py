"""Result URLs: signed, and over at an instant that they name (`se`), as the vendor's are."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import urlencode


def media_type(format_: str) -> str:
    """`jpeg` as `image/jpeg`."""
    return f"image/{format_}"


def sample_path(secret: bytes, remote_id: str, format_: str, expires_at: float) -> str:
    """Path and query of a picture that can be fetched until `expires_at` (unix seconds)."""
    expiry = datetime.fromtimestamp(expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    query = urlencode({"se": expiry, "rsct": media_type(format_), "sig": signature(secret, remote_id, expiry)})
    return f"/results/{remote_id}/sample.{format_}?{query}"


def holds(secret: bytes, remote_id: str, expiry: str, sig: str, now: float) -> bool:
    """Whether the signature is ours and the instant has not passed."""
    if not hmac.compare_digest(signature(secret, remote_id, expiry).encode(), sig.encode()):
        return False
    return datetime.fromisoformat(expiry).timestamp() > now


def signature(secret: bytes, remote_id: str, expiry: str) -> str:
    """Hex HMAC-SHA256 of id and expiry."""
    return hmac.new(secret, f"{remote_id}\n{expiry}".encode(), hashlib.sha256).hexdigest()


def secret_of(seed: int) -> bytes:
    """The signing secret. It follows from the seed, so that URLs outlive a restart."""
    return hashlib.sha256(f"fluxsweep emulator result urls {seed}".encode()).digest()
