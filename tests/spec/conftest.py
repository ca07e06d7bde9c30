"""The teapot job in a folder of its own, to be read as it is or with one thing changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.errors import JobError
from pipeline.spec.job import JobSpec
from pipeline.spec.read import Loaded, read_job

TEAPOT = """\
version: 1
name: teapot-ab                         # [a-z0-9][a-z0-9._-]{0,63}
provider: cometapi                      # a catalog name
vars: {product: ceramic teapot}         # constants for templates
prompts:                                # prompt templates, by id
  plain: "a {{ product }} on {{ surface }}, beautiful dramatic lighting"
  lit: {file: studio.j2}                # from templates/
sizes: {square: 1024x1024}
matrix:
  prompt: [plain, lit]                  # default: all
  model: [flux-pro-1.1, flux-2-flex]
  seed: 1..4                            # inclusive
  size: [square, 1344x768]              # default: auto
  scene:                                # a compound axis
    - {surface: marble, lighting: a softbox}
    - {surface: oak, lighting: low window light}
  exclude: [{model: flux-pro-1.1, size: 1344x768}]
  include: [{model: flux-2-pro, seed: 1}]          # adds an arm
params: {output_format: png, safety_tolerance: 2}
overrides: [{match: {model: flux-2-flex}, set: {steps: 36}}]
budget: {images: 100, usd: 5.00}
run: {active: 24, give_up: 5m, poll: {min: 2s}, on_doubt: hold}
report: {columns: [model, size], rows: [prompt, scene]}
"""
STUDIO = "studio photograph of a {{ product }} on {{ surface }}, lit by {{ lighting }}\n"


class Bench:
    """Reads job files that it writes to its own folder; the working folder is its root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "jobs").mkdir()
        (root / "templates").mkdir()
        (root / "templates" / "studio.j2").write_text(STUDIO)
        self.path = Path("jobs/job.yaml")

    def load(self, text: str = TEAPOT) -> Loaded:
        """The job that `text` says."""
        (self.root / self.path).write_text(text, encoding="utf-8")
        return read_job(self.path, load_catalog())

    def changed(self, old: str, new: str) -> Loaded:
        """The teapot job with `old`, which must be in it, replaced by `new`."""
        assert old in TEAPOT
        return self.load(TEAPOT.replace(old, new, 1))

    def spec(self, text: str) -> JobSpec:
        """A job without mistakes."""
        loaded = self.load(text)
        assert [str(problem) for problem in loaded.problems] == []
        assert loaded.spec is not None
        return loaded.spec

    def problems(self, text: str) -> list[str]:
        """Every mistake as printed, whether the job could be read on or not."""
        try:
            return [str(problem) for problem in self.load(text).problems]
        except JobError as error:
            return [str(problem) for problem in error.problems]

    def problem(self, old: str, new: str) -> str:
        """The one mistake that the change makes."""
        assert old in TEAPOT
        found = self.problems(TEAPOT.replace(old, new, 1))
        assert len(found) == 1, found
        return found[0]


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return Bench(tmp_path)


@pytest.fixture
def teapot() -> str:
    """The text of the teapot job."""
    return TEAPOT
