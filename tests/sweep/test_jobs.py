"""The jobs that ship: each loads without a mistake and comes to what its comments promise."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.spec.read import read_job
from pipeline.sweep.cell import Sweep
from pipeline.sweep.expand import expand

JOBS = Path(__file__).parent.parent.parent / "jobs"


def sweep_of(name: str) -> Sweep:
    loaded = read_job(JOBS / f"{name}.yaml", load_catalog())
    assert loaded.problems == []
    assert loaded.spec is not None
    sweep, findings = expand(loaded.spec, load_catalog())
    assert findings == []
    assert sweep is not None
    return sweep


@pytest.mark.parametrize(
    ("name", "steps", "micro_usd"),
    [
        ("quickstart", [12], 0),
        ("teapot-ab", [64, -16, 8], 16 * 40_000 + 32 * 60_000 + 8 * 30_000),
        ("portrait-dataset", [48], 48 * 30_000),
    ],
)
def test_a_shipped_job_comes_to_what_it_says(name: str, steps: list[int], micro_usd: int) -> None:
    sweep = sweep_of(name)
    assert [step.cells for step in sweep.steps] == steps
    assert len(sweep.tasks()) == len(sweep.cells) == sum(steps)
    assert sum(cell.price.micro_usd or 0 for cell in sweep.cells) == micro_usd


def test_the_teapot_is_sent_as_the_job_reads() -> None:
    cells = {cell.label: cell.task.request for cell in sweep_of("teapot-ab").cells}
    flex = cells["lit_flux-2-flex_s3_1344x768_oak"]
    assert flex.params == {
        "prompt": "studio photograph of a ceramic teapot on oak, lit by low window light, soft shadow, 85 mm lens",
        "seed": 3,
        "width": 1344,
        "height": 768,
        "steps": 36,
        "output_format": "png",
        "safety_tolerance": 2,
        "prompt_upsampling": False,
    }
    assert cells["plain_flux-2-pro_s1_square_marble"].params["disable_pup"] is True
    assert "steps" not in cells["plain_flux-pro-1.1_s4_square_oak"].params


def test_every_file_in_jobs_is_tested_here() -> None:
    assert {path.stem for path in JOBS.glob("*.yaml")} == {"quickstart", "teapot-ab", "portrait-dataset"}
