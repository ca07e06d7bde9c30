"""A delivery counts when its address, and every proof that comes along, is ours; all else changes nothing."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import msgspec
import pytest

from pipeline.catalog.provider import ProviderSpec
from pipeline.emulator.server import running
from pipeline.emulator.settings import Settings
from pipeline.errors import JobError
from pipeline.manifest.lines import Submitted, Submitting
from pipeline.plan.policy import WebhookSettings
from pipeline.providers.base import Accepted, Rendered
from pipeline.providers.http import HttpProvider
from pipeline.run.inbox import is_unread, open_inbox
from pipeline.run.listener import Delivery
from pipeline.run.tags import Tags
from pipeline.run.webhook import MAX_BODY, SIGNATURE, WebhookReceiver
from pipeline.task.fingerprint import task_of
from pipeline.task.request import Request
from tests.providers.scripted import http, scripted
from tests.run.receiving import KEY, SPEC, receiving
from tests.run.test_doubt import ONE, bench

TASK = task_of(Request("cometapi", "flux-dev", {"prompt": "a teapot", "seed": 1, "width": 256, "height": 256}))
READY = {"id": "id-1", "status": "Ready"}


def signed(secret: str, body: bytes) -> dict[str, str]:
    return {SIGNATURE: f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"}


def changed(url: str, **words: str) -> str:
    """The address with some words of its query replaced."""
    parts = urlsplit(url)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | words
    return parts._replace(query=urlencode(query)).geturl()


@asynccontextmanager
async def closing(origin: str, spec: ProviderSpec = SPEC) -> AsyncIterator[HttpProvider]:
    """A provider for some of a test."""
    provider = HttpProvider(spec, origin, "key")
    try:
        yield provider
    finally:
        await provider.close()


@pytest.mark.parametrize(("fault", "rendered"), [("slow", True), ("content_moderated", False)])
async def test_the_service_tells_what_became_of_a_submit(tmp_path: Path, fault: str, rendered: bool) -> None:
    knobs = {"painter": "flat", "latency": 0.05, "latency_sigma": 0.0, "slow_seconds": 0.1, fault: 1.0}
    settings = msgspec.convert(knobs, Settings)
    async with receiving(tmp_path) as ear, running(settings) as origin, closing(origin) as provider:
        accepted = await provider.submit(TASK.request, {}, extra=ear.receiver.fields(TASK.key, 1))
        assert isinstance(accepted, Accepted)
        async with asyncio.timeout(20):
            assert await ear.receiver.wait(TASK.key, 60)
        ended = await provider.poll(accepted.remote_id, None)
        assert isinstance(ended, Rendered) == rendered
        assert ear.heard == [Delivery(TASK.key, 1, accepted.remote_id, rendered)]


async def test_what_goes_beside_the_parameters_is_in_no_nest() -> None:
    nested = SPEC.model_copy(update={"submit": SPEC.submit.model_copy(update={"nest": "input"})})
    async with scripted(http(200, '{"id": "id-1"}')) as server, closing(server.origin, nested) as provider:
        await provider.submit(TASK.request, {}, extra={"webhook_url": "https://example.com/"})
    body = msgspec.json.decode(server.bodies[0])
    assert body == {"input": TASK.request.params, "webhook_url": "https://example.com/"}


async def test_the_address_says_all_and_keeps_what_the_job_says_in_it(tmp_path: Path) -> None:
    async with receiving(tmp_path) as ear:
        url, _ = ear.fields(KEY, 3)
        query = parse_qs(urlsplit(url).query)
        assert (query["from"], query["task"], query["attempt"]) == (["test"], [KEY], ["3"])
        assert set(query) == {"from", "run", "task", "attempt", "tag"}


@pytest.mark.parametrize("status", ["Ready", "SUCCESS", "succeeded"])
@pytest.mark.parametrize("name", ["id", "task_id"])
async def test_every_known_way_of_saying_it(tmp_path: Path, status: str, name: str) -> None:
    async with receiving(tmp_path) as ear:
        url, secret = ear.fields()
        body = b'{"%s": "id-1", "status": "%s"}' % (name.encode(), status.encode())
        assert await ear.post(url, body, signed(secret, body)) == 200
        assert await ear.post(url, {name: "id-1", "status": status, "webhook_secret": secret}) == 200
        assert await ear.post(url, {name: "id-1", "status": status}) == 200
    assert ear.heard == [Delivery(KEY, 1, "id-1", True)] * 3


async def test_a_hint_is_given_once_and_not_for_what_still_runs(tmp_path: Path) -> None:
    async with receiving(tmp_path) as ear:
        url, _ = ear.fields()
        assert await ear.post(url, READY | {"status": "Pending"}) == 200
        assert not await ear.receiver.wait(KEY, 0)
        assert await ear.post(url, READY) == 200
        assert await ear.receiver.wait(KEY, 60)
        assert await ear.post(url, READY) == 200
        assert not await ear.receiver.wait(KEY, 0)
        assert await ear.post(ear.fields(attempt=2)[0], READY) == 200
        assert await ear.receiver.wait(KEY, 60)


async def test_a_forgery_changes_nothing(tmp_path: Path) -> None:
    async with receiving(tmp_path) as ear:
        url, secret = ear.fields()
        body = b'{"id": "id-1", "status": "Ready"}'
        forged = [
            (changed(url, tag="0" * 32), READY, {}),
            (changed(url, tag=""), READY, {}),
            (changed(url, task="b" * 64), READY, {}),
            (changed(url, attempt="2"), READY, {}),
            (changed(url, attempt="-1"), READY, {}),
            (changed(url, attempt="1" * 5000), READY, {}),
            (changed(url, attempt="\u0661"), READY, {}),
            (changed(url, run="0" * 16), READY, {}),
            (url.partition("?")[0], READY, {}),
            (url, body, signed("guessed", body)),
            (url, body, signed(secret, b"another body")),
            (url, body, {SIGNATURE: ""}),
            (url, body, {SIGNATURE: "sha256=\u00e9"}),
            (url, READY | {"webhook_secret": "guessed"}, {}),
            (url, READY | {"secret": 7}, {}),
        ]
        statuses = [await ear.post(address, told, headers) for address, told, headers in forged]
        assert statuses == [403] * len(forged)
        assert not await ear.receiver.wait(KEY, 0)
        assert ear.heard == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"id"', b"{}", b'{"id": 7}', b'{"id": ""}', b'{"id": "a b"}', b'{"id": "%s"}' % (b"x" * 300)],
)
async def test_a_proven_delivery_that_names_no_id_is_refused(tmp_path: Path, body: bytes) -> None:
    async with receiving(tmp_path) as ear:
        assert await ear.post(ear.fields()[0], body) == 400
        assert ear.heard == []


async def test_nothing_but_a_post_of_at_most_64_kib_is_read(tmp_path: Path) -> None:
    async with receiving(tmp_path) as ear:
        url, _ = ear.fields()
        whole = b'{"id": "id-1", "status": "Ready"}'
        assert await ear.post(url, whole.ljust(MAX_BODY)) == 200
        assert await ear.post(url, whole.ljust(MAX_BODY + 1)) == 413
        reader, writer = await ear.connect()
        writer.write(f"GET {urlsplit(url).path}?{urlsplit(url).query} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert b" 405 " in await reader.readline()
        writer.close()


async def test_a_compressed_body_is_not_unpacked(tmp_path: Path) -> None:
    async with receiving(tmp_path) as ear:
        bomb = zlib.compress(b'{"id": "id-1"}' + b" " * 10_000_000)
        assert await ear.post(ear.fields()[0], bomb, {"Content-Encoding": "deflate"}) == 400
        assert ear.heard == []


@pytest.mark.parametrize("part", ["", "POST /hook HTTP/1.1\r\nHost: x\r\nX-Slow", "whole head, half a body"])
async def test_a_client_that_holds_back_is_cut_off(tmp_path: Path, part: str) -> None:
    async with receiving(tmp_path, deadline=0.2) as ear:
        url = urlsplit(ear.fields()[0])
        if part.startswith("whole"):
            part = f"POST {url.path}?{url.query} HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{{"
        reader, writer = await ear.connect()
        writer.write(part.encode())
        async with asyncio.timeout(20):
            assert await reader.read() == b""
        writer.close()
        assert ear.heard == []
        assert await ear.post(ear.fields()[0], READY) == 200


async def test_noise_is_no_reason_to_stop_or_to_speak(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    async with receiving(tmp_path) as ear:
        for noise in (b"\x16\x03\x01\x02\x00\x01", b"GET\r\n\r\n", b"POST /hook HTTP/1.1\r\nContent-Length: x\r\n\r\n"):
            reader, writer = await ear.connect()
            writer.write(noise)
            writer.write_eof()
            await reader.read()
            writer.close()
        assert await ear.post(ear.fields()[0], READY) == 200
    assert capfd.readouterr() == ("", "")


async def test_what_an_earlier_run_asked_for_is_understood_by_the_next(tmp_path: Path) -> None:
    async with receiving(tmp_path) as earlier:
        url, secret = earlier.fields(KEY, 2)
    async with receiving(tmp_path) as ear:
        late = urlsplit(url)._replace(netloc=f"127.0.0.1:{ear.settings.port}").geturl()
        body = b'{"id": "id-1"}'
        assert await ear.post(late, body, signed(secret, body)) == 200
    assert ear.heard == [Delivery(KEY, 2, "id-1", False)]


async def test_what_was_delivered_is_dealt_with_before_the_receiver_is_gone(tmp_path: Path) -> None:
    async with receiving(tmp_path, pause=0.05) as ear:
        assert await ear.post(ear.fields()[0], READY) == 200
        assert ear.heard == []
    assert ear.heard == [Delivery(KEY, 1, "id-1", True)]


async def test_where_nobody_can_listen_nothing_is_sent(tmp_path: Path) -> None:
    async def hear(delivery: Delivery) -> None:
        pass

    async with receiving(tmp_path) as ear:
        second = WebhookReceiver(ear.settings, SPEC, Tags(b"s" * 32), hear)
        with pytest.raises(JobError, match=rf"cannot listen on 127.0.0.1:{ear.settings.port} .*Nothing was sent"):
            await second.start()
    mute = SPEC.model_copy(update={"webhook": None})
    with pytest.raises(JobError, match="takes no webhooks"):
        WebhookReceiver(WebhookSettings("https://example.com/", 1), mute, Tags(b"s" * 32), hear)


def test_a_rehearsal_is_called_on_this_machine_only() -> None:
    assert WebhookSettings("https://example.com/flux", 8123, "0.0.0.0").on_loopback() == WebhookSettings(
        "http://127.0.0.1:8123/", 8123
    )


async def test_the_tasks_own_id_counts_beside_a_deliverys(tmp_path: Path) -> None:
    async with receiving(tmp_path) as ear:
        url, _ = ear.fields()
        for event in ("evt_1", "evt_2"):
            assert await ear.post(url, {"id": event, "task_id": "task-1", "status": "Ready"}) == 200
        assert await ear.post(url, {"id": "a b", "task_id": "task-1", "status": "Ready"}) == 400
    assert ear.heard == [Delivery(KEY, 1, "task-1", True, (event,)) for event in ("evt_1", "evt_2")]


@pytest.mark.parametrize("body", [b"[" * 50_000, b'{"id":' * 10_000, b'{"id": "\xff"}', b'{"id": "\\ud800"}'])
async def test_a_body_that_no_reader_bears_is_refused_like_any_other(tmp_path: Path, body: bytes) -> None:
    async with receiving(tmp_path) as ear:
        assert await ear.post(ear.fields()[0], body) == 400
        assert await ear.post(ear.fields()[0], READY) == 200
    assert len(ear.heard) == 1


@pytest.mark.parametrize("known", ["task-1", "evt_2"])
async def test_deliveries_that_name_a_known_id_beside_others_charge_nothing(tmp_path: Path, known: str) -> None:
    told = [{"id": event, "task_id": "task-1", "status": "Ready"} for event in ("evt_2", "evt_2", known)]
    async with bench(tmp_path / "out") as at, receiving(tmp_path) as ear:
        await at.write(Submitting(key=ONE, attempt=1), Submitted(key=ONE, attempt=1, remote_id=known))
        for body in told:
            assert await ear.post(ear.fields(ONE)[0], body) == 200
        lines = at.lines
        with open_inbox(tmp_path / "out") as inbox:
            for delivery in ear.heard:
                await at.doubts.delivered(delivery)
                inbox.keep(delivery)
        assert (at.lines, at.record().charges_hi, len(ear.heard)) == (lines, 1, 3)
        assert not is_unread(at.floor.journal.manifest, tmp_path / "out")
