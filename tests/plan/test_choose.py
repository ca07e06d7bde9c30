"""Of what would be bought a part is chosen: nothing else moves, and nothing is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.manifest.record import EMPTY, Record
from pipeline.plan.forecast import Forecast, choose, cost_of, forecast
from pipeline.plan.policy import Policy

KEYS = [f"{number:064x}" for number in range(8)]
PRICES = {key: (number * 10_000, "list") for number, key in enumerate(KEYS)}
RECORDS = st.sampled_from(
    [EMPTY, Record(status="in_doubt", attempt=1), Record(status="downloaded"), Record(status="submitted", attempt=1)]
)


def _ahead(records: list[Record], elsewhere: set[str]) -> Forecast:
    known = dict(zip(KEYS, records, strict=True))
    policy = Policy(started=0.0, resubmit=10**9)
    return forecast(KEYS, known.__getitem__, PRICES, (), policy, 1.0, elsewhere)


@given(
    st.lists(RECORDS, min_size=8, max_size=8),
    st.sets(st.sampled_from(KEYS)),
    st.none() | st.sets(st.sampled_from(KEYS)),
    st.none() | st.integers(1, 9),
)
def test_what_is_not_chosen_waits_and_all_else_stays(
    records: list[Record], elsewhere: set[str], wanted: set[str] | None, limit: int | None
) -> None:
    ahead = _ahead(records, elsewhere)
    chosen = choose(ahead, wanted, limit, PRICES)
    assert sorted((*chosen.submit, *chosen.later)) == sorted(ahead.submit)
    assert chosen.submit == tuple(key for key in ahead.submit if key in chosen.submit)
    assert limit is None or len(chosen.submit) <= limit
    assert wanted is None or wanted.issuperset(chosen.submit)
    assert set(chosen.again) == set(ahead.again) & set(chosen.submit)
    assert chosen.cost == cost_of(PRICES[key] for key in chosen.submit)
    for kind in ("collect", "link", "held", "failed", "done", "reused", "stale"):
        assert getattr(chosen, kind) == getattr(ahead, kind)


@given(st.lists(RECORDS, min_size=8, max_size=8), st.sets(st.sampled_from(KEYS)))
def test_only_a_fresh_task_is_taken_from_elsewhere(records: list[Record], elsewhere: set[str]) -> None:
    ahead = _ahead(records, elsewhere)
    fresh = {key for key, record in zip(KEYS, records, strict=True) if record.status == "planned"}
    assert set(ahead.link) == elsewhere & fresh
    assert not set(ahead.link) & set(ahead.submit)
    assert ahead.nothing_to_do == (not (ahead.link or ahead.submit or ahead.collect))
