"""`Row`: all that is known of one cell, flat; `rows_of` makes one for each cell of the present plan (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

import msgspec

from pipeline.manifest.lines import AxisValue, CellLine, FailureKind
from pipeline.manifest.record import Record, Status
from pipeline.manifest.state import Manifest
from pipeline.rows.reason import reason_of
from pipeline.task.request import ParamValue

Scalar = str | int | float | bool | None


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of the contact sheet, with what happened to its task, and what its picture should show (`expect`).

    `axes` is flat, in job order: a compound axis `scene` gives its label as `scene` and each part as `scene.surface`.
    `params` is the whole request body as sent (`prompt` and `seed` are also in it). `latency` is seconds: the
    rendering time that the service reported, else the wait from the submit's reply to the poll that found it ready.
    `width`, `height`, `bytes` are of the stored picture; `file` is relative to the output folder.

    Cells that share a task each get a row, and `shared` says how many they are; the task's charges stand on the first
    of them only (`borrowed` is False there), so that sums over rows are right. `price` is what one picture costs, in
    micro-USD (None: unknown), on every row: money is charges × price.
    """

    label: str
    key: str
    status: Status
    failure: FailureKind | None
    parked: bool
    reason: str
    prompt: str | None
    prompt_returned: str | None
    axes: dict[str, Scalar]
    model: str
    seed: int | None
    seed_returned: int | None
    width: int | None
    height: int | None
    file: str | None
    sha256: str | None
    bytes: int | None
    charges_lo: int
    charges_hi: int
    price: int | None
    price_source: str
    latency: float | None
    remote_id: str | None
    attempts: int
    reused_from: str | None
    shared: int
    borrowed: bool
    replaces: tuple[str, ...]
    params: dict[str, ParamValue]
    expect: dict[str, str] = {}
    metrics: dict[str, Scalar] = {}
    flags: tuple[str, ...] = ()
    near: str | None = None
    diversity: float | None = None
    stars: int | None = None
    reject: bool = False
    tags: tuple[str, ...] = ()
    note: str = ""

    @property
    def resized(self) -> str:
        """`1024x1024 was asked for, 1008x1008 came`; empty where the picture is as it was asked for, or not there."""
        asked = self.params.get("width"), self.params.get("height")
        if None in asked or self.width is None or asked == (self.width, self.height):
            return ""
        return f"{asked[0]}x{asked[1]} was asked for, {self.width}x{self.height} came"


def rows_of(manifest: Manifest) -> list[Row]:
    """One row a cell of the plan that rules, in plan order; none before the first complete plan."""
    sharing = Counter(cell.key for cell in manifest.cells)
    seen: set[str] = set()
    rows = []
    for cell in manifest.cells:
        rows.append(_row(manifest, cell, shared=sharing[cell.key], borrowed=cell.key in seen))
        seen.add(cell.key)
    return rows


def placed_rows(manifest: Manifest, keys: Collection[str]) -> list[tuple[int, Row]]:
    """Of `rows_of`, those of the tasks `keys` alone, each with its place."""
    sharing = Counter(cell.key for cell in manifest.cells if cell.key in keys)
    seen: set[str] = set()
    placed = []
    for place, cell in enumerate(manifest.cells):
        if cell.key in keys:
            row = _row(manifest, cell, shared=sharing[cell.key], borrowed=cell.key in seen)
            placed.append((place, row))
            seen.add(cell.key)
    return placed


def _row(manifest: Manifest, cell: CellLine, *, shared: int, borrowed: bool) -> Row:
    request, record = manifest.tasks[cell.key], manifest.record(cell.key)
    artifact, ready = record.artifact, record.ready
    seed, prompt = request.params.get("seed"), request.params.get("prompt")
    return Row(
        label=cell.label,
        key=cell.key,
        status=record.status,
        failure=record.failure.kind if record.failure else None,
        parked=record.parked,
        reason=reason_of(record),
        prompt=prompt if isinstance(prompt, str) else None,
        prompt_returned=ready.prompt if ready else None,
        axes=flat_axes(cell.axes),
        model=request.model,
        seed=seed if isinstance(seed, int) else None,
        seed_returned=ready.seed if ready else None,
        width=artifact.width if artifact else None,
        height=artifact.height if artifact else None,
        file=artifact.path if artifact else None,
        sha256=artifact.sha256 if artifact else None,
        bytes=artifact.bytes if artifact else None,
        charges_lo=0 if borrowed else record.charges_lo,
        charges_hi=0 if borrowed else record.charges_hi,
        price=cell.price if record.bill is None else record.bill,
        price_source=cell.price_source if record.bill is None else "reply",
        latency=latency_of(record),
        remote_id=record.remote_id,
        attempts=record.attempt,
        reused_from=record.reused_from,
        shared=shared,
        borrowed=borrowed,
        replaces=cell.replaces,
        params=request.params,
        expect=cell.expect,
    )


def flat_axes(axes: dict[str, AxisValue]) -> dict[str, Scalar]:
    """Every axis, and every part of a compound one as `axis.part`, with its value."""
    flat: dict[str, Scalar] = {}
    for name, value in axes.items():
        if isinstance(value, dict):
            flat[name] = value.get("id")
            flat.update((f"{name}.{part}", set_to) for part, set_to in value.items() if part != "id")
        else:
            flat[name] = value
    return flat


def axis_text(value: Scalar) -> str:
    """An axis value as the job writes it."""
    if value is None:
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def latency_of(record: Record) -> float | None:
    """Seconds to the finished picture: as the service reported, else as observed; None before it is ready."""
    if record.ready is None:
        return None
    if record.ready.duration is not None:
        return record.ready.duration
    return None if record.submitted_at is None else max(0.0, record.ready.at - record.submitted_at)
