"""`Floor`: what all workers of a run share."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING

from pipeline.errors import DiskError
from pipeline.manifest.journal import Journal
from pipeline.manifest.lines import AnyEvent
from pipeline.manifest.record import Record
from pipeline.plan.policy import Policy
from pipeline.run.lane import Lane
from pipeline.run.spend import Spend
from pipeline.run.stop import Stop
from pipeline.stores.base import Store
from pipeline.task.request import ImageRef, Request

if TYPE_CHECKING:
    from pipeline.run.listener import Listener


@dataclass
class Floor:
    """The means of a run, and its bounds. `lanes` are its providers by name.

    `submits` is the number of attempts that may be unsettled at once, at all providers together; `webhook` is there
    where the job asks for one. `watch` is told of every change of a record, `say` takes a line for a person.
    `strange` remembers what was said once, `seen` the records as spend and watcher know them. `clock` gives unix
    seconds.
    """

    journal: Journal
    lanes: Mapping[str, Lane]
    store: Store
    policy: Policy
    submits: asyncio.Semaphore
    spend: Spend
    stop: Stop
    executor: Executor
    clock: Callable[[], float]
    rng: random.Random
    say: Callable[[str], None]
    watch: Callable[[str, Record, Record], None]
    webhook: Listener | None = None
    strange: set[str] = field(default_factory=set)
    seen: dict[str, Record] = field(default_factory=dict)

    def known(self, key: str) -> Record:
        """What has happened to the task `key` so far."""
        return self.journal.manifest.record(key)

    async def record(self, key: str, event: AnyEvent) -> None:
        """Put `event` on disk, fold it, and let the spend and the watcher follow. Raises what `append` raises."""
        self.seen.setdefault(key, self.known(key))
        await self.journal.append(event)
        # Not what was known before the wait: another event of this task may have been counted meanwhile.
        before, after = self.seen[key], self.known(key)
        self.seen[key] = after
        for spend in (self.spend, *(lane.spend for lane in self.lanes.values())):
            spend.follow(key)
        self.watch(key, before, after)

    async def wait_to_poll(self, key: str, seconds: float) -> None:
        """Until `seconds` are over, or a webhook says that it is worth polling `key` now."""
        if self.webhook is not None:
            await self.webhook.wait(key, seconds)
        else:
            await asyncio.sleep(seconds)

    @property
    def active(self) -> int:
        """Tasks that hold a slot at some provider now."""
        return sum(lane.limit.active for lane in self.lanes.values())

    def stops(self) -> list[Stop]:
        """What stopped, or may: the run and each lane."""
        return [self.stop, *(lane.stop for lane in self.lanes.values())]

    def beside(self, lane: Lane, key: str, attempt: int) -> dict[str, str]:
        """What a submit in `lane` says beside its parameters."""
        if self.webhook is None or lane.webhook is None:
            return {}
        return self.webhook.fields(key, attempt, lane.webhook)

    def patience(self, awaited: Callable[[], float]) -> float:
        """Seconds for which an otherwise finished run still listens for webhooks that may end a doubt."""
        seconds = awaited() if self.webhook is not None and not self.stop.submits else 0.0
        if seconds:
            self.say_once("Waiting for webhooks that may still end a doubt; Ctrl-C ends the wait.")
        return seconds

    def say_once(self, line: str) -> None:
        """Say `line` unless it was said before."""
        if line not in self.strange:
            self.strange.add(line)
            self.say(line)

    def inputs(self, request: Request) -> dict[str, bytes]:
        """The bytes of the input images of `request`, by sha256. Raises `DiskError` when they have changed."""
        images = [value for value in request.params.values() if isinstance(value, ImageRef)]
        read = {image.sha256: self._input(image) for image in images}
        for image in images:
            if sha256(read[image.sha256]).hexdigest() != image.sha256:
                raise DiskError(f"{image.path}: is not the picture that it was; nothing more is submitted")
        return read

    def _input(self, image: ImageRef) -> bytes:
        try:
            return self.store.read(image.path)
        except FileNotFoundError:
            return self.store.read(image.older_path)
