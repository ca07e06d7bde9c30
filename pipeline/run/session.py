"""One run, from an open journal to its ending: the loop with its connections, threads, signals and progress."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.manifest.journal import Journal
from pipeline.manifest.record import Record
from pipeline.plan.forecast import Forecast
from pipeline.plan.policy import Policy, RunSettings
from pipeline.run.ending import Ending
from pipeline.run.floor import Floor
from pipeline.run.lane import Outlet, open_lane
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
    """What a run needs. `outlets` are its providers by name, `receive` makes the listener for webhooks.

    The session opens both inside the event loop, and closes them.
    """

    journal: Journal
    outlets: Mapping[str, Outlet]
    store: Store
    settings: RunSettings
    progress: Progress
    receive: Callable[[OnDelivery], Listener] | None = None

    def run(self, forecast: Forecast) -> Ending:
        """Perform what `forecast` says. Blocks until the run has ended."""
        return asyncio.run(self._run(forecast))

    async def _run(self, forecast: Forecast) -> Ending:
        with ThreadPoolExecutor(_DECODERS, thread_name_prefix="decode") as executor:
            floor = self._floor(executor)
            try:
                return await self._work(floor, forecast)
            finally:
                await asyncio.gather(*(lane.provider.close() for lane in floor.lanes.values()))

    async def _work(self, floor: Floor, forecast: Forecast) -> Ending:
        runner = Runner(floor)

        def watch(key: str, before: Record, after: Record) -> None:
            self.progress.follow(key, before, after)
            runner.on_change(key, after)

        floor.watch = watch
        if self.receive is not None:
            floor.webhook = self.receive(runner.doubts.delivered)
            await floor.webhook.start()
        running = asyncio.create_task(runner.run(forecast.collect, forecast.submit, forecast.later))
        signals = Signals(floor.stop, running, lambda: self.progress.paid, self.progress.say)
        showing = asyncio.create_task(self.progress.show(floor.spend, lambda: floor.active))
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

    def _floor(self, executor: ThreadPoolExecutor) -> Floor:
        # Not for secrets: jitter that spreads calls in time.
        rng = random.Random()  # noqa: S311
        settings, stop = self.settings, Stop()
        lanes = {
            name: open_lane(name, outlet, settings, spend=self._spend(name), stop=Stop(stop), clock=time.time, rng=rng)
            for name, outlet in self.outlets.items()
        }
        for key, record in self.journal.manifest.records.items():
            request = self.journal.manifest.tasks[key]
            if record.ready is not None and request.provider in lanes:
                lanes[request.provider].pace.learn(request.model, record.ready.duration)
        return Floor(
            journal=self.journal,
            lanes=lanes,
            store=self.store,
            policy=Policy(started=time.time(), give_up=settings.give_up, resubmit=settings.resubmit_usd),
            submits=asyncio.Semaphore(settings.submits),
            spend=self._spend(),
            stop=stop,
            executor=executor,
            clock=time.time,
            rng=rng,
            say=self.progress.say,
            watch=lambda _key, _before, _after: None,
        )

    def _spend(self, provider: str | None = None) -> Spend:
        """What went to `provider`, or to all, held against the budget that the job gives it."""
        settings = self.settings if provider is None else self.settings.lane(provider)
        return Spend(self.journal.manifest, images=settings.budget_images, usd=settings.budget_usd, provider=provider)
