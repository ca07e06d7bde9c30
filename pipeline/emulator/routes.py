"""The routes over HTTP: the gateway's Flux route, the vendor's own, Replicate's, results, and the statistics."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextvars import ContextVar
from typing import Any

import msgspec
from aiohttp import web

from pipeline.catalog.model import Model
from pipeline.emulator import fates, replicate, replies, urls
from pipeline.emulator.gallery import Gallery
from pipeline.emulator.ledger import Accepted, Shape
from pipeline.emulator.service import Refused, Service
from pipeline.emulator.tasks import status_of
from pipeline.emulator.webhooks import Webhooks

REQUEST_ID: ContextVar[str] = ContextVar("request_id")
POLL_PATHS: dict[Shape, str] = {
    "flux": "/flux/v1/get_result?id=",
    "bfl": "/v1/get_result?id=",
    "replicate": "/replicate/v1/predictions/",
}
# By the gateway, and direct.
REPLICATE_HOMES = ("/replicate/v1", "/v1")


class Answered(Exception):
    """Ends a request's handling early, with this reply."""

    def __init__(self, response: web.Response) -> None:
        super().__init__(response.status)
        self.response = response


class Routes:
    """The handlers of one emulator. They translate; `Service` decides."""

    def __init__(self, service: Service, gallery: Gallery, webhooks: Webhooks) -> None:
        self.service = service
        self.settings = service.settings
        self.counts: Counter[str] = Counter()
        self.rejected: Counter[int] = Counter()
        self._gallery = gallery
        self._webhooks = webhooks
        self._secret = urls.secret_of(self.settings.seed)
        self._calls: Counter[str] = Counter()
        self._own_headers = {spec.key.header.lower() for spec in service.providers}

    def table(self) -> list[web.RouteDef]:
        """Every route. The ends of the polling paths come before the model names that they would match."""
        replicates = [route for home in REPLICATE_HOMES for route in self._replicate(home)]
        return [
            web.get("/_emulator/stats", self.stats),
            web.get("/results/{id}/{name}", self.download),
            web.get("/flux/v1/get_result", self.poll),
            web.get("/v1/get_result", self.poll),
            *replicates,
            web.post("/flux/v1/{model}", self.submit_flux),
            web.post("/v1/{model}", self.submit_bfl),
        ]

    def _replicate(self, home: str) -> list[web.RouteDef]:
        return [
            web.get(f"{home}/predictions/{{id}}", self.get_prediction),
            web.post(f"{home}/predictions/{{id}}/cancel", self.get_prediction),
            web.post(f"{home}/models/{{owner}}/{{model}}/predictions", self.submit_prediction),
        ]

    async def submit_flux(self, request: web.Request) -> web.StreamResponse:
        """`POST /flux/v1/{model}`."""
        return await self._submit_flat(request, "flux")

    async def submit_bfl(self, request: web.Request) -> web.StreamResponse:
        """`POST /v1/{model}`."""
        return await self._submit_flat(request, "bfl")

    async def submit_prediction(self, request: web.Request) -> web.StreamResponse:
        """`POST …/v1/models/{owner}/{name}/predictions`; `Prefer: wait` holds the reply until the end."""
        model = self._model(request, replicate.catalog_name(request.match_info["model"]))
        tree = await json_of(request)
        if not isinstance(tree.get("input"), dict):
            missing = {"type": "missing", "loc": ["body", "input"], "msg": "Field required", "input": tree}
            raise refuse(request, 422, details=[missing])
        task = await self.accept(request, "replicate", model, replicate.flat_body(model, tree))
        wait = replicate.seconds_to_wait(request.headers.get("Prefer", ""))
        await asyncio.sleep(max(0.0, min(wait, task.ends_at - time.time())))
        return self.spoiled(request, task) or reply(self._prediction(request, task), 201)

    async def poll(self, request: web.Request) -> web.Response:
        """`GET …/get_result?id=`, for a task of any route."""
        task = self._task(request, request.query.get("id", ""))
        if task is None:
            return reply(replies.missing(request.query.get("id", "")))
        running = "Pending" if shape_of(request) == "bfl" else "Generating"
        sample_url = self.sample_url(origin_of(request), task)
        return reply(replies.polled(task, time.time(), sample_url, running=running))

    async def get_prediction(self, request: web.Request) -> web.Response:
        """`GET …/v1/predictions/{id}`. A task that runs cannot be cancelled: that answers the same."""
        task = self._task(request, request.match_info["id"])
        if task is None:
            return reply({"detail": "Not found", "status": 404}, 404)
        return reply(self._prediction(request, task))

    async def download(self, request: web.Request) -> web.StreamResponse:
        """A result, by its signed URL. A key sent here is counted: it should have stayed at home."""
        self.counts["downloads"] += 1
        own_key = self._own_headers & {name.lower() for name in request.headers}
        self.counts["downloads_with_key"] += bool(key_of(request) or own_key)
        task = self.service.tasks.get(request.match_info["id"])
        query = request.query
        if task is None or status_of(task, time.time()) != "Ready":
            return web.Response(status=404, text="<Error><Code>BlobNotFound</Code></Error>", content_type="text/xml")
        if not urls.holds(self._secret, task.id, query.get("se", ""), query.get("sig", ""), time.time()):
            status = 403 if fates.chance(self.settings.seed, "gone", task.id) < 0.5 else 410
            text = "<Error><Code>AuthenticationFailed</Code><Message>Signature not valid</Message></Error>"
            return web.Response(status=status, text=text, content_type="text/xml")
        data = await self._gallery.fetch(task)
        media_type = urls.media_type(task.format)
        if fates.happens(self.settings, "truncated", task.id, self.call("download", task.id)):
            return await _cut_short(request, data, media_type)
        return web.Response(body=data, content_type=media_type)

    async def stats(self, _: web.Request) -> web.Response:
        """`GET /_emulator/stats`: what the ledger holds, and what was asked of this process."""
        tasks = self.service.tasks.values()
        billed = [task for task in tasks if task.billed]
        counted = ("polls", "downloads", "downloads_with_key")
        return reply(
            {
                "submits": len(tasks),
                "billed": len(billed),
                "credits": round(sum(task.credits or 0 for task in billed), 6),
                "unpriced": sum(task.credits is None for task in billed),
                "active": len(self.service.active()),
                "per_model": Counter(task.model for task in tasks),
                "fates": Counter(task.fate for task in tasks),
                "duplicates": self.service.duplicates(),
                "requests": self.counts["requests"],
                **{name: self.counts[name] for name in counted},
                "rejected": {str(status): count for status, count in sorted(self.rejected.items())},
            }
        )

    def webhook_payload(self, origin: str, task: Accepted) -> dict[str, Any]:
        """What a webhook says: the task as a poll at this moment tells it."""
        if task.shape == "replicate":
            return replies.prediction(task, time.time(), origin, self.sample_url(origin, task))
        return {"task_id": task.id, **replies.polled(task, time.time(), self.sample_url(origin, task))}

    async def _submit_flat(self, request: web.Request, shape: Shape) -> web.StreamResponse:
        model = self._model(request, request.match_info["model"])
        task = await self.accept(request, shape, model, await json_of(request))
        poll_url = f"{origin_of(request)}{POLL_PATHS[shape]}{task.id}"
        return self.spoiled(request, task) or reply(replies.submitted(task, poll_url))

    async def accept(self, request: web.Request, shape: Shape, model: Model, body: dict[str, Any]) -> Accepted:
        """Take a submit, and its webhook; what is refused is answered in the words of its route."""
        try:
            task = await self.service.submit(shape, model, body)
        except Refused as refused:
            raise self._refusal(request, refused) from None
        self._webhooks.expect(task)
        return task

    def _refusal(self, request: web.Request, refused: Refused) -> Answered:
        if refused.why == "invalid":
            return refuse(request, 422, details=refused.details)
        if refused.why == "error_500":
            return Answered(broken())
        if refused.why == "unavailable_503":
            # Only the gateway answers so, whatever the route: the request never reached the vendor.
            return refuse(request, 503, "no channel is available", "service_unavailable", shape="flux")
        error = refuse(request, 429, "too many active tasks", "rate_limit_exceeded")
        if refused.why == "busy_retry_after" or (refused.why == "full" and self.settings.full_retry_after):
            error.response.headers["Retry-After"] = str(self.settings.retry_after)
        return error

    def spoiled(self, request: web.Request, task: Accepted) -> web.Response | None:
        """The reply to a submit that was taken and whose reply goes wrong; None where it does not."""
        fault = fates.broken_reply(self.settings, task.id)
        if fault == "accepted_drop" and request.transport is not None:
            request.transport.abort()
        return broken() if fault else None

    def _model(self, request: web.Request, name: str) -> Model:
        check_key(request)
        return self.known_model(request, name)

    def known_model(self, request: web.Request, name: str) -> Model:
        """The model of that name; a 404 where there is none."""
        if name not in self.service.models:
            raise refuse(request, 404, f"model {name} not found", "model_not_found")
        return self.service.models[name]

    def _task(self, request: web.Request, remote_id: str) -> Accepted | None:
        check_key(request)
        return self.find_task(remote_id)

    def find_task(self, remote_id: str) -> Accepted | None:
        """The task that a poll asks for."""
        self.counts["polls"] += 1
        if fates.happens(self.settings, "poll_500", remote_id, self.call("poll", remote_id)):
            raise Answered(broken())
        return self.service.tasks.get(remote_id)

    def _prediction(self, request: web.Request, task: Accepted) -> dict[str, Any]:
        origin = origin_of(request)
        return replies.prediction(task, time.time(), origin, self.sample_url(origin, task))

    def sample_url(self, origin: str, task: Accepted) -> str:
        """Where a finished picture lies; empty before."""
        now = time.time()
        if status_of(task, now) != "Ready":
            return ""
        is_over = fates.happens(self.settings, "expired", task.id, self.call("url", task.id))
        expiry = now - 1 if is_over else now + self.settings.url_lifetime
        return origin + urls.sample_path(self._secret, task.id, task.format, expiry)

    def call(self, kind: str, what: str) -> int:
        """The number, from 1, of this call of its kind."""
        self._calls[f"{kind} {what}"] += 1
        return self._calls[f"{kind} {what}"]


