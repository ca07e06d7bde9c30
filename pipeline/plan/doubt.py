"""Which doubts a run may end by itself, by another submit, and for how much money (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pipeline.manifest.record import Record


def bought_again(
    keys: Iterable[str], record_of: Callable[[str], Record], prices: Mapping[str, tuple[int | None, str]]
) -> int:
    """Micro-USD that the second submits of doubtful tasks, asked for by whom ever, may have cost so far."""
    return sum((prices.get(key, (None, ""))[0] or 0) * record_of(key).bought_again for key in keys)


def may_buy_again(record: Record, price: int | None, spent: int, allowance: int | None) -> bool:
    """Whether the job's `on_doubt` ends this doubt: once a task, while all such submits stay within `allowance`.

    `spent` is what they may have cost so far, `price` what this one may; all in micro-USD. A price that nobody knows
    is in no allowance, and without an allowance every doubt is held.
    """
    return allowance is not None and not record.bought_again and price is not None and spent + price <= allowance
