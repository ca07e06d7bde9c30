"""When a task is polled: never sooner than the least wait, never later than the most, and by the server's own clock."""

from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.provider import Limits
from pipeline.errors import ExitCode
from pipeline.providers.base import Again
from pipeline.run.polling import Latencies, PollPace, backoff, poll_pace
from tests.run.virtual import TRIP, Service, live, statuses

MODEL = "flux-dev"
SECONDS = st.floats(0.01, 600)


class Middle(random.Random):
    """Chance that always falls on the middle: what is left are the rules."""

    def uniform(self, a: float, b: float) -> float:
        return (a + b) / 2


@given(
    st.floats(0.05, 20),
    st.floats(0, 60),
    st.lists(SECONDS, max_size=80),
    st.floats(0, 900),
    st.integers(0, 40),
    st.integers(0, 999),
)
def test_a_wait_is_never_shorter_than_the_least_nor_longer_than_the_most(
    low: float, more: float, renders: list[float], waited: float, polls: int, seed: int
) -> None:
    pace = PollPace(low, low + more, random.Random(seed))
    for seconds in renders:
        pace.learn(MODEL, seconds)
    assert low <= pace.wait(MODEL, waited, polls) <= low + more


def test_while_nothing_is_known_it_starts_at_the_least_and_grows_to_the_most() -> None:
    pace = PollPace(1.0, 8.0, Middle())
    waits = [pace.wait(MODEL, 0.0, polls) for polls in range(12)]
    assert waits[0] == 1.0
    assert all(later > earlier for earlier, later in pairwise(waits[:6]))
    assert waits[-1] == 8.0


@given(st.lists(st.floats(20, 40), min_size=5, max_size=64), st.floats(0, 10))
def test_what_is_known_is_first_polled_when_the_quick_ones_are_over(renders: list[float], waited: float) -> None:
    pace = PollPace(0.5, 100.0, random.Random(1))
    for seconds in renders:
        pace.learn(MODEL, seconds)
    at = waited + pace.wait(MODEL, waited, 0)
    assert min(renders) <= at <= max(renders) + 10


def test_then_in_steps_of_a_part_of_the_spread_which_grow_for_a_straggler() -> None:
    pace = PollPace(0.1, 60.0, Middle())
    for seconds in range(20, 40):
        pace.learn(MODEL, float(seconds))
    step = pace.wait(MODEL, 30.0, 1)
    # The middle half of the renders lies 10 s apart.
    assert 1 <= step <= 5
    assert pace.wait(MODEL, 35.0, 7) == step
    assert pace.wait(MODEL, 200.0, 9) > 5 * step


def test_each_model_is_learned_by_itself() -> None:
    pace = PollPace(0.5, 60.0, Middle())
    for _ in range(10):
        pace.learn("flux-2-max", 30.0)
    assert pace.wait("flux-2-max", 0.0, 0) > 29
    assert pace.wait(MODEL, 0.0, 0) == 0.5


@given(st.lists(st.one_of(st.none(), st.floats(max_value=0), st.floats(3600), st.just(float("nan"))), max_size=20))
def test_an_absurd_latency_teaches_nothing(told: list[float | None]) -> None:
    pace = PollPace(0.5, 60.0, Middle())
    for seconds in told:
        pace.learn(MODEL, seconds)
    assert pace.wait(MODEL, 0.0, 0) == 0.5


@given(st.lists(SECONDS, min_size=1, max_size=200), st.floats(0, 1))
def test_only_the_last_renders_count(renders: list[float], share: float) -> None:
    latencies = Latencies()
    for seconds in renders:
        latencies.add(seconds)
    last = renders[-64:]
    found = latencies.quantile(share)
    assert found in last
    assert sum(seconds < found for seconds in last) <= share * len(last)
    assert sum(seconds <= found for seconds in last) >= share * len(last)


def test_a_job_sets_its_own_bounds_and_the_most_is_never_below_the_least() -> None:
    rng = random.Random(1)
    assert [(pace.low, pace.high) for pace in (poll_pace(0.5, None, None, rng), poll_pace(0.5, 2.0, 5.0, rng))] == [
        (0.5, 10.0),
        (2.0, 5.0),
    ]
    assert poll_pace(0.5, 30.0, None, rng).high == 30.0


@given(st.integers(1, 40), st.integers(0, 99))
def test_a_failed_try_waits_anywhere_under_a_doubling_ceiling(tries: int, seed: int) -> None:
    assert 0 <= backoff(tries, random.Random(seed)) <= min(20.0, 0.5 * 2 ** (tries - 1))
    assert backoff(tries, Middle()) <= backoff(tries + 1, Middle()) <= 10.0


def test_a_run_never_polls_a_task_sooner_than_the_job_allows(tmp_path: Path) -> None:
    service = Service(latency=lambda number: 5.0 + number % 7)
    life = live(tmp_path / "out", service, 40, limits=Limits(active=10, poll_min=0.5), poll_min=1.0, poll_max=3.0)
    assert life.ending.code == ExitCode.COMPLETE
    first = [asked[0] - service.rendering[task][0] for task, asked in service.polls.items()]
    gaps = [later - earlier for asked in service.polls.values() for earlier, later in pairwise(asked)]
    assert min(first) >= 1.0
    assert min(gaps) >= 1.0
    # Not later than the most, but for the way there and the one rate limit over all polls.
    assert max(gaps) <= 3.0 + 2 * TRIP


def test_a_run_learns_from_what_the_server_says(tmp_path: Path) -> None:
    service = Service(latency=lambda _number: 20.0)
    live(tmp_path / "out", service, 40, limits=Limits(active=8, poll_min=0.5), poll_max=60.0)
    by_number = [service.polls[f"id-{number}"] for number in range(40)]
    begun = [service.rendering[f"id-{number}"][0] for number in range(40)]
    assert all(len(asked) > 3 for asked in by_number[:8])
    assert all(len(asked) == 1 for asked in by_number[16:])
    assert all(asked[0] - at >= 20.0 for asked, at in zip(by_number[16:], begun[16:], strict=True))


def test_polls_that_fail_come_slower_and_hold_up_no_submit(tmp_path: Path) -> None:
    failing = Service(asks=lambda poll: Again("HTTP 502") if poll < 60 else None)
    life = live(tmp_path / "out", failing, 10, limits=Limits(active=10, poll_min=0.5), poll_max=1.0, submits=4)
    assert life.ending.code == ExitCode.COMPLETE
    assert statuses(tmp_path / "out") == {"downloaded": 10}
    assert max(failing.posts) < 1.0
    assert len([line for line in life.said if "poll failed" in line]) == 1


def test_a_poll_that_is_told_to_wait_waits(tmp_path: Path) -> None:
    service = Service(asks=lambda poll: Again("HTTP 429", 45.0) if poll == 0 else None)
    life = live(tmp_path / "out", service, 1, limits=Limits(active=1, poll_min=0.5))
    assert life.ending.code == ExitCode.COMPLETE
    first, second = service.polls["id-0"]
    assert second - first >= 45.0
