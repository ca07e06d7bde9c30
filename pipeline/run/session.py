"""One run, from an open journal to its ending: the loop with its connections, threads, signals and progress."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiolimiter import AsyncLimiter

from pipeline.catalog.provider import Limits
from pipeline.manifest.journal import Journal
from pipeline.manifest.record import Record
from pipeline.plan.forecast import Forecast
from pipeline.plan.policy import Policy, RunSettings
from pipeline.providers.base import Provider
from pipeline.run.breaker import Breaker
from pipeline.run.ending import Ending
from pipeline.run.floor import Floor
from pipeline.run.limits import Pause, active_limit
from pipeline.run.polling import poll_pace
from pipeline.run.progress import Progress
from pipeline.run.runner import Runner
from pipeline.run.signals import Signals
from pipeline.run.spend import Spend
from pipeline.run.stop import Stop
from pipeline.stores.base import Store

if TYPE_CHECKING:
    from pipeline.run.listener import Listener, OnDelivery

_DECODERS = 2


@dataclass(frozen=True)
class Session:
    """What a run needs. `connect` makes the provider, and `receive` the listener for webhooks, inside the event loop.

    The session closes both.
    """

    journal: Journal
    connect: Callable[[], Provider]
    store: Store
    limits: Limits
    settings: RunSettings
    progress: Progress
    receive: Callable[[OnDelivery], Listener] | None = None

    def run(self, forecast: Forecast) -> Ending:
        """Perform what `forecast` says. Blocks until the run has ended."""
        return asyncio.run(self._run(forecast))

    async def _run(self, forecast: Forecast) -> Ending:
        provider = self.connect()
        with ThreadPoolExecutor(_DECODERS, thread_name_prefix="decode") as executor:
            try:
                return await self._work(self._floor(provider, executor), forecast)
            finally:
                await provider.close()

    async def _work(self, floor: Floor, forecast: Forecast) -> Ending:
        runner = Runner(floor)

        def watch(key: str, before: Record, after: Record) -> None:
            self.progress.follow(key, before, after)
            runner.on_change(key, after)

        floor.watch = watch
        if self.receive is not None:
            floor.webhook = self.receive(runner.doubts.delivered)
            await floor.webhook.start()
        running = asyncio.create_task(runner.run(forecast.collect, forecast.submit))
        signals = Signals(floor.stop, running, lambda: floor.limit.active, self.progress.say)
        showing = asyncio.create_task(self.progress.show(floor.spend, lambda: floor.limit.active))
        signals.install()
        try:
            return await running
        finally:
            signals.remove()
            if floor.webhook is not None:
                await floor.webhook.close()
            showing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await showing

    def _floor(self, provider: Provider, executor: ThreadPoolExecutor) -> Floor:
        # Not for secrets: jitter that spreads calls in time.
        rng = random.Random()  # noqa: S311
        settings, limits = self.settings, self.limits
        pace = poll_pace(limits.poll_min, settings.poll_min, settings.poll_max, rng)
        limit = active_limit(limits, settings.active)
        for key, record in self.journal.manifest.records.items():
            if record.ready is not None:
                pace.learn(self.journal.manifest.tasks[key].model, record.ready.duration)
        return Floor(
            journal=self.journal,
            provider=provider,
            store=self.store,
            policy=Policy(started=time.time(), give_up=settings.give_up, resubmit=settings.resubmit_usd),
            pace=pace,
            polls=AsyncLimiter(max(1.0, (settings.active or limits.active or 24) / max(pace.low, 0.01)), 1.0),
            limit=limit,
            breaker=Breaker(time.time),
            pause=Pause(time.time, rng),
            submits=asyncio.Semaphore(settings.submits),
            spend=Spend(self.journal.manifest, images=settings.budget_images, usd=settings.budget_usd),
            stop=Stop(),
            executor=executor,
            clock=time.time,
            rng=rng,
            say=self.progress.say,
            watch=lambda _key, _before, _after: None,
        )
