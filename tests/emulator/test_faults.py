"""Every knob, turned fully up: what a client meets and what is billed."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from pipeline.emulator import urls
from tests.emulator.conftest import KEY, Client, Start

BODY = {"prompt": "a teapot"}


async def refused(client: Client) -> aiohttp.ClientResponse:
    async with client.session.post(client.origin + "/flux/v1/flux-dev", json=BODY, headers=KEY) as reply:
        await reply.read()
        assert (await client.stats())["submits"] == 0
        return reply


async def test_busy_is_a_429_with_or_without_a_time_to_wait(emulator: Start) -> None:
    async with emulator(busy=1.0) as client:
        reply = await refused(client)
        assert (reply.status, reply.headers.get("Retry-After")) == (429, None)
    async with emulator(busy_retry_after=1.0, retry_after=7) as client:
        reply = await refused(client)
        assert (reply.status, reply.headers.get("Retry-After")) == (429, "7")


async def test_a_failing_service_takes_nothing(emulator: Start) -> None:
    async with emulator(error_500=1.0) as client:
        reply = await refused(client)
        assert (reply.status, await reply.text()) == (500, "Internal Server Error")
    async with emulator(unavailable_503=1.0) as client:
        reply = await refused(client)
        assert (reply.status, (await reply.json())["error"]["type"]) == (503, "comet_api_error")


async def test_over_the_cap_is_a_429_until_a_task_ends(emulator: Start) -> None:
    async with emulator(latency=1000.0, active=2) as client:
        await client.submit()
        await client.submit()
        assert (await client.post("/flux/v1/flux-dev", BODY))[0] == 429
        assert (await client.stats())["active"] == 2
    async with emulator(active=1) as client:
        await client.end((await client.submit())["id"])
        await client.submit()


async def test_a_model_may_have_a_cap_of_its_own(emulator: Start) -> None:
    async with emulator(latency=1000.0) as client:
        for _ in range(6):
            await client.submit("flux-kontext-max")
        assert (await client.post("/flux/v1/flux-kontext-max", BODY))[0] == 429
        await client.submit("flux-kontext-pro")


async def test_a_broken_reply_hides_a_task_that_is_billed(emulator: Start) -> None:
    async with emulator(accepted_500=1.0) as client:
        async with client.session.post(client.origin + "/flux/v1/flux-dev", json=BODY, headers=KEY) as reply:
            assert reply.status == 500
        assert (await client.stats())["billed"] == 1
    async with emulator(accepted_drop=1.0) as client:
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.post("/flux/v1/flux-dev", BODY)
        assert (await client.stats())["billed"] == 1


@pytest.mark.parametrize(
    ("knob", "word"),
    [
        ("request_moderated", "Request Moderated"),
        ("content_moderated", "Content Moderated"),
        ("error", "Error"),
        ("failed", "Failed"),
    ],
)
async def test_an_end_without_a_picture_is_not_billed(emulator: Start, knob: str, word: str) -> None:
    async with emulator(**{knob: 1.0}) as client:
        task = await client.submit()
        ended = await client.end(task["id"])
        assert (ended["status"], ended["result"]) == (word, None)
        assert ("Moderation Reasons" in ended["details"]) is ("moderated" in knob)
        _, told = await client.get(f"/replicate/v1/predictions/{task['id']}")
        assert (told["status"], told["output"]) == ("failed", None)
        assert told["error"]
        stats = await client.stats()
        assert (stats["submits"], stats["billed"], stats["credits"]) == (1, 0, 0)


async def test_a_task_that_never_ends_leaves_its_slot(emulator: Start) -> None:
    async with emulator(never=1.0, latency=0.0) as client:
        task = await client.submit()
        assert (await client.get(task["polling_url"]))[1]["status"] == "Generating"
        stats = await client.stats()
        assert (stats["active"], stats["billed"]) == (0, 0)


async def test_a_new_task_may_lag(emulator: Start) -> None:
    async with emulator(lag=1000.0) as client:
        task = await client.submit()
        assert (await client.get(task["polling_url"]))[1]["status"] == "Task not found"


async def test_polls_may_fail(emulator: Start) -> None:
    async with emulator(poll_500=1.0) as client:
        task = await client.submit()
        async with client.session.get(task["polling_url"], headers=KEY) as reply:
            assert reply.status == 500


async def test_a_slow_reply_is_held_back(emulator: Start) -> None:
    async with emulator(slow=1.0, slow_seconds=0.1) as client:
        clock = asyncio.get_running_loop()
        begun = clock.time()
        await client.submit()
        assert clock.time() - begun > 0.09


async def test_a_truncated_download_promises_all_its_bytes(emulator: Start) -> None:
    async with emulator(truncated=1.0) as client:
        ready = await client.end((await client.submit())["id"])
        async with client.session.get(ready["result"]["sample"]) as reply:
            assert int(reply.headers["Content-Length"]) > 0
            with pytest.raises(aiohttp.ClientPayloadError):
                await reply.read()


async def test_an_expired_url_says_so_and_is_refused(emulator: Start) -> None:
    async with emulator(expired=1.0) as client:
        ready = await client.end((await client.submit())["id"])
        sample = ready["result"]["sample"]
        expiry = datetime.fromisoformat(parse_qs(urlsplit(sample).query)["se"][0])
        assert expiry < datetime.now(UTC)
        assert (await client.download(sample))[0] in (403, 410)


def test_a_url_holds_until_its_instant() -> None:
    secret = urls.secret_of(3)
    query = parse_qs(urlsplit(urls.sample_path(secret, "a", "jpeg", 1000.0)).query)
    se, sig = query["se"][0], query["sig"][0]
    assert urls.holds(secret, "a", se, sig, 999.9)
    assert not urls.holds(secret, "a", se, sig, 1000.1)
    assert not urls.holds(secret, "b", se, sig, 999.9)
    assert not urls.holds(urls.secret_of(4), "a", se, sig, 999.9)


async def test_two_runs_of_the_same_requests_meet_the_same_fates(emulator: Start) -> None:
    async def fates() -> list[str]:
        async with emulator(error=0.3, request_moderated=0.3) as client:
            tasks = await asyncio.gather(*(client.submit(seed=seed) for seed in range(12)))
            return [(await client.end(task["id"]))["status"] for task in tasks]

    first = await fates()
    assert first == await fates()
    assert len(set(first)) > 1
