"""Why a run stops by itself: no POST more than were on their way, what is paid is collected, and it says what to do."""

from __future__ import annotations

import asyncio
import re
from email.utils import formatdate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalog.provider import Limits
from pipeline.errors import PRECEDENCE, ExitCode
from pipeline.manifest.read import read_manifest
from pipeline.providers.base import Busy, Denied, Doubt, NotSent, Rejected, SubmitOutcome
from pipeline.run.session import Session
from pipeline.run.stop import Stop
from tests.crash.clock import LeapingLoop
from tests.providers.scripted import http, scripted
from tests.run.virtual import PRICE, TRIP, Service, live, live_over_http, statuses

LIMITS = Limits(active=8, poll_min=0.5)
SUBMITS = 3
ACCEPTED = http(200, '{"id": "t-1"}')


@given(st.lists(st.sampled_from(PRECEDENCE), min_size=1))
def test_the_weightiest_reason_gives_the_code_and_all_are_told(codes: list[ExitCode]) -> None:
    stop = Stop()
    assert not stop.submits
    for code in codes:
        stop.because(code, f"reason {code}")
        stop.because(code, f"reason {code}")
    assert stop.submits
    assert stop.code == min(codes, key=PRECEDENCE.index)
    assert stop.reasons == list(dict.fromkeys(f"reason {code}" for code in codes))


@pytest.mark.parametrize(
    ("outcome", "code", "said"),
    [
        (Busy("429", 121.0), ExitCode.UNFINISHED, "121|2 min"),
        (Busy("429", 86_400.0), ExitCode.UNFINISHED, "86400|24 h|1 day"),
        (Denied("HTTP 402: no credit"), ExitCode.ACCOUNT, "no credit"),
    ],
)
def test_what_no_wait_mends_ends_the_submits_and_collects_what_is_paid(
    tmp_path: Path, outcome: SubmitOutcome, code: ExitCode, said: str
) -> None:
    service = Service(answer=lambda number: outcome if number >= 5 else None, latency=lambda _number: 20.0)
    life = live(tmp_path / "out", service, 30, limits=LIMITS, submits=SUBMITS)
    assert life.ending.code == code
    assert 6 <= len(service.posts) <= 5 + SUBMITS
    assert statuses(tmp_path / "out") == {"downloaded": 5, "planned": 25}
    assert life.seconds < 60
    assert re.search(said, " ".join(life.ending.reasons))
    calm = Service()
    assert live(tmp_path / "out", calm, 30, limits=LIMITS).ending.code == ExitCode.COMPLETE
    assert len(calm.posts) == 25


def test_two_minutes_are_still_waited_out(tmp_path: Path) -> None:
    service = Service(answer=lambda number: Busy("429", 120.0) if number == 0 else None)
    life = live(tmp_path / "out", service, 3, limits=LIMITS, submits=1)
    assert life.ending.code == ExitCode.COMPLETE
    assert service.posts[1] - service.posts[0] >= 120.0


async def test_over_real_http_nothing_is_sent_before_retry_after_is_over(tmp_path: Path) -> None:
    at: list[float] = []

    def answer(line: str) -> bytes:
        if line.startswith("POST"):
            at.append(asyncio.get_running_loop().time())
            return http(429, Retry_After="1") if len(at) == 1 else ACCEPTED
        return http(200, '{"status": "Error"}')

    async with scripted(answer) as server:
        await live_over_http(tmp_path / "out", server.origin, 5, submits=1)
    assert len(at) == 6
    assert at[1] - at[0] >= 1.0


@pytest.mark.parametrize("word", ["600", formatdate(784_111_777 + 600, usegmt=True)])
async def test_over_real_http_a_long_retry_after_ends_the_run(tmp_path: Path, word: str) -> None:
    reply = http(429, Retry_After=word, Date=formatdate(784_111_777, usegmt=True))
    async with scripted(reply) as server:
        ending = await live_over_http(tmp_path / "out", server.origin, 12, submits=SUBMITS)
    assert ending.code == ExitCode.UNFINISHED
    assert 1 <= len(server.requests) <= SUBMITS
    assert re.search("600|10 min", " ".join(ending.reasons))
    assert statuses(tmp_path / "out") == {"planned": 12}


