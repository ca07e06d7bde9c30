"""Base URLs: which of them a key may be sent to (pure)."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def origin_of(base_url: str) -> str:
    """`base_url` as scheme://host[:port].

    Raises:
        ValueError: it is no base URL, or a key would cross the network in clear (plain http: loopback only).
    """
    parts = urlsplit(base_url)
    odd = any(sign in "?#\\" or not "!" <= sign <= "~" for sign in base_url)
    if odd or "@" in parts.netloc or parts.port == 0 or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is no base URL; expected something like https://api.example.com")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("plain http would show your key to the network; use https")
    return f"{parts.scheme}://{parts.netloc}"


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine, by name or by number."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
