"""The inbox at work: a receiver that outlives every run, and keeps what it hears."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from pathlib import Path

from pipeline.catalog.provider import ProviderSpec
from pipeline.errors import DiskError
from pipeline.plan.policy import WebhookSettings
from pipeline.run.inbox import Inbox, open_inbox
from pipeline.run.listener import Delivery
from pipeline.run.tags import Tags, open_tags
from pipeline.run.webhook import WebhookReceiver


def keep_webhooks(folder: Path, settings: WebhookSettings, spec: ProviderSpec, on_start: Callable[[], None]) -> None:
    """Keep every proven delivery in the inbox of `folder`, until SIGINT, SIGTERM or SIGHUP. Blocks.

    A run polls, and so may answer a delivery at once. Here nothing but the service's next try would bring a lost one
    back, and it tries again only what was not answered: so the answer comes after the fsync.

    Raises:
        ManifestLocked: an inbox, or a run with a receiver of its own, listens for this folder already.
        JobError: the provider takes no webhooks, or this machine cannot listen there.
        DiskError: a delivery could not be kept; it was answered with 503, and nothing was kept after it.
    """
    with open_inbox(folder) as inbox:
        asyncio.run(_keep(inbox, open_tags(folder), settings, spec, on_start))


async def _keep(
    inbox: Inbox, tags: Tags, settings: WebhookSettings, spec: ProviderSpec, on_start: Callable[[], None]
) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    broken: list[DiskError] = []

    async def keep(delivery: Delivery) -> None:
        # It holds up the event loop: nothing else is worth doing before the delivery is on disk.
        try:
            if broken:
                raise broken[0]
            inbox.keep(delivery)
        except DiskError as error:
            broken.append(error)
            stop.set()
            raise

    receiver = WebhookReceiver(settings, spec, tags, keep, kept_first=True)
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(sign, stop.set)
    await receiver.start()
    on_start()
    try:
        await stop.wait()
    finally:
        await receiver.close()
    if broken:
        raise broken[0]
