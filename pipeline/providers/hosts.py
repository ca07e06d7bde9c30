"""Which URLs may be asked with a provider's key: those on its own hosts, and no others (pure)."""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult, urlsplit

from pipeline.catalog.provider import ProviderSpec

_LONGEST = 2083


def own_poll_url(url: Any, spec: ProviderSpec, base_url: str) -> str | None:
    """A reply's poll URL as a manifest keeps it: path and query on the base URL's host, whole on another own host.

    None for any other: a key goes to its provider's own hosts only.
    """
    parts, home = _split(url), urlsplit(base_url)
    if parts is None or "@" in parts.netloc:
        return None
    if (parts.scheme, parts.netloc) == (home.scheme, home.netloc):
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return url if _is_beside(parts, home, spec) else None


def own_address(kept: str | None, spec: ProviderSpec, base_url: str) -> str | None:
    """Where to ask by a poll URL that a manifest keeps; None where that leads to no host of this provider's own."""
    if kept is not None and kept.startswith("/"):
        home = urlsplit(base_url)
        return f"{home.scheme}://{home.netloc}{kept}"
    return own_poll_url(kept, spec, base_url)


def _is_beside(parts: SplitResult, home: SplitResult, spec: ProviderSpec) -> bool:
    """Whether both are hosts of the provider, reached in the same way: a base URL elsewhere has no such hosts."""
    try:
        alike = parts.scheme == home.scheme and parts.port == home.port
    except ValueError:
        return False
    return alike and all(spec.is_own_host(host) for host in (parts.hostname or "", home.hostname or ""))


def _split(url: Any) -> SplitResult | None:
    if not isinstance(url, str) or len(url) > _LONGEST or any(ord(sign) < 33 or ord(sign) > 126 for sign in url):
        return None
    try:
        return urlsplit(url)
    except ValueError:
        return None
