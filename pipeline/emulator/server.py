"""`serve`: the emulator's program, from settings to the last reply."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from pipeline.emulator import fates
from pipeline.emulator.gallery import Gallery
from pipeline.emulator.ledger import Ledger
from pipeline.emulator.routes import REQUEST_ID, Answered, Routes
from pipeline.emulator.service import Service
from pipeline.emulator.settings import Settings
from pipeline.emulator.shaped import Shaped
from pipeline.emulator.webhooks import Webhooks
from pipeline.errors import FluxsweepError

BODY_LIMIT = 256 * 2**20
SHUTDOWN = 0.5
NOT_FOUND = "<!doctype html><html><head><title>404</title></head><body><h1>404 page not found</h1></body></html>"


def serve(settings: Settings, ready: Callable[[str], None]) -> None:
    """Runs until SIGINT or SIGTERM, or with `with_parent` until stdin ends; `ready` gets the origin once it listens.

    Raises `FluxsweepError` where the ledger is held or damaged or the port is taken, `DiskError` where the ledger
    cannot be opened.
    """
    asyncio.run(_serve(settings, ready))


async def _serve(settings: Settings, ready: Callable[[str], None]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    if settings.with_parent:
        threading.Thread(target=_wait_for_end_of_stdin, args=(loop, stop), daemon=True).start()
    async with running(settings) as origin:
        ready(origin)
        await stop.wait()


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[str]:
    """The emulator inside this event loop, for as long as the context lasts; gives its origin."""
    ledger = Ledger(Path(settings.ledger) if settings.ledger else None)
    service = Service(settings, ledger)
    gallery = Gallery(settings, ledger)
    webhooks = Webhooks(lambda task: routes.webhook_payload(origin, task))
    routes = Routes(service, gallery, webhooks)
    app = web.Application(middlewares=[around(routes)], client_max_size=BODY_LIMIT)
    for spec in service.providers:
        app.add_routes(Shaped(routes, spec).table())
    app.add_routes(routes.table())
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port)
        try:
            await site.start()
        except OSError as error:
            raise FluxsweepError(f"{settings.host}:{settings.port}: {error.strerror}") from error
        host, port = runner.addresses[0][:2]
        origin = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        webhooks.expect_again(ledger.lines)
        yield origin
    finally:
        await webhooks.close()
        await runner.cleanup()
        gallery.close()
        service.close()


def around(routes: Routes) -> Middleware:
    """What every request meets: a request id, the counts, the `slow` knob, HTML for a wrong path."""
    started = time.time_ns()

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        routes.counts["requests"] += 1
        request_id = f"{started:x}{routes.counts['requests']:08d}"
        REQUEST_ID.set(request_id)
        response = await _answer(request, handler)
        call = routes.call(request.method, request.path)
        if fates.happens(routes.settings, "slow", request.method, request.path, call):
            await asyncio.sleep(routes.settings.slow_seconds)
        if response.status >= 400:
            routes.rejected[response.status] += 1
        if not response.prepared:
            response.headers["X-Cometapi-Request-Id"] = request_id
        return response

    return middleware


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Answered as answered:
        return answered.response
    except web.HTTPNotFound:
        return web.Response(status=404, text=NOT_FOUND, content_type="text/html")


def _wait_for_end_of_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    while os.read(0, 4096):
        pass
    # The loop may be gone already, when a signal came first.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(stop.set)
