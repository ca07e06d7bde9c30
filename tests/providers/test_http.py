"""`HttpProvider` on a real loopback server: what each reply means, what is sent, and where the key goes."""

from __future__ import annotations

import asyncio
import base64
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from pipeline.catalog.load import load_catalog
from pipeline.providers.base import (
    Accepted,
    Again,
    Broke,
    Busy,
    Denied,
    Doubt,
    Fetched,
    Gone,
    Missing,
    Moderated,
    NotSent,
    PollOutcome,
    Rejected,
    Rendered,
    Running,
    SubmitOutcome,
    UnknownModel,
)
from pipeline.providers.http import HttpProvider
from pipeline.task.request import ImageRef, Request
from tests.providers.scripted import Answer, Scripted, http, scripted

KEY = "sk-do-not-leak-me"
REQUEST = Request("cometapi", "flux-2-flex", {"prompt": "a cat", "seed": 42, "guidance": 2.5})


@asynccontextmanager
async def provider(origin: str) -> AsyncIterator[HttpProvider]:
    one = HttpProvider(load_catalog().provider("cometapi"), origin, KEY)
    try:
        yield one
    finally:
        await one.close()


async def submit_to(answer: Answer) -> tuple[SubmitOutcome, Scripted]:
    async with scripted(answer) as server, provider(server.origin) as one:
        return await one.submit(REQUEST, {}), server


def envelope(code: str = "", message: str = "no (request id: r1)") -> str:
    return msgspec.json.encode({"error": {"message": message, "type": "comet_api_error", "code": code}}).decode()


SUBMITS: list[tuple[str, Answer, type]] = [
    ("a 200 with an id", http(200, '{"id": "t-1", "status": "Pending"}'), Accepted),
    ("a 201 with an id", http(201, '{"id": "t-1"}'), Accepted),
    ("a 200 with an id and a stray byte", http(200, b'{"id": "t-1", "status": "\xff"}'), Accepted),
    ("a 200 without an id", http(200, '{"status": "Pending"}'), Doubt),
    ("a 200 with an absurd id", http(200, '{"id": "a b\\n"}'), Doubt),
    ("a 200 with a huge id", http(200, '{"id": "' + "x" * 257 + '"}'), Doubt),
    ("a 200 with a number for an id", http(200, '{"id": 7}'), Doubt),
    ("a 200 that is not JSON", http(200, "<html>"), Doubt),
    ("a 200 that is cut", b'HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"id": "t-1"', Doubt),
    ("nothing but a closed connection", None, Doubt),
    ("a 429", http(429, envelope()), Busy),
    ("a 503 in the gateway's envelope", http(503, envelope()), Busy),
    ("a bare 503", http(503, "upstream"), Doubt),
    ("a 401", http(401, envelope()), Denied),
    ("a 402", http(402, '{"detail": "no credit"}'), Denied),
    ("a 403", http(403, envelope()), Denied),
    ("a 429 for quota", http(429, envelope("insufficient_quota")), Denied),
    ("a 403 for quota", http(403, envelope("insufficient_user_quota")), Denied),
    ("a 400", http(400, envelope()), Rejected),
    ("a 405", http(405), Rejected),
    ("a 413", http(413), Rejected),
    ("a 422", http(422, '{"detail": [{"loc": ["body", "width"], "msg": "too small"}]}'), Rejected),
    ("a 500 that says invalid_request", http(500, envelope("invalid_request")), Rejected),
    ("a 404", http(404, envelope("model_not_found")), UnknownModel),
    ("a 500", http(500, envelope()), Doubt),
    ("a 502", http(502, "<html>bad gateway</html>"), Doubt),
    ("a 504", http(504), Doubt),
    ("a 524", http(524), Doubt),
    ("a 502 for quota", http(502, envelope("insufficient_quota")), Doubt),
    ("a 302 for quota", http(302, envelope("insufficient_quota")), Doubt),
    ("a 400 for quota", http(400, envelope("insufficient_quota")), Rejected),
    ("a 504 that says invalid_request", http(504, envelope("invalid_request")), Doubt),
    ("a 429 that says invalid_request", http(429, envelope("invalid_request")), Busy),
    ("JSON of 50,000 levels", http(200, "[" * 50_000), Doubt),
    ("a Retry-After beyond all years", http(429, "{}", Retry_After="Fri, 01 Jan 99999999999999 00:00:00 GMT"), Busy),
    ("a 408", http(408), Doubt),
    ("a 409", http(409), Doubt),
    ("a 301", http(301, "", Location="/elsewhere"), Doubt),
    ("a 307", http(307, "", Location="/elsewhere"), Doubt),
]


