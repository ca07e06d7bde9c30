"""How a job writes amounts: durations, money, ranges and sizes."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from math import gcd
from urllib.parse import urlsplit

MICRO = 1_000_000
MAX_RANGE = 100_000
LONGEST = 30 * 86_400  # seconds
MOST_USD = 10**6

DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)\s*(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_NUMBER = r"-?\d{1,15}(?:\.\d{1,9})?"
RANGE = re.compile(rf"({_NUMBER})\s*\.\.\s*({_NUMBER})(?:\s+step\s+({_NUMBER}))?")
PIXELS = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SHAPE = re.compile(r"([1-9]\d{0,2}):([1-9]\d{0,2})(?:@(\d{1,2}(?:\.\d{1,3})?)MP)?")


def seconds(value: object) -> float:
    """A duration in seconds: a number of them, or `2s`, `500ms`, `5m`, `1h`. `ValueError` otherwise."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        amount = float(value)
    elif isinstance(value, str) and (match := DURATION.fullmatch(value.strip())):
        amount = float(match[1]) * _SECONDS[match[2]]
    else:
        raise ValueError("a number of seconds, or such as 2s, 5m")
    if not 0 < amount <= LONGEST:
        raise ValueError("more than nothing and at most 30 days")
    return amount


def micro_usd(value: object) -> int:
    """US dollars, a number or a text such as `5.00`, as micro-USD, exactly. `ValueError` otherwise."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError("an amount of US dollars such as 5.00")
    try:
        # repr of a float is the shortest text that reads back: what the person wrote, not its binary neighbour.
        amount = Decimal(str(value).strip()) * MICRO
    except InvalidOperation:
        raise ValueError("an amount of US dollars such as 5.00") from None
    if not (amount.is_finite() and 0 <= amount <= MOST_USD * MICRO):
        raise ValueError("an amount from 0 to 1000000 US dollars")
    if amount != int(amount):
        raise ValueError("at most six decimals")
    return int(amount)


def is_range(value: object) -> bool:
    """Whether `value` is written as a range, `1..4` or `0..100 step 10`."""
    return isinstance(value, str) and RANGE.fullmatch(value.strip()) is not None


def range_values(text: str) -> list[int | float]:
    """`1..4` as 1, 2, 3, 4, `1.5..2.5 step 0.5` as 1.5, 2, 2.5: both ends are in it, and the arithmetic is decimal.

    `ValueError` when it runs backwards, does not come to its end, or is longer than `MAX_RANGE`.
    """
    match = RANGE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"`{text}` is not a range")
    first, last, step = Decimal(match[1]), Decimal(match[2]), Decimal(match[3] or 1)
    stepped = f" step {abs(step)}" if match[3] else ""
    if step <= 0:
        raise ValueError("a step is more than nothing; write" + (stepped if step else " step 1"))
    if last < first:
        raise ValueError(f"the range runs backwards; write {match[2]}..{match[1]}{stepped}")
    if not match[3] and (first % 1 or last % 1):
        raise ValueError(f"a range of decimals needs a step; write {match[1]}..{match[2]} step 0.5")
    if last - first >= MAX_RANGE * step:
        raise ValueError(f"the range has more than {MAX_RANGE} values")
    count, beyond = divmod(last - first, step)
    if beyond:
        end = _plain(first + count * step)
        raise ValueError(f"the range comes to {end}, not to {last}; write {match[1]}..{end}{stepped}")
    return [_plain(first + number * step) for number in range(int(count) + 1)]


def _plain(number: Decimal) -> int | float:
    return int(number) if number % 1 == 0 else float(number)


SIZE_FORMS = "1024x768, 16:9, 16:9@2MP or auto"


def size_meaning(text: str) -> tuple[str | int, ...] | None:
    """What a size says, equal for two that say the same (`16:9` and `32:18`); None when it is no size."""
    if text == "auto":
        return ("auto",)
    if match := PIXELS.fullmatch(text):
        return ("pixels", int(match[1]), int(match[2]))
    if match := SHAPE.fullmatch(text):
        width, height = int(match[1]), int(match[2])
        area = Decimal(match[3] or "1").normalize()
        common = gcd(width, height)
        return ("shape", width // common, height // common, str(area)) if area else None
    return None


def is_webhook_url(text: str) -> bool:
    """Whether a service may be told to call `text`: https (http on loopback only), no login, no fragment."""
    try:
        parts = urlsplit(text)
        # Reading it is what checks it.
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        return False
    plain = all("!" <= letter <= "~" for letter in text) and parts.username is None and not parts.fragment
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    return plain and secure and port_is_right and bool(parts.hostname) and len(text) <= 1500
