"""A running emulator and one who talks to it, for the tests of this folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp
import msgspec
import pytest

from pipeline.emulator.server import running
from pipeline.emulator.settings import Settings

KEY = {"Authorization": "Bearer some-key"}
Json = dict[str, Any]


class Client:
    """Speaks to an emulator over HTTP."""

    def __init__(self, origin: str, session: aiohttp.ClientSession) -> None:
        self.origin = origin
        self.session = session

    async def post(self, path: str, body: Any, headers: dict[str, str] = KEY) -> tuple[int, Json]:
        """Status and JSON of a POST."""
        async with self.session.post(self.origin + path, json=body, headers=headers) as reply:
            return reply.status, await reply.json(content_type=None)

    async def get(self, path: str, headers: dict[str, str] = KEY) -> tuple[int, Json]:
        """Status and JSON of a GET."""
        url = path if path.startswith("http") else self.origin + path
        async with self.session.get(url, headers=headers) as reply:
            return reply.status, await reply.json(content_type=None)

    async def submit(self, model: str = "flux-pro-1.1", **body: Any) -> Json:
        """The reply to an accepted submit on the gateway's route."""
        status, reply = await self.post(f"/flux/v1/{model}", {"prompt": "a teapot"} | body)
        assert status == 200, reply
        return reply

    async def end(self, remote_id: str) -> Json:
        """The first poll that tells of an end."""
        async with asyncio.timeout(20):
            while True:
                _, reply = await self.get(f"/flux/v1/get_result?id={remote_id}")
                if reply["status"] not in ("Pending", "Generating"):
                    return reply
                await asyncio.sleep(0.01)

    async def download(self, url: str) -> tuple[int, str, bytes]:
        """Status, media type and bytes."""
        async with self.session.get(url) as reply:
            return reply.status, reply.content_type, await reply.read()

    async def stats(self) -> Json:
        """What the emulator counts."""
        return (await self.get("/_emulator/stats"))[1]


Start = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture
def emulator() -> Start:
    """Starts an emulator with these knobs; without them it is flat and quick."""

    @asynccontextmanager
    async def start(**knobs: Any) -> AsyncIterator[Client]:
        settings = msgspec.convert({"painter": "flat", "latency": 0.02, "latency_sigma": 0.0} | knobs, Settings)
        async with running(settings) as origin, aiohttp.ClientSession() as session:
            yield Client(origin, session)

    return start


@pytest.fixture
async def client(emulator: Start) -> AsyncIterator[Client]:
    """One who talks to an emulator without faults."""
    async with emulator() as client:
        yield client
