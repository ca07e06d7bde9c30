"""Every shipped provider against its vendor's service, as the vendor's own pages describe it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.providers.base import (
    Accepted,
    Broke,
    Busy,
    Denied,
    Doubt,
    Fetched,
    Missing,
    Moderated,
    Rejected,
    Rendered,
    Running,
    UnknownModel,
)
from pipeline.providers.http import HttpProvider
from pipeline.task.request import ImageRef, ParamValue, Request
from tests.providers.vendors import PATHS, PICTURE, Json, Vendor, until_it_ends, vendor

NAMES = sorted(PATHS)
FLAT = [name for name in NAMES if "replicate" not in name]
NESTED = [name for name in NAMES if "replicate" in name]
PNG = ImageRef("ab" * 32, "image/png")


@asynccontextmanager
async def speaking(service: Vendor, key: str = "") -> AsyncIterator[HttpProvider]:
    provider = HttpProvider(load_catalog().provider(service.name), service.origin, key or service.key)
    try:
        yield provider
    finally:
        await provider.close()


def wanted(name: str, **params: ParamValue) -> Request:
    return Request(name, "flux-pro-1.1", {"prompt": "a cat", "seed": 42, **params})


@pytest.mark.parametrize("name", NAMES)
async def test_a_picture_is_submitted_polled_and_downloaded(name: str) -> None:
    async with vendor(name) as service, speaking(service) as provider:
        taken = await provider.submit(wanted(name), {})
        assert isinstance(taken, Accepted)
        assert taken.remote_id == f"{name}-1"
        *before, ready = await until_it_ends(lambda: provider.poll(taken.remote_id, taken.poll_url), Running)
        assert before
        assert all(outcome.known for outcome in before)
        assert isinstance(ready, Rendered)
        assert ready.duration == 5.0
        assert ready.url is not None
        got: list[bytes] = []
        assert await provider.download(ready.url, got.append) == Fetched(len(PICTURE))
        assert b"".join(got) == PICTURE
    assert len(service.submits) == 1
    assert not service.strangers
    (headers,) = service.downloads
    assert service.key not in str(headers)


@pytest.mark.parametrize("name", FLAT)
async def test_what_the_service_returned_is_kept(name: str) -> None:
    async with vendor(name) as service, speaking(service) as provider:
        taken = await provider.submit(wanted(name), {})
        assert isinstance(taken, Accepted)
        *_, ready = await until_it_ends(lambda: provider.poll(taken.remote_id, taken.poll_url), Running)
    assert (ready.seed, ready.prompt) == (42, "a cat")
    assert (taken.cost, taken.billed) == ((45_000, True) if name == "bfl" else (None, False))


@pytest.mark.parametrize("name", FLAT)
async def test_parameters_go_flat(name: str) -> None:
    async with vendor(name) as service, speaking(service) as provider:
        await provider.submit(wanted(name, width=1024, image_prompt=PNG), {PNG.sha256: b"picture"})
    body = {"prompt": "a cat", "seed": 42, "width": 1024, "image_prompt": "cGljdHVyZQ=="}
    assert service.submits == [("flux-pro-1.1", body)]


@pytest.mark.parametrize("name", NESTED)
async def test_parameters_go_below_input_in_the_words_of_replicate(name: str) -> None:
    params: dict[str, ParamValue] = {"width": 1024, "height": 768, "output_format": "jpeg", "input_image": PNG}
    request = Request(name, "flux-2-pro", {"prompt": "a cat", **params, "input_image_2": "https://x.example/2.png"})
    async with vendor(name) as service, speaking(service) as provider:
        await provider.submit(request, {PNG.sha256: b"picture"}, extra={"webhook": "https://me.example/"})
    ((model, body),) = service.submits
    assert model == "black-forest-labs/flux-2-pro"
    assert body == {
        "input": {
            "prompt": "a cat",
            "aspect_ratio": "custom",
            "width": 1024,
            "height": 768,
            "output_format": "jpg",
            "input_images": ["data:image/png;base64,cGljdHVyZQ==", "https://x.example/2.png"],
        },
        "webhook": "https://me.example/",
    }


@pytest.mark.parametrize("name", NAMES)
async def test_a_failed_render_says_why(name: str) -> None:
    async with vendor(name, fate="failed") as service, speaking(service) as provider:
        await provider.submit(wanted(name), {})
        *_, ended = await until_it_ends(lambda: provider.poll(f"{name}-1", None), Running)
    assert isinstance(ended, Broke)
    assert "out of luck" in ended.why


@pytest.mark.parametrize("name", FLAT)
async def test_a_moderated_render_says_why(name: str) -> None:
    async with vendor(name, fate="moderated") as service, speaking(service) as provider:
        await provider.submit(wanted(name), {})
        *_, ended = await until_it_ends(lambda: provider.poll(f"{name}-1", None), Running)
    assert ended == Moderated('Content Moderated: ["Nudity"]')


@pytest.mark.parametrize("name", NAMES)
async def test_an_id_of_nobody_is_missing(name: str) -> None:
    async with vendor(name) as service, speaking(service) as provider:
        assert await provider.poll("elsewhere-1", None) == Missing()


@pytest.mark.parametrize("name", NAMES)
async def test_a_wrong_key_is_denied(name: str) -> None:
    async with vendor(name) as service, speaking(service, "sk-other") as provider:
        assert isinstance(await provider.submit(wanted(name), {}), Denied)
        assert isinstance(await provider.poll("x-1", None), Denied)


DETAIL: Json = {"detail": "no"}
ENVELOPE: Json = {"error": {"message": "no", "type": "comet_api_error", "code": "x"}}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("status", "kind"),
    [(402, Denied), (404, UnknownModel), (422, Rejected), (429, Busy), (500, Doubt), (502, Doubt), (503, Doubt)],
)
async def test_a_refusal_means_what_the_vendor_says(name: str, status: int, kind: type) -> None:
    async with vendor(name, refuses=(status, DETAIL)) as service, speaking(service) as provider:
        assert type(await provider.submit(wanted(name), {})) is kind
    assert len(service.submits) == 1


@pytest.mark.parametrize(("name", "kind"), [("cometapi", Busy), ("cometapi-replicate", Busy), ("bfl", Doubt)])
async def test_only_a_gateway_can_refuse_with_503(name: str, kind: type) -> None:
    async with vendor(name, refuses=(503, ENVELOPE)) as service, speaking(service) as provider:
        assert type(await provider.submit(wanted(name), {})) is kind


async def test_a_poll_url_is_followed_at_home() -> None:
    async with vendor("bfl") as service, speaking(service) as provider:
        taken = await provider.submit(wanted("bfl"), {})
        assert isinstance(taken, Accepted)
        assert taken.poll_url == "/v1/get_result?id=bfl-1"
        await provider.poll("bfl-1", f"{taken.poll_url}&cluster=eu1")
    assert service.polls == ["/v1/get_result?id=bfl-1&cluster=eu1"]


async def test_no_key_follows_a_poll_url_to_a_stranger() -> None:
    async with (
        vendor("bfl", host="127.0.0.2") as stranger,
        vendor("bfl", poll_host=stranger.origin) as service,
        speaking(service) as provider,
    ):
        taken = await provider.submit(wanted("bfl"), {})
        assert isinstance(taken, Accepted)
        assert taken.poll_url is None
        # Nor where a manifest names the stranger.
        await provider.poll("bfl-1", f"{stranger.origin}/v1/get_result?id=bfl-1")
    assert (len(service.polls), stranger.polls, stranger.strangers) == (1, [], [])


async def test_a_poll_url_on_a_host_beside_is_followed_with_the_key() -> None:
    spec = load_catalog().provider("bfl")
    beside = spec.model_copy(update={"poll": spec.poll.model_copy(update={"hosts": ("127.0.0.1", "127.0.0.9")})})
    async with vendor("bfl") as service:
        url = service.origin.replace("127.0.0.1", "127.0.0.9")
        provider = HttpProvider(beside, service.origin, service.key)
        service.poll_host = url
        taken = await provider.submit(wanted("bfl"), {})
        assert isinstance(taken, Accepted)
        assert taken.poll_url == f"{url}/v1/get_result?id=bfl-1"
        await provider.close()
