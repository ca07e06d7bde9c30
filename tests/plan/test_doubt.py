"""`on_doubt`: once a task, within the money, first come first served, and counted over everything ever held."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.manifest.record import Record
from pipeline.plan.doubt import may_buy_again
from pipeline.plan.forecast import Forecast, forecast
from pipeline.plan.policy import Policy, WebhookSettings, settings_of

DOUBT = Record(status="in_doubt", attempt=1)
AGAIN = Record(status="in_doubt", attempt=2, past_hi=1, bought_again=1, open_doubts=(1,))


def ahead(records: dict[str, Record], prices: dict[str, int | None], allowance: int | None) -> Forecast:
    """The forecast of `records`, of which those named `stale…` are in no plan."""
    stale = tuple(key for key in records if key.startswith("stale"))
    keys = [key for key in records if key not in stale]
    priced = {key: (price, "list") for key, price in prices.items()}
    return forecast(keys, records.__getitem__, priced, stale, Policy(started=0, resubmit=allowance), 0)


def test_without_an_allowance_every_doubt_is_held() -> None:
    found = ahead({"a": DOUBT}, {"a": 10}, None)
    assert (found.submit, found.again, found.held) == ((), (), ("a",))


def test_doubts_are_bought_again_in_plan_order_while_the_money_lasts() -> None:
    found = ahead(
        {"a": DOUBT, "dear": DOUBT, "b": DOUBT, "new": Record()}, {"a": 10, "dear": 50, "b": 10, "new": 9}, 20
    )
    assert (found.submit, found.again, found.held) == (("new", "a", "b"), ("a", "b"), ("dear",))
    assert found.cost.known == 29


def test_a_submit_that_a_crash_left_open_is_a_doubt_too() -> None:
    assert ahead({"a": Record(status="submitting", attempt=1)}, {"a": 10}, 10).again == ("a",)


def test_once_a_task_and_what_stale_tasks_took_counts() -> None:
    assert ahead({"a": AGAIN}, {"a": 10}, 100).held == ("a",)
    assert ahead({"a": DOUBT, "stale": AGAIN}, {"a": 10, "stale": 15}, 24).held == ("a",)
    assert ahead({"a": DOUBT, "stale": AGAIN}, {"a": 10, "stale": 15}, 25).again == ("a",)


def test_a_price_that_nobody_knows_is_in_no_allowance() -> None:
    assert ahead({"a": DOUBT}, {"a": None}, 100).held == ("a",)
    assert not may_buy_again(DOUBT, None, 0, 100)


@given(st.lists(st.integers(0, 30), max_size=12), st.integers(0, 100))
def test_the_allowance_is_never_passed_and_no_doubt_is_held_that_would_still_fit(prices: list[int], cap: int) -> None:
    priced = {f"k{at}": price for at, price in enumerate(prices)}
    found = ahead(dict.fromkeys(priced, DOUBT), dict(priced), cap)
    spent = sum(priced[key] for key in found.again)
    assert spent <= cap
    assert all(spent + priced[key] > cap for key in found.held)


def test_the_settings_of_a_snapshot_hold_both() -> None:
    webhook = {"url": "https://example.com/flux", "port": 8080, "host": "127.0.0.1"}
    settings = settings_of({"run": {"on_doubt": {"resubmit": {"usd": 1_000_000}}, "webhook": webhook}})
    assert (settings.resubmit_usd, settings.webhook) == (1_000_000, WebhookSettings("https://example.com/flux", 8080))
    plain = settings_of({"run": {"on_doubt": "hold", "webhook": None}})
    assert (plain.resubmit_usd, plain.webhook) == (None, None)