@pytest.mark.parametrize(("answer", "kind"), [case[1:] for case in SUBMITS], ids=[case[0] for case in SUBMITS])
async def test_what_a_reply_to_a_submit_means(answer: Answer, kind: type) -> None:
    outcome, server = await submit_to(answer)
    assert type(outcome) is kind
    assert len(server.requests) == 1


async def test_a_submit_is_sent_as_the_guide_says() -> None:
    _, server = await submit_to(http(200, '{"id": "t-1"}'))
    (head,) = server.requests
    assert head.startswith("POST /flux/v1/flux-2-flex HTTP/1.1\r\n")
    assert f"\r\nAuthorization: Bearer {KEY}\r\n" in head
    assert msgspec.json.decode(server.bodies[0]) == {"prompt": "a cat", "seed": 42, "guidance": 2.5}


async def test_what_was_accepted_is_kept_whole() -> None:
    def answer(_line: str) -> bytes:
        url = f"{server.origin}/flux/v1/get_result?id=t-1"
        return http(200, f'{{"id": "t-1", "polling_url": "{url}", "cost": 4.5}}', X_Cometapi_Request_Id="r-9")

    async with scripted(answer) as server, provider(server.origin) as one:
        outcome = await one.submit(REQUEST, {})
    assert outcome == Accepted("t-1", "/flux/v1/get_result?id=t-1", "r-9", 45_000)


async def test_a_poll_url_on_another_host_is_not_kept() -> None:
    outcome, _ = await submit_to(http(200, '{"id": "t-1", "polling_url": "https://evil.example/get?id=t-1"}'))
    assert isinstance(outcome, Accepted)
    assert outcome.poll_url is None


@pytest.mark.parametrize("url", ["https://[x", "https://a\u2100b/", "//evil.example/x", 7, "x" * 3000])
async def test_an_odd_poll_url_costs_no_id(url: object) -> None:
    outcome, _ = await submit_to(http(200, msgspec.json.encode({"id": "t-1", "polling_url": url})))
    assert isinstance(outcome, Accepted)
    assert (outcome.remote_id, outcome.poll_url) == ("t-1", None)


async def test_an_odd_request_id_costs_no_id() -> None:
    raw = http(200, '{"id": "t-1"}', X_Cometapi_Request_Id="r@1").replace(b"r@1", b"r\xff1")
    outcome, _ = await submit_to(raw)
    assert isinstance(outcome, Accepted)
    assert (outcome.remote_id, outcome.request_id) == ("t-1", "r?1")


async def test_a_submit_that_nobody_wants_any_more_leaves_no_byte() -> None:
    async with scripted(http(200, '{"id": "t"}')) as server, provider(server.origin) as one:
        outcome = await one.submit(REQUEST, {}, lambda: False)
    assert isinstance(outcome, NotSent)
    assert server.requests == []


async def test_a_picture_at_an_impossible_host_is_tried_again_and_raises_nothing() -> None:
    async with provider("http://127.0.0.1:1") as one:
        for url in ("http://a..b/x", f"http://{'a' * 70}.example/x"):
            assert isinstance(await one.download(url, lambda _chunk: None), Again)


async def test_a_refused_connection_was_never_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{taken.getsockname()[1]}"
        async with provider(origin) as one:
            outcome = await one.submit(REQUEST, {})
    assert isinstance(outcome, NotSent)
    assert "cannot connect" in outcome.why


