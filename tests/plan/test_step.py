"""`next_step` and `forecast`: the decision, looked at from outside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.manifest.lines import Artifact, Ready
from pipeline.manifest.record import Failure, Record
from pipeline.plan.forecast import cost_of, forecast
from pipeline.plan.money import dollar_range, dollars
from pipeline.plan.policy import Policy, settings_of
from pipeline.plan.step import Done, Download, Hold, Poll, Step, Submit, next_step

NOW = 1_000_000.0
POLICY = Policy(started=NOW - 10, give_up=300)
READY = Ready(key="k", seed=1)
PICTURE = Artifact("images/a.png", "0" * 64, 10, "image/png", 8, 8)


def submitted(ago: float, **more: object) -> Record:
    return Record(status="submitted", attempt=1, remote_id="id-1", submitted_at=NOW - ago, **more)  # type: ignore[arg-type]


CASES: list[tuple[str, Record, str | None, Step]] = [
    ("a fresh task is submitted", Record(), None, Submit(1)),
    ("a refused one again, under the next number", Record(attempt=3), None, Submit(4)),
    ("one on its way is left alone", Record(status="submitting", attempt=1), None, Hold("unsettled")),
    ("doubt is held", Record(status="in_doubt", attempt=1), None, Hold("in_doubt")),
    ("a submitted one is polled", submitted(5), None, Poll("id-1", None)),
    ("a rendered one is downloaded", submitted(5, ready=READY), "https://i.example/x", Download("https://i.example/x")),
    ("after a restart a rendered one is polled for a fresh URL", submitted(5, ready=READY), None, Poll("id-1", None)),
    (
        "a URL in hand is used also past the give-up time",
        submitted(9e5),
        "https://i.example/x",
        Download("https://i.example/x"),
    ),
    ("one from an earlier run is polled however old it is", submitted(9e5, parked=True), None, Poll("id-1", None)),
    ("a picture is done", Record(status="downloaded", attempt=1, artifact=PICTURE), None, Done()),
    ("a failure is done", Record(status="failed", attempt=1, failure=Failure("moderated", "no", "")), None, Done()),
]


@pytest.mark.parametrize(("record", "url", "step"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_next_step(record: Record, url: str | None, step: Step) -> None:
    assert next_step(record, url, POLICY, NOW) == step


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(1, 1e4))
def test_a_task_is_given_up_only_after_the_whole_time_in_this_very_run(
    ago: float, running: float, give_up: float
) -> None:
    step = next_step(submitted(ago), None, Policy(started=NOW - running, give_up=give_up), NOW)
    assert isinstance(step, Hold) == (NOW - max(NOW - ago, NOW - running) > give_up)


def test_a_forecast_counts_every_task_once_and_prices_only_what_it_buys() -> None:
    records = {
        "new": Record(),
        "refused": Record(attempt=1),
        "paid": submitted(5),
        "doubt": Record(status="in_doubt", attempt=1),
        "left open": Record(status="submitting", attempt=1),
        "done": Record(status="downloaded", attempt=1, artifact=PICTURE),
        "linked": Record(status="downloaded", artifact=PICTURE, reused_from="../x"),
        "failed": Record(status="failed", attempt=1, failure=Failure("error", "maybe", "")),
    }
    prices = {"new": (40_000, "list"), "done": (1, "list")}
    ahead = forecast(records, lambda key: records.get(key, Record()), prices, ("old",), POLICY, NOW)
    assert (ahead.submit, ahead.collect, ahead.held) == (("new", "refused"), ("paid",), ("doubt", "left open"))
    assert (ahead.done, ahead.reused, ahead.failed, ahead.stale) == (("done",), ("linked",), ("failed",), ("old",))
    assert (ahead.cost.known, ahead.cost.unknown_tasks, ahead.cost.highest) == (40_000, 1, None)


def test_a_cost_names_each_source_once() -> None:
    cost = cost_of([(1, "list"), (2, "yours"), (3, "list")])
    assert (cost.highest, cost.sources) == (6, ("list", "yours"))


@pytest.mark.parametrize(
    ("micro_usd", "text"),
    [(0, "$0.00"), (2_800_000, "$2.80"), (25_000, "$0.025"), (1_234_000_001, "$1,234.000001"), (10_000, "$0.01")],
)
def test_money_is_shown_to_the_last_part_of_a_cent(micro_usd: int, text: str) -> None:
    assert dollars(micro_usd) == text


def test_a_range_says_when_its_end_is_unknown() -> None:
    assert [dollar_range(1, 1), dollar_range(0, 10_000), dollar_range(0, None)] == [
        "$0.000001",
        "$0.00 to $0.01",
        "at least $0.00",
    ]


def test_the_settings_of_an_empty_snapshot_are_the_defaults() -> None:
    settings = settings_of({"name": "x"})
    assert (settings.submits, settings.give_up, settings.budget_usd, settings.trust_env) == (4, 300.0, None, False)
