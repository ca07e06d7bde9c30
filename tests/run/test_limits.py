"""How many are at the provider at once: up to what it bears, down by one cut a burst; and how long submits pause."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.provider import Limits
from pipeline.errors import ExitCode
from pipeline.providers.base import Busy
from pipeline.run.backlog import Backlog
from pipeline.run.limits import ActiveLimit, Pause, active_limit
from tests.run.virtual import TRIP, Service, live, statuses

MODEL = "flux-dev"


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def fill(limit: ActiveLimit) -> None:
    """Take every slot that there is."""
    while limit.has_room(MODEL):
        limit.take(MODEL)


@given(st.integers(0, 60))
def test_without_a_number_it_grows_by_one_an_accepted_submit(count: int) -> None:
    limit = active_limit(Limits(), None)
    fill(limit)
    begun = limit.active
    for _ in range(count):
        limit.accepted()
        fill(limit)
    assert limit.active == begun + count


def test_after_the_first_refusal_it_grows_by_one_a_round_and_only_when_full() -> None:
    limit = active_limit(Limits(), None)
    for _ in range(16):
        fill(limit)
        limit.accepted()
    fill(limit)
    limit.unsettled = 1
    limit.refused()
    borne = limit.active - 1
    assert int(limit.limit) == borne
    while limit.active > borne:
        limit.free(MODEL)
    limit.unsettled = 0
    for _ in range(borne // 2):
        limit.accepted()
        assert limit.limit < borne + 2
    for _ in range(5):
        limit.free(MODEL)
    slack = limit.limit
    for _ in range(100):
        limit.accepted()
    assert limit.limit == slack


@given(st.integers(1, 200), st.data())
def test_a_refusal_cuts_by_a_fifth_but_not_below_what_is_borne(start: int, data: st.DataObject) -> None:
    limit = ActiveLimit(start, {})
    for _ in range(data.draw(st.integers(0, start))):
        limit.take(MODEL)
    limit.unsettled = data.draw(st.integers(0, limit.active))
    limit.refused()
    borne = limit.active - limit.unsettled
    assert limit.limit == pytest.approx(max(1.0, 0.8 * start, borne))


@given(st.integers(1, 30), st.lists(st.sampled_from(["take", "free", "accepted", "refused", "errored"]), max_size=80))
def test_a_known_number_is_never_passed_and_one_may_always_try(start: int, steps: list[str]) -> None:
    limit = ActiveLimit(start, {})
    for step in steps:
        if step == "take" and limit.has_room(MODEL):
            limit.take(MODEL)
        elif step == "free" and limit.active:
            limit.free(MODEL)
        elif step in ("accepted", "refused", "errored"):
            getattr(limit, step)()
        assert 1 <= limit.limit <= start
        assert limit.active <= start
    while limit.active:
        limit.free(MODEL)
    assert limit.has_room(MODEL)


def test_trouble_of_the_provider_rests_the_growth_and_cuts_nothing() -> None:
    limit = active_limit(Limits(), None)
    fill(limit)
    limit.unsettled = limit.active
    before = limit.limit
    limit.errored()
    assert limit.limit == before
    limit.accepted()
    assert limit.limit == before
    for _ in range(20):
        limit.accepted()
        fill(limit)
    assert limit.limit > before


def test_a_jobs_own_number_goes_up_and_down_and_model_caps_stay() -> None:
    limits = Limits(active=24, per_model={"flux-kontext-max": 6})
    for wanted, most in ((None, 24), (3, 3), (40, 40)):
        limit = active_limit(limits, wanted)
        fill(limit)
        assert limit.active == most
    limit = active_limit(limits, 40)
    while limit.has_room("flux-kontext-max"):
        limit.take("flux-kontext-max")
    assert limit.active == 6
    fill(limit)
    assert limit.active == 40


def test_what_an_earlier_run_left_holds_slots_even_above_the_limit() -> None:
    limit = ActiveLimit(2, {})
    for _ in range(3):
        limit.take(MODEL)
    limit.free(MODEL)
    assert not limit.has_room(MODEL)
    limit.free(MODEL)
    assert limit.has_room(MODEL)


@given(st.lists(st.one_of(st.none(), st.floats(0, 100)), min_size=1, max_size=8), st.integers(0, 99))
def test_a_burst_is_one_pause_as_long_as_the_longest_that_was_asked_for(asked: list[float | None], seed: int) -> None:
    clock = Clock()
    pause = Pause(clock, random.Random(seed))
    # All of them were under way when the first was answered: no time passes within the burst.
    assert [pause.refused(seconds) for seconds in asked] == [True] + [False] * (len(asked) - 1)
    longest = max((seconds for seconds in asked if seconds is not None), default=0.0)
    assert pause.left() >= longest
    assert pause.left() <= max(longest, 0.5)
    assert pause.left() > 0
    clock.now += pause.left()
    assert pause.left() <= 0


@given(st.integers(0, 99))
def test_each_further_burst_pauses_longer_up_to_a_bound_and_an_acceptance_forgets_them(seed: int) -> None:
    clock = Clock()
    pause = Pause(clock, random.Random(seed))
    lengths = []
    for _ in range(12):
        assert pause.refused(None)
        lengths.append(pause.left())
        clock.now += pause.left()
    assert lengths[3] > lengths[0]
    assert all(10 <= length <= 20 for length in lengths[8:])
    pause.accepted()
    assert pause.refused(None)
    assert pause.left() <= 0.5


def test_after_a_refusal_no_post_leaves_before_the_pause_is_over(tmp_path: Path) -> None:
    service = Service(answer=lambda number: Busy("429", 30.0) if number == 0 else None)
    life = live(tmp_path / "out", service, 12, limits=Limits(active=8, poll_min=0.5), submits=3)
    assert life.ending.code == ExitCode.COMPLETE
    assert statuses(tmp_path / "out") == {"downloaded": 12}
    assert [at for at in service.posts if TRIP < at < TRIP + 30] == []
    assert len([at for at in service.posts if at <= TRIP]) <= 3


def test_a_service_that_bears_fewer_is_asked_for_fewer(tmp_path: Path) -> None:
    bears, known = 6, 18
    refusals: list[int] = []

    def answer(number: int) -> Busy | None:
        if service.at_work < bears:
            return None
        refusals.append(number)
        return Busy("429", None)

    service = Service(answer=answer, latency=lambda _number: 10.0)
    life = live(tmp_path / "out", service, 60, limits=Limits(active=known, poll_min=0.5), submits=4)
    assert life.ending.code == ExitCode.COMPLETE
    assert len(service.rendering) == 60
    # A new try at more, one a round, is refused; not twelve tasks over and over.
    assert len(refusals) < 60
    assert life.seconds <= 1.15 * 60 / bears * 10.0


PLACES = st.lists(st.tuples(st.integers(0, 30), st.sampled_from("abc")), max_size=30, unique_by=lambda one: one[0])


@given(PLACES, st.sets(st.sampled_from("abc")), st.data())
def test_first_come_first_served_among_the_routes_that_have_room(
    waiting: list[tuple[int, str]], full: set[str], data: st.DataObject
) -> None:
    backlog = Backlog()
    for name, model in waiting:
        backlog.put(str(name), ("one", model))
    expected = [(str(name), model) for name, model in waiting if model not in full]
    back = data.draw(st.integers(0, len(expected)))
    taken = [backlog.take(lambda route: route[1] not in full) for _ in range(back)]
    # What comes back has its first place again.
    for key, model in expected[:back]:
        backlog.put(key, ("one", model))
    taken += [backlog.take(lambda route: route[1] not in full) for _ in expected]
    assert taken == [key for key, _ in expected[:back] + expected]
    assert backlog.take(lambda route: route[1] not in full) is None
    assert backlog.providers() == ({"one"} if len(waiting) > len(expected) else set())
    for model in full:
        backlog.drop(("one", model))
    assert backlog.providers() == set()
