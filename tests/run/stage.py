"""The run loop with its real parts: journal, store, provider, and an emulator to talk to."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pipeline.catalog.load import load_catalog
from pipeline.catalog.provider import ProviderSpec
from pipeline.emulator.settings import Settings
from pipeline.manifest.journal import open_journal
from pipeline.manifest.lines import FORMAT, CellLine, Header, PlanCounts, PlanLine, TaskLine
from pipeline.manifest.record import Record
from pipeline.plan.forecast import forecast
from pipeline.plan.policy import Policy, RunSettings
from pipeline.providers.http import HttpProvider
from pipeline.run.ending import Ending
from pipeline.run.lane import Outlet
from pipeline.run.progress import Progress
from pipeline.run.session import Session
from pipeline.stores.local import LocalStore
from pipeline.task.fingerprint import task_of
from pipeline.task.request import ParamValue, Request, Task
from tests.emulating import emulating, stats_of
from tests.truth import hold_to_truth, ledger_lines

SPEC = load_catalog().provider("cometapi")
PRICE = 25_000


@dataclass(frozen=True)
class Stage:
    """A job in `folder`, and the API at `origin` whose knobs are `settings`."""

    folder: Path
    origin: str
    settings: Settings

    @property
    def ledger(self) -> Path:
        """What the API accepted."""
        return self.folder.with_name("ledger.jsonl")

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The ledger's lines."""
        return ledger_lines(self.ledger)

    @property
    def stats(self) -> dict[str, Any]:
        """What the API counts."""
        return stats_of(self.origin)

    def plan(self, count: int, *models: str) -> None:
        """Write down a plan of `count` tasks for each model."""
        tasks = [_task(model, seed) for model in models or ("flux-dev",) for seed in range(1, count + 1)]
        with open_journal(self.folder) as journal:
            journal.append_now(Header(format=FORMAT, tool="test", created="2026-01-01", origin=self.origin))
            journal.append_now(
                PlanLine(n=1, job={"name": "loop"}, digest="d", counts=PlanCounts(len(tasks), len(tasks))),
                *(TaskLine(key=task.key, request=task.request) for task in tasks),
                *(_cell(task) for task in tasks),
            )

    def run(self, spec: ProviderSpec = SPEC, **settings: Any) -> Ending:
        """One run, as a command would do it; what it says of itself is held to the truth."""
        chosen = msgspec.convert({"poll_min": 0.05} | settings, RunSettings)
        with open_journal(self.folder) as journal:
            manifest, now = journal.manifest, time.time()
            session = Session(
                journal=journal,
                outlets={spec.name: Outlet(lambda: HttpProvider(spec, self.origin, "sk-any"), spec.limits)},
                store=LocalStore(self.folder),
                settings=chosen,
                progress=Progress(manifest, terminal=False),
            )
            policy = Policy(started=now, give_up=chosen.give_up)
            ending = session.run(forecast(manifest.planned_keys(), manifest.record, manifest.prices, (), policy, now))
        hold_to_truth(self.folder, self.ledger)
        return ending

    def records(self) -> list[Record]:
        """What is known of each task, in plan order."""
        manifest = hold_to_truth(self.folder, self.ledger)
        return [manifest.record(key) for key in manifest.planned_keys()]

    def statuses(self) -> dict[str, int]:
        """How many tasks stand where."""
        return dict(Counter(record.status for record in self.records()))

    def most_active(self) -> int:
        """How many tasks were at the API at once, at most, by its ledger."""
        spans: list[tuple[float, float]] = [(line["at"], line["at"] + line["latency"]) for line in self.lines]
        return max(sum(begin <= at < end for begin, end in spans) for at, _ in spans)


def _task(model: str, seed: int) -> Task:
    params: dict[str, ParamValue] = {"prompt": "a teapot", "seed": seed, "output_format": "png"}
    if "kontext" not in model:
        params |= {"width": 256, "height": 256}
    return task_of(Request("cometapi", model, params))


def _cell(task: Task) -> CellLine:
    label = f"{task.request.model}-s{task.request.params['seed']}"
    return CellLine(n=1, key=task.key, label=label, axes={}, price=PRICE, price_source="list")


@contextmanager
def staged(root: Path, **knobs: Any) -> Iterator[Stage]:
    """A stage whose API has these knobs; without them it is flat and quick."""
    calm = {"painter": "flat", "latency": 0.05, "latency_sigma": 0.0, "ledger": str(root / "ledger.jsonl")}
    settings = msgspec.convert(calm | knobs, Settings)
    with emulating(settings) as origin:
        yield Stage(root / "out", origin, settings)
