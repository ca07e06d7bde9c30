"""`Listener`: how a run asks for webhooks and is told of them, whoever hears them."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

import msgspec

from pipeline.catalog.provider import ProviderSpec, WebhookRule
from pipeline.errors import JobError
from pipeline.manifest.record import Record
from pipeline.plan.policy import WebhookSettings
from pipeline.run.tags import Tags


class Delivery(msgspec.Struct, frozen=True, omit_defaults=True):
    """The service tells of an attempt of ours. `rendered`: it says that the picture is ready, and so charged.

    `others` are the further ids that it names, of which one may be the id that a submit's reply gave.
    """

    key: str
    attempt: int
    remote_id: str
    rendered: bool
    others: tuple[str, ...] = ()

    def is_known(self, record: Record) -> bool:
        """Whether it speaks of a submit whose id the record holds: then it is no further charge."""
        return not {self.remote_id, *self.others}.isdisjoint((record.remote_id, *record.ids))


OnDelivery = Callable[[Delivery], Coroutine[Any, Any, None]]


class Listener(ABC):
    """Hands on what is delivered, from `start` to `close`, and wakes those who wait to poll."""

    def __init__(self, settings: WebhookSettings, spec: ProviderSpec, tags: Tags) -> None:
        if spec.webhook is None:
            raise JobError(f"run.webhook: {spec.title} takes no webhooks; take it out of the job. Nothing was sent.")
        self._settings, self._rule, self._tags = settings, spec.webhook, tags
        self._url = urlsplit(settings.url)
        self._hints: dict[str, asyncio.Event] = {}
        self._hinted: set[tuple[str, int]] = set()

    @abstractmethod
    async def start(self) -> None:
        """Begin to listen."""

    @abstractmethod
    async def close(self) -> None:
        """Stop listening; what was delivered is dealt with first."""

    def fields(self, key: str, attempt: int, rule: WebhookRule | None = None) -> dict[str, str]:
        """What a submit says beside its parameters, by its provider's rule. In no fingerprint and in no manifest."""
        rule = rule or self._rule
        words = {"run": self._tags.run, "task": key, "attempt": str(attempt), "tag": self._tags.tag(key, attempt)}
        query = "&".join(part for part in (self._url.query, urlencode(words)) if part)
        said = {rule.url: urlunsplit(self._url._replace(query=query))}
        return said if rule.secret is None else {**said, rule.secret: self._tags.webhook_secret}

    async def wait(self, key: str, seconds: float) -> bool:
        """Until `seconds` are over, or (True) a delivery says that it is worth polling the task now."""
        hint = self._hints.setdefault(key, asyncio.Event())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await hint.wait()
        hinted = hint.is_set()
        hint.clear()
        return hinted

    def _hint(self, delivery: Delivery) -> None:
        """It is worth polling now: said once an attempt, so that a replay is no more than the first."""
        attempt = (delivery.key, delivery.attempt)
        if attempt not in self._hinted:
            self._hinted.add(attempt)
            self._hints.setdefault(delivery.key, asyncio.Event()).set()
