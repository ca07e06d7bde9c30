"""Downloads through the real provider: from where, over how many redirects, how much, and what becomes of the bytes."""

from __future__ import annotations

import asyncio
import gzip
import io
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import Image

from pipeline.catalog.load import load_catalog
from pipeline.manifest.lines import Artifact
from pipeline.providers import addresses as addresses_module
from pipeline.providers import http as http_module
from pipeline.providers.base import Again, Fetched
from pipeline.providers.http import HttpProvider
from pipeline.run.collect import Spoilt, collect
from pipeline.stores.local import LocalStore
from tests.providers.scripted import http, scripted

ELSEWHERE = "https://api.cometapi.com"


@asynccontextmanager
async def provider(origin: str, *, trust_env: bool = False) -> AsyncIterator[HttpProvider]:
    one = HttpProvider(load_catalog().provider("cometapi"), origin, "sk-any", trust_env=trust_env)
    try:
        yield one
    finally:
        await one.close()


@asynccontextmanager
async def listening(host: str = "127.0.0.1", answer: bytes = b"") -> AsyncIterator[tuple[int, list[int]]]:
    """A port that counts who connects, and answers each connection once."""
    connections: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(1)
        if answer:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, host, 0)
    try:
        yield server.sockets[0].getsockname()[1], connections
    finally:
        server.close()


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (16, 16), "teal").save(out, kind)
    return out.getvalue()


def whole(_line: str) -> bytes:
    return http(200, b"x" * 70_000)


@pytest.mark.parametrize("trust_env", [False, True])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "2130706433", "127.1"])
async def test_a_provider_elsewhere_sends_nobody_to_this_machine(
    host: str, trust_env: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    async with listening() as (port, connections), provider(ELSEWHERE, trust_env=trust_env) as one:
        outcome = await one.download(f"http://{host}:{port}/sample.png", lambda _chunk: None)
        assert isinstance(outcome, Again)
        assert connections == []


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fec0::1]"])
async def test_a_provider_on_this_machine_sends_nobody_further_inside(host: str) -> None:
    async with provider("http://127.0.0.1:1") as one, asyncio.timeout(5):
        assert isinstance(await one.download(f"http://{host}/sample.png", lambda _chunk: None), Again)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/x", "data:image/png;base64,AA==", "http://", ""]
)
async def test_only_http_is_spoken(url: str) -> None:
    async with provider("http://127.0.0.1:1") as one:
        assert isinstance(await one.download(url, lambda _chunk: None), Again)


def hops(count: int) -> Callable[[str], bytes]:
    """A server whose `/0` leads to the picture over so many redirects."""

    def answer(line: str) -> bytes:
        place = int(line.split("/")[1].split()[0])
        return whole(line) if place == count else http(302, Location=f"/{place + 1}")

    return answer


@pytest.mark.parametrize("count", [0, 1, 2, 3])
async def test_three_redirects_are_followed(count: int) -> None:
    async with scripted(hops(count)) as server, provider(server.origin) as one:
        assert await one.download(f"{server.origin}/0", lambda _chunk: None) == Fetched(70_000)
    assert len(server.requests) == count + 1


async def test_and_no_fourth() -> None:
    async with scripted(hops(4)) as server, provider(server.origin) as one:
        assert isinstance(await one.download(f"{server.origin}/0", lambda _chunk: None), Again)
    assert len(server.requests) == 4


async def test_where_a_redirect_leads_is_checked_like_the_first_address(monkeypatch: pytest.MonkeyPatch) -> None:
    # This machine's second address stands for one outside.
    monkeypatch.setattr(addresses_module, "is_public", lambda address: address == "127.0.0.2")
    async with listening() as (inside, connections):
        away = http(302, Location=f"http://127.0.0.1:{inside}/secret")
        async with listening("127.0.0.2", away) as (outside, reached), provider(ELSEWHERE) as one:
            outcome = await one.download(f"http://127.0.0.2:{outside}/sample.png", lambda _chunk: None)
    assert isinstance(outcome, Again)
    assert (reached, connections) == ([1], [])


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_packed_body_stays_as_it_is(coding: str) -> None:
    packed = gzip.compress(b"x" * 1_000_000)
    got = bytearray()
    async with scripted(http(200, packed, Content_Encoding=coding)) as server, provider(server.origin) as one:
        assert await one.download(f"{server.origin}/sample.png", got.extend) == Fetched(len(packed))
    assert bytes(got) == packed
    assert "accept-encoding: identity" in server.requests[0].lower()


@pytest.mark.parametrize(("size", "kind"), [(9_999, Fetched), (10_000, Fetched), (10_001, Again), (3_000_000, Again)])
async def test_more_than_a_picture_can_be_is_cut_off(size: int, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "MAX_PICTURE", 10_000)
    got = bytearray()
    async with scripted(http(200, b"x" * size)) as server, provider(server.origin) as one:
        outcome = await one.download(f"{server.origin}/sample.png", got.extend)
    assert type(outcome) is kind
    assert len(got) <= 10_000


def test_a_picture_has_at_most_64_mib() -> None:
    assert http_module.MAX_PICTURE == 64 * 2**20


async def kept(folder: Path, name: str, answer: bytes) -> object:
    """What becomes of a download that is answered so, under the name `images/cat`."""
    async with scripted(answer) as server, provider(server.origin) as one:
        with ThreadPoolExecutor(1) as executor:
            return await collect(one, LocalStore(folder), executor, f"{server.origin}/{name}", "images/cat")


def files_in(folder: Path) -> list[str]:
    return [file.name for file in folder.rglob("*") if file.is_file()]


@pytest.mark.parametrize(("kind", "extension"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")])
@pytest.mark.parametrize("said", ["sample.jpeg", "sample.png", "sample.webp", "sample"])
async def test_the_extension_follows_the_bytes(tmp_path: Path, kind: str, extension: str, said: str) -> None:
    artifact = await kept(tmp_path, said, http(200, picture(kind)))
    assert isinstance(artifact, Artifact)
    assert artifact.path == f"images/cat.{extension}"
    assert artifact.media_type == f"image/{kind.lower()}"
    assert files_in(tmp_path) == [f"cat.{extension}"]


@pytest.mark.parametrize("content", [b"", b"<html>expired</html>", gzip.compress(picture("PNG")), picture("PNG")[:-8]])
async def test_what_is_no_whole_picture_leaves_nothing_behind(tmp_path: Path, content: bytes) -> None:
    assert isinstance(await kept(tmp_path, "sample.png", http(200, content)), Spoilt)
    assert files_in(tmp_path) == []
