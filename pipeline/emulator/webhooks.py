"""Webhooks: a POST when a task has ended, signed, tried again after 1, 5 and 30 s."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any

import aiohttp
import msgspec

from pipeline.emulator.ledger import Accepted

DELAYS = (1.0, 5.0, 30.0)
LATE = 60.0
TIMEOUT = aiohttp.ClientTimeout(total=10)


class Webhooks:
    """Deliveries under way. `payload` makes a task's JSON body at the moment of delivery."""

    def __init__(self, payload: Callable[[Accepted], dict[str, Any]]) -> None:
        self._payload = payload
        self._under_way: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def expect(self, task: Accepted) -> None:
        """Delivers at the task's end, if it asked for that and will end."""
        if address_of(task) and task.fate != "never":
            delivery = asyncio.create_task(self._deliver(task))
            self._under_way.add(delivery)
            delivery.add_done_callback(self._under_way.discard)

    def expect_again(self, tasks: list[Accepted]) -> None:
        """After a restart: what has not ended, or ended so lately that its delivery may have been cut off."""
        for task in tasks:
            if task.ends_at > time.time() - LATE:
                self.expect(task)

    async def close(self) -> None:
        """Drops what is not delivered."""
        for delivery in self._under_way:
            delivery.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _deliver(self, task: Accepted) -> None:
        await asyncio.sleep(max(0.0, task.ends_at - time.time()))
        body = msgspec.json.encode(self._payload(task))
        for delay in (*DELAYS, None):
            if await self._post(task, body) or delay is None:
                return
            await asyncio.sleep(delay)

    async def _post(self, task: Accepted, body: bytes) -> bool:
        headers = {"Content-Type": "application/json"}
        if secret := task.body.get("webhook_secret"):
            digest = hmac.new(str(secret).encode(), body, hashlib.sha256).hexdigest()
            headers["X-BFL-Signature"] = f"sha256={digest}"
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        try:
            async with self._session.post(address_of(task), data=body, headers=headers) as reply:
                return reply.status < 300
        except (aiohttp.ClientError, TimeoutError):
            return False


def address_of(task: Accepted) -> str:
    """Where the task's webhook goes; empty for nowhere."""
    return str(task.body.get("webhook_url") or "")
