"""What is counted as spent: the same event by event as from the start, and never less than the bills say."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.catalog.provider import Limits
from pipeline.errors import ExitCode, ManifestDamaged
from pipeline.manifest.lines import (
    AnyEvent,
    AnyLine,
    CellLine,
    Failed,
    InDoubt,
    PlanCounts,
    PlanLine,
    Ready,
    Resolved,
    Retried,
    Submitted,
    Submitting,
    TaskLine,
    Unpaid,
)
from pipeline.manifest.record import Record, apply
from pipeline.manifest.state import fold_all
from pipeline.providers.base import Accepted
from pipeline.run.spend import Spend
from pipeline.task.fingerprint import task_of
from pipeline.task.request import Request
from tests.run.virtual import PRICE, Service, live

LIMITS = Limits(active=4, poll_min=0.5)
TASKS = [
    task_of(Request(provider, model, {"prompt": "a cat", "seed": 1}))
    for provider, model in [("bfl", "flux-dev"), ("bfl", "flux-pro"), ("cometapi", "flux-dev")]
]
TASKS.append(task_of(Request("bfl", "flux-dev", {"prompt": "a cat", "seed": 2})))
KEYS = [task.key for task in TASKS]


def plan(n: int, *prices: int | None) -> list[AnyLine]:
    new = TASKS if n == 1 else []
    return [
        PlanLine(n=n, job={"name": "cats"}, digest="d", counts=PlanCounts(len(new), len(prices))),
        *(TaskLine(key=task.key, request=task.request) for task in new),
        *(CellLine(n=n, key=key, label="x", axes={}, price=price) for key, price in zip(KEYS, prices, strict=True)),
    ]


def sums(spend: Spend) -> tuple[int, int, int, int]:
    return spend.charges_hi, spend.lo, spend.hi, spend.unknown


def events(key: str, attempt: int, cost: int) -> list[AnyEvent]:
    return [
        Submitting(key=key, attempt=attempt),
        Unpaid(key=key, attempt=attempt, why=""),
        InDoubt(key=key, attempt=attempt, why=""),
        Submitted(key=key, attempt=attempt, remote_id=f"id-{attempt}", cost=cost, billed=True),
        Submitted(key=key, attempt=attempt, remote_id=f"id-{attempt}"),
        Ready(key=key, cost=cost, billed=True),
        Ready(key=key),
        Failed(key=key, kind="moderated", charged="no"),
        Failed(key=key, kind="error", charged="maybe"),
        Retried(key=key),
        Resolved(key=key, how="buy_again"),
        Resolved(key=key, how="not_charged"),
    ]


PRICES = st.lists(st.sampled_from([None, 0, 7, 20, 40]), min_size=len(KEYS), max_size=len(KEYS))


@settings(max_examples=60, deadline=None)
@given(first=PRICES, second=PRICES, bills=st.booleans(), data=st.data())
def test_event_by_event_it_comes_to_what_the_whole_says(
    first: list[int | None], second: list[int | None], bills: bool, data: st.DataObject
) -> None:
    """Where bills come in, one that a later attempt has replaced is still remembered: then it may be more."""
    manifest = fold_all(plan(1, *first))
    budgets = {"images": None, "usd": None}
    whole, own = Spend(manifest, **budgets), Spend(manifest, **budgets, provider="bfl")
    new_prices_at = data.draw(st.integers(0, 12))
    for step in range(14):
        if step == new_prices_at:
            for line in plan(2, *second):
                manifest.fold(line)
            whole, own = Spend(manifest, **budgets), Spend(manifest, **budgets, provider="bfl")
        key = data.draw(st.sampled_from(KEYS))
        record = manifest.record(key)
        attempt = record.attempt + (record.status == "planned")
        drawn = events(key, attempt, data.draw(st.sampled_from([10, 30])))
        possible = [event for event in drawn if fits(record, event) and (bills or not getattr(event, "billed", False))]
        manifest.fold(data.draw(st.sampled_from(possible)))
        for spend, afresh in (
            (whole, Spend(manifest, **budgets)),
            (own, Spend(manifest, **budgets, provider="bfl")),
        ):
            spend.follow(key)
            assert (spend.charges_hi, spend.lo, spend.unknown) == (afresh.charges_hi, afresh.lo, afresh.unknown)
            assert spend.hi >= afresh.hi if bills else spend.hi == afresh.hi


def fits(record: Record, event: AnyEvent) -> bool:
    try:
        apply(record, event)
    except ManifestDamaged:
        return False
    return True


def billed(key: str, cost: int) -> list[AnyLine]:
    return [
        Submitting(key=key, attempt=1),
        Submitted(key=key, attempt=1, remote_id="id", cost=cost, billed=True),
        Ready(key=key),
    ]


def test_a_bill_above_its_price_makes_what_has_none_dearer_in_the_same_measure() -> None:
    dev, pro, elsewhere, other = KEYS
    lines = plan(1, 20, 20, 20, 41)
    manifest = fold_all([*lines, *billed(dev, 30)])
    spend = Spend(manifest, images=None, usd=91)
    requests = manifest.tasks
    assert spend.at_most(requests[other], 41) == 62
    assert [spend.at_most(requests[key], 20) for key in (pro, elsewhere)] == [20, 20]
    assert spend.at_most(requests[other], None) is None
    assert spend.refuses(other)
    assert Spend(manifest, images=None, usd=92).refuses(other) is None


@pytest.mark.parametrize("bill", [1, 20])
def test_a_bill_at_or_below_its_price_makes_nothing_cheaper(bill: int) -> None:
    manifest = fold_all([*plan(1, 20, 20, 20, 20), *billed(KEYS[0], bill)])
    spend = Spend(manifest, images=None, usd=None)
    assert spend.at_most(manifest.tasks[KEYS[3]], 20) == 20
    assert (spend.lo, spend.hi) == (bill, bill)


def test_a_doubt_is_counted_at_what_the_bills_beside_it_say() -> None:
    manifest = fold_all([*plan(1, 20, 20, 20, 20), Submitting(key=KEYS[3], attempt=1)])
    spend = Spend(manifest, images=None, usd=None)
    assert (spend.lo, spend.hi) == (0, 20)
    for line in billed(KEYS[0], 30):
        manifest.fold(line)
        spend.follow(KEYS[0])
    assert (spend.lo, spend.hi) == (30, 60)


def test_what_is_reserved_while_a_bill_comes_in_is_given_back_whole() -> None:
    manifest = fold_all(plan(1, 20, 20, 20, 20))
    spend = Spend(manifest, images=None, usd=None)
    spend.reserve(KEYS[3])
    assert (spend.charges_hi, spend.hi) == (1, 20)
    for line in billed(KEYS[0], 30):
        manifest.fold(line)
        spend.follow(KEYS[0])
    assert (spend.charges_hi, spend.hi) == (2, 60)
    spend.release(KEYS[3])
    assert (spend.charges_hi, spend.hi) == (1, 30)


def test_a_run_whose_bills_are_dearer_than_its_prices_keeps_to_the_budget(tmp_path: Path) -> None:
    bill = PRICE * 3 // 2
    service = Service()

    def answer(number: int) -> Accepted:
        service.rendering[f"id-{number}"] = service.now(), 1.0
        return Accepted(f"id-{number}", None, None, bill, billed=True)

    service.answer = answer
    life = live(tmp_path / "out", service, 8, limits=LIMITS, submits=1, budget_usd=4 * bill - 1)
    assert life.ending.code == ExitCode.BUDGET
    assert len(service.posts) == 3
