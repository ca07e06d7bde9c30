"""How a run ends doubts by itself: by a webhook that proves the submit, or as the job's `on_doubt` says."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from pipeline.errors import DiskError, ManifestDamaged
from pipeline.manifest.lines import Duplicate, InDoubt, Resolved
from pipeline.manifest.state import Manifest
from pipeline.plan.doubt import bought_again, may_buy_again

if TYPE_CHECKING:
    from pipeline.run.floor import Floor
    from pipeline.run.listener import Delivery

_INTERRUPTED = "an earlier run ended before the outcome of the submit was known"


def left_open(manifest: Manifest) -> list[InDoubt]:
    """What the lock holder has to write first: the submits that an earlier process left open are in doubt."""
    return [
        InDoubt(key=key, attempt=record.attempt, why=_INTERRUPTED)
        for key, record in manifest.records.items()
        if record.status == "submitting"
    ]


class Doubts:
    """The one place of a run that ends doubts, so that no doubt is ended twice.

    `on_proof` is told of a task whose doubt a webhook ended: it is submitted, and somebody has to collect it.
    """

    def __init__(self, floor: Floor, on_proof: Callable[[str], None]) -> None:
        self._floor = floor
        self._on_proof = on_proof
        self._ending: set[str] = set()
        self._proofs: dict[tuple[str, int], str] = {}
        manifest = floor.journal.manifest
        self._spent = bought_again(manifest.records, manifest.record, manifest.prices)

    async def settle(self, keys: Iterable[str]) -> list[str]:
        """End what doubts there are among `keys`, as far as may be. Returns those of tasks that can go on.

        Such a task is submitted already (a webhook came before the doubt), or planned again.
        """
        ended = []
        for key in keys:
            event = self._end(key)
            if event is None:
                continue
            self._ending.add(key)
            try:
                await self._floor.record(key, event)
            finally:
                self._ending.discard(key)
            ended.append(key)
        return ended

    async def delivered(self, delivery: Delivery) -> None:
        """Take in what a webhook proves; what is known already changes nothing."""
        key, attempt, remote_id = delivery.key, delivery.attempt, delivery.remote_id
        record = self._floor.known(key)
        if key not in self._floor.journal.manifest.tasks or delivery.is_known(record):
            return
        try:
            if attempt == record.attempt and record.status in ("submitting", "in_doubt"):
                self._proofs.setdefault((key, attempt), remote_id)
                if await self.settle([key]):
                    self._on_proof(key)
            elif delivery.rendered and attempt <= record.attempt:
                await self._floor.record(key, Duplicate(key=key, remote_id=remote_id, attempt=attempt))
        except (DiskError, ManifestDamaged) as error:
            self._floor.stop.because(error.exit_code, str(error))

    def awaited(self) -> float:
        """Seconds within which a webhook may still end a doubt: what was taken ends within the give-up time.

        A doubt that this run has not seen arise is as good as another: its delivery may be late.
        """
        records = self._floor.journal.manifest.records.values()
        sent = [record.sending_at or 0.0 for record in records if record.status == "in_doubt"]
        return max(0.0, max(sent, default=0.0) + self._floor.policy.give_up - self._floor.clock())

    def _end(self, key: str) -> Resolved | None:
        """How the doubt of `key` ends; None when it is held, or there is none."""
        floor = self._floor
        record = floor.known(key)
        if record.status != "in_doubt" or key in self._ending:
            return None
        if (remote_id := self._proofs.get((key, record.attempt))) is not None:
            return Resolved(key=key, how="id", remote_id=remote_id)
        price, _ = floor.journal.manifest.prices.get(key, (None, ""))
        if price is None or not may_buy_again(record, price, self._spent, floor.policy.resubmit):
            return None
        self._spent += price
        return Resolved(key=key, how="buy_again")
