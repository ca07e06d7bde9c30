"""What may have been spent so far, kept up to date event by event, and whether the budget bears one more."""

from __future__ import annotations

from typing import NamedTuple

from pipeline.manifest.record import Record
from pipeline.manifest.state import Manifest
from pipeline.task.request import Request

_Route = tuple[str, str]


class _Counted(NamedTuple):
    """What one task comes to in the sums."""

    charges: int = 0
    lo: int = 0
    hi: int = 0
    unknown: int = 0


_NOTHING = _Counted()


class Spend:
    """Charges and micro-USD as intervals [lo, hi] over every task of a manifest, stale ones too.

    `images` and `usd` are the budget (None: no cap); it tests the upper end. A charge of unknown price counts into
    `unknown` instead of into the money. With a `provider`, only what went there is counted.

    A price is what somebody says, a bill what is charged. Where a bill came dearer than the price of its picture, the
    upper end counts all of that model as dearer in the same measure, as long as it has no bill of its own.
    """

    def __init__(self, manifest: Manifest, *, images: int | None, usd: int | None, provider: str | None = None) -> None:
        self._manifest, self._provider = manifest, provider
        self.images, self.usd = images, usd
        self.charges_hi = 0
        self.lo = self.hi = self.unknown = 0
        # As it was counted: a price may change with the very event that changes the record.
        self._counted: dict[str, _Counted] = {}
        self._held: set[str] = set()
        self._dearest: dict[_Route, tuple[int, int]] = {}
        own = [key for key in manifest.records if self._counts(key)]
        for key in own:
            self._learn(key)
        for key in own:
            self._count(key)

    def follow(self, key: str) -> None:
        """Take in what an event changed of one task."""
        if not self._counts(key):
            return
        if self._learn(key):
            route = _route(self._manifest.tasks[key])
            for other in [other for other in self._counted if _route(self._manifest.tasks[other]) == route]:
                self._count(other)
        self._count(key)

    def reserve(self, key: str) -> None:
        """Count a submit of `key` that is about to be written down: the next is tested while this one still waits."""
        self._held.add(key)
        self._count(key)

    def release(self, key: str) -> None:
        """The submit is written down (or could not be): from here on its record counts."""
        self._held.discard(key)
        self._count(key)

    def refuses(self, key: str) -> str | None:
        """Why one more submit of `key` could pass the budget; None when it cannot."""
        price = self.at_most(self._manifest.tasks[key], self._price(key))
        if self.images is not None and self.charges_hi + 1 > self.images:
            return f"the budget of {self.images} images is used up"
        if self.usd is None:
            return None
        if price is None or self.unknown:
            return "a price is unknown, so that the budget in USD cannot be kept"
        return "the next picture could pass the budget in USD" if self.hi + price > self.usd else None

    def at_most(self, request: Request, price: int | None) -> int | None:
        """`price`, or more where the bills so far say that such a picture comes dearer."""
        bill, listed = self._dearest.get(_route(request), (1, 1))
        return price if price is None else -(-price * bill // listed)

    def _counts(self, key: str) -> bool:
        return self._provider is None or self._manifest.tasks[key].provider == self._provider

    def _price(self, key: str) -> int | None:
        return self._manifest.prices.get(key, (None, ""))[0]

    def _learn(self, key: str) -> bool:
        """Whether a bill of the task `key` is the dearest so far, measured by its price."""
        price, bill = self._price(key), self._manifest.record(key).bill
        if bill is None or not price:
            return False
        route = _route(self._manifest.tasks[key])
        dearest, listed = self._dearest.get(route, (1, 1))
        if bill * listed <= dearest * price:
            return False
        self._dearest[route] = bill, price
        return True

    def _count(self, key: str) -> None:
        old, new = self._counted.get(key, _NOTHING), self._measured(key, self._manifest.record(key))
        self._counted[key] = new
        self.charges_hi += new.charges - old.charges
        self.lo += new.lo - old.lo
        self.hi += new.hi - old.hi
        self.unknown += new.unknown - old.unknown

    def _measured(self, key: str, record: Record) -> _Counted:
        price, held = self._price(key), int(key in self._held)
        most = self.at_most(self._manifest.tasks[key], price)
        lowest, highest = record.spent(price), record.spent(most)
        return _Counted(
            record.charges_hi + held,
            lowest.lo,
            highest.hi + (most or 0) * held,
            highest.unknown + (held if price is None else 0),
        )


def _route(request: Request) -> _Route:
    return request.provider, request.model
