"""A picture's URL comes from outside; nothing that it says leads the downloader inside."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.origin import is_loopback
from pipeline.providers.addresses import ForbiddenAddress, guarded_sockets, is_public

PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.63.255.255", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e"]
LOOPBACK = ["127.0.0.1", "127.0.0.53", "127.255.255.254", "::1"]
INSIDE = [
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.2.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
]
EMBEDDED = {
    "mapped": lambda four: f"::ffff:{four}",
    "compatible": lambda four: f"::{four}",
    "NAT64": lambda four: f"64:ff9b::{four}",
    "local NAT64": lambda four: f"64:ff9b:1::{four}",
    "6to4": lambda four: str(ipaddress.IPv6Address((0x2002 << 112) | (int(ipaddress.IPv4Address(four)) << 80) | 1)),
    "Teredo": lambda four: str(
        ipaddress.IPv6Address((0x20010000 << 96) | (int(ipaddress.IPv4Address(four)) ^ 0xFFFFFFFF))
    ),
}


def info(address: str) -> tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[str, int]]:
    """What a look-up of the address gives."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, 443)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_image_host_may_be_anywhere_public(address: str) -> None:
    assert is_public(address)
    made = guarded_sockets(loopback=False)(info(address))
    assert made.gettimeout() == 0
    made.close()


@pytest.mark.parametrize("address", [*INSIDE, *LOOPBACK])
def test_what_lies_inside_is_refused_before_there_is_a_socket(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(ForbiddenAddress, match="no public address"):
        guarded_sockets(loopback=False)(info(address))


@pytest.mark.parametrize("wrapping", EMBEDDED)
@given(four=st.one_of(st.ip_addresses(v=4).map(str), st.sampled_from(["127.0.0.1", "10.0.0.1", "8.8.8.8"])))
def test_no_ipv4_address_is_reached_in_an_ipv6_coat(wrapping: str, four: str) -> None:
    address = EMBEDDED[wrapping](four)
    assert not is_public(address)
    with pytest.raises(ForbiddenAddress):
        guarded_sockets(loopback=False)(info(address))


@given(st.sampled_from(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8"]), st.data())
def test_no_private_network_has_a_hole(network: str, data: st.DataObject) -> None:
    assert not is_public(str(data.draw(st.ip_addresses(network=network))))


@pytest.mark.parametrize("address", LOOPBACK)
def test_a_provider_on_this_machine_may_give_pictures_of_this_machine(address: str) -> None:
    guarded_sockets(loopback=True)(info(address)).close()


@pytest.mark.parametrize("address", INSIDE)
def test_but_of_nothing_else_that_lies_inside(address: str) -> None:
    with pytest.raises(ForbiddenAddress):
        guarded_sockets(loopback=True)(info(address))


def test_which_providers_are_on_this_machine() -> None:
    assert all(is_loopback(host) for host in ["localhost", *LOOPBACK])
    assert not any(is_loopback(host) for host in ["", "api.cometapi.com", "localhost.example", "10.0.0.1", "0.0.0.0"])