def reply(tree: dict[str, Any], status: int = 200) -> web.Response:
    """A JSON reply."""
    return web.Response(body=msgspec.json.encode(tree), status=status, content_type="application/json")


def broken() -> web.Response:
    """A 500 in nobody's shape, as a proxy gives it."""
    return web.Response(status=500, text="Internal Server Error")


def refuse(
    request: web.Request,
    status: int,
    message: str = "",
    code: str = "",
    *,
    details: list[dict[str, Any]] | None = None,
    shape: Shape | None = None,
) -> Answered:
    """An error in the words of the request's route (or of `shape`): the gateway's envelope, `detail`, Replicate's."""
    tree: dict[str, Any] = {"detail": details if details is not None else message}
    if details is None and (shape or shape_of(request)) == "flux":
        tree = replies.envelope(message, code, REQUEST_ID.get())
    elif details is None and shape_of(request) == "replicate":
        tree |= {"title": code, "status": status}
    return Answered(reply(tree, status))


def shape_of(request: web.Request) -> Shape:
    """The route that a path belongs to."""
    parts = ("models", "predictions")
    if request.path.startswith(tuple(f"{home}/{part}/" for home in REPLICATE_HOMES for part in parts)):
        return "replicate"
    return "flux" if request.path.startswith("/flux/") else "bfl"


