"""A provider that leaves every submit in doubt is asked a handful of times, and not once for every task of the job."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.provider import Limits
from pipeline.errors import ExitCode
from pipeline.providers.base import Doubt, NotSent
from pipeline.run import breaker as breaker_module
from pipeline.run.breaker import OPEN, QUIET, TRIP_AFTER, Breaker
from tests.providers.scripted import http, scripted
from tests.run.virtual import Service, live, live_over_http, statuses

LIMITS = Limits(active=8, poll_min=0.5)
LOST = Doubt("the reply is lost")


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def doubt(breaker: Breaker, times: int) -> None:
    """So many submits begin and end in doubt, none of them a probe."""
    for _ in range(times):
        assert not breaker.begin()
        assert not breaker.doubted(probe=False)


def tripped(clock: Clock) -> Breaker:
    """A breaker that has just opened."""
    breaker = Breaker(clock)
    doubt(breaker, TRIP_AFTER)
    assert breaker.is_open
    return breaker


def test_it_opens_at_the_third_doubt_in_a_row_and_holds_a_minute() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    doubt(breaker, TRIP_AFTER - 1)
    assert (breaker.is_open, breaker.left()) == (False, 0.0)
    doubt(breaker, 1)
    assert (breaker.is_open, breaker.left()) == (True, 60.0)
    clock.now = 59.5
    assert breaker.left() > 0
    clock.now = 60.0
    assert breaker.left() <= 0


def test_an_acceptance_in_the_last_ten_seconds_keeps_it_shut() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    breaker.accepted()
    clock.now = QUIET - 0.5
    doubt(breaker, 5)
    assert not breaker.is_open
    clock.now = QUIET + 0.5
    doubt(breaker, 1)
    assert breaker.is_open


@given(st.lists(st.booleans(), max_size=40))
def test_doubts_count_only_in_a_row(outcomes: list[bool]) -> None:
    clock = Clock()
    breaker = Breaker(clock)
    in_a_row = 0
    for accepted in outcomes:
        clock.now += QUIET + 1
        if accepted:
            breaker.accepted()
        else:
            breaker.doubted(probe=False)
        in_a_row = 0 if accepted else in_a_row + 1
        assert breaker.is_open == (in_a_row >= TRIP_AFTER)


def test_one_probe_goes_and_holds_the_others() -> None:
    clock = Clock()
    breaker = tripped(clock)
    clock.now = OPEN
    assert breaker.begin()
    assert breaker.left() > 0
    clock.now = 2 * OPEN
    assert breaker.left() > 0


def test_a_probe_that_is_taken_arms_it_anew() -> None:
    clock = Clock()
    breaker = tripped(clock)
    clock.now = OPEN
    breaker.begin()
    breaker.accepted()
    assert (breaker.is_open, breaker.left()) == (False, 0.0)
    clock.now += QUIET + 1
    doubt(breaker, TRIP_AFTER - 1)
    assert not breaker.is_open
    doubt(breaker, 1)
    assert (breaker.is_open, breaker.left()) == (True, OPEN)


def test_a_probe_in_doubt_ends_the_run_and_one_that_was_not_sent_proves_nothing() -> None:
    clock = Clock()
    breaker = tripped(clock)
    clock.now = OPEN
    assert breaker.begin()
    breaker.unpaid()
    assert breaker.is_open
    assert breaker.left() <= 0
    assert breaker.begin()
    assert breaker.doubted(probe=True)


@pytest.mark.parametrize("submits", [1, 2, 4])
def test_every_submit_in_doubt_makes_a_handful_of_posts(tmp_path: Path, submits: int) -> None:
    service = Service(answer=lambda _number: LOST)
    life = live(tmp_path / "out", service, 30, limits=LIMITS, submits=submits)
    assert life.ending.code == ExitCode.UNFINISHED
    held, probe = service.posts[:-1], service.posts[-1]
    assert TRIP_AFTER <= len(held) <= TRIP_AFTER - 1 + submits
    assert probe - held[-1] >= OPEN
    assert statuses(tmp_path / "out") == {"in_doubt": len(held) + 1, "planned": 30 - len(held) - 1}
    assert "in doubt" in " ".join(life.ending.reasons)


def test_a_probe_that_is_taken_lets_the_rest_go_on(tmp_path: Path) -> None:
    service = Service(answer=lambda number: LOST if number < 3 else None)
    life = live(tmp_path / "out", service, 12, limits=LIMITS, submits=1)
    assert life.ending.code == ExitCode.IN_DOUBT
    assert statuses(tmp_path / "out") == {"in_doubt": 3, "downloaded": 9}
    probe = service.posts[3]
    assert probe - service.posts[2] >= OPEN
    assert service.posts[4] > probe


def test_a_probe_that_never_left_is_followed_by_another(tmp_path: Path) -> None:
    service = Service(answer=lambda number: LOST if number < 3 else NotSent("no route") if number == 3 else None)
    life = live(tmp_path / "out", service, 8, limits=LIMITS, submits=1)
    assert life.ending.code == ExitCode.IN_DOUBT
    assert statuses(tmp_path / "out") == {"in_doubt": 3, "downloaded": 5}


def test_doubts_among_acceptances_hold_up_nothing(tmp_path: Path) -> None:
    service = Service(answer=lambda number: LOST if number % 5 else None)
    life = live(tmp_path / "out", service, 20, limits=LIMITS, submits=1)
    assert life.ending.code == ExitCode.IN_DOUBT
    assert statuses(tmp_path / "out") == {"in_doubt": 16, "downloaded": 4}
    assert life.seconds < OPEN


async def test_over_real_http_a_broken_gateway_sees_a_handful_of_posts(tmp_path: Path) -> None:
    async with scripted(http(500, "upstream")) as server:
        with patch.object(breaker_module, "OPEN", 0.2):
            ending = await live_over_http(tmp_path / "out", server.origin, 25)
    assert ending.code == ExitCode.UNFINISHED
    assert statuses(tmp_path / "out")["in_doubt"] == len(server.requests) <= 7