async def test_an_input_image_goes_out_as_base64() -> None:
    request = Request("cometapi", "flux-pro-1.0-fill", {"image": ImageRef("ab" * 32, "image/png")})
    async with scripted(http(200, '{"id": "t-1"}')) as server, provider(server.origin) as one:
        await one.submit(request, {"ab" * 32: b"picture"})
    assert msgspec.json.decode(server.bodies[0]) == {"image": base64.b64encode(b"picture").decode()}


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "7"}, 7.0),
        ({"Retry_After": "1.5"}, 1.5),
        ({"Retry_After": "Wed, 21 Oct 2026 07:28:30 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 30.0),
        ({"Retry_After": "Wed, 21 Oct 2026 07:27:00 GMT", "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0.0),
        ({"Retry_After": "soon"}, None),
        ({}, None),
    ],
)
async def test_retry_after_is_read_in_seconds_or_against_the_replys_own_date(
    headers: dict[str, str], seconds: float | None
) -> None:
    outcome, _ = await submit_to(http(429, envelope(), **headers))
    assert isinstance(outcome, Busy)
    assert outcome.retry_after == seconds


def ready(**more: object) -> str:
    return msgspec.json.encode(
        {"id": "t-1", "status": "Ready", "result": {"sample": "https://i.example/x", **more}}
    ).decode()


POLLS: list[tuple[str, Answer, PollOutcome | type]] = [
    ("Pending", http(200, '{"id": "t-1", "status": "Pending"}'), Running("Pending", known=True)),
    ("Reasoning", http(200, '{"status": "Reasoning"}'), Running("Reasoning", known=True)),
    ("a word nobody knows", http(200, '{"status": "Dreaming"}'), Running("Dreaming", known=False)),
    (
        "Ready with everything",
        http(200, ready(seed=7, prompt="a big cat", duration=5.06)),
        Rendered("https://i.example/x", 7, "a big cat", None, 5.06),
    ),
    ("Ready with a picture only", http(200, ready()), Rendered("https://i.example/x", None, None, None, None)),
    (
        "Ready without a picture",
        http(200, '{"status": "Ready", "result": null}'),
        Rendered(None, None, None, None, None),
    ),
    ("Ready with no URL at all", http(200, ready(sample="file:///etc/passwd")), Rendered(None, None, None, None, None)),
    (
        "Request Moderated",
        http(200, '{"status": "Request Moderated", "details": {"Moderation Reasons": ["nudity"]}}'),
        Moderated('Request Moderated: ["nudity"]'),
    ),
    ("Content Moderated", http(200, '{"status": "Content Moderated", "result": null}'), Moderated("Content Moderated")),
    ("Error", http(200, '{"status": "Error", "details": {"error": "oom"}}'), Broke('Error: {"error":"oom"}')),
    ("Failed", http(200, '{"status": "Failed"}'), Broke("Failed")),
    ("Task not found with a 200", http(200, '{"id": "t-1", "status": "Task not found"}'), Missing()),
    ("Task not found with a 404", http(404, '{"status": "Task not found"}'), Missing()),
    ("Task not found in a 404's details", http(404, '{"detail": "Task not found"}'), Missing()),
    ("a 404 of somebody else", http(404, "<html>no such route"), Again),
    ("a 401", http(401, envelope()), Denied),
    ("a 401 with a status", http(401, '{"status": "Pending"}'), Denied),
    ("JSON of 50,000 levels", http(200, "[" * 50_000), Again),
    (
        "half a surrogate pair",
        http(200, '{"status": "Ready", "result": {"sample": "https://i.example/x", "prompt": "a \\ud83d"}}'),
        Rendered("https://i.example/x", None, "a ?", None, None),
    ),
    ("a 403", http(403, envelope()), Denied),
    ("a 429", http(429, envelope(), Retry_After="3"), Again("HTTP 429: no (request id: r1)", 3.0)),
    ("a 500", http(500, envelope()), Again),
    ("a 524", http(524, "x"), Again),
    ("bad JSON", http(200, "{"), Again),
    ("no status", http(200, '{"id": "t-1"}'), Again),
    ("a closed connection", None, Again),
    ("a redirect", http(302, "", Location="https://evil.example/"), Again),
]


@pytest.mark.parametrize(("answer", "outcome"), [case[1:] for case in POLLS], ids=[case[0] for case in POLLS])
async def test_what_a_reply_to_a_poll_means(answer: Answer, outcome: PollOutcome | type) -> None:
    async with scripted(answer) as server, provider(server.origin) as one:
        seen = await one.poll("t-1", None)
    assert seen == outcome or type(seen) is outcome
    assert server.requests[0].startswith("GET /flux/v1/get_result?id=t-1 HTTP/1.1\r\n")


DOWNLOADS: list[tuple[str, Answer, type]] = [
    ("whole", http(200, b"x" * 70_000), Fetched),
    ("cut", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nabc", Again),
    ("403", http(403), Gone),
    ("404", http(404), Gone),
    ("410", http(410), Gone),
    ("500", http(500), Again),
    ("closed", None, Again),
]


@pytest.mark.parametrize(("answer", "kind"), [case[1:] for case in DOWNLOADS], ids=[case[0] for case in DOWNLOADS])
async def test_what_a_download_comes_to(answer: Answer, kind: type) -> None:
    got = bytearray()
    async with scripted(answer) as server, provider(server.origin) as one:
        outcome = await one.download(f"{server.origin}/sample.jpeg?sig=1", got.extend)
    assert type(outcome) is kind
    assert not isinstance(outcome, Fetched) or len(got) == outcome.bytes == 70_000


async def test_the_key_never_goes_to_the_image_host() -> None:
    accept = http(200, '{"id": "t"}')
    async with scripted(http(200, b"picture")) as images, scripted(accept) as api, provider(api.origin) as one:
        await one.submit(REQUEST, {})
        await one.poll("t", None)
        await one.download(f"{images.origin}/x", lambda _chunk: None)
    assert KEY not in "".join(images.requests)
    assert all(KEY in request for request in api.requests)


async def test_a_disk_error_while_writing_is_not_taken_for_the_networks() -> None:
    def full(_chunk: bytes) -> None:
        raise OSError(28, "No space left on device")

    async with scripted(http(200, b"picture")) as server, provider(server.origin) as one:
        with pytest.raises(OSError, match="No space left"):
            await one.download(f"{server.origin}/x", full)


async def test_a_cancelled_submit_leaves_no_connection_behind() -> None:
    async with scripted(lambda _line: b"") as server, provider(server.origin) as one:
        sending = asyncio.create_task(one.submit(REQUEST, {}))
        await server.received.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("sample", "date", "seconds"),
    [
        ("https://i.example/x?se=2026-10-21T07%3A38%3A00Z&sig=s", "Wed, 21 Oct 2026 07:28:00 GMT", 600.0),
        ("https://i.example/x?se=2026-10-21T07%3A27%3A00Z", "Wed, 21 Oct 2026 07:28:00 GMT", -60.0),
        ("https://i.example/x?se=2026-10-21T07%3A38%3A00Z", "", None),
        ("https://i.example/x?se=soon", "Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("https://i.example/x?se=2026-10-21", "Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("https://i.example/x", "Wed, 21 Oct 2026 07:28:00 GMT", None),
    ],
)
async def test_how_long_a_url_holds_is_read_against_the_replys_own_date(
    sample: str, date: str, seconds: float | None
) -> None:
    answer = http(200, ready(sample=sample), **({"Date": date} if date else {}))
    async with scripted(answer) as server, provider(server.origin) as one:
        outcome = await one.poll("t-1", None)
    assert isinstance(outcome, Rendered)
    assert outcome.lifetime == seconds


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_call_with_a_key_follows_a_redirect(status: int) -> None:
    """Not even on its own host, and be it to a whole answer: who is led once can be led anywhere."""
    async with scripted(http(200, '{"id": "t-2", "status": "Ready"}')) as other:
        led = http(status, "", Location=f"{other.origin}/flux/v1/get_result?id=t-1")
        async with scripted(led) as server, provider(server.origin) as one:
            assert isinstance(await one.poll("t-1", None), Again)
        async with scripted(led) as server, provider(server.origin) as one:
            assert isinstance(await one.submit(REQUEST, {}), Doubt)
        assert other.requests == []
