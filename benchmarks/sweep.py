"""A large compound job, expanded, rendered, checked and written, beside the least that such a sweep can be.

`python -m benchmarks.sweep whole|alone CELLS` does one of the two in a process of its own and prints JSON.
"""

from __future__ import annotations

import itertools
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.rig import Row, spoken

PROMPTS = {
    "plain": "a {{ product }} on {{ surface }}, {{ who }}, {{ mood }} dramatic lighting",
    "lit": "studio photograph of a {{ product }} on {{ surface }}, {{ who }}, lit by {{ scene.lighting }}"
    "{% if mood == 'calm' %}, soft shadows{% endif %}",
}
MODELS = ["flux-pro-1.1", "flux-2-flex"]
SIZES = ["1024x1024", "1344x768"]
MOODS = ["calm", "wild"]
SCENES = [{"surface": f"marble slab {n}", "lighting": f"a softbox at {n} degrees"} for n in range(25)]
SUBJECTS = [{"id": f"s{n}", "who": f"held by person number {n}", "steps": None} for n in range(5)]
_AT_ONE_SEED = len(PROMPTS) * len(MODELS) * len(SIZES) * len(MOODS) * len(SCENES) * len(SUBJECTS)


def measure_sweep() -> Iterator[Row]:
    cells = 100_000
    ratios, sizes, writing = [], [], []
    for _ in range(3):
        alone = spoken([sys.executable, "-m", "benchmarks.sweep", "alone", str(cells)])
        whole = spoken([sys.executable, "-m", "benchmarks.sweep", "whole", str(cells)])
        ratios.append(whole["cpu"] / alone["cpu"])
        sizes.append(whole["planned"] / cells)
        writing.append(whole["written"] / cells)
    work = f"a compound job of {cells:,} cells"
    yield Row(work, "CPU / itertools.product and Jinja2 alone", sorted(ratios)[1], 4.0)
    yield Row("", "memory a task, until it is planned", sorted(sizes)[1] / 1000, 1.5, " KB")
    yield Row("", "the same, until it is written", sorted(writing)[1] / 1000, 1.5, " KB")


def whole(cells: int) -> dict[str, float]:
    """The job file is read, expanded, checked and written as the plan of a manifest.

    Memory is by how much the most that the process ever held (its resident set) grows on the way.
    """
    from pipeline.commands.flow.opening import open_job
    from pipeline.commands.flow.replacing import append_plan
    from pipeline.manifest.journal import open_journal
    from pipeline.manifest.lines import Header

    with tempfile.TemporaryDirectory() as name:
        job = Path(name) / "job.yaml"
        job.write_text(json.dumps(_job(1)))
        open_job(job)  # what is loaded once, whatever the job's size, is not counted
        before, started = _peak(), time.process_time()
        job.write_text(json.dumps(_job(cells // _AT_ONE_SEED)))
        planned = open_job(job)
        grown = _peak() - before
        with open_journal(Path(name) / "out") as journal:
            journal.append_now(Header(format=1, tool="benchmarks", created="", origin="emulator"))
            append_plan(journal, planned, {"cometapi": "emulator"})
        cpu = time.process_time() - started
        assert len(planned.tasks) == cells
    return {"cpu": cpu, "planned": grown, "written": _peak() - before}


def alone(cells: int) -> dict[str, float]:
    """Nothing but the product and the rendered prompts."""
    from jinja2 import Environment

    seeds = range(1, cells // _AT_ONE_SEED + 1)
    started = time.process_time()
    environment = Environment()
    templates = [environment.from_string(text) for text in PROMPTS.values()]
    prompts = [
        template.render(product="ceramic teapot", mood=mood, scene=scene, **scene, **subject)
        for template, _, _, _, mood, scene, subject in itertools.product(
            templates, MODELS, seeds, SIZES, MOODS, SCENES, SUBJECTS
        )
    ]
    cpu = time.process_time() - started
    assert len(prompts) == cells
    return {"cpu": cpu}


def _job(seeds: int) -> dict[str, Any]:
    return {
        "version": 1,
        "name": "large",
        "provider": "cometapi",
        "vars": {"product": "ceramic teapot"},
        "prompts": PROMPTS,
        "matrix": {
            "prompt": list(PROMPTS),
            "model": MODELS,
            "seed": f"1..{seeds}",
            "size": SIZES,
            "mood": MOODS,
            "scene": SCENES,
            "subject": SUBJECTS,
        },
        "params": {"output_format": "png", "safety_tolerance": 2},
        "max_tasks": 1_000_000,
    }


def _peak() -> int:
    """The most memory that this process had so far, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # where `ru_maxrss` counts what the parent had before this program took its place
        return int(status.read_text().split("VmHWM:")[1].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    print(json.dumps({"whole": whole, "alone": alone}[sys.argv[1]](int(sys.argv[2]))))
