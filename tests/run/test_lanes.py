"""Lanes: what stops one provider leaves the others going, and what is known to have expired is not asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.catalog.load import load_catalog
from pipeline.catalog.provider import Limits
from pipeline.errors import ExitCode
from pipeline.manifest.journal import open_journal
from pipeline.manifest.lines import CellLine, Header, InDoubt, PlanCounts, PlanLine, Submitting, TaskLine
from pipeline.plan.policy import WebhookSettings
from pipeline.providers.base import DownloadOutcome, PollOutcome, Rendered
from pipeline.run.listener import Delivery, Listener, OnDelivery
from pipeline.run.stop import Stop
from pipeline.run.tags import Tags
from pipeline.task.fingerprint import task_of
from pipeline.task.request import Request
from tests.run.virtual import Service, live, statuses

LIMITS = Limits(active=4, poll_min=0.5)


class Told(Listener):
    """Is told once, when the run has begun."""

    def __init__(self, on_delivery: OnDelivery, delivery: Delivery) -> None:
        settings = WebhookSettings("https://example.com/", 1)
        super().__init__(settings, load_catalog().provider("cometapi"), Tags(b"secret"))
        self._on_delivery, self._delivery = on_delivery, delivery

    async def start(self) -> None:
        self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        await asyncio.sleep(0.1)
        await self._on_delivery(self._delivery)

    async def close(self) -> None:
        await self._telling


def test_a_webhook_of_a_provider_that_this_run_does_not_speak_to_is_kept_for_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    here, there = (task_of(Request(name, "flux-dev", {"prompt": "a cat"})) for name in ("cometapi", "bfl"))
    with open_journal(folder) as journal:
        journal.append_now(
            Header(format=1, tool="test", created="2026-01-01", origin="service"),
            PlanLine(n=1, job={"name": "cats"}, digest="d", counts=PlanCounts(2, 2)),
            *(TaskLine(key=task.key, request=task.request) for task in (here, there)),
            *(CellLine(n=1, key=task.key, label="x", axes={}) for task in (here, there)),
            Submitting(key=there.key, attempt=1),
            InDoubt(key=there.key, attempt=1, why="no reply"),
        )
    delivery = Delivery(there.key, 1, "id-there", rendered=True)
    life = live(folder, Service(), 2, limits=LIMITS, receive=lambda on_delivery: Told(on_delivery, delivery))
    assert (life.ending.code, list(life.ending.reasons)) == (ExitCode.UNFINISHED, [])
    assert statuses(folder) == {"downloaded": 1, "submitted": 1}


def test_a_part_that_stops_leaves_the_whole_and_the_other_parts_going() -> None:
    whole = Stop()
    one, other = Stop(whole), Stop(whole)
    one.because(ExitCode.ACCOUNT, "no credit")
    assert (one.submits, one.sends) == (True, True)
    assert (whole.submits, other.submits) == (False, False)
    assert not other.changed.is_set()


def test_what_stops_the_whole_stops_and_wakes_its_parts() -> None:
    whole = Stop()
    part = Stop(whole)
    whole.because(ExitCode.BUDGET, "spent")
    assert (part.submits, part.sends, part.code) == (True, False, None)
    assert part.changed.is_set()
    whole.because(ExitCode.DISK, "full")
    assert part.sends


@dataclass
class Delivering(Service):
    """Counts the pictures that were asked for."""

    downloads: int = 0

    async def download(self, url: str, write: Callable[[bytes], object]) -> DownloadOutcome:
        self.downloads += 1
        return await super().download(url, write)


def ready(lifetime: float | None) -> PollOutcome:
    return Rendered("https://pictures/x", seed=1, prompt=None, cost=None, duration=1.0, lifetime=lifetime)


def test_a_url_that_has_expired_is_polled_anew_and_never_tried(tmp_path: Path) -> None:
    service = Delivering(asks=lambda poll: ready(0.0 if poll < 2 else 60.0))
    life = live(tmp_path / "out", service, 1, limits=LIMITS)
    assert life.ending.code == ExitCode.COMPLETE
    assert (service.downloads, len(service.posts)) == (1, 1)


def test_urls_that_all_expire_at_once_end_the_task_and_keep_its_id(tmp_path: Path) -> None:
    service = Delivering(asks=lambda _poll: ready(-1.0))
    life = live(tmp_path / "out", service, 1, limits=LIMITS)
    assert life.ending.code == ExitCode.SOME_FAILED
    assert statuses(tmp_path / "out") == {"failed": 1}
    assert service.downloads == 0
