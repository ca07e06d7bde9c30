"""`Tally`: the counts and sums of a whole job, as `status` and the page's head show them (pure)."""

from __future__ import annotations

from typing import get_args

import msgspec

from pipeline.manifest.record import Status
from pipeline.manifest.state import Manifest

STATUSES: tuple[Status, ...] = get_args(Status)
_NO_PRICE: tuple[int | None, str] = (None, "unknown")


class Tally(msgspec.Struct, frozen=True):
    """How a job stands.

    `tasks` counts the present plan's tasks by status (every status is there) and sums to `total`; `parked` are among
    the submitted. Charges and spend go over every task that the manifest ever held, the `stale` too: money is money.
    Spend is micro-USD; `spend_lo` leaves unknown prices out, `spend_hi` is None when something of unknown price may
    have been charged. `source` names where the prices come from.
    """

    tasks: dict[Status, int]
    total: int
    parked: int
    stale: int
    charges_lo: int
    charges_hi: int
    spend_lo: int
    spend_hi: int | None
    source: str
    complete: bool


def tally(manifest: Manifest) -> Tally:
    """Count and sum up `manifest`. The price of a task is `Manifest.prices`'."""
    planned = manifest.planned_keys()
    tasks = dict.fromkeys(STATUSES, 0)
    parked = 0
    for key in planned:
        record = manifest.record(key)
        tasks[record.status] += 1
        parked += record.parked
    charges_lo, charges_hi, spend_lo, spend_hi = _charges_and_spend(manifest)
    return Tally(
        tasks=tasks,
        total=len(planned),
        parked=parked,
        stale=len(manifest.stale_keys()),
        charges_lo=charges_lo,
        charges_hi=charges_hi,
        spend_lo=spend_lo,
        spend_hi=spend_hi,
        source=_source(manifest),
        complete=manifest.plan is not None and tasks["downloaded"] == len(planned),
    )


def _charges_and_spend(manifest: Manifest) -> tuple[int, int, int, int | None]:
    charges_lo = charges_hi = spend_lo = known_hi = unknown = 0
    for key, record in manifest.records.items():
        money = record.spent(manifest.prices.get(key, _NO_PRICE)[0])
        charges_lo, charges_hi = charges_lo + record.charges_lo, charges_hi + record.charges_hi
        spend_lo, known_hi, unknown = spend_lo + money.lo, known_hi + money.hi, unknown + money.unknown
    return charges_lo, charges_hi, spend_lo, None if unknown else known_hi


def _source(manifest: Manifest) -> str:
    """Every source behind the spend once; before anything may be charged, those of the plan's prices."""
    charged = [key for key, record in manifest.records.items() if record.charges_hi > 0]
    sources = [manifest.price(key)[1] for key in charged or manifest.planned_keys()]
    return "; ".join(dict.fromkeys(sources)) or "unknown"
