"""The routes over real HTTP: submit, poll, download on each, keys, errors, webhooks, statistics."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from PIL import Image

from pipeline.emulator.ledger import Ledger
from pipeline.errors import DiskError
from tests.emulator.conftest import KEY, Client, Start


@pytest.mark.parametrize("shown", ["jpeg", "png", "webp"])
async def test_a_picture_has_the_size_and_format_asked_for(client: Client, shown: str) -> None:
    task = await client.submit(width=640, height=512, seed=42, output_format=shown)
    assert task == {
        "id": task["id"],
        "status": "Pending",
        "polling_url": f"{client.origin}/flux/v1/get_result?id={task['id']}",
        "cost": 4.0,
    }
    ready = await client.end(task["id"])
    assert ready["status"] == "Ready"
    result = ready["result"]
    assert (result["seed"], result["prompt"]) == (42, "a teapot")
    assert result["end_time"] - result["start_time"] == pytest.approx(result["duration"])
    status, media_type, data = await client.download(result["sample"])
    assert (status, media_type) == (200, f"image/{shown}")
    with Image.open(io.BytesIO(data)) as image:
        assert (image.size, image.format) == ((640, 512), shown.upper())
        image.load()


async def test_statuses_pass_from_pending_to_generating(emulator: Start) -> None:
    async with emulator(latency=1000.0) as client:
        task = await client.submit()
        _, reply = await client.get(task["polling_url"])
        assert reply | {"progress": 0} == {
            "id": task["id"],
            "status": "Pending",
            "result": None,
            "progress": 0,
            "details": None,
            "preview": None,
        }
    async with emulator(never=1.0, latency=0.0) as client:
        task = await client.submit()
        assert (await client.get(task["polling_url"]))[1]["status"] == "Generating"
        assert (await client.get(f"/v1/get_result?id={task['id']}"))[1]["status"] == "Pending"


async def test_the_guides_own_example_is_taken(client: Client) -> None:
    body = {
        "prompt": "ein fantastisches bild",
        "image_prompt": "",
        "width": 1024,
        "height": 768,
        "prompt_upsampling": False,
        "seed": 42,
        "safety_tolerance": 2,
        "output_format": "jpeg",
        "webhook_url": "",
        "webhook_secret": "",
    }
    status, task = await client.post("/flux/v1/flux-2-flex", body, {"Authorization": "YOUR_API_KEY_HERE"})
    assert status == 200
    assert (await client.end(task["id"]))["result"]["prompt"] == "ein fantastisches bild"


async def test_the_direct_route_tells_cost_and_megapixels(client: Client) -> None:
    _, task = await client.post("/v1/flux-2-pro", {"prompt": "a", "width": 1024, "height": 1040}, {"x-key": "k"})
    assert (task["cost"], task["input_mp"], task["output_mp"]) == (4.5, 0, 2)
    assert task["polling_url"].startswith(f"{client.origin}/v1/get_result?id=")
    await client.end(task["id"])
    assert (await client.get(task["polling_url"]))[1]["status"] == "Ready"


async def test_replicates_route_answers_predictions_that_the_flux_route_polls_too(client: Client) -> None:
    body = {"input": {"prompt": "a", "aspect_ratio": "16:9", "output_format": "jpg"}}
    path = "/replicate/v1/models/black-forest-labs/flux-1.1-pro/predictions"
    status, first = await client.post(path, body, {"Authorization": "Token k"})
    assert (status, first["status"], first["output"]) == (201, "starting", None)
    assert (await client.end(first["id"]))["status"] == "Ready"
    _, done = await client.get(first["urls"]["get"])
    assert done["status"] == "succeeded"
    assert done["completed_at"] > done["created_at"]
    assert (await client.download(done["output"][0]))[:2] == (200, "image/jpeg")
    _, waited = await client.post(path, body, KEY | {"Prefer": "wait"})
    assert waited["status"] == "succeeded"


@pytest.mark.parametrize(
    "headers",
    [{"Authorization": "Bearer k"}, {"Authorization": "k"}, {"Authorization": "Token k"}, {"x-key": "k"}],
)
async def test_a_key_may_come_in_any_of_four_ways(client: Client, headers: dict[str, str]) -> None:
    assert (await client.post("/flux/v1/flux-dev", {"prompt": "a"}, headers))[0] == 200


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Basic k"}, {"x-key": " "}])
async def test_no_key_is_a_401_in_the_shape_of_the_route(client: Client, headers: dict[str, str]) -> None:
    status, reply = await client.post("/flux/v1/flux-dev", {"prompt": "a"}, headers)
    assert (status, reply["error"]["type"]) == (401, "comet_api_error")
    assert "(request id: " in reply["error"]["message"]
    status, reply = await client.post("/v1/flux-dev", {"prompt": "a"}, headers)
    assert (status, set(reply)) == (401, {"detail"})
    status, reply = await client.get("/replicate/v1/predictions/x", headers)
    assert (status, reply["status"]) == (401, 401)


async def test_errors_of_requests_are_upstreams(client: Client) -> None:
    assert (await client.post("/flux/v1/flux-9", {"prompt": "a"}))[0] == 404
    status, reply = await client.post("/flux/v1/flux-pro-1.1", {"width": 1000})
    assert (status, reply["detail"][0]["loc"]) == (422, ["body", "width"])
    status, reply = await client.post("/replicate/v1/models/a/flux-dev/predictions", {"prompt": "a"})
    assert (status, reply["detail"][0]["loc"]) == (422, ["body", "input"])
    status, reply = await client.post("/flux/v1/flux-dev", ["a"])
    assert (status, reply["error"]["code"]) == (400, "invalid_request")
    assert (await client.post("/v1/flux-dev", ["a"]))[0] == 422
    async with client.session.get(client.origin + "/nowhere") as wrong:
        assert (wrong.status, wrong.content_type) == (404, "text/html")
    stats = await client.stats()
    assert (stats["submits"], stats["rejected"]) == (0, {"400": 1, "404": 2, "422": 3})


async def test_an_unknown_id_is_not_found_with_200(client: Client) -> None:
    status, reply = await client.get("/flux/v1/get_result?id=nobody")
    assert (status, reply["status"], reply["id"]) == (200, "Task not found", "nobody")
    assert (await client.get("/replicate/v1/predictions/nobody"))[0] == 404


async def test_every_reply_has_a_request_id_of_its_own(client: Client) -> None:
    seen = set()
    for _ in range(3):
        async with client.session.get(client.origin + "/flux/v1/get_result?id=x", headers=KEY) as reply:
            seen.add(reply.headers["X-Cometapi-Request-Id"])
    assert len(seen) == 3


async def test_the_same_request_gives_the_same_pixels_and_another_gives_others(client: Client) -> None:
    async def pixels(**body: Any) -> bytes:
        ready = await client.end((await client.submit(output_format="png", **body))["id"])
        data = (await client.download(ready["result"]["sample"]))[2]
        return Image.open(io.BytesIO(data)).convert("RGB").tobytes()

    assert await pixels(seed=1) == await pixels(seed=1)
    assert len({await pixels(seed=1), await pixels(seed=2), await pixels(prompt="b", seed=1), await pixels()}) == 4


async def test_the_statistics_count_what_was_bought_and_what_twice(client: Client) -> None:
    one = await client.submit(seed=1)
    two = await client.submit(seed=1, webhook_secret="s")
    await client.submit(seed=2)
    await client.end(one["id"])
    stats = await client.stats()
    assert stats["duplicates"] == [{"model": "flux-pro-1.1", "count": 2, "ids": [one["id"], two["id"]]}]
    assert (stats["submits"], stats["billed"], stats["credits"]) == (3, 3, 12.0)
    assert stats["per_model"] == {"flux-pro-1.1": 3}
    assert stats["polls"] >= 1


async def test_a_key_that_reaches_the_image_route_is_counted(client: Client) -> None:
    ready = await client.end((await client.submit())["id"])
    await client.download(ready["result"]["sample"])
    assert (await client.stats())["downloads_with_key"] == 0
    async with client.session.get(ready["result"]["sample"], headers=KEY) as reply:
        await reply.read()
    stats = await client.stats()
    assert (stats["downloads"], stats["downloads_with_key"]) == (2, 1)


async def test_a_url_with_another_signature_is_refused(client: Client) -> None:
    ready = await client.end((await client.submit())["id"])
    status, _, _ = await client.download(ready["result"]["sample"][:-4] + "0000")
    assert status in (403, 410)


Delivery = tuple[str, bytes]


@pytest.fixture
async def listener() -> AsyncIterator[tuple[str, asyncio.Queue[Delivery]]]:
    """A receiver of webhooks: its URL, and what was delivered."""
    queue: asyncio.Queue[Delivery] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        await queue.put((request.headers.get("X-BFL-Signature", ""), await request.read()))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", queue
    await runner.cleanup()


async def test_a_webhook_is_delivered_signed(client: Client, listener: tuple[str, asyncio.Queue[Delivery]]) -> None:
    url, queue = listener
    task = await client.submit(webhook_url=url, webhook_secret="secret")
    signature, body = await asyncio.wait_for(queue.get(), 20)
    told = json.loads(body)
    assert (told["task_id"], told["id"], told["status"]) == (task["id"], task["id"], "Ready")
    assert signature == "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    assert (await client.download(told["result"]["sample"]))[0] == 200


async def test_the_direct_route_names_no_poll_url_with_a_webhook(
    client: Client, listener: tuple[str, asyncio.Queue[Delivery]]
) -> None:
    url, queue = listener
    _, task = await client.post("/v1/flux-dev", {"prompt": "a", "webhook_url": url})
    assert task == {"id": task["id"], "status": "Pending", "webhook_url": url}
    assert json.loads((await asyncio.wait_for(queue.get(), 20))[1])["id"] == task["id"]


async def test_a_prediction_tells_its_webhook_the_prediction(
    client: Client, listener: tuple[str, asyncio.Queue[Delivery]]
) -> None:
    url, queue = listener
    await client.post("/replicate/v1/models/x/flux-dev/predictions", {"input": {"prompt": "a"}, "webhook": url})
    told = json.loads((await asyncio.wait_for(queue.get(), 20))[1])
    assert (told["status"], len(told["output"])) == ("succeeded", 1)


async def test_a_full_disk_accepts_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise DiskError("no space left")

    monkeypatch.setattr(Ledger, "append", refuse)
    async with client.session.post(client.origin + "/flux/v1/flux-dev", json={"prompt": "a"}, headers=KEY) as reply:
        assert reply.status == 500
    stats = await client.stats()
    assert (stats["submits"], stats["billed"]) == (0, 0)
