"""Doubts end by a proof or within the money that the job sets aside: each once, and the manifest stays whole."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalog.load import load_catalog
from pipeline.emulator.server import running
from pipeline.emulator.settings import Settings
from pipeline.errors import ExitCode
from pipeline.manifest.disk import SYSTEM_DISK, Disk, SystemDisk
from pipeline.manifest.journal import open_journal
from pipeline.manifest.lines import (
    AnyEvent,
    Artifact,
    CellLine,
    Downloaded,
    Header,
    InDoubt,
    PlanCounts,
    PlanLine,
    Ready,
    Submitted,
    Submitting,
    TaskLine,
)
from pipeline.manifest.read import FILE_NAME, read_manifest
from pipeline.manifest.record import Record
from pipeline.plan.policy import RunSettings, WebhookSettings
from pipeline.providers.base import Doubt, Provider, Rendered
from pipeline.providers.http import HttpProvider
from pipeline.run.doubt import Doubts, left_open
from pipeline.run.floor import Floor
from pipeline.run.lane import Outlet
from pipeline.run.listener import Delivery
from pipeline.run.progress import Progress
from pipeline.run.session import Session
from pipeline.run.tags import open_tags
from pipeline.run.webhook import WebhookReceiver
from pipeline.stores.local import LocalStore
from pipeline.task.fingerprint import task_of
from pipeline.task.request import Request
from tests.run.receiving import free_port

PRICE = 40_000
SPEC = load_catalog().provider("cometapi")
TASKS = [
    task_of(Request("cometapi", "flux-dev", {"prompt": "a teapot", "seed": seed, "width": 256, "height": 256}))
    for seed in range(5)
]
KEYS = [task.key for task in TASKS]
ONE = KEYS[0]
PICTURE = Artifact("images/a.png", "0" * 64, 10, "image/png", 8, 8)


class TiredDisk(SystemDisk):
    """A disk that syncs nothing more once it has stopped working."""

    works = True

    def sync(self, descriptor: int) -> None:
        if not self.works:
            raise OSError(errno.EIO, "Input/output error")
        super().sync(descriptor)


@dataclass
class Bench:
    """A floor over a real journal, and the doubts of its run."""

    floor: Floor
    folder: Path
    doubts: Doubts
    proven: list[str] = field(default_factory=list)

    async def write(self, *events: AnyEvent) -> None:
        for event in events:
            await self.floor.record(event.key, event)

    async def deliver(self, remote_id: str, *, attempt: int = 1, rendered: bool = True, key: str = ONE) -> None:
        await self.doubts.delivered(Delivery(key, attempt, remote_id, rendered))

    def record(self, key: str = ONE) -> Record:
        """What the disk says."""
        return read_manifest(self.folder / FILE_NAME).manifest.record(key)

    @property
    def provider(self) -> Provider:
        return self.floor.lanes[SPEC.name].provider

    @property
    def lines(self) -> int:
        return self.floor.journal.manifest.lines


@asynccontextmanager
async def bench(
    folder: Path, *, allowance: int | None = None, origin: str = "http://x", disk: Disk = SYSTEM_DISK
) -> AsyncIterator[Bench]:
    """A run of five planned tasks that has just begun; in a folder where one was before, the next."""
    provider = HttpProvider(SPEC, origin, "key")
    with open_journal(folder, disk=disk) as journal, ThreadPoolExecutor(1) as executor:
        if journal.manifest.plan is None:
            journal.append_now(
                Header(format=1, tool="test", created="2026-01-01", origin=origin),
                PlanLine(n=1, job={"name": "x"}, digest="d", counts=PlanCounts(len(TASKS), len(TASKS))),
                *(TaskLine(key=task.key, request=task.request) for task in TASKS),
                *(CellLine(n=1, key=key, label=key[:8], axes={}, price=PRICE, price_source="list") for key in KEYS),
            )
        session = Session(
            journal=journal,
            outlets={SPEC.name: Outlet(lambda: provider, SPEC.limits, SPEC.webhook)},
            store=LocalStore(folder),
            settings=RunSettings(resubmit_usd=allowance),
            progress=Progress(journal.manifest, quiet=True),
        )
        floor = session._floor(executor)
        made = Bench(floor, folder, Doubts(floor, lambda key: made.proven.append(key)))
        try:
            yield made
        finally:
            await provider.close()


def doubt(key: str = ONE, attempt: int = 1) -> list[AnyEvent]:
    return [Submitting(key=key, attempt=attempt), InDoubt(key=key, attempt=attempt, why="cut")]


async def test_a_delivery_ends_the_doubt_with_its_id_on_disk(tmp_path: Path) -> None:
    async with bench(tmp_path) as at:
        await at.write(*doubt())
        await at.deliver("id-1", rendered=False)
        assert (at.record().status, at.record().remote_id, at.proven) == ("submitted", "id-1", [ONE])
        lines = at.lines
        await at.deliver("id-1")
        await asyncio.gather(at.deliver("id-1"), at.deliver("id-1"))
        assert (at.lines, at.proven) == (lines, [ONE])


async def test_a_delivery_before_the_doubt_ends_it_once_it_is_there(tmp_path: Path) -> None:
    async with bench(tmp_path) as at:
        await at.write(Submitting(key=ONE, attempt=1))
        await at.deliver("id-1")
        assert (at.record().status, await at.doubts.settle([ONE])) == ("submitting", [])
        await at.write(InDoubt(key=ONE, attempt=1, why="cut"))
        assert await at.doubts.settle([ONE]) == [ONE]
        assert (at.record().status, at.record().remote_id, at.proven) == ("submitted", "id-1", [])


async def test_without_a_proof_or_money_a_doubt_is_held(tmp_path: Path) -> None:
    async with bench(tmp_path) as at:
        await at.write(*doubt(), Submitting(key=KEYS[1], attempt=1))
        lines = at.lines
        assert await at.doubts.settle(KEYS) == []
        assert at.lines == lines


async def test_doubts_are_bought_again_once_a_task_and_within_the_money_also_all_at_once(tmp_path: Path) -> None:
    async with bench(tmp_path, allowance=3 * PRICE) as at:
        await at.write(*(event for key in KEYS for event in doubt(key)))
        ended = await asyncio.gather(*(at.doubts.settle(KEYS) for _ in range(3)))
        again = [key for keys in ended for key in keys]
        assert sorted(again) == sorted(KEYS[:3])
        assert [at.record(key).status for key in KEYS] == ["planned"] * 3 + ["in_doubt"] * 2
    async with bench(tmp_path, allowance=5 * PRICE) as at:
        await at.write(*doubt(ONE, attempt=2))
        assert await at.doubts.settle([ONE, KEYS[3], KEYS[4]]) == [KEYS[3], KEYS[4]]
        assert (at.record().status, at.record().charges_hi) == ("in_doubt", 2)


async def test_a_submit_that_comes_to_light_is_charged_once_and_only_when_it_was_rendered(tmp_path: Path) -> None:
    async with bench(tmp_path) as at:
        await at.write(Submitting(key=ONE, attempt=1), Submitted(key=ONE, attempt=1, remote_id="id-1"))
        await at.write(Ready(key=ONE), Downloaded(key=ONE, artifact=PICTURE))
        lines = at.lines
        await at.deliver("id-1")
        await at.deliver("id-2", rendered=False)
        await at.deliver("id-2", attempt=2)
        await at.deliver("id-2", key="f" * 64)
        assert at.lines == lines
        await at.deliver("id-2")
        await at.deliver("id-2")
        assert (at.lines, at.record().charges_lo, at.record().charges_hi) == (lines + 1, 2, 2)
        assert at.proven == []


async def test_a_late_proof_of_a_doubt_that_was_bought_again_closes_the_interval(tmp_path: Path) -> None:
    async with bench(tmp_path, allowance=PRICE) as at:
        await at.write(*doubt())
        assert await at.doubts.settle([ONE]) == [ONE]
        await at.write(Submitting(key=ONE, attempt=2), Submitted(key=ONE, attempt=2, remote_id="id-2"), Ready(key=ONE))
        assert (at.record().charges_lo, at.record().charges_hi) == (1, 2)
        await at.deliver("id-1")
        assert (at.record().charges_lo, at.record().charges_hi) == (2, 2)


async def test_a_disk_that_fails_stops_the_run_and_no_delivery_raises(tmp_path: Path) -> None:
    disk = TiredDisk()
    async with bench(tmp_path, disk=disk) as at:
        await at.write(*doubt())
        disk.works = False
        await at.deliver("id-1")
        assert at.floor.stop.code is ExitCode.DISK


async def test_how_long_a_webhook_may_still_come(tmp_path: Path) -> None:
    async with bench(tmp_path) as at:
        assert at.doubts.awaited() == 0
        await at.write(*doubt())
        give_up = at.floor.policy.give_up
        assert give_up - 60 < at.doubts.awaited() <= give_up
        sent = at.floor.known(ONE).sending_at
        assert sent is not None
        at.floor.clock = lambda: sent + give_up + 1
        assert at.doubts.awaited() == 0


async def test_what_an_earlier_process_left_open_is_in_doubt(tmp_path: Path) -> None:
    async with bench(tmp_path) as at:
        await at.write(Submitting(key=ONE, attempt=1), *doubt(KEYS[1]))
        left = left_open(at.floor.journal.manifest)
        assert [(event.key, event.attempt) for event in left] == [(ONE, 1)]
        await at.write(*left)
        assert at.record().status == "in_doubt"


async def test_the_whole_way_a_submit_whose_reply_was_lost_is_found_and_polled(tmp_path: Path) -> None:
    lossy = Settings(painter="flat", latency=0.05, latency_sigma=0.0, accepted_drop=1.0)
    async with running(lossy) as origin, bench(tmp_path, origin=origin) as at:
        at_home = WebhookSettings("https://example.com/", free_port()).on_loopback()
        receiver = WebhookReceiver(at_home, SPEC, open_tags(tmp_path), at.doubts.delivered)
        await receiver.start()
        await at.write(Submitting(key=ONE, attempt=1))
        told = receiver.fields(ONE, 1)
        outcome = await at.provider.submit(TASKS[0].request, {}, lambda: True, told)
        assert isinstance(outcome, Doubt)
        await at.write(InDoubt(key=ONE, attempt=1, why=outcome.why))
        async with asyncio.timeout(20):
            assert await receiver.wait(ONE, 60)
        await receiver.close()
        await at.doubts.settle([ONE])
        record = at.record()
        assert record.status == "submitted"
        assert isinstance(await at.provider.poll(str(record.remote_id), None), Rendered)


MOVES = st.sampled_from(["settle", "proof", "other", "early"])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(MOVES, st.integers(0, 2)), max_size=12), st.integers(0, 3))
def test_whatever_meets_each_doubt_ends_once_and_the_manifest_reads_back(
    moves: Sequence[tuple[str, int]], affordable: int
) -> None:
    async def meet(folder: Path) -> None:
        async with bench(folder, allowance=affordable * PRICE) as at:
            await at.write(*(event for key in KEYS[:3] for event in doubt(key)))
            made: dict[str, Callable[[str], Coroutine[Any, Any, object]]] = {
                "settle": lambda key: at.doubts.settle([key]),
                "proof": lambda key: at.deliver(f"id {key[:8]}", key=key),
                "other": lambda key: at.deliver(f"other {key[:8]}", key=key),
                "early": lambda key: at.deliver("id early", key=key, attempt=2),
            }
            await asyncio.gather(*(made[move](KEYS[which]) for move, which in moves))
            in_memory = dict(at.floor.journal.manifest.records)
        on_disk = read_manifest(folder / FILE_NAME).manifest.records
        assert on_disk == in_memory
        assert sum(record.bought_again for record in on_disk.values()) <= affordable
        for which, key in enumerate(KEYS[:3]):
            proven = any(move in ("proof", "other") and at == which for move, at in moves)
            assert on_disk[key].status in (("submitted", "planned") if proven else ("in_doubt", "planned"))
            assert on_disk[key].charges_lo <= on_disk[key].charges_hi

    with TemporaryDirectory() as folder:
        asyncio.run(meet(Path(folder)))