def test_who_cannot_be_reached_is_tried_five_times(tmp_path: Path) -> None:
    service = Service(answer=lambda _number: NotSent("no route"))
    life = live(tmp_path / "out", service, 1, limits=LIMITS)
    assert (life.ending.code, len(service.posts)) == (ExitCode.UNFINISHED, 5)
    assert life.seconds <= 5 * TRIP + 0.5 + 1 + 2 + 4
    assert statuses(tmp_path / "out") == {"planned": 1}


def test_a_poll_that_is_denied_ends_the_run_and_keeps_every_id(tmp_path: Path) -> None:
    service = Service(asks=lambda _poll: Denied("HTTP 401"))
    life = live(tmp_path / "out", service, 5, limits=LIMITS, poll_min=5.0)
    assert life.ending.code == ExitCode.ACCOUNT
    assert statuses(tmp_path / "out") == {"submitted": 5}
    # The next run polls the same ids: nothing is bought again.
    service.asks = lambda _poll: None
    assert live(tmp_path / "out", service, 5, limits=LIMITS).ending.code == ExitCode.COMPLETE
    assert len(service.posts) == 5


@given(st.floats(0.01, 6), st.integers(1, 4))
@settings(max_examples=20)
def test_a_second_press_keeps_every_id_and_every_outcome(seconds: float, submits: int) -> None:
    def press(_session: Session, loop: LeapingLoop) -> None:
        def cancel() -> None:
            for task in asyncio.all_tasks(loop):
                if "Runner.run" in getattr(task.get_coro(), "__qualname__", ""):
                    task.cancel()

        # Twice: the press, and the end of the time to collect.
        loop.call_later(seconds, cancel)
        loop.call_later(seconds + TRIP / 2, cancel)

    with TemporaryDirectory() as name:
        folder, service = Path(name) / "out", Service(latency=lambda number: 2.0 + number % 3)
        live(folder, service, 20, limits=LIMITS, meanwhile=press, submits=submits)
        assert [at for at in service.posts if at > seconds] == []
        manifest = read_manifest(folder / "manifest.jsonl").manifest
        kept = {record.remote_id for record in manifest.records.values() if record.remote_id is not None}
        assert kept == set(service.rendering)
        assert "in_doubt" not in statuses(folder)
        rest = Service(rendering=service.rendering, posts=service.posts, latency=service.latency)
        start_again(rest)
        assert live(folder, rest, 20, limits=LIMITS).ending.code == ExitCode.COMPLETE
        assert len(rest.rendering) == len(rest.posts) == 20


def start_again(service: Service) -> None:
    """The service's time goes on: what it was asked for earlier is ready by now."""
    service.rendering = {task: (-seconds, seconds) for task, (_, seconds) in service.rendering.items()}


OUTCOMES = [None, None, Doubt("the reply is lost"), Busy("429", 1.0), Rejected("422")]


@given(
    st.lists(st.sampled_from(OUTCOMES), max_size=24),
    st.integers(1, 10),
    st.integers(1, 4),
    st.sampled_from(["usd", "images"]),
)
@settings(max_examples=25)
def test_no_story_of_outcomes_passes_the_budget(
    story: list[SubmitOutcome | None], budget: int, submits: int, unit: str
) -> None:
    service = Service(answer=lambda number: story[number] if number < len(story) else None)
    chosen: dict[str, Any] = {"budget_usd": budget * PRICE + PRICE // 2} if unit == "usd" else {"budget_images": budget}
    with TemporaryDirectory() as name:
        folder = Path(name) / "out"
        life = live(folder, service, 12, limits=LIMITS, submits=submits, **chosen)
        records = read_manifest(folder / "manifest.jsonl").manifest.records
        charges = sum(record.charges_hi for record in records.values())
        assert charges <= budget
        assert len(service.rendering) <= charges
        # One by one there is no submit whose refusal could still give back what the budget lacks.
        if submits == 1 and life.ending.code == ExitCode.BUDGET:
            assert charges == budget
