"""Lanes: what stops one provider leaves the others going, and what is known to have expired is not asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.catalog.provider import Limits
from pipeline.errors import ExitCode
from pipeline.manifest.journal import open_journal
from pipeline.manifest.lines import CellLine, Header, InDoubt, PlanCounts, PlanLine, Submitting, TaskLine
from pipeline.plan.policy import LaneSettings, WebhookSettings
from pipeline.providers.base import (
    Busy,
    Doubt,
    DownloadOutcome,
    PollOutcome,
    Rendered,
    SubmitOutcome,
    UnknownModel,
)
from pipeline.run.listener import Delivery, Listener, OnDelivery
from pipeline.run.stop import Stop
from pipeline.run.tags import Tags
from pipeline.task.fingerprint import task_of
from pipeline.task.request import Request
from tests.run.virtual import PRICE, Service, live, statuses

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


@dataclass
class Slow(Service):
    """Takes a while for each POST, and tells how many are open at once, at all of its kind together."""

    open: list[int] = field(default_factory=lambda: [0, 0])

    async def submit(self, *told: Any) -> SubmitOutcome:
        self.open[0] += 1
        self.open[1] = max(self.open)
        await asyncio.sleep(1.0)
        self.open[0] -= 1
        return await super().submit(*told)


def test_all_lanes_together_have_no_more_open_submits_than_the_run_may(tmp_path: Path) -> None:
    here = Slow()
    there = Slow(open=here.open)
    life = live(tmp_path / "out", here, 6, limits=LIMITS, beside={"bfl": there}, submits=3)
    assert life.ending.code == ExitCode.COMPLETE
    assert (len(here.posts), len(there.posts), here.open) == (6, 6, [0, 3])


def test_a_lane_that_is_refused_holds_up_itself_alone(tmp_path: Path) -> None:
    busy, other = Service(answer=lambda number: Busy("later", 60.0) if number == 0 else None), Service()
    life = live(tmp_path / "out", busy, 6, limits=LIMITS, beside={"bfl": other})
    assert life.ending.code == ExitCode.COMPLETE
    assert max(other.posts) < 30 < 60 <= max(busy.posts)


def test_a_lane_whose_breaker_is_open_holds_up_itself_alone(tmp_path: Path) -> None:
    broken, other = Service(answer=lambda _number: Doubt("a 500")), Service()
    life = live(tmp_path / "out", broken, 12, limits=LIMITS, beside={"bfl": other})
    assert life.ending.code == ExitCode.UNFINISHED
    assert statuses(tmp_path / "out")["downloaded"] == len(other.posts) == 12
    assert max(other.posts) < 30
    assert 4 <= len(broken.posts) < 12


def test_a_model_that_one_does_not_know_is_asked_of_the_other(tmp_path: Path) -> None:
    without, other = Service(answer=lambda _number: UnknownModel("no such model")), Service()
    life = live(tmp_path / "out", without, 12, limits=LIMITS, beside={"bfl": other}, submits=1)
    assert life.ending.code == ExitCode.SOME_FAILED
    assert (len(without.posts), len(other.posts)) == (1, 12)


def test_a_lane_has_as_many_at_work_as_the_job_says_of_it(tmp_path: Path) -> None:
    here, there = (Service(latency=lambda _number: 5.0) for _ in range(2))
    lanes = {"bfl": LaneSettings(active=1)}
    life = live(tmp_path / "out", here, 4, limits=LIMITS, beside={"bfl": there}, lanes=lanes)
    assert life.ending.code == ExitCode.COMPLETE
    assert (max(here.posts) < 5, max(there.posts) >= 15) == (True, True)


@pytest.mark.parametrize("budget", [LaneSettings(budget_images=2), LaneSettings(budget_usd=2 * PRICE)])
@pytest.mark.parametrize("submits", [1, 4])
def test_a_lane_spends_its_budget_and_no_more(tmp_path: Path, budget: LaneSettings, submits: int) -> None:
    here, there = Service(), Service()
    chosen: dict[str, Any] = {"lanes": {"bfl": budget}, "submits": submits}
    life = live(tmp_path / "out", here, 6, limits=LIMITS, beside={"bfl": there}, **chosen)
    assert life.ending.code == ExitCode.BUDGET
    assert (len(here.posts), len(there.posts)) == (6, 2)
