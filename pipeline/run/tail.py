"""A run beside an inbox: the inbox hears the webhooks, the run reads what it keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pipeline.catalog.provider import ProviderSpec
from pipeline.errors import DiskError
from pipeline.plan.policy import WebhookSettings
from pipeline.run.inbox import FILE_NAME, read_inbox
from pipeline.run.listener import Delivery, Listener, OnDelivery
from pipeline.run.tags import Tags, open_tags

_INTERVAL = 1.0


class InboxTail(Listener):
    """Looks every `interval` seconds whether the inbox has grown, and hands on what is new in it.

    Should the inbox end, the run hears nothing more: polls find what they find, and the next run reads the rest.
    """

    def __init__(
        self,
        settings: WebhookSettings,
        spec: ProviderSpec,
        tags: Tags,
        on_accept: OnDelivery,
        folder: Path,
        *,
        interval: float = _INTERVAL,
    ) -> None:
        super().__init__(settings, spec, tags)
        self._on_accept, self._folder, self._interval = on_accept, folder, interval
        self._closing = asyncio.Event()
        self._heard: set[Delivery] = set()

    async def start(self) -> None:
        """See `Listener.start`."""
        self._following = asyncio.create_task(self._follow())

    async def close(self) -> None:
        """See `Listener.close`. What the inbox keeps from now on is the next run's."""
        self._closing.set()
        await self._following

    async def _follow(self) -> None:
        seen = 0
        while not self._closing.is_set():
            # The size first: what comes while the file is read makes it grow once more.
            if (size := self._size()) != seen:
                seen = size
                await self._read()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), self._interval)

    def _size(self) -> int:
        try:
            return (self._folder / FILE_NAME).stat().st_size
        except OSError:
            return 0

    async def _read(self) -> None:
        # A file that cannot be read now is no reason to end a run that can poll.
        with suppress(DiskError):
            for delivery in read_inbox(self._folder):
                if delivery not in self._heard:
                    self._heard.add(delivery)
                    if delivery.rendered:
                        self._hint(delivery)
                    await self._on_accept(delivery)


def tailing(settings: WebhookSettings, spec: ProviderSpec, folder: Path) -> Callable[[OnDelivery], InboxTail]:
    """Makes the tail of an output folder's inbox, inside the event loop. Raises as `open_tags` does."""
    return lambda on_delivery: InboxTail(settings, spec, open_tags(folder), on_delivery, folder)
