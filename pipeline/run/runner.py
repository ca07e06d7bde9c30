"""The run loop: which task is worked on when, until nothing is left or something says stop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any

from pipeline import __version__
from pipeline.errors import PRECEDENCE, DiskError, ExitCode, ManifestDamaged
from pipeline.manifest.lines import RunEnd, RunStart
from pipeline.manifest.record import Record
from pipeline.run.backlog import Backlog, Route
from pipeline.run.doubt import Doubts, left_open
from pipeline.run.ending import Ending
from pipeline.run.floor import Floor
from pipeline.run.shielding import see_through
from pipeline.run.worker import Worker

_DOWNLOADS_AHEAD = 32


class Runner:
    """Works through the plan of a manifest. One object, one run."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._manifest = floor.journal.manifest
        self._backlog = Backlog()
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._slots: dict[str, Route] = {}
        self._settling: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self.doubts = Doubts(floor, self._go_on)

    async def run(self, collect: Sequence[str], submit: Sequence[str], later: Sequence[str] = ()) -> Ending:
        """Collect the tasks that are paid, submit the others, both by key; returns when nothing more can be done.

        What was left for `later` is not bought a second time either, whatever the job says of doubts.
        Cancelling it ends every worker; a submit that is on its way is waited for and recorded.
        """
        await self._open()
        watching = asyncio.create_task(self._wake_on_stop())
        try:
            for key in submit:
                self._go_on(key, ended=True)
            # Only now: a doubt that ends puts its task among the others that wait.
            left = set(later)
            await self._end_doubts([key for key in self._manifest.planned_keys() if key not in left])
            for key in collect:
                self._start(key)
            while (seconds := self._start_what_may()) != 0:
                await self._next_change(seconds)
        except asyncio.CancelledError:
            await self._cancel_workers()
        finally:
            watching.cancel()
        return await self._close()

    async def _open(self) -> None:
        """Write that a run begins, and that what the last one left open is in doubt."""
        plan = self._manifest.plan
        await self._floor.journal.append(RunStart(n=plan.n if plan else 0, pid=os.getpid(), tool=__version__))
        for event in left_open(self._manifest):
            await self._floor.record(event.key, event)

    def _start_what_may(self) -> float | None:
        """Start what may start now. Returns the seconds until more may (None: when something changes; 0: never)."""
        floor = self._floor
        for lane in floor.lanes.values():
            for model in lane.unknown_models:
                self._backlog.drop((lane.name, model))
        while (key := self._backlog.take(self._has_room)) is not None:
            self._start(key)
        waiting = [floor.lanes[name] for name in self._backlog.providers()]
        holds = [lane.held() for lane in waiting if not lane.stop.submits]
        if self._workers or self._settling:
            return min((held for held in holds if held > 0), default=None)
        if holds:
            return max(min(holds), 0.01)
        return floor.patience(self.doubts.awaited)

    def _has_room(self, route: Route) -> bool:
        """Downloads go before new submits, since their URLs expire."""
        lane = self._floor.lanes[route[0]]
        if lane.stop.submits or lane.held() > 0:
            return False
        ahead = len(self._workers) - len(self._slots)
        return ahead < _DOWNLOADS_AHEAD and lane.limit.has_room(route[1])

    def _start(self, key: str) -> None:
        request = self._manifest.tasks[key]
        self._floor.lanes[request.provider].limit.take(request.model)
        self._slots[key] = request.provider, request.model
        worker = asyncio.create_task(Worker(self._floor, key, request).work())
        self._workers[key] = worker
        worker.add_done_callback(lambda done: self._ended(key, done))

    def _ended(self, key: str, done: asyncio.Task[None]) -> None:
        self._workers.pop(key)
        self._free(key)
        self._changed.set()
        if done.cancelled():
            return
        if (error := done.exception()) is not None:
            self._broke(f"task {key[:12]}", error)
        elif self._manifest.record(key).status == "in_doubt":
            self._aside(self._end_doubts([key]))
        else:
            self._go_on(key, ended=True)

    def _go_on(self, key: str, *, ended: bool = False) -> None:
        """A planned task waits for its turn; one that a doubt's end made submitted is collected.

        `ended`: its worker has just left it, and knew why. A provider that this run does not speak to is the next's.
        """
        record, request = self._manifest.record(key), self._manifest.tasks[key]
        if request.provider not in self._floor.lanes:
            return
        if record.status == "planned":
            self._backlog.put(key, (request.provider, request.model))
        elif record.status == "submitted" and key not in self._workers and not record.parked and not ended:
            self._start(key)
        self._changed.set()

    async def _end_doubts(self, keys: Sequence[str]) -> None:
        for key in await self.doubts.settle(keys):
            self._go_on(key)

    def _aside(self, settling: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(settling)
        self._settling.add(task)
        task.add_done_callback(self._settled)

    def _settled(self, done: asyncio.Task[None]) -> None:
        self._settling.discard(done)
        self._changed.set()
        if not done.cancelled() and (error := done.exception()) is not None:
            self._broke("ending a doubt", error)

    def _broke(self, what: str, error: BaseException) -> None:
        """An exception is for a person: the run stops submitting, collects, and says it."""
        if isinstance(error, DiskError | ManifestDamaged):
            self._floor.stop.because(error.exit_code, str(error))
            return
        context = {"message": f"{what} stopped", "exception": error}
        asyncio.get_running_loop().call_exception_handler(context)
        self._floor.stop.because(ExitCode.UNFINISHED, f"{what}: {type(error).__name__}: {error}")

    def on_change(self, key: str, after: Record) -> None:
        """A record changed: a task whose picture is ready, or that ended, leaves its slot at the provider."""
        if after.status in ("in_doubt", "downloaded", "failed") or after.ready is not None or after.parked:
            self._free(key)

    def _free(self, key: str) -> None:
        if (route := self._slots.pop(key, None)) is not None:
            provider, model = route
            self._floor.lanes[provider].limit.free(model)
            self._changed.set()

    async def _next_change(self, seconds: float | None = None) -> None:
        """Until a worker moved on, or the run was told to stop, or `seconds` are over."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)
        self._changed.clear()

    async def _wake_on_stop(self) -> None:
        await self._floor.stop.changed.wait()
        self._changed.set()

    async def _cancel_workers(self) -> None:
        for worker in self._workers.values():
            worker.cancel()
        with suppress(asyncio.CancelledError):
            await see_through(asyncio.gather(*self._workers.values(), *self._settling, return_exceptions=True))

    async def _close(self) -> Ending:
        code = min([*self._findings(), ExitCode.COMPLETE], key=PRECEDENCE.index)
        if code is not ExitCode.DISK:
            await self._floor.journal.append(RunEnd(exit_code=code))
        return Ending(code, [reason for stop in self._floor.stops() for reason in stop.reasons])

    def _findings(self) -> list[ExitCode]:
        """Every exit code that holds."""
        keys = {**dict.fromkeys(self._manifest.planned_keys()), **self._floor.seen}
        records = [self._manifest.record(key) for key in keys]
        statuses = {record.status for record in records}
        found = [stop.code for stop in self._floor.stops() if stop.code is not None]
        if any(record.parked for record in records) or "submitted" in statuses:
            found.append(ExitCode.UNFINISHED)
        if "in_doubt" in statuses:
            found.append(ExitCode.IN_DOUBT)
        if "failed" in statuses:
            found.append(ExitCode.SOME_FAILED)
        if "planned" in statuses:
            unknown = any(lane.unknown_models for lane in self._floor.lanes.values())
            found.append(ExitCode.SOME_FAILED if unknown else ExitCode.UNFINISHED)
        return found
