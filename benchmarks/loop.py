"""One run of the real loop over real HTTP, as a process of its own: `python -m benchmarks.loop '{…}'` prints JSON.

No job file and no report: what is measured is journal, loop, provider and store.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

from pipeline.catalog.load import load_catalog
from pipeline.manifest.journal import open_journal
from pipeline.manifest.lines import CellLine, Header, PlanCounts, PlanLine, TaskLine
from pipeline.plan.forecast import forecast
from pipeline.plan.policy import Policy, RunSettings
from pipeline.providers.http import HttpProvider
from pipeline.run.lane import Outlet
from pipeline.run.progress import Progress
from pipeline.run.session import Session
from pipeline.stores.local import LocalStore
from pipeline.task.fingerprint import task_of
from pipeline.task.request import ParamValue, Request, Task

SIDE = 256


def tasks(count: int) -> list[Task]:
    """Requests for small pictures, told apart by their seeds."""
    size: dict[str, ParamValue] = {"width": SIDE, "height": SIDE, "output_format": "png"}
    return [task_of(Request("cometapi", "flux-dev", {"prompt": "a cat", "seed": n, **size})) for n in range(count)]


def main(words: dict[str, Any]) -> None:
    """Run `count` tasks against `origin` into `folder`, or go on with them."""
    folder, settings = Path(words["folder"]), RunSettings(**words["settings"])
    spec = load_catalog().provider("cometapi")
    with open_journal(folder) as journal:
        if journal.manifest.plan is None:
            _write_plan(journal.append_now, words["count"])
        manifest = journal.manifest
        now = time.time()
        policy = Policy(started=now, give_up=settings.give_up)
        ahead = forecast(manifest.planned_keys(), manifest.record, manifest.prices, (), policy, now)
        session = Session(
            journal=journal,
            outlets={spec.name: Outlet(lambda: HttpProvider(spec, words["origin"], "benchmark"), spec.limits)},
            store=LocalStore(folder),
            settings=settings,
            progress=Progress(manifest, quiet=True),
        )
        before, started = _cpu(), time.monotonic()
        ending = session.run(ahead)
        wall, cpu = time.monotonic() - started, _cpu() - before
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"wall": wall, "cpu": cpu, "code": ending.code, "peak_mb": usage.ru_maxrss / 1024}))


def _write_plan(append: Any, count: int) -> None:
    planned = tasks(count)
    append(Header(format=1, tool="benchmarks", created="", origin="http://127.0.0.1"))
    append(
        PlanLine(n=1, job={"name": "benchmark"}, digest="", counts=PlanCounts(tasks=count, cells=count)),
        *(TaskLine(key=task.key, request=task.request) for task in planned),
        *(
            CellLine(n=1, key=task.key, label=f"s{n}", axes={"seed": n}, price=25_000, price_source="list")
            for n, task in enumerate(planned)
        ),
    )


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
