"""The loop against physical limits: how close wall time comes to what perfect slots would need."""

from __future__ import annotations

import heapq
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.rig import Place, Row, place, spoken
from pipeline.images.check import BadPicture, check_picture
from pipeline.manifest.lines import Ready
from pipeline.manifest.read import read_manifest
from pipeline.manifest.state import Manifest

FAST = {"poll_min": 0.1}


def measure_steady() -> Iterator[Row]:
    with place(latency=1.0, active=20) as spot:
        done = spot.run(200, active=20, **FAST)
    yield Row("200 tasks of 1 s, 20 active", "wall / bound of 10 s", done["wall"] / 10, 1.10)


def measure_many() -> Iterator[Row]:
    with place(latency=2.0, active=200) as spot:
        done = spot.run(2000, active=200, submits=50, **FAST)
    yield Row("2,000 tasks of 2 s, 200 active", "wall / bound of 20 s", done["wall"] / 20, 1.15)
    yield Row("", "peak memory", done["peak_mb"], 120, " MB")


def measure_latencies() -> Iterator[Row]:
    """A median of 5 s, scaled down to 1 s: polls too; what is a time is scaled back."""
    scale = 5.0
    with place(latency=5.0 / scale, latency_sigma=0.5, active=24) as spot:
        done = spot.run(240, active=24, poll_min=0.1 / scale)
        lines, polls = spot.lines(), spot.stats()["polls"]
        manifest = _manifest(spot)
    ends = {line["id"]: line["at"] + line["latency"] for line in lines}
    late = sorted(
        ready.at - ends[str(record.remote_id)]
        for record in manifest.records.values()
        if isinstance(ready := record.ready, Ready)
    )
    work = "240 tasks, lognormal (median 5 s), 24 active"
    yield Row(work, "wall / 24 perfect slots", done["wall"] / perfect([line["latency"] for line in lines], 24), 1.12)
    yield Row("", "polls a task", polls / 240, 5.5)
    yield Row("", "p95 from ready to noticed", late[int(0.95 * len(late))] * scale, 1.3, " s")


def measure_limit() -> Iterator[Row]:
    for said in (False, True):
        with place(latency=1.0, active=10, full_retry_after=said) as spot:
            done = spot.run(200, active=20, **FAST)
            lost = sum(record.status != "downloaded" for record in _manifest(spot).records.values())
        work = f"server bears 10, job asks 20, {'with' if said else 'no'} Retry-After"
        yield Row(work, "wall / bound of 20 s", done["wall"] / 20, 1.15)
        yield Row("", "tasks lost", lost, 0)


def measure_kill() -> Iterator[Row]:
    with place(latency=1.0, active=20) as spot:
        first = subprocess.Popen(spot.command(200, active=20, **FAST), stdout=subprocess.DEVNULL)
        while not spot.ledger.exists() or len(spot.lines()) < 100:
            time.sleep(0.02)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        manifest = _manifest(spot)
        left = 200 - sum(record.status == "downloaded" for record in manifest.records.values())
        second = spot.run(200, active=20, **FAST)
        lines = spot.lines()
    twice = len(lines) - len({json.dumps(line["body"]) for line in lines})
    yield Row("killed -9 at half, run again", "duplicate submits", twice, 0)
    yield Row("", f"wall / bound of the {left} left", second["wall"] / (left / 20), 1.15)


def measure_faults() -> Iterator[Row]:
    faults = {
        "error_500": 0.05,
        "accepted_drop": 0.03,
        "truncated": 0.05,
        "content_moderated": 0.05,
        "busy": 0.02,
        "expired": 0.02,
    }
    with place(latency=1.0, active=24, **faults) as spot:
        done = spot.run(500, active=24, **FAST)
        kept = list((spot.folder / "out" / "images").glob("*.*"))
        bad = sum(not _good(file) for file in kept)
    yield Row("500 tasks, every fault together, 24 active", "wall / bound", done["wall"] / (500 / 24), 1.25)
    yield Row("", "cut pictures kept as good", bad, 0)


def measure_cpu() -> Iterator[Row]:
    ratios = []
    for _ in range(3):
        with place(latency=0.0, active=24) as spot:
            words = {
                "folder": str(spot.folder / "hand"),
                "origin": spot.origin,
                "count": 600,
                "active": 24,
                "poll": 0.1,
            }
            by_hand = spoken([sys.executable, "-m", "benchmarks.baseline", json.dumps(words)])
        with place(latency=0.0, active=24) as spot:
            ours = spot.run(600, active=24, **FAST)
        ratios.append(ours["cpu"] / by_hand["cpu"])
    ratio = sorted(ratios)[1]
    yield Row("600 tasks, latency 0", "CPU / a loop written by hand", ratio, 2.0)


def perfect(latencies: list[float], slots: int) -> float:
    """Seconds that `slots` would need, each taking the next task the instant it is free."""
    free = [0.0] * slots
    for latency in latencies:
        heapq.heappush(free, heapq.heappop(free) + latency)
    return max(free)


def _manifest(spot: Place) -> Manifest:
    return read_manifest(spot.folder / "out" / "manifest.jsonl").manifest


def _good(file: Path) -> Any:
    try:
        return check_picture(file)
    except BadPicture:
        return False
