"""Where a key may follow a poll URL: on the provider's own hosts, reached as the base URL is, and nowhere else."""

from __future__ import annotations

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.providers.hosts import own_address, own_poll_url

BFL = load_catalog().provider("bfl")
COMET = load_catalog().provider("cometapi")
HOME = "https://api.bfl.ai"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://api.bfl.ai/v1/get_result?id=1", "/v1/get_result?id=1"),
        ("https://api.eu1.bfl.ai/v1/get_result?id=1", "https://api.eu1.bfl.ai/v1/get_result?id=1"),
        ("https://api.us.bfl.ai/v1/get_result?id=1", "https://api.us.bfl.ai/v1/get_result?id=1"),
        ("https://delivery-eu1.bfl.ai/v1/get_result?id=1", None),
        ("https://bfl.ai/v1/get_result?id=1", None),
        ("https://api.a.b.bfl.ai/x", None),
        ("https://api.eu.bfl.ai.evil.example/x", None),
        ("https://api.evil.example/x?.bfl.ai", None),
        ("https://api.eu.bfl.ai@evil.example/x", None),
        ("https://me:pw@api.eu.bfl.ai/x", None),
        ("https://api.eu.bfl.ai:8443/x", None),
        ("http://api.eu.bfl.ai/x", None),
        ("//api.eu.bfl.ai/x", None),
        ("https://api.eu.bfl.ai\t/x", None),
        ("https://[x", None),
        ("https://api.eu.bfl.ai:x/", None),
        (7, None),
    ],
)
def test_a_poll_url_is_kept_on_own_hosts_only(url: object, kept: str | None) -> None:
    assert own_poll_url(url, BFL, HOME) == kept
    if kept is not None:
        assert own_address(kept, BFL, HOME) == url


def test_a_base_url_elsewhere_has_no_hosts_beside_it() -> None:
    assert own_poll_url("https://api.eu.bfl.ai/x", BFL, "https://proxy.example") is None
    assert own_address("https://api.eu.bfl.ai/x", BFL, "https://proxy.example") is None


def test_a_provider_that_names_no_hosts_has_its_own_only() -> None:
    assert own_poll_url("https://api.eu.cometapi.com/x", COMET, COMET.base_url) is None
