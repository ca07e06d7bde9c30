"""`forecast`: what a run would do to every task of a plan, counted by reason, and what it may cost."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from itertools import chain

import msgspec

from pipeline.manifest.record import Record
from pipeline.plan.doubt import bought_again, may_buy_again
from pipeline.plan.policy import Policy
from pipeline.plan.step import Done, Hold, Poll, Submit, next_step

Price = tuple[int | None, str]


class Cost(msgspec.Struct, frozen=True):
    """What pictures cost together: `known` micro-USD, and `unknown_tasks` whose price nobody knows."""

    known: int
    unknown_tasks: int
    sources: tuple[str, ...]

    @property
    def highest(self) -> int | None:
        """Micro-USD at most; None when a price is unknown."""
        return None if self.unknown_tasks else self.known


class Forecast(msgspec.Struct, frozen=True):
    """Tasks by what a run would do: `submit` buys, `collect` polls and downloads what is paid, `link` takes over
    pictures that lie elsewhere; the rest it leaves.

    `again` are those among `submit` that are in doubt, and may so be paid twice: the job's `on_doubt` says so. `later`
    would be bought, too, but were not chosen this time. `reused` have been taken over before.
    """

    submit: tuple[str, ...]
    again: tuple[str, ...]
    later: tuple[str, ...]
    collect: tuple[str, ...]
    link: tuple[str, ...]
    held: tuple[str, ...]
    failed: tuple[str, ...]
    done: tuple[str, ...]
    reused: tuple[str, ...]
    stale: tuple[str, ...]
    cost: Cost

    @property
    def nothing_to_do(self) -> bool:
        """A run would neither make a request nor take over a picture."""
        return not (self.submit or self.collect or self.link)


def forecast(
    keys: Iterable[str],
    record_of: Callable[[str], Record],
    prices: Mapping[str, Price],
    stale: tuple[str, ...],
    policy: Policy,
    now: float,
    elsewhere: Container[str] = (),
) -> Forecast:
    """Look at the next step of each task (by key) without performing it. The pictures of some lie `elsewhere`."""
    names = ("submit", "link", "collect", "held", "failed", "done", "reused")
    kinds: dict[str, list[str]] = {name: [] for name in names}
    for key in keys:
        record = record_of(key)
        match next_step(record, None, policy, now):
            case Submit():
                kinds["link" if key in elsewhere else "submit"].append(key)
            case Hold(reason="in_doubt" | "unsettled"):
                kinds["held"].append(key)
            case Done():
                kinds[_ending(record)].append(key)
            case Poll() | Hold():
                kinds["collect"].append(key)
    spent = bought_again([*chain.from_iterable(kinds.values()), *stale], record_of, prices)
    again = _again(kinds["held"], record_of, prices, policy.resubmit, spent)
    kinds["held"] = [key for key in kinds["held"] if key not in again]
    kinds["submit"] += list(again)
    return Forecast(
        **{kind: tuple(keys) for kind, keys in kinds.items()},
        again=tuple(again),
        later=(),
        stale=stale,
        cost=cost_of(prices.get(key, (None, "unknown")) for key in kinds["submit"]),
    )


def choose(ahead: Forecast, wanted: Container[str] | None, limit: int | None, prices: Mapping[str, Price]) -> Forecast:
    """Of what would be bought only what is `wanted` (None: all), and at most `limit` tasks; the others wait."""
    submit = [key for key in ahead.submit if wanted is None or key in wanted][:limit]
    chosen = set(submit)
    return msgspec.structs.replace(
        ahead,
        submit=tuple(submit),
        again=tuple(key for key in ahead.again if key in chosen),
        later=tuple(key for key in ahead.submit if key not in chosen),
        cost=cost_of(prices.get(key, (None, "unknown")) for key in submit),
    )


def _again(
    held: list[str],
    record_of: Callable[[str], Record],
    prices: Mapping[str, Price],
    allowance: int | None,
    spent: int,
) -> dict[str, None]:
    """The doubts that `on_doubt` ends, first come first served."""
    again = dict[str, None]()
    for key in held:
        price, _ = prices.get(key, (None, ""))
        if price is not None and may_buy_again(record_of(key), price, spent, allowance):
            again[key] = None
            spent += price
    return again


def cost_of(prices: Iterable[Price]) -> Cost:
    """The sum of `prices`, with every source named once."""
    known, unknown, sources = 0, 0, dict[str, None]()
    for micro_usd, source in prices:
        sources[source] = None
        if micro_usd is None:
            unknown += 1
        else:
            known += micro_usd
    return Cost(known, unknown, tuple(sources))


def _ending(record: Record) -> str:
    if record.status == "failed":
        return "failed"
    return "reused" if record.reused_from is not None else "done"
