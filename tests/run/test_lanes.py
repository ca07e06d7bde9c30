"""Lanes: what stops one provider leaves the others going, and what is known to have expired is not asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipeline.catalog.provider import Limits
from pipeline.errors import ExitCode
from pipeline.providers.base import DownloadOutcome, PollOutcome, Rendered
from pipeline.run.stop import Stop
from tests.run.virtual import Service, live, statuses

LIMITS = Limits(active=4, poll_min=0.5)


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
