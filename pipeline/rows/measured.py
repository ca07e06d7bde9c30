"""`measured`: rows with what was measured of their pictures, alone and beside each other (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256

import msgspec

from pipeline.images.alike import near_duplicates, spread
from pipeline.images.embedding import cosine, distance, unpacked
from pipeline.images.metrics import Metrics
from pipeline.images.wording import shown
from pipeline.rows.rows import Row, Scalar

BLANK = "blank"
NEAR_DUPLICATE = "near-duplicate"
_OF_A_CELL = ("seed", "repeat")
Seen = Mapping[str, Mapping[str, str]]
NOTHING_SEEN: Seen = {}


def measured(rows: Sequence[Row], metrics: Mapping[str, Metrics], seen: Seen = NOTHING_SEEN) -> list[Row]:
    """`rows` with `metrics`, `flags`, `near` and `diversity`; `metrics` are by the SHA-256 of a picture.

    `seen` is what readers saw, by their name and the SHA-256: it gives further metrics. `text_read` is the text in the
    picture, `text` how much of the expected one is in it; `clip` the cosine of the embeddings of the picture and of
    its prompt as sent, `diversity_clip` the mean cosine distance between the pictures of one cell.

    A picture within a few bits, and shades, of an earlier one, in plan order, is a near-duplicate, and `near` is the
    label of that one; cells that share a task show one picture, and blank ones are like each other without meaning
    it: neither is flagged so. `diversity` is the mean share of hash bits in which the pictures of one cell (equal on
    every axis but seed and repeat) differ: 0 all alike, about 0.5 as unlike as pictures of different things.
    """
    known = {row.key: metrics[row.sha256] for row in rows if row.sha256 in metrics and row.sha256 is not None}
    near = near_duplicates({key: found for key, found in known.items() if not found.blank})
    labels = {row.key: row.label for row in reversed(rows)}
    diversity = diversity_of(rows, known)
    embedded = seen.get("clip", {})
    distances = _distances(rows, embedded)
    filled = []
    for row in rows:
        found = known.get(row.key)
        if found is None:
            filled.append(row)
            continue
        flags = [BLANK] * found.blank + [NEAR_DUPLICATE] * (row.key in near)
        filled.append(
            msgspec.structs.replace(
                row,
                metrics=msgspec.structs.asdict(found) | _text(row, seen) | _clip(row, embedded, distances),
                flags=tuple(flags),
                near=labels[near[row.key]] if row.key in near else None,
                diversity=diversity.get(cell_of(row)),
            )
        )
    return filled


def _text(row: Row, seen: Seen) -> dict[str, Scalar]:
    read = seen.get("text", {}).get(row.sha256 or "")
    if read is None:
        return {}
    score = shown(row.expect.get("text", ""), read)
    return {"text_read": read} if score is None else {"text": score, "text_read": read}


def prompt_name(prompt: str) -> str:
    """The name by which a reader keeps what it made of a prompt: the SHA-256 of its text."""
    return sha256(prompt.encode()).hexdigest()


def _clip(row: Row, embedded: Mapping[str, str], distances: Mapping[Place, float]) -> dict[str, Scalar]:
    figures: dict[str, Scalar] = {}
    if row.sha256 is None or row.sha256 not in embedded:
        return figures
    picture, prompt = embedded[row.sha256], embedded.get(prompt_name(row.prompt or ""))
    if prompt is not None:
        figures["clip"] = cosine(unpacked(picture), unpacked(prompt))
    if (between := distances.get(cell_of(row))) is not None:
        figures["diversity_clip"] = between
    return figures


def _distances(rows: Sequence[Row], embedded: Mapping[str, str]) -> dict[Place, float]:
    """How far the pictures of each cell are from each other; a task counts once."""
    pictures: dict[Place, dict[str, str]] = {}
    for row in rows:
        if row.sha256 in embedded and row.sha256 is not None:
            pictures.setdefault(cell_of(row), {})[row.key] = embedded[row.sha256]
    between = {cell: distance([unpacked(one) for one in of_cell.values()]) for cell, of_cell in pictures.items()}
    return {cell: value for cell, value in between.items() if value is not None}


Place = tuple[tuple[str, Scalar], ...]


def cell_of(row: Row) -> Place:
    """The axes that all pictures of one cell of the sheet have in common: every one but seed and repeat."""
    return tuple((name, value) for name, value in row.axes.items() if name not in _OF_A_CELL)


def diversity_of(rows: Sequence[Row], known: Mapping[str, Metrics]) -> dict[Place, float]:
    """The diversity of each cell that has two pictures or more; `known` are their metrics, by task key."""
    hashes: dict[Place, dict[str, str]] = {}
    for row in rows:
        if row.key in known:
            hashes.setdefault(cell_of(row), {})[row.key] = known[row.key].phash
    spreads = {cell: spread(list(of_cell.values())) for cell, of_cell in hashes.items()}
    return {cell: round(value, 4) for cell, value in spreads.items() if value is not None}
