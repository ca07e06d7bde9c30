"""What a careful programmer would write by hand in an afternoon: submit, poll, download, decode once, write.

No journal, no resume, no limits but a semaphore. `python -m benchmarks.baseline '{…}'` prints JSON.
"""

from __future__ import annotations

import asyncio
import io
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import aiohttp
from PIL import Image

from benchmarks.loop import tasks

_HEADERS = {"Authorization": "Bearer benchmark"}


async def one(session: aiohttp.ClientSession, origin: str, folder: Path, request: Any, poll: float) -> None:
    async with session.post(f"{origin}/flux/v1/{request.model}", json=request.params, headers=_HEADERS) as response:
        remote_id = (await response.json())["id"]
    while True:
        await asyncio.sleep(poll)
        url = f"{origin}/flux/v1/get_result?id={remote_id}"
        async with session.get(url, headers=_HEADERS) as response:
            reply = await response.json()
        if reply["status"] == "Ready":
            break
    async with session.get(reply["result"]["sample"]) as response:
        content = await response.read()
    await asyncio.to_thread(_decode, content)
    (folder / f"{remote_id}.png").write_bytes(content)


def _decode(content: bytes) -> None:
    Image.open(io.BytesIO(content)).load()


async def run(words: dict[str, Any]) -> None:
    folder = Path(words["folder"])
    gate = asyncio.Semaphore(words["active"])

    async with aiohttp.ClientSession() as session:

        async def gated(request: Any) -> None:
            async with gate:
                await one(session, words["origin"], folder, request, words["poll"])

        await asyncio.gather(*(gated(task.request) for task in tasks(words["count"])))


def main(words: dict[str, Any]) -> None:
    Path(words["folder"]).mkdir(parents=True)
    before, started = _cpu(), time.monotonic()
    asyncio.run(run(words))
    print(json.dumps({"wall": time.monotonic() - started, "cpu": _cpu() - before}))


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
