"""Replacing: a cell takes another seed, and keeps it when the job is planned again (pure).

A replaced cell records every key that it had, oldest first: the first is what the job itself asks for there. By that
one a later plan of the same job finds its replacement again; a cell whose own request was edited asks for something
else, and begins with its own seed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import count
from typing import NamedTuple

import msgspec

from pipeline.manifest.lines import AxisValue, CellLine
from pipeline.manifest.record import Record
from pipeline.manifest.state import Manifest
from pipeline.sweep.labels import MAX_BYTES, folded
from pipeline.task.fingerprint import fingerprint
from pipeline.task.request import Request

_SEEDS = 2**32


class Replaced(NamedTuple):
    """Cells, with their tasks in the order of the cells; `keys` are those of the cells that hold a replacement."""

    cells: list[CellLine]
    tasks: dict[str, Request]
    keys: list[str]


class _Fresh(NamedTuple):
    request: Request
    chain: tuple[str, ...]


def to_replace(manifest: Manifest, rejected: Collection[str], keep: int | None = None) -> list[str]:
    """The tasks of the present plan that another seed should replace: rejected ones, and those that were moderated.

    With `keep`, only as many as lack to so many pictures in each group of cells that differ in nothing but their
    seed; those that are still to come count as kept. What has no seed cannot be replaced.
    """
    groups: dict[str, list[str]] = {}
    for cell in manifest.cells:
        groups.setdefault(repr(_but_seed(cell.axes)), []).append(cell.key)
    found: dict[str, None] = {}
    for keys in groups.values():
        bad = [key for key in dict.fromkeys(keys) if key in rejected or _is_moderated(manifest.record(key))]
        good = [key for key in keys if key not in bad and manifest.record(key).status != "failed"]
        wanted = len(bad) if keep is None else max(0, keep - len(good))
        found |= dict.fromkeys([key for key in bad if "seed" in manifest.tasks[key].params][:wanted])
    return list(found)


def reseeded(manifest: Manifest, keys: Collection[str]) -> Replaced:
    """The present plan of `manifest` with the next unused seed in each cell of these tasks.

    A seed is unused when this request never stood in a whole plan with it.
    """
    taken = set(manifest.labels)
    fresh: dict[str, _Fresh] = {}
    for cell in manifest.cells:
        if cell.key in keys and cell.key not in fresh:
            request = _next_unused(manifest.tasks[cell.key], taken)
            taken.add(fingerprint(request))
            fresh[cell.key] = _Fresh(request, (*cell.replaces, cell.key))
    return _with(manifest.cells, manifest.tasks, fresh)


def carried(cells: Sequence[CellLine], tasks: Mapping[str, Request], manifest: Manifest) -> Replaced:
    """A plan as the job asks for it, with the replacements that `manifest` knows of."""
    fresh = {}
    for cell in cells:
        *chain, key = manifest.replacements.get(cell.key, (cell.key,))
        if chain and not cell.replaces:
            fresh[cell.key] = _Fresh(manifest.tasks[key], tuple(chain))
    return _with(cells, tasks, fresh)


def _with(cells: Sequence[CellLine], tasks: Mapping[str, Request], fresh: Mapping[str, _Fresh]) -> Replaced:
    labels = {folded(cell.label) for cell in cells if cell.key not in fresh}
    changed, requests, keys = [], dict[str, Request](), dict[str, None]()
    for cell in cells:
        new = fresh.get(cell.key)
        if new is None:
            changed.append(cell)
            requests[cell.key] = tasks[cell.key]
            continue
        changed.append(_replaced(cell, tasks[cell.key], new, labels))
        requests[changed[-1].key] = new.request
        keys[changed[-1].key] = None
    return Replaced(changed, requests, list(keys))


def _replaced(cell: CellLine, old: Request, fresh: _Fresh, labels: set[str]) -> CellLine:
    key, seed = fingerprint(fresh.request), fresh.request.params["seed"]
    label = _label(cell.label, str(old.params["seed"]), str(seed), key, labels)
    labels.add(folded(label))
    axes = {name: _with_seed(name, value, seed) for name, value in cell.axes.items()}
    return msgspec.structs.replace(cell, key=key, label=label, axes=axes, replaces=fresh.chain)


def _with_seed(name: str, value: AxisValue, seed: object) -> AxisValue:
    if not isinstance(seed, int):
        return value
    if isinstance(value, dict):
        return value | {"seed": seed} if "seed" in value else value
    return seed if name == "seed" else value


def _label(label: str, old: str, new: str, key: str, taken: Collection[str]) -> str:
    """`lit_flux-dev_s2_square` becomes `lit_flux-dev_s5_square`; where that is taken, 8 of the key go to its end."""
    named, times = re.subn(rf"(?<![^_])s{re.escape(old)}(?![^_])", f"s{new}", label, count=1)
    base = named if times else _fit(label, f"-s{new}")
    endings = ("", f"-{key[:8]}", *(f"-{key[:8]}-{number}" for number in range(2, len(taken) + 3)))
    return next(found for ending in endings if folded(found := _fit(base, ending)) not in taken)


def _fit(label: str, ending: str) -> str:
    return label.encode()[: MAX_BYTES - len(ending)].decode(errors="ignore").rstrip("-._") + ending


def _next_unused(request: Request, taken: Collection[str]) -> Request:
    seed = request.params["seed"]
    start = seed if isinstance(seed, int) else 0
    numbers = (start + step if start >= _SEEDS else (start + step) % _SEEDS for step in count(1))
    others = (msgspec.structs.replace(request, params=request.params | {"seed": number}) for number in numbers)
    return next(other for other in others if fingerprint(other) not in taken)


def _is_moderated(record: Record) -> bool:
    return record.failure is not None and record.failure.kind == "moderated"


def _but_seed(axes: Mapping[str, AxisValue]) -> list[tuple[str, object]]:
    parts: list[tuple[str, object]] = []
    for name, value in axes.items():
        if isinstance(value, dict) and "seed" in value:
            parts.append(
                (name, sorted((part, str(kept)) for part, kept in value.items() if part not in ("seed", "id")))
            )
        elif name != "seed":
            parts.append((name, value))
    return parts
