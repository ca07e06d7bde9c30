"""`Manifest`: the whole state of a job, folded from its lines (pure)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

from pipeline.errors import ManifestDamaged
from pipeline.manifest.lines import (
    AnyLine,
    CellLine,
    Event,
    Header,
    PlanLine,
    RunEnd,
    RunStart,
    TaskLine,
)
from pipeline.manifest.record import EMPTY, Record, apply
from pipeline.task.request import Request

Price = tuple[int | None, str]
EMULATOR = "emulator"


@dataclass
class Manifest:
    """What the lines of a manifest add up to.

    `tasks` holds every request ever planned here, `records` what happened to each (absent: nothing yet).
    `plan` and `cells` are of the plan that rules; None and empty before the first complete one. `prices` holds the
    last price that a cell gave each task: micro-USD (None: unknown) and its source; `labels` the last label. What may
    have been paid keeps the price that ruled when it was sent, whatever a later plan says; once the task is planned
    again the dearer of the two rules, since both were or will be paid at most that. `replacements` are, by the key
    that the job itself asks for, all keys that its cells had, the present one last; the last plan that has it rules.
    """

    header: Header | None = None
    plan: PlanLine | None = None
    cells: list[CellLine] = field(default_factory=list)
    tasks: dict[str, Request] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    prices: dict[str, Price] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    replacements: dict[str, tuple[str, ...]] = field(default_factory=dict)
    last_start: RunStart | None = None
    last_end: RunEnd | None = None
    lines: int = 0
    _origins: dict[str, str] = field(default_factory=dict)
    _opening: PlanLine | None = None
    _cells: list[CellLine] = field(default_factory=list)
    _new_tasks: int = 0
    _offers: dict[str, Price] = field(default_factory=dict)

    def record(self, key: str) -> Record:
        """What happened to the task `key`; the empty record for a fresh one."""
        return self.records.get(key, EMPTY)

    def price(self, key: str) -> Price:
        """What one picture of the task `key` costs, and who says so: the provider's own bill before all."""
        bill = self.record(key).bill
        return (bill, "reply") if bill is not None else self.prices.get(key, (None, "unknown"))

    @property
    def origins(self) -> dict[str, str]:
        """Where each provider of these tasks is, as the last plan has it that asks for any of its."""
        if self.header is None:
            return {}
        header = self.header.origin
        return dict.fromkeys((request.provider for request in self.tasks.values()), header) | self._origins

    @property
    def is_free(self) -> bool:
        """Whether the pictures came from the emulator, all of them."""
        if self.header is None:
            return False
        return self.header.rehearsal or {self.header.origin, *self.origins.values()} == {EMULATOR}

    def planned_keys(self) -> list[str]:
        """The tasks of the present plan, each once, in the order of their first cells."""
        return list(dict.fromkeys(cell.key for cell in self.cells))

    def stale_keys(self) -> list[str]:
        """Tasks in no cell of the present plan."""
        present = {cell.key for cell in self.cells}
        return [key for key in self.tasks if key not in present]

    def fold(self, line: AnyLine) -> None:
        """Take in one line.

        Raises:
            ManifestDamaged: the line cannot stand where it stands.
        """
        self.lines += 1
        if isinstance(line, Event):
            if line.key not in self.tasks:
                raise ManifestDamaged(f"an event names task {line.key[:12]}, which no line before it defines")
            self.records[line.key] = apply(self.record(line.key), line)
            if line.key in self._offers:
                self._offer(line.key, self._offers.pop(line.key))
        elif isinstance(line, CellLine):
            self._cells.append(line)
            self._settle_plan()
        elif isinstance(line, TaskLine):
            self.tasks[line.key] = line.request
            self._new_tasks += 1
            self._settle_plan()
        elif isinstance(line, PlanLine):
            self._opening, self._cells, self._new_tasks = line, [], 0
            self._settle_plan()
        elif isinstance(line, RunStart):
            self.last_start, self.last_end = line, None
        elif isinstance(line, RunEnd):
            self.last_end = line
        elif self.header is None:
            self.header = line
        else:
            raise ManifestDamaged("a second header")

    def _settle_plan(self) -> None:
        plan = self._opening
        if plan is None or (plan.counts.cells, plan.counts.tasks) != (len(self._cells), self._new_tasks):
            return
        self.plan, self.cells = plan, self._cells
        self._origins |= plan.origins
        self._opening, self._cells = None, []
        for cell in self.cells:
            self._offer(cell.key, (cell.price, cell.price_source))
            keys = (*cell.replaces, cell.key)
            if len(keys) > 1 or keys[0] in self.replacements:
                self.replacements[keys[0]] = keys
        # Backwards, so that a task that several cells share goes by the first of them.
        self.labels.update((cell.key, cell.label) for cell in reversed(self.cells))

    def _offer(self, key: str, price: Price) -> None:
        """A plan gave the task `key` this price; while a charge stands at an older one, it has to wait."""
        record = self.record(key)
        if not record.charges_hi:
            self.prices[key] = price
        elif record.status == "planned":
            self.prices[key] = max(self.prices.get(key, price), price, key=_dearness)
        else:
            self._offers[key] = price


def _dearness(price: Price) -> float:
    """What nobody knows may cost anything."""
    return math.inf if price[0] is None else price[0]


def fold_all(lines: Iterable[AnyLine]) -> Manifest:
    """The manifest that `lines`, in order, add up to."""
    manifest = Manifest()
    for line in lines:
        manifest.fold(line)
    return manifest
