"""The emulator in a thread of this process: up in milliseconds, and alive whatever becomes of its clients."""

from __future__ import annotations

import asyncio
import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pipeline.emulator.server import running
from pipeline.emulator.settings import Settings


@contextmanager
def emulating(settings: Settings) -> Iterator[str]:
    """A running emulator; gives its origin."""
    listening, done = threading.Event(), asyncio.Event()
    origins: list[str] = []
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with running(settings) as origin:
            origins.append(origin)
            listening.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert listening.wait(20)
        yield origins[0]
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()


def stats_of(origin: str) -> dict[str, Any]:
    """What the emulator counts."""
    with urllib.request.urlopen(f"{origin}/_emulator/stats") as reply:
        counted: dict[str, Any] = json.load(reply)
    return counted
