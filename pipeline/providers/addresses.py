"""Which addresses a picture may be fetched from: an image URL comes from outside, and must not lead inside."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

from pipeline.catalog.origin import is_loopback

AddressInfo = tuple[Any, Any, int, str, tuple[Any, ...]]

# `is_global` lets these through, though each may lead to any IPv4 address, or inside.
_WRAPPED = [
    ipaddress.ip_network(network)
    for network in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "fec0::/10", "::ffff:0:0/96", "::/96")
]


class ForbiddenAddress(OSError):
    """A picture's URL leads to an address that no image host has."""


def is_public(address: str) -> bool:
    """Whether `address` (an IP, as the socket would connect to it) is a plain public unicast one."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address) and any(found in network for network in _WRAPPED):
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def guarded_sockets(*, loopback: bool) -> Callable[[AddressInfo], socket.socket]:
    """A socket factory that refuses addresses inside, at connect time: after DNS, and for IP literals too.

    `loopback`: the provider itself runs on this machine, so that its pictures may.
    """

    def make(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        host = str(address[0])
        if not (is_public(host) or (loopback and is_loopback(host))):
            raise ForbiddenAddress(f"{host} is no public address")
        made = socket.socket(family=family, type=kind, proto=protocol)
        made.setblocking(False)
        return made

    return make
