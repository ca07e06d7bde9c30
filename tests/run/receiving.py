"""A receiver on loopback, and one who calls it as a service would."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import msgspec

from pipeline.catalog.load import load_catalog
from pipeline.catalog.provider import ProviderSpec
from pipeline.plan.policy import WebhookSettings
from pipeline.run.listener import Delivery
from pipeline.run.tags import open_tags
from pipeline.run.webhook import WebhookReceiver

SPEC: ProviderSpec = load_catalog().provider("cometapi")
KEY = "a" * 64


@dataclass
class Ear:
    """A receiver, and what it made of what it was told."""

    receiver: WebhookReceiver
    settings: WebhookSettings
    heard: list[Delivery] = field(default_factory=list)

    def fields(self, key: str = KEY, attempt: int = 1) -> tuple[str, str]:
        """The address and the secret that a submit gives away."""
        fields = self.receiver.fields(key, attempt)
        return fields["webhook_url"], fields["webhook_secret"]

    async def post(self, url: str, body: object, headers: Mapping[str, str] | None = None) -> int:
        """The status that a delivery is answered with. `body` is raw bytes, or made into JSON."""
        raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
        async with aiohttp.ClientSession() as session, session.post(url, data=raw, headers=headers) as reply:
            return reply.status

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A bare connection."""
        return await asyncio.open_connection("127.0.0.1", self.settings.port)


@asynccontextmanager
async def receiving(
    folder: Path, *, deadline: float = 10.0, pause: float = 0.0, kept_first: bool = False
) -> AsyncIterator[Ear]:
    """A receiver of `folder` at work; it takes in what it hears after a pause."""
    port = free_port()
    settings = WebhookSettings(f"http://127.0.0.1:{port}/hook?from=test", port)

    async def hear(delivery: Delivery) -> None:
        await asyncio.sleep(pause)
        ear.heard.append(delivery)

    receiver = WebhookReceiver(settings, SPEC, open_tags(folder), hear, deadline=deadline, kept_first=kept_first)
    ear = Ear(receiver, settings)
    await ear.receiver.start()
    try:
        yield ear
    finally:
        await ear.receiver.close()


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
