"""`DoubtRow`: what a person must know to end a doubt: when it was sent, for how much, what it asked for (pure)."""

from __future__ import annotations

import msgspec

from pipeline.manifest.state import Manifest


class DoubtRow(msgspec.Struct, frozen=True):
    """One task in doubt. If its submit arrived, it was between `sent_from` and `sent_to` (unix seconds).

    `price` is micro-USD, None when unknown; `request_id` is the provider's, by which its support searches.
    """

    key: str
    label: str
    attempt: int
    sent_from: float
    sent_to: float
    price: int | None
    price_source: str
    prompt: str
    why: str
    request_id: str | None


def doubts_of(manifest: Manifest) -> list[DoubtRow]:
    """Every task in doubt, stale ones too: in the order in which they were sent.

    A submit without an outcome is among them: either a run is at it this moment, or a killed one left it so.
    """
    open_ends = ("in_doubt", "submitting")
    rows = [_row(manifest, key) for key, record in manifest.records.items() if record.status in open_ends]
    return sorted(rows, key=lambda row: row.sent_from)


def _row(manifest: Manifest, key: str) -> DoubtRow:
    record = manifest.record(key)
    price, source = manifest.prices.get(key, (None, "unknown"))
    sent_from = record.sending_at or 0.0
    return DoubtRow(
        key=key,
        label=manifest.labels.get(key, key[:12]),
        attempt=record.attempt,
        sent_from=sent_from,
        sent_to=record.doubted_at or sent_from,
        price=price,
        price_source=source,
        prompt=str(manifest.tasks[key].params.get("prompt", "")),
        why=record.why or "its submit has no outcome yet: a run is at it, or was killed at it",
        request_id=record.request_id,
    )
