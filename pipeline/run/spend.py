"""What may have been spent so far, kept up to date event by event, and whether the budget bears one more."""

from __future__ import annotations

from pipeline.manifest.record import EMPTY, Record
from pipeline.manifest.state import Manifest


class Spend:
    """Charges and micro-USD as intervals [lo, hi] over every task of a manifest, stale ones too.

    `images` and `usd` are the budget (None: no cap); it tests the upper end. A charge of unknown price counts into
    `unknown` instead of into the money. With a `provider`, only what went there is counted.
    """

    def __init__(self, manifest: Manifest, *, images: int | None, usd: int | None, provider: str | None = None) -> None:
        self._manifest, self._provider = manifest, provider
        self.images, self.usd = images, usd
        self.charges_hi = 0
        self.lo = self.hi = self.unknown = 0
        for key, record in manifest.records.items():
            self.follow(key, EMPTY, record)

    def follow(self, key: str, before: Record, after: Record) -> None:
        """Take in what an event changed of one task."""
        if not self._counts(key):
            return
        old, new = before.spent(self._price(key)), after.spent(self._price(key))
        self.charges_hi += after.charges_hi - before.charges_hi
        self.lo, self.hi = self.lo + new.lo - old.lo, self.hi + new.hi - old.hi
        self.unknown += new.unknown - old.unknown

    def reserve(self, key: str) -> None:
        """Count a submit of `key` that is about to be written down: the next is tested while this one still waits."""
        self._hold(key, 1)

    def release(self, key: str) -> None:
        """The submit is written down (or could not be): from here on its record counts."""
        self._hold(key, -1)

    def refuses(self, key: str) -> str | None:
        """Why one more submit of `key` could pass the budget; None when it cannot."""
        price = self._price(key)
        if self.images is not None and self.charges_hi + 1 > self.images:
            return f"the budget of {self.images} images is used up"
        if self.usd is None:
            return None
        if price is None or self.unknown:
            return "a price is unknown, so that the budget in USD cannot be kept"
        return "the next picture could pass the budget in USD" if self.hi + price > self.usd else None

    def _counts(self, key: str) -> bool:
        return self._provider is None or self._manifest.tasks[key].provider == self._provider

    def _price(self, key: str) -> int | None:
        return self._manifest.prices.get(key, (None, ""))[0]

    def _hold(self, key: str, charges: int) -> None:
        price = self._price(key)
        self.charges_hi += charges
        if price is None:
            self.unknown += charges
        else:
            self.hi += charges * price
