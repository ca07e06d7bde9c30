"""What a task cost: by the provider's own bill where there is one, else by the price that was known."""

from __future__ import annotations

import pytest

from pipeline.manifest.lines import AnyEvent, Failed, InDoubt, Ready, Resolved, Retried, Submitted, Submitting
from pipeline.manifest.record import EMPTY, Money, Record, apply

KEY = "a" * 64
PRICE = 40_000


def after(*events: AnyEvent) -> Record:
    record = EMPTY
    for event in events:
        record = apply(record, event)
    return record


def sent(attempt: int, cost: int | None, *, billed: bool) -> list[AnyEvent]:
    taken = Submitted(key=KEY, attempt=attempt, remote_id=f"id-{attempt}", cost=cost, billed=billed)
    return [Submitting(key=KEY, attempt=attempt), taken]


def test_what_the_submit_was_billed_is_spent_at_most_and_then_surely() -> None:
    record = after(*sent(1, 45_000, billed=True))
    assert record.spent(PRICE) == Money(0, 45_000, 0)
    assert apply(record, Ready(key=KEY)).spent(PRICE) == Money(45_000, 45_000, 0)


def test_the_last_word_on_the_bill_counts() -> None:
    record = after(*sent(1, 45_000, billed=True), Ready(key=KEY, cost=50_000, billed=True))
    assert record.spent(PRICE) == Money(50_000, 50_000, 0)
    assert record.spent(None) == Money(50_000, 50_000, 0)


def test_a_cost_that_is_no_bill_changes_nothing() -> None:
    record = after(*sent(1, 45_000, billed=False), Ready(key=KEY, cost=45_000))
    assert record.spent(PRICE) == Money(PRICE, PRICE, 0)
    assert record.spent(None) == Money(0, 0, 1)


def test_a_refusal_by_the_service_costs_nothing() -> None:
    record = after(*sent(1, 45_000, billed=True), Failed(key=KEY, kind="moderated", charged="no"))
    assert record.spent(PRICE) == Money(0, 0, 0)


@pytest.mark.parametrize(("charged", "lo"), [("yes", 45_000), ("maybe", 0)])
def test_a_bill_is_remembered_when_the_task_is_bought_again(charged: str, lo: int) -> None:
    failed = Failed(key=KEY, kind="error", charged=charged)  # type: ignore[arg-type]
    record = after(*sent(1, 45_000, billed=True), failed, Retried(key=KEY))
    assert record.spent(PRICE) == Money(lo, 45_000, 0)
    again = after(*sent(1, 45_000, billed=True), failed, Retried(key=KEY), *sent(2, None, billed=True))
    assert again.spent(PRICE) == Money(lo, 45_000 + PRICE, 0)


def test_a_doubt_has_no_bill() -> None:
    doubt: list[AnyEvent] = [Submitting(key=KEY, attempt=1), InDoubt(key=KEY, attempt=1, why="cut")]
    record = after(*doubt, Resolved(key=KEY, how="buy_again"), *sent(2, 45_000, billed=True), Ready(key=KEY))
    assert record.spent(PRICE) == Money(45_000, 45_000 + PRICE, 0)
