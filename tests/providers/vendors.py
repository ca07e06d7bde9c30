"""The vendors' services as their public pages describe them, on loopback: written apart from the catalog's data.

Each takes submits, says "not yet" once, then answers as told. Every request must carry its own vendor's key; a request
that does not is refused as the vendor refuses it. Bodies are kept as they came.
"""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web
from PIL import Image

Json = dict[str, Any]


def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(out, "PNG")
    return out.getvalue()


PICTURE = _picture()


@dataclass
class Vendor:
    """One service. `fate` is what becomes of tasks: ready, moderated or failed. `refuses` is a status and a body."""

    name: str
    key: str
    fate: str = "ready"
    refuses: tuple[int, Json] | None = None
    poll_host: str = ""
    origin: str = ""
    submits: list[tuple[str, Json]] = field(default_factory=list)
    polls: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    downloads: list[dict[str, str]] = field(default_factory=list)
    asked: dict[str, int] = field(default_factory=dict)

    def holds_key(self, request: web.Request) -> bool:
        header, value = ("x-key", self.key) if self.name == "bfl" else ("Authorization", f"Bearer {self.key}")
        if request.headers.get(header) == value:
            return True
        self.strangers.append(f"{request.method} {request.path}")
        return False

    async def take(self, request: web.Request) -> web.Response:
        if not self.holds_key(request):
            return answer({"detail": "Not authenticated"}, 403 if self.name == "bfl" else 401)
        self.submits.append((request.match_info["model"], msgspec.json.decode(await request.read())))
        if self.refuses is not None:
            status, body = self.refuses
            return answer(body, status)
        remote_id = f"{self.name}-{len(self.submits)}"
        return answer(self.accepted(remote_id), 201 if "replicate" in self.name else 200)

    async def tell(self, request: web.Request) -> web.Response:
        if not self.holds_key(request):
            return answer({"detail": "Not authenticated"}, 403 if self.name == "bfl" else 401)
        remote_id = request.match_info.get("id") or request.query.get("id", "")
        self.polls.append(str(request.rel_url))
        self.asked[remote_id] = self.asked.get(remote_id, 0) + 1
        known = remote_id.startswith(f"{self.name}-")
        if "replicate" in self.name:
            return answer(self.prediction(remote_id), 200) if known else answer({"detail": "Not found"}, 404)
        return answer(
            self.result(remote_id) if known else {"id": remote_id, "status": "Task not found", "result": None}
        )

    async def serve(self, request: web.Request) -> web.Response:
        self.downloads.append(dict(request.headers))
        return web.Response(body=PICTURE, content_type="image/png")

    def accepted(self, remote_id: str) -> Json:
        """What a submit is answered with, by the vendor's page."""
        if self.name == "bfl":
            url = f"{self.poll_host or self.origin}/v1/get_result?id={remote_id}"
            return {"id": remote_id, "polling_url": url, "cost": 4.5, "input_mp": 0.0, "output_mp": 1.0}
        if self.name == "cometapi":
            return {"id": remote_id, "status": "Pending"}
        return self.prediction(remote_id)

    def result(self, remote_id: str) -> Json:
        if self.asked[remote_id] < 2:
            return {"id": remote_id, "status": "Pending", "result": None, "progress": 0.5}
        if self.fate == "moderated":
            details = {"Moderation Reasons": ["Nudity"]}
            return {"id": remote_id, "status": "Content Moderated", "result": None, "details": details}
        if self.fate == "failed":
            return {"id": remote_id, "status": "Error", "result": None, "details": {"error": "out of luck"}}
        times = {"start_time": 1731467764.25, "end_time": 1731467769.25, "duration": 5.0}
        sample = {"sample": f"{self.origin}/delivery/sample.jpeg?sig=x", "prompt": "a cat", "seed": 42}
        return {"id": remote_id, "status": "Ready", "result": {**sample, **times}}

    def prediction(self, remote_id: str) -> Json:
        asked = self.asked.get(remote_id, 0)
        status = "starting" if not asked else "processing" if asked < 2 else "succeeded"
        ended = status == "succeeded"
        if ended and self.fate != "ready":
            status = "failed"
        get = f"{self.origin}/predictions/{remote_id}"
        return {
            "id": remote_id,
            "status": status,
            "output": [f"{self.origin}/delivery/out-0.png"] if status == "succeeded" else None,
            "error": "out of luck" if status == "failed" else None,
            "logs": "Using seed: 42",
            "metrics": {"predict_time": 5.0} if ended else {},
            "urls": {"get": get, "cancel": f"{get}/cancel"},
        }


PATHS = {
    "bfl": ("/v1/{model}", "/v1/get_result"),
    "cometapi": ("/flux/v1/{model}", "/flux/v1/get_result"),
    "cometapi-replicate": ("/replicate/v1/models/{model:.+}/predictions", "/replicate/v1/predictions/{id}"),
    "replicate": ("/v1/models/{model:.+}/predictions", "/v1/predictions/{id}"),
}


def answer(tree: Json, status: int = 200) -> web.Response:
    """A JSON reply."""
    return web.Response(body=msgspec.json.encode(tree), status=status, content_type="application/json")


@asynccontextmanager
async def vendor(name: str, key: str = "sk-home", host: str = "127.0.0.1", **told: Any) -> AsyncIterator[Vendor]:
    """That vendor's service on `host`, a loopback address."""
    service = Vendor(name, key, **told)
    submit, poll = PATHS[name]
    app = web.Application()
    app.add_routes(
        [web.get(poll, service.tell), web.post(submit, service.take), web.get("/delivery/{x}", service.serve)]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, host, 0).start()
    service.origin = f"http://{host}:{runner.addresses[0][1]}"
    try:
        yield service
    finally:
        await runner.cleanup()


async def until_it_ends(poll: Callable[[], Awaitable[Any]], running: type) -> list[Any]:
    """Every outcome of `poll`, up to the first that is not `running`."""
    outcomes: list[Any] = []
    async with asyncio.timeout(20):
        while not outcomes or isinstance(outcomes[-1], running):
            outcomes.append(await poll())
    return outcomes


@contextmanager
def vendors(*names: str, **told: dict[str, Any]) -> Iterator[list[Vendor]]:
    """Those vendors, each with a key and a loopback address of its own, beside this thread."""
    loop, listening, done = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    services: list[Vendor] = []

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            for number, name in enumerate(names, 1):
                more = told.get(name.replace("-", "_"), {})
                opened = vendor(name, f"sk-of-{name}", f"127.0.0.{number}", **more)
                services.append(await stack.enter_async_context(opened))
            listening.set()
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert listening.wait(20)
        yield services
    finally:
        loop.call_soon_threadsafe(done.set)
        thread.join()
        loop.close()
