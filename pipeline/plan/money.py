"""Micro-USD as people read them."""

from __future__ import annotations


def dollars(micro_usd: int) -> str:
    """`2_800_000` as `$2.80`; parts of a cent are shown where there are any (`$0.025`)."""
    whole, part = divmod(micro_usd, 1_000_000)
    digits = f"{part:06d}".rstrip("0")
    return f"${whole:,}.{digits.ljust(2, '0')}"


def dollar_range(lo: int, hi: int | None) -> str:
    """`[lo, hi]` as `$1.20`, `$1.20 to $1.28`, or `at least $1.20` when the upper end is unknown."""
    if hi is None:
        return f"at least {dollars(lo)}"
    return dollars(lo) if lo == hi else f"{dollars(lo)} to {dollars(hi)}"
