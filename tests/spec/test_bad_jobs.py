"""A table of jobs with one mistake each, and mutants of good jobs: one problem a mistake, and never anything else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.errors import JobError
from pipeline.source.reader import read_yaml
from pipeline.spec.read import read_job
from pipeline.sweep.expand import expand
from pipeline.sweep.told import told
from tests.spec.mutants import JOB, mutant, verdict
from tests.spec.rich import PHOTOS, RICH, put_files

GOOD = {"rich": RICH, "photos": PHOTOS}
TABLE = read_yaml((Path(__file__).parent / "bad_jobs.yaml").read_bytes(), "bad_jobs.yaml").value
CASES = [(name, case["old"], case["new"], case["said"]) for name, cases in TABLE.items() for case in cases]
LINE = 120


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the good jobs name."""
    root = tmp_path_factory.mktemp("project")
    put_files(root)
    return root


@pytest.fixture
def here(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project, as the working folder."""
    monkeypatch.chdir(project)
    return project


def problems(text: str) -> list[str]:
    JOB.write_text(text)
    try:
        loaded = read_job(JOB, load_catalog())
    except JobError as error:
        return [str(problem) for problem in error.problems]
    _, findings = expand(loaded.spec, loaded.catalog) if loaded.spec is not None else (None, [])
    return [str(problem) for problem in told(loaded, findings)]


@pytest.mark.parametrize("name", GOOD)
def test_the_good_jobs_are_good(here: Path, name: str) -> None:
    assert problems(GOOD[name]) == []


@pytest.mark.parametrize(("name", "old", "new", "said"), CASES, ids=range(len(CASES)))
def test_one_mistake_is_one_problem_with_its_place_and_its_mend(
    here: Path, name: str, old: str, new: str, said: str
) -> None:
    assert GOOD[name].count(old) >= 1
    found = problems(GOOD[name].replace(old, new, 1))
    assert len(found) == 1, found
    assert found[0].startswith(said)
    assert len(found[0]) <= 3 * LINE
    assert found[0].isprintable()


def test_mistakes_in_several_places_are_told_together(here: Path) -> None:
    text = RICH.replace("name: rich", "nmae: rich").replace("wide: 16:9", "wide: 16x9x2").replace("n: 90", "n: 0")
    text = (
        text.replace("usd: 90", "usd: lots").replace("text: words", "text: wrods").replace("order: depth", "order: up")
    )
    assert [problem.split(":")[1] for problem in problems(text)] == ["2", "6", "8", "21", "22", "30"]


def test_twenty_are_told_and_the_rest_counted(here: Path) -> None:
    text = RICH.replace("order: depth", "order: depth\n" + "".join(f"  odd{number}: [x, y]\n" for number in range(30)))
    JOB.write_text(text)
    loaded = read_job(JOB, load_catalog())
    assert len(loaded.problems) == 30
    lines = str(JobError(*loaded.problems)).split("\n")
    assert (len(lines), lines[-1]) == (21, "… and 10 more")


@pytest.mark.parametrize(("verb", "case"), [("plan", 0), ("run", 60), ("run", 150), ("rehearse", 200)])
def test_the_command_leaves_with_2_and_sends_nothing(project: Path, tmp_path: Path, verb: str, case: int) -> None:
    name, old, new, said = CASES[case]
    put_files(tmp_path)
    (tmp_path / JOB).write_text(GOOD[name].replace(old, new, 1))
    with socket.create_server(("127.0.0.1", 0)) as server:
        base = f"http://127.0.0.1:{server.getsockname()[1]}"
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", verb, str(JOB)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            env={**os.environ, "COMETAPI_KEY": "secret", "COMETAPI_BASE_URL": base},
        )
        server.setblocking(False)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(said)
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.rglob("outputs"))


def test_a_mutant_is_read_or_refused(here: Path) -> None:
    """`python -m tests.spec.mutants 50000` tries more of them."""
    verdicts: Counter[int] = Counter()
    for seed in range(400):
        chance = Random(seed)
        verdicts[verdict(mutant(chance.choice([RICH, PHOTOS]), chance), chance)] += 1
    assert verdicts[0] > 10
    assert verdicts[2] > 200
