"""The run loop: which task is worked on when, until nothing is left or something says stop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress

from pipeline import __version__
from pipeline.errors import PRECEDENCE, DiskError, ExitCode, ManifestDamaged
from pipeline.manifest.lines import InDoubt, RunEnd, RunStart
from pipeline.manifest.record import Record
from pipeline.run.backlog import Backlog
from pipeline.run.ending import Ending
from pipeline.run.floor import Floor
from pipeline.run.worker import Worker
from pipeline.task.request import Request

INTERRUPTED_WHY = "an earlier run ended before the outcome of the submit was known"
_DOWNLOADS_AHEAD = 32


class Runner:
    """Works through the plan of a manifest. One object, one run."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._manifest = floor.journal.manifest
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._slots: dict[str, str] = {}
        self._changed = asyncio.Event()

    async def run(self, collect: Sequence[str], submit: Sequence[str]) -> Ending:
        """Collect the tasks that are paid, submit the others, both by key; returns when nothing more can be done.

        Cancelling it ends every worker; a submit that is on its way is waited for and recorded.
        """
        await self._open()
        watching = asyncio.create_task(self._wake_on_stop())
        try:
            for key in collect:
                self._start(key)
            await self._dispatch(Backlog((key, self._manifest.tasks[key]) for key in submit))
            while self._workers:
                await self._next_change()
        except asyncio.CancelledError:
            await self._cancel_workers()
        finally:
            watching.cancel()
        return await self._close()

    async def _open(self) -> None:
        """Write that a run begins, and that what the last one left open is in doubt."""
        plan = self._manifest.plan
        await self._floor.journal.append(RunStart(n=plan.n if plan else 0, pid=os.getpid(), tool=__version__))
        left = [
            (key, record.attempt) for key, record in self._manifest.records.items() if record.status == "submitting"
        ]
        for key, attempt in left:
            await self._floor.record(key, InDoubt(key=key, attempt=attempt, why=INTERRUPTED_WHY))

    async def _dispatch(self, backlog: Backlog) -> None:
        floor = self._floor
        while not floor.stop.submits:
            for model in floor.unknown_models:
                backlog.drop_model(model)
            if not backlog and not self._slots:
                return
            held = max(floor.pause.left(), floor.breaker.left())
            key = backlog.take(self._has_room) if held <= 0 else None
            if key is None:
                await self._next_change(held if backlog and held > 0 else None)
            else:
                self._start(key, backlog)

    def _has_room(self, model: str) -> bool:
        """Downloads go before new submits, since their URLs expire."""
        ahead = len(self._workers) - len(self._slots)
        return ahead < _DOWNLOADS_AHEAD and self._floor.limit.has_room(model)

    def _start(self, key: str, backlog: Backlog | None = None) -> None:
        request = self._manifest.tasks[key]
        self._floor.limit.take(request.model)
        self._slots[key] = request.model
        worker = asyncio.create_task(Worker(self._floor, key, request).work())
        self._workers[key] = worker
        worker.add_done_callback(lambda done: self._ended(key, request, backlog, done))

    def _ended(self, key: str, request: Request, backlog: Backlog | None, done: asyncio.Task[None]) -> None:
        self._workers.pop(key)
        self._free(key)
        self._changed.set()
        error = None if done.cancelled() else done.exception()
        if isinstance(error, DiskError | ManifestDamaged):
            self._floor.stop.because(error.exit_code, str(error))
        elif error is not None:
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"task {key[:12]} stopped its worker", "exception": error}
            )
            self._floor.stop.because(ExitCode.UNFINISHED, f"task {key[:12]}: {type(error).__name__}: {error}")
        elif backlog is not None and self._manifest.record(key).status == "planned":
            backlog.put_back(key, request.model)

    def on_change(self, key: str, after: Record) -> None:
        """A record changed: a task whose picture is ready, or that ended, leaves its slot at the provider."""
        if after.status in ("in_doubt", "downloaded", "failed") or after.ready is not None or after.parked:
            self._free(key)

    def _free(self, key: str) -> None:
        model = self._slots.pop(key, None)
        if model is not None:
            self._floor.limit.free(model)
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
        await asyncio.gather(*self._workers.values(), return_exceptions=True)

    async def _close(self) -> Ending:
        code = min([*self._findings(), ExitCode.COMPLETE], key=PRECEDENCE.index)
        if code is not ExitCode.DISK:
            await self._floor.journal.append(RunEnd(exit_code=code))
        return Ending(code, self._floor.stop.reasons)

    def _findings(self) -> list[ExitCode]:
        """Every exit code that holds."""
        records = [self._manifest.record(key) for key in self._manifest.planned_keys()]
        statuses = {record.status for record in records}
        found = [self._floor.stop.code] if self._floor.stop.code is not None else []
        if any(record.parked for record in records) or "submitted" in statuses:
            found.append(ExitCode.UNFINISHED)
        if "in_doubt" in statuses:
            found.append(ExitCode.IN_DOUBT)
        if "failed" in statuses:
            found.append(ExitCode.SOME_FAILED)
        if "planned" in statuses:
            found.append(ExitCode.SOME_FAILED if self._floor.unknown_models else ExitCode.UNFINISHED)
        return found
