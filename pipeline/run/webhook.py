"""The webhook receiver: a delivery proves that a submit was accepted, and says that it is worth polling now.

It is never the truth about a picture: that comes from a poll. What a delivery must know is in the address that we
gave the service: the folder (`run`), the task, the attempt, and a tag that only we can make. Nothing of a request is
read before the tag holds; a signature or a secret that comes along must hold too.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web

from pipeline.catalog.provider import ProviderSpec, StatusWords
from pipeline.errors import DiskError, JobError
from pipeline.plan.policy import WebhookSettings
from pipeline.providers.reply import is_sane_id
from pipeline.run.listener import Delivery, Listener, OnDelivery
from pipeline.run.tags import Tags, open_tags

MAX_BODY = 64 * 2**10
SIGNATURE = "X-BFL-Signature"
# The task's own id first: beside it, `id` may be the delivery's.
_IDS = ("task_id", "id")
_SECRETS = ("webhook_secret", "secret")
_DEADLINE = 10.0
_SUCCESS = frozenset({"success", "succeeded"})

_quiet = logging.getLogger("fluxsweep.webhook")
_quiet.addHandler(logging.NullHandler())
_quiet.propagate = False


class WebhookReceiver(Listener):
    """Listens over HTTP. `on_accept` is awaited for every delivery that is proven, replays too.

    A connection that has not said all within `deadline` seconds is cut. `kept_first`: a delivery is answered when
    `on_accept` has returned, and with 503 when that raised `DiskError`; else at once.
    """

    def __init__(
        self,
        settings: WebhookSettings,
        spec: ProviderSpec,
        tags: Tags,
        on_accept: OnDelivery,
        *,
        deadline: float = _DEADLINE,
        kept_first: bool = False,
    ) -> None:
        super().__init__(settings, spec, tags)
        self._words, self._on_accept, self._deadline, self._kept_first = spec.statuses, on_accept, deadline, kept_first
        self._under_way: set[asyncio.Task[None]] = set()
        app = web.Application(client_max_size=MAX_BODY)
        app.router.add_route("*", "/{path:.*}", self._receive)
        self._runner = web.AppRunner(
            app, access_log=None, logger=_quiet, auto_decompress=False, lingering_time=1.0, shutdown_timeout=1.0
        )

    async def start(self) -> None:
        """See `Listener.start`. Raises `JobError` where this machine cannot listen there."""
        await self._runner.setup()
        host, port = self._settings.host, self._settings.port
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise JobError(
                f"run.webhook: cannot listen on {host}:{port} ({error.strerror}). Nothing was sent."
            ) from error
        self._cutting = asyncio.create_task(self._cut_the_slow())

    async def close(self) -> None:
        """See `Listener.close`."""
        self._cutting.cancel()
        with suppress(asyncio.CancelledError):
            await self._cutting
        await self._runner.cleanup()
        await asyncio.gather(*self._under_way)

    async def _receive(self, request: web.Request) -> web.Response:
        response = web.Response(status=await self._answer(request))
        response.force_close()
        return response

    async def _answer(self, request: web.Request) -> int:
        """The status to answer with."""
        if request.method != "POST":
            return 405
        proven = self._proven(request.query)
        if proven is None:
            return 403
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return 413
        told = _told(body)
        if not self._signed(request.headers.get(SIGNATURE), told, body):
            return 403
        named = (told.get(name) for name in _IDS)
        ids = list(dict.fromkeys(value for value in named if isinstance(value, str) and value))
        if not ids or not all(map(is_sane_id, ids)):
            return 400
        status = str(told.get("status", ""))
        delivery = Delivery(*proven, ids[0], _is_rendered(status, self._words), tuple(ids[1:]))
        taking = self._take(delivery, status)
        if self._kept_first:
            try:
                await asyncio.shield(taking)
            except DiskError:
                return 503
        return 200

    def _proven(self, query: Mapping[str, str]) -> tuple[str, int] | None:
        """The task and attempt that the address was made for; None when it was not made here."""
        run, key, attempt, tag = (query.get(name, "") for name in ("run", "task", "attempt", "tag"))
        if not (attempt.isascii() and attempt.isdigit() and len(attempt) < 7):
            return None
        return (key, int(attempt)) if self._tags.holds(run, key, int(attempt), tag) else None

    def _signed(self, signature: str | None, told: Mapping[str, Any], body: bytes) -> bool:
        """Every proof that came along holds."""
        if signature is not None and not self._tags.signs(body, signature):
            return False
        return all(self._tags.is_secret(str(told[name])) for name in _SECRETS if told.get(name))

    def _take(self, delivery: Delivery, status: str) -> asyncio.Task[None]:
        if status not in self._words.running:
            self._hint(delivery)
        taking = asyncio.create_task(self._on_accept(delivery))
        self._under_way.add(taking)
        taking.add_done_callback(self._under_way.discard)
        return taking

    async def _cut_the_slow(self) -> None:
        """One connection is one short request: what lives longer has a client that holds back."""
        now = asyncio.get_running_loop().time
        since: dict[Any, float] = {}
        while True:
            await asyncio.sleep(self._deadline / 4)
            server = self._runner.server
            since = {open_: since.get(open_, now()) for open_ in (server.connections if server else ())}
            for connection, begun in since.items():
                if now() - begun > self._deadline:
                    connection.force_close()


def receiving(settings: WebhookSettings, spec: ProviderSpec, folder: Path) -> Callable[[OnDelivery], WebhookReceiver]:
    """Makes the receiver of an output folder, inside the event loop. Raises as `open_tags` does."""
    return lambda on_delivery: WebhookReceiver(settings, spec, open_tags(folder), on_delivery)


def _told(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`; an empty one when there is none."""
    try:
        tree = msgspec.json.decode(body)
    # What is no UTF-8, or nested too deep to be read, is no JSON of any service.
    except (ValueError, RecursionError):
        return {}
    return tree if isinstance(tree, dict) else {}


def _is_rendered(status: str, words: StatusWords) -> bool:
    return status in words.ready or status.lower() in _SUCCESS
