"""The run loop in virtual time: real journal and store, and a service in memory that answers as a test says."""

from __future__ import annotations

import io
import random
from asyncio import sleep
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from time import time
from types import MappingProxyType, SimpleNamespace
from typing import Any
from unittest.mock import patch

from PIL import Image

from pipeline.catalog.load import load_catalog
from pipeline.catalog.provider import Limits
from pipeline.manifest.journal import Journal, open_journal
from pipeline.manifest.lines import CellLine, Header, PlanCounts, PlanLine, TaskLine
from pipeline.manifest.read import read_manifest
from pipeline.plan.forecast import forecast
from pipeline.plan.policy import Policy, RunSettings
from pipeline.providers.base import Accepted, DownloadOutcome, Fetched, PollOutcome, Rendered, Running, SubmitOutcome
from pipeline.providers.http import HttpProvider
from pipeline.run import session as session_module
from pipeline.run.ending import Ending
from pipeline.run.lane import Outlet
from pipeline.run.listener import Listener, OnDelivery
from pipeline.run.progress import Progress
from pipeline.run.session import Session
from pipeline.stores.local import LocalStore
from pipeline.task.fingerprint import task_of
from pipeline.task.request import Request
from tests.crash.clock import LeapingLoop

START = 1_000_000.0
TRIP = 0.05
PRICE = 25_000


@dataclass
class Service:
    """Takes every submit but those that `answer` (given its number from 0) answers otherwise.

    `posts` are the seconds since the start at which POSTs arrived. `asks` says what a poll comes to instead.
    """

    answer: Callable[[int], SubmitOutcome | None] = lambda _number: None
    latency: Callable[[int], float] = lambda _number: 1.0
    asks: Callable[[int], PollOutcome | None] = lambda _poll: None
    posts: list[float] = field(default_factory=list)
    polls: dict[str, list[float]] = field(default_factory=dict)
    rendering: dict[str, tuple[float, float]] = field(default_factory=dict)
    now: Callable[[], float] = lambda: 0.0

    @property
    def at_work(self) -> int:
        """Pictures that are being made."""
        return sum(begun + seconds > self.now() for begun, seconds in self.rendering.values())

    async def submit(
        self, request: Request, inputs: Mapping[str, bytes], may_send: Callable[[], bool], *_: object
    ) -> SubmitOutcome:
        number = len(self.posts)
        self.posts.append(self.now())
        outcome = self.answer(number)
        if outcome is None:
            self.rendering[f"id-{number}"] = self.now(), self.latency(number)
            outcome = Accepted(f"id-{number}", None, None, None)
        await sleep(TRIP)
        return outcome

    async def poll(self, remote_id: str, poll_url: str | None) -> PollOutcome:
        asked = self.polls.setdefault(remote_id, [])
        asked.append(self.now())
        if (told := self.asks(sum(map(len, self.polls.values())) - 1)) is not None:
            return told
        begun, seconds = self.rendering[remote_id]
        if self.now() < begun + seconds:
            return Running("Pending", known=True)
        return Rendered("https://pictures/x", seed=1, prompt=None, cost=None, duration=seconds)

    async def download(self, url: str, write: Callable[[bytes], object]) -> DownloadOutcome:
        write(_picture())
        return Fetched(len(_picture()))

    async def close(self) -> None:
        pass


@cache
def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    return out.getvalue()


class Silent(Progress):
    """Keeps what is said."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.said: list[str] = []

    def say(self, line: str) -> None:
        self.said.append(line)


@dataclass(frozen=True)
class Life:
    """A run that has ended: how, after how many seconds, and what was said on the way."""

    ending: Ending
    seconds: float
    said: Sequence[str]


def live(
    folder: Path,
    service: Service,
    count: int,
    *,
    limits: Limits,
    meanwhile: Callable[[Session, LeapingLoop], None] = lambda _session, _loop: None,
    receive: Callable[[OnDelivery], Listener] | None = None,
    beside: Mapping[str, Service] = MappingProxyType({}),
    **chosen: Any,
) -> Life:
    """One run of `count` tasks in `folder`; `meanwhile` may set timers before it begins.

    `beside` are further providers, with as many tasks each.
    """
    settings = RunSettings(**chosen)
    with _time() as loop, open_journal(folder, clock=loop.unix) as journal:
        services = {"cometapi": service, **beside}
        for one in services.values():
            one.now = loop.time
        _write_plan(journal, count, services)
        manifest, now = journal.manifest, loop.unix()
        progress = Silent(manifest, quiet=True, terminal=False)
        session = Session(
            journal=journal,
            outlets={name: Outlet(partial(_itself, one), limits) for name, one in services.items()},
            store=LocalStore(folder),
            settings=settings,
            progress=progress,
            receive=receive,
        )
        meanwhile(session, loop)
        policy = Policy(started=now, give_up=settings.give_up)
        ahead = forecast(manifest.planned_keys(), manifest.record, manifest.prices, (), policy, now)
        ending = loop.run_until_complete(session._run(ahead))
        return Life(ending, loop.time(), progress.said)


async def live_over_http(folder: Path, origin: str, count: int, **chosen: Any) -> Ending:
    """One run of `count` tasks in real time, against whatever answers at `origin`."""
    spec, settings = load_catalog().provider("cometapi"), RunSettings(**{"poll_min": 0.05} | chosen)
    with open_journal(folder) as journal:
        _write_plan(journal, count)
        manifest, now = journal.manifest, time()
        session = Session(
            journal=journal,
            outlets={spec.name: Outlet(lambda: HttpProvider(spec, origin, "sk-any"), spec.limits)},
            store=LocalStore(folder),
            settings=settings,
            progress=Silent(manifest, quiet=True, terminal=False),
        )
        policy = Policy(started=now, give_up=settings.give_up)
        ahead = forecast(manifest.planned_keys(), manifest.record, manifest.prices, (), policy, now)
        return await session._run(ahead)


def statuses(folder: Path) -> dict[str, int]:
    """How many tasks of the folder stand where, by its manifest."""
    manifest = read_manifest(folder / "manifest.jsonl").manifest
    return dict(Counter(manifest.record(key).status for key in manifest.planned_keys()))


@contextmanager
def _time() -> Iterator[LeapingLoop]:
    loop = LeapingLoop(START)
    quick = SimpleNamespace(Random=lambda: random.Random(7))
    try:
        with (
            patch.object(session_module, "time", SimpleNamespace(time=loop.unix)),
            patch.object(session_module, "random", quick),
        ):
            yield loop
    finally:
        loop.close()


def _itself(service: Service) -> Service:
    return service


def _write_plan(journal: Journal, count: int, providers: Iterable[str] = ("cometapi",)) -> None:
    if journal.manifest.plan is not None:
        return
    requests = [
        Request(name, "flux-dev", {"prompt": "a cat", "seed": seed}) for seed in range(count) for name in providers
    ]
    tasks, count = list(map(task_of, requests)), len(requests)
    journal.append_now(
        Header(format=1, tool="test", created="2026-01-01", origin="service"),
        PlanLine(n=1, job={"name": "cats"}, digest="d", counts=PlanCounts(tasks=count, cells=count)),
        *(TaskLine(key=task.key, request=task.request) for task in tasks),
        *(
            CellLine(n=1, key=task.key, label=f"s{n}", axes={"seed": n}, price=PRICE, price_source="list")
            for n, task in enumerate(tasks)
        ),
    )