def origin_of(request: web.Request) -> str:
    """Scheme and host as the client wrote them."""
    return f"{request.scheme}://{request.host}"


def key_of(request: web.Request) -> str:
    """The key: `x-key`, or `Authorization` with `Bearer`, `Token` or nothing before it."""
    scheme, _, key = request.headers.get("Authorization", "").strip().rpartition(" ")
    return request.headers.get("x-key", "").strip() or (key if scheme.lower() in ("", "bearer", "token") else "")


def check_key(request: web.Request) -> None:
    """Any key serves; none is a 401."""
    if not key_of(request) or key_of(request).lower() in ("bearer", "token"):
        raise refuse(request, 401, "no API key was provided", "invalid_api_key")


async def json_of(request: web.Request) -> dict[str, Any]:
    """The body, a JSON object."""
    try:
        tree = msgspec.json.decode(await request.read())
    except msgspec.DecodeError:
        tree = None
    if isinstance(tree, dict):
        return tree
    if shape_of(request) == "flux":
        raise refuse(request, 400, "the body is not a JSON object", "invalid_request")
    raise refuse(request, 422, details=[{"type": "json_invalid", "loc": ["body"], "msg": "JSON decode error"}])


async def _cut_short(request: web.Request, data: bytes, media_type: str) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(len(data)), "Content-Type": media_type})
    await response.prepare(request)
    await response.write(data[: len(data) // 2])
    if request.transport is not None:
        request.transport.close()
    return response
