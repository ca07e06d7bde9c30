"""The vendor's list price of one picture, in integer micro-USD (pure). A gateway bills its own prices."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.catalog.check import PIXELS_PER_MEGAPIXEL
from pipeline.catalog.model import MegapixelPrice, Model
from pipeline.catalog.provider import Rates
from pipeline.task.request import ParamValue

MICRO_USD_PER_CREDIT = 10_000


def list_price(model: Model, params: Mapping[str, ParamValue], *, input_megapixels: int = 0) -> int | None:
    """Micro-USD for one picture of `model` with `params`; None where it cannot be known.

    Unknown are: a model without a list price; a price by the megapixel when the request names no size (the service
    picks one), or sends input images whose megapixels (each rounded up, summed in `input_megapixels`) are not given.
    """
    price = model.list_price
    if not isinstance(price, MegapixelPrice):
        return None if price is None else micro_usd(price.credits)
    rates = (micro_usd(price.first_mp_credits), micro_usd(price.extra_mp_credits), micro_usd(price.input_mp_credits))
    return megapixel_price(*rates, params, input_megapixels=input_megapixels)


def own_price(rates: Rates, params: Mapping[str, ParamValue], *, input_megapixels: int = 0) -> int | None:
    """Micro-USD for one picture by a provider's own price; None as `list_price`."""
    if rates.picture is not None:
        return _of_usd(rates.picture)
    usd = (_of_usd(rates.first), _of_usd(rates.further), _of_usd(rates.input))
    return megapixel_price(*usd, params, input_megapixels=input_megapixels)


def megapixel_price(
    first: int, further: int, input_: int, params: Mapping[str, ParamValue], *, input_megapixels: int = 0
) -> int | None:
    """Micro-USD for one picture by the megapixel: the first, each further one, each of input. None as `list_price`."""
    width, height = params.get("width"), params.get("height")
    if not isinstance(width, int) or not isinstance(height, int):
        return None
    if not input_megapixels and any(value and name.startswith("input_image") for name, value in params.items()):
        return None
    megapixels = -(-width * height // PIXELS_PER_MEGAPIXEL)
    return first + further * (megapixels - 1) + input_ * input_megapixels


def micro_usd(credits_: float) -> int:
    """Credits of the vendor (0.01 USD each, at most four decimals) as micro-USD, exactly."""
    return round(credits_ * MICRO_USD_PER_CREDIT)


def _of_usd(usd: float) -> int:
    return round(usd * 1_000_000)
