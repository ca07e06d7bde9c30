"""A whole life of the program in memory: real journal, store and run loop over a simulated disk, clock and service."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from pipeline.catalog.provider import Limits
from pipeline.errors import ExitCode
from pipeline.manifest import journal as journal_module
from pipeline.manifest.disk import Disk
from pipeline.manifest.journal import Journal, open_journal
from pipeline.manifest.lines import CellLine, Header, PlanCounts, PlanLine, TaskLine
from pipeline.manifest.read import FILE_NAME
from pipeline.plan.forecast import forecast
from pipeline.plan.policy import Policy, RunSettings
from pipeline.providers.base import Provider
from pipeline.run import session as session_module
from pipeline.run.floor import Floor
from pipeline.run.lane import Outlet
from pipeline.run.progress import Progress
from pipeline.run.session import Session
from pipeline.stores.base import Store
from pipeline.stores.local import LocalStore
from pipeline.task.fingerprint import task_of
from pipeline.task.request import Request, Task
from tests.crash.clock import LeapingLoop
from tests.crash.disk import Keep, SimDisk
from tests.crash.server import Fate, Server

SUBMITS = 4
START = 1_000_000.0
SETTINGS = RunSettings(active=6, submits=SUBMITS, give_up=20.0, poll_min=0.4, poll_max=10.0)


@dataclass(frozen=True)
class Bug:
    """What a planted bug changes; by default nothing."""

    disk: Callable[[SimDisk], Disk] = lambda disk: disk
    provider: Callable[[Server, Floor | None], Provider] = lambda server, _floor: server
    store: Callable[[Path, Disk], Store] = lambda folder, disk: LocalStore(folder, disk=disk)
    floor: Callable[[Floor], None] = lambda _floor: None
    patched: Callable[[], AbstractContextManager[object]] = nullcontext


SOUND = Bug()


class _Silent(Progress):
    def say(self, line: str) -> None:
        pass


@dataclass
class World:
    """A disk, a service and a time, from which the program can live. `told` holds what was acknowledged."""

    folder: Path
    tasks: Sequence[Task]
    disk: SimDisk
    server: Server
    now: float = START
    bug: Bug = SOUND
    seed: int = 0
    journal: Journal | None = None
    moments: int = 0
    broken: AssertionError | None = None
    at_moment: Callable[[World], None] = field(default=lambda _world: None)

    def live(self, opened: Callable[[Journal], None] = lambda _journal: None) -> ExitCode:
        """One process, from its start to its own end. `opened` looks at the journal before anything is done."""
        loop = LeapingLoop(self.now)
        self.server.now = loop.unix
        self.server.before = self._moment
        self.disk.before = self._before_operation(self.disk.before)
        quick = SimpleNamespace(Random=lambda: random.Random(self.seed))
        try:
            with (
                self.bug.patched(),
                patch.object(journal_module, "BALLAST_BYTES", 600),
                patch.object(session_module, "time", SimpleNamespace(time=loop.unix)),
                patch.object(session_module, "random", quick),
                open_journal(self.folder, disk=self.bug.disk(self.disk), clock=loop.unix) as journal,
            ):
                self.journal = journal
                opened(journal)
                _write_plan(journal, self.tasks)
                return loop.run_until_complete(self._run(journal, loop))
        finally:
            self.now = loop.unix()
            self.journal = None
            loop.close()
            if self.broken is not None:
                raise self.broken

    async def _run(self, journal: Journal, loop: LeapingLoop) -> ExitCode:
        bug, server = self.bug, self.server

        class Tampered(Session):
            def _floor(self, *rest: Any) -> Floor:
                floor = super()._floor(*rest)
                for lane in floor.lanes.values():
                    lane.provider = bug.provider(server, floor)
                bug.floor(floor)
                return floor

        session = Tampered(
            journal=journal,
            outlets={"emulator": Outlet(lambda: server, Limits(active=6, poll_min=0.4))},
            store=bug.store(self.folder, bug.disk(self.disk)),
            settings=SETTINGS,
            progress=_Silent(journal.manifest, quiet=True, terminal=False),
        )
        manifest = journal.manifest
        policy = Policy(started=loop.unix(), give_up=SETTINGS.give_up)
        ahead = forecast([task.key for task in self.tasks], manifest.record, manifest.prices, (), policy, loop.unix())
        return (await session._run(ahead)).code

    def crashed(self, keep: Keep | None, rng: random.Random) -> World:
        """The world after the process died here: with the power (`keep` of what was not synced), or alone (None)."""
        server = self.server.copy()
        now = self.now if self.journal is None else self.server.now()
        server.now = lambda: now
        server.land(rng)
        disk = self.disk.copy() if keep is None else self.disk.after_power_loss(keep, rng)
        return World(self.folder, self.tasks, disk, server, now + 1.0, self.bug, rng.randrange(2**32))

    def acknowledged(self) -> list[bytes]:
        """The lines whose writer was told that they are safe."""
        path = self.folder / FILE_NAME
        if self.journal is None or not self.disk.exists(path):
            return []
        return self.disk.read(path).split(b"\n")[: self.journal.manifest.lines]

    def _before_operation(self, inject: Callable[[str, Path], None]) -> Callable[[str, Path], None]:
        def before(verb: str, path: Path) -> None:
            self._moment()
            with self._noting():
                inject(verb, path)

        return before

    def _moment(self) -> None:
        self.moments += 1
        with self._noting():
            self.at_moment(self)

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """What does not hold is raised when the life is over: inside it, the run loop would take it for a fault."""
        try:
            yield
        except AssertionError as error:
            self.broken = self.broken or error


def _write_plan(journal: Journal, tasks: Sequence[Task]) -> None:
    if journal.manifest.header is None:
        journal.append_now(Header(format=1, tool="test", created="2026-01-01T00:00:00+00:00", origin="emulator"))
    if journal.manifest.plan is None:
        known = journal.manifest.tasks
        new = [TaskLine(key=task.key, request=task.request) for task in tasks if task.key not in known]
        cells = [
            CellLine(n=1, key=task.key, label=f"s{place}", axes={"seed": place}, price=25_000)
            for place, task in enumerate(tasks)
        ]
        counts = PlanCounts(tasks=len(new), cells=len(cells))
        journal.append_now(PlanLine(n=1, job={"name": "cats"}, digest="d", counts=counts), *new, *cells)


def new_world(folder: Path, fates: Sequence[Fate], bug: Bug = SOUND, **disk: Any) -> World:
    """A world in which nothing has happened: one task for each fate."""
    tasks = [task_of(Request("emulator", "flux-dev", {"prompt": "a cat", "seed": seed})) for seed in range(len(fates))]
    script: Mapping[str, Fate] = {task.key: fate for task, fate in zip(tasks, fates, strict=True)}
    return World(folder, tasks, SimDisk(folder.parent, **disk), Server(script), bug=bug)


def again(world: World) -> World:
    """The same world for its next life, without watchers."""
    world.disk.before = lambda _verb, _path: None
    return replace(world, now=world.now + 1.0, journal=None, moments=0, at_moment=lambda _world: None)
