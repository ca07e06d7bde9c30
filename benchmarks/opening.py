"""What it costs to open what is already there: help, a finished job, large manifests."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.loop import tasks
from benchmarks.rig import Row, place, spoken
from pipeline.manifest.journal import open_journal
from pipeline.manifest.lines import (
    AnyLine,
    Artifact,
    CellLine,
    Downloaded,
    Header,
    PlanCounts,
    PlanLine,
    Ready,
    Submitted,
    Submitting,
    TaskLine,
)

READ = """
import json, resource, sys, time
started = time.monotonic()
from pathlib import Path
from pipeline.manifest.read import read_manifest
from pipeline.rows.tally import tally
stand = tally(read_manifest(Path(sys.argv[1])).manifest)
assert stand.complete
print(json.dumps({"wall": time.monotonic() - started,
                  "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""
JOB = """
version: 1
name: finished
provider: cometapi
prompts: {cat: a cat}
matrix: {model: [flux-dev], seed: 1..2000, size: [256x256]}
params: {output_format: png}
run: {active: 200, submits: 50}
"""


def measure_help() -> Iterator[Row]:
    walls = sorted(_wall([sys.executable, "-m", "pipeline", "--help"]) for _ in range(5))
    yield Row("fluxsweep --help", "wall", walls[2], 0.3, " s")


def measure_manifests() -> Iterator[Row]:
    for count, bound in ((10_000, 1.0), (100_000, 6.0)):
        with tempfile.TemporaryDirectory() as name:
            _finished(Path(name), count)
            read = spoken([sys.executable, "-c", READ, str(Path(name) / "manifest.jsonl")])
        yield Row(f"a manifest of {count:,} finished tasks opened", "wall", read["wall"], bound, " s")
        yield Row("", "peak memory", read["peak_mb"], 400, " MB")


def measure_rerun() -> Iterator[Row]:
    with place(latency=0.0, active=200) as here:
        job = here.folder / "finished.yaml"
        job.write_text(JOB)
        command = [sys.executable, "-m", "pipeline", "run", str(job), "-q", "--yes"]
        environment = os.environ | {"COMETAPI_KEY": "benchmark", "COMETAPI_BASE_URL": here.origin}
        subprocess.run(command, check=True, env=environment)
        before = here.stats()["requests"]
        walls = sorted(_wall(command, environment) for _ in range(3))
        # Asking for the count is a request, too.
        requests = here.stats()["requests"] - before - 1
    yield Row("a finished job of 2,000 tasks run again", "wall", walls[1], 1.0, " s")
    yield Row("", "requests", requests, 0)


def _wall(command: list[str], environment: Mapping[str, str] | None = None) -> float:
    started = time.monotonic()
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - started


def _finished(folder: Path, count: int) -> None:
    """A manifest of `count` tasks from their submits to their pictures, 100 events a batch."""
    planned = tasks(count)
    with open_journal(folder) as journal:
        journal.append_now(Header(format=1, tool="benchmarks", created="", origin="http://127.0.0.1"))
        journal.append_now(
            PlanLine(n=1, job={"name": "benchmark"}, digest="", counts=PlanCounts(tasks=count, cells=count)),
            *(TaskLine(key=task.key, request=task.request) for task in planned),
            *(CellLine(n=1, key=task.key, label=f"s{n}", axes={"seed": n}) for n, task in enumerate(planned)),
        )
        for at in range(0, count, 25):
            events: list[AnyLine] = []
            for task in planned[at : at + 25]:
                events += _story(task.key)
            journal.append_now(*events)


def _story(key: str) -> list[AnyLine]:
    picture = Artifact(f"images/{key[:8]}.png", key, 1000, "image/png", 64, 64)
    return [
        Submitting(key=key, attempt=1),
        Submitted(key=key, attempt=1, remote_id=f"id-{key[:12]}"),
        Ready(key=key, seed=1, prompt="a cat", duration=1.5),
        Downloaded(key=key, artifact=picture),
    ]
