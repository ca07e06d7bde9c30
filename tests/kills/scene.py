"""A run that can be killed: an emulator that outlives it, a small job, and the run after it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from pipeline.emulator.settings import Settings
from tests.commands.bench import clean_environment
from tests.emulating import emulating
from tests.truth import hold_to_truth, ledger_lines

TASKS = 8
SUBMITS = 4
JOB = """\
version: 1
name: killed
provider: cometapi
prompts: {plain: "a {{ thing }}"}
matrix: {model: flux-dev, seed: 1..4, size: 256x256, thing: [teapot, cat]}
params: {output_format: png}
run: {submits: 4, poll: {min: 0.05s}}
"""


@dataclass(frozen=True)
class Scene:
    """A folder with a job, and the API that it is sent to."""

    root: Path
    origin: str

    @property
    def out(self) -> Path:
        """The output folder."""
        return self.root / "out"

    @property
    def ledger(self) -> Path:
        """What the API accepted."""
        return self.root / "ledger.jsonl"

    def start(self, *before: str, out: str = "out") -> subprocess.Popen[bytes]:
        """The real program, under the command `before` if there is one; its pictures go to `out`."""
        return subprocess.Popen(
            [*before, sys.executable, "-m", "pipeline", "run", "job.yaml", "--yes", "-o", out, "-q"],
            cwd=self.root,
            env=clean_environment() | {"COMETAPI_KEY": "sk-any", "COMETAPI_BASE_URL": self.origin},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def recover(self, crashes: int = 1) -> None:
        """Run again, and hold what came of it all to the truth.

        Every task has ended, but for those whose submit was on its way when a kill came: they are held, and few.
        """
        again = self.start()
        _, said = again.communicate(timeout=60)
        assert b"Traceback" not in said, said.decode()
        manifest = hold_to_truth(self.out, self.ledger)
        statuses = Counter(manifest.record(key).status for key in manifest.planned_keys())
        held = statuses["in_doubt"]
        assert statuses == Counter(downloaded=TASKS - held, in_doubt=held), said.decode()
        assert held <= SUBMITS * crashes
        assert again.returncode == (6 if held else 0), said.decode()

    def killed_when(self, accepted: int) -> None:
        """A run that is killed as soon as the API has accepted so many submits."""
        program = self.start()
        while len(ledger_lines(self.ledger)) < accepted and program.poll() is None:
            time.sleep(0.001)
        program.kill()
        program.communicate()


@contextmanager
def scene(root: Path, **knobs: Any) -> Iterator[Scene]:
    """A folder with the job, and an emulator that outlives every run that is killed."""
    root.mkdir()
    (root / "job.yaml").write_text(JOB)
    calm = {"painter": "flat", "latency": 0.05, "latency_sigma": 0.0, "ledger": str(root / "ledger.jsonl")}
    settings = msgspec.convert(calm | knobs, Settings)
    with emulating(settings) as origin:
        yield Scene(root, origin)
