"""One task from where it stands to where it ends: ask `next_step`, do the one I/O, record, fold, repeat."""

from __future__ import annotations

import asyncio

from pipeline.errors import ExitCode
from pipeline.manifest.lines import Artifact, Charged, Downloaded, Failed, FailureKind, Parked, Ready
from pipeline.plan.step import Done, Download, Hold, Poll, Submit, next_step
from pipeline.providers.base import (
    Again,
    Broke,
    Busy,
    Denied,
    Gone,
    Missing,
    Moderated,
    NotSent,
    Rendered,
    Running,
)
from pipeline.run.collect import Spoilt, collect
from pipeline.run.floor import Floor
from pipeline.run.limits import MAX_PAUSE
from pipeline.run.polling import backoff
from pipeline.run.submitting import submit
from pipeline.task.request import Request

NOT_SENT_TRIES = 5
DOWNLOAD_TRIES = 5
FRESH_URLS = 2
NO_URL_POLLS = 3
LAG = 30.0


class Worker:
    """Works on one task, and counts how often each thing was tried."""

    def __init__(self, floor: Floor, key: str, request: Request) -> None:
        self._floor = floor
        self._key = key
        self._request = request
        self._lane = floor.lanes[request.provider]
        self._ready_url: str | None = None
        self._polls = 0
        self._troubles = 0
        self._asked = 0.0
        self._not_sent = 0
        self._urls = 0
        self._downloads = 0
        self._no_url = 0
        self._holds_until = float("inf")

    async def work(self) -> None:
        """Go on until nothing is left to do now. Raises `DiskError` when the disk fails, and nothing else."""
        floor = self._floor
        while True:
            match next_step(floor.known(self._key), self._ready_url, floor.policy, floor.clock()):
                case Submit(attempt=attempt):
                    if not await self._submit(attempt):
                        return
                case Poll(remote_id=remote_id, poll_url=poll_url):
                    if not await self._poll(remote_id, poll_url):
                        return
                case Download(url=url):
                    await self._download(url)
                case Hold(reason=reason):
                    if reason == "parked" and not floor.known(self._key).parked:
                        await floor.record(self._key, Parked(key=self._key))
                    return
                case Done():
                    return

    async def _submit(self, attempt: int) -> bool:
        """Whether the task goes on here; a task that was refused goes back to the others that wait."""
        match await submit(self._floor, self._key, self._request, attempt):
            case None | Denied():
                return False
            case Busy(retry_after=seconds) if seconds is not None and seconds > MAX_PAUSE:
                why = f"{self._lane.name} asks to come back in {seconds:.0f} s"
                self._lane.stop.because(ExitCode.UNFINISHED, why)
                return False
            case Busy():
                return False
            case NotSent(why=why):
                return await self._wait_to_resend(why)
            case _:
                return True

    async def _wait_to_resend(self, why: str) -> bool:
        floor = self._floor
        self._not_sent += 1
        if self._not_sent >= NOT_SENT_TRIES:
            self._lane.stop.because(ExitCode.UNFINISHED, f"{self._lane.name} cannot be reached: {why}")
            return False
        try:
            await asyncio.wait_for(self._lane.stop.changed.wait(), backoff(self._not_sent, floor.rng))
        except TimeoutError:
            return True
        return False

    async def _poll(self, remote_id: str, poll_url: str | None) -> bool:
        floor = self._floor
        await floor.wait_to_poll(self._key, self._poll_wait())
        self._polls += 1
        async with self._lane.polls:
            outcome = await self._lane.provider.poll(remote_id, poll_url)
        self._troubles = self._troubles + 1 if isinstance(outcome, Again) else 0
        self._asked = min(outcome.retry_after or 0.0, MAX_PAUSE) if isinstance(outcome, Again) else 0.0
        match outcome:
            case Rendered():
                await self._rendered(outcome)
            case Running(status=status, known=known):
                if not known:
                    floor.say_once(f"unknown status {status!r} is taken for still running")
            case Moderated(why=why):
                await self._fail("moderated", "no", why)
            case Broke(why=why):
                await self._fail("error", "maybe", why)
            case Missing():
                if floor.clock() - (floor.known(self._key).submitted_at or 0.0) > LAG:
                    await self._fail("lost", "maybe", "the provider no longer knows the task")
            case Denied(why=why):
                self._lane.stop.because(ExitCode.ACCOUNT, f"{self._lane.name} refused a poll: {why}")
                return False
            case Again(why=why):
                floor.say_once(f"a poll failed and is tried again: {why}")
        return True

    def _poll_wait(self) -> float:
        """A task that a run finds already submitted is asked for at once; trouble makes the waits longer."""
        floor = self._floor
        submitted_at = floor.known(self._key).submitted_at or 0.0
        if self._polls == 0 and submitted_at < floor.policy.started:
            return 0.0
        wait = self._lane.pace.wait(self._request.model, floor.clock() - submitted_at, self._polls)
        return max(self._asked, wait + (backoff(self._troubles, floor.rng) if self._troubles else 0.0))

    async def _rendered(self, outcome: Rendered) -> None:
        if self._floor.known(self._key).ready is None:
            self._lane.pace.learn(self._request.model, outcome.duration)
            await self._floor.record(
                self._key,
                Ready(
                    key=self._key,
                    seed=outcome.seed,
                    prompt=outcome.prompt,
                    cost=outcome.cost,
                    duration=outcome.duration,
                    billed=outcome.billed,
                ),
            )
        self._ready_url = outcome.url
        if outcome.url is None:
            self._no_url += 1
            if self._no_url > NO_URL_POLLS:
                await self._fail("error", "yes", "the provider says Ready and names no picture")
        else:
            self._urls += 1
            lifetime = self._lane.url_lifetime if outcome.lifetime is None else outcome.lifetime
            self._holds_until = self._floor.clock() + lifetime

    async def _download(self, url: str) -> None:
        floor = self._floor
        if floor.clock() >= self._holds_until:
            await self._renew("by its own word")
            return
        name = f"images/{floor.journal.manifest.labels[self._key]}-{self._key[:8]}"
        self._downloads += 1
        match await collect(self._lane.provider, floor.store, floor.executor, url, name):
            case Artifact() as artifact:
                await floor.record(self._key, Downloaded(key=self._key, artifact=artifact))
            case Gone(why=why):
                await self._renew(why)
            case Spoilt(why=why) | Again(why=why):
                if self._downloads >= DOWNLOAD_TRIES:
                    await self._fail("bad_image", "yes", f"{why}; its id is kept")
                else:
                    await asyncio.sleep(backoff(self._downloads, floor.rng, first=0.25, most=5.0))

    async def _renew(self, why: str) -> None:
        """The URL has expired: another poll gives a fresh one, a few times."""
        self._ready_url = None
        if self._urls > FRESH_URLS:
            await self._fail("expired", "yes", f"the picture's URL had expired ({why}); its id is kept")

    async def _fail(self, kind: FailureKind, charged: Charged, detail: str) -> None:
        await self._floor.record(self._key, Failed(key=self._key, kind=kind, charged=charged, detail=detail))
