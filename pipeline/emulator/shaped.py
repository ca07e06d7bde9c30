"""A provider that a job describes itself, served as its own file says: its paths, its words, its places in replies."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aiohttp import web

from pipeline.catalog.provider import ProviderSpec
from pipeline.emulator import replies
from pipeline.emulator.ledger import Accepted
from pipeline.emulator.routes import Routes, json_of, origin_of, refuse, reply
from pipeline.emulator.tasks import status_of

CREDIT_USD = 0.01
PREFIX = "/as"
_MEANINGS = {
    "Task not found": "missing",
    "Pending": "running",
    "Generating": "running",
    "Ready": "ready",
    "Request Moderated": "moderated",
    "Content Moderated": "moderated",
    "Error": "failed",
    "Failed": "failed",
}


class Shaped:
    """The routes of one such provider, at `/as/<its name>`. They translate, as `Routes` does."""

    def __init__(self, routes: Routes, spec: ProviderSpec) -> None:
        self._routes, self._spec = routes, spec
        self._home = f"{PREFIX}/{spec.name}"
        self._models = {served.route or name: name for name, served in spec.models.items()}
        self._submit, self._poll = urlsplit(spec.submit.path), urlsplit(spec.poll.path)

    def table(self) -> list[web.RouteDef]:
        """Its two routes."""
        return [
            web.get(self._home + self._poll.path, self.poll),
            web.post(self._home + self._submit.path.replace("{model}", "{model:.+}"), self.submit),
        ]

    async def submit(self, request: web.Request) -> web.StreamResponse:
        """The paid POST."""
        self._check_key(request)
        whole, rule = await json_of(request), self._spec.submit
        body = whole if rule.nest is None else whole.get(rule.nest)
        if not isinstance(body, dict):
            raise refuse(
                request, 422, details=[{"type": "missing", "loc": ["body", rule.nest], "msg": "Field required"}]
            )
        model = self._model(request, whole)
        task = await self._routes.accept(request, "own", model, self._flat(body) | self._webhook(whole))
        poll_url = f"{origin_of(request)}{self._home}{self._spec.poll.path.replace('{id}', task.id)}"
        tree: Any = {}
        for path, value in ((rule.id, task.id), (rule.poll_url, poll_url), (rule.cost, self._cost(task))):
            tree = put(tree, path, value)
        return self._routes.spoiled(request, task) or reply(tree)

    async def poll(self, request: web.Request) -> web.Response:
        """The status GET."""
        self._check_key(request)
        task = self._routes.find_task(_told(request, self._poll.query, "id"))
        if task is None and not self._spec.statuses.missing:
            return reply({"detail": "Not found"}, 404)
        word = "Task not found" if task is None else status_of(task, time.time())
        tree = put({}, self._spec.poll.status, self._word(_MEANINGS[word]))
        if task is None:
            return reply(tree)
        return reply(self._ready(request, task, tree) if word == "Ready" else self._why(task, word, tree))

    def _ready(self, request: web.Request, task: Accepted, tree: Any) -> Any:
        places = self._spec.ready
        sample = self._routes.sample_url(origin_of(request), task)
        for path, value in (
            (places.sample, sample),
            (places.seed, task.seed),
            (places.prompt, task.prompt),
            (places.duration, task.latency),
            (places.started, task.at),
            (places.ended, task.ends_at),
            (places.cost, self._cost(task)),
        ):
            tree = put(tree, path, value)
        return tree

    def _why(self, task: Accepted, word: str, tree: Any) -> Any:
        ended = _MEANINGS[word] in ("moderated", "failed")
        return put(tree, self._spec.details, next(iter(replies.why(task).values()))) if ended else tree

    def _word(self, meaning: str) -> str:
        """Its first word for that meaning; where it has none, one that every client takes for what is nearest."""
        words = getattr(self._spec.statuses, meaning)
        if words:
            return str(words[0])
        return str(next(iter(self._spec.statuses.failed), "failed")) if meaning == "moderated" else meaning

    def _cost(self, task: Accepted) -> float | None:
        return None if task.credits is None else round(task.credits * CREDIT_USD / self._spec.cost_unit_usd, 9)

    def _model(self, request: web.Request, whole: Mapping[str, Any]) -> Any:
        said = _told(request, self._submit.query, "model") or whole.get(self._spec.submit.model or "", "")
        only = next(iter(self._models)) if len(self._models) == 1 else ""
        return self._routes.known_model(request, self._models.get(str(said or only), str(said)))

    def _flat(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters as the catalog names them."""
        rule = self._spec.submit
        names = {there: name for name, there in rule.names.items()}
        flat: dict[str, Any] = {}
        for there, value in body.items():
            if there in rule.lists and isinstance(value, list):
                flat.update(zip(rule.lists[there], value, strict=False))
                continue
            name = names.get(there, there)
            words = {word: ours for ours, word in rule.values.get(name, {}).items()}
            flat[name] = words.get(value, value) if isinstance(value, str) else value
        return flat

    def _webhook(self, whole: Mapping[str, Any]) -> dict[str, Any]:
        rule = self._spec.webhook
        if rule is None or rule.url not in whole:
            return {}
        told = {"webhook_url": whole[rule.url]}
        return told if rule.secret is None else {**told, "webhook_secret": whole.get(rule.secret)}

    def _check_key(self, request: web.Request) -> None:
        rule = self._spec.key
        sent = request.headers.get(rule.header, "")
        if not sent.startswith(rule.prefix) or not sent.removeprefix(rule.prefix).strip():
            raise refuse(request, 401, "no API key was provided")


def _told(request: web.Request, query: str, mark: str) -> str:
    """What a request has where the file has `mark` in braces: in the path, or in the `query`; empty where nowhere."""
    named = [name for name, value in parse_qsl(query) if value == f"{{{mark}}}"]
    told = (request.match_info.get(mark), *(request.query.get(name) for name in named))
    return next((found for found in told if found), "")


def put(tree: Any, paths: tuple[str, ...], value: Any) -> Any:
    """`tree` with `value` at the first of the dotted `paths`; as it was where there is none, or nothing to say."""
    if not paths or value is None:
        return tree
    return _put(tree, paths[0].split("."), value)


def _put(tree: Any, steps: list[str], value: Any) -> Any:
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if step.isdigit():
        listed = list(tree) if isinstance(tree, list) else []
        listed += [None] * (int(step) + 1 - len(listed))
        listed[int(step)] = _put(listed[int(step)], rest, value)
        return listed
    mapping = dict(tree) if isinstance(tree, dict) else {}
    mapping[step] = _put(mapping.get(step), rest, value)
    return mapping
