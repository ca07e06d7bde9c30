"""A place to type commands in: a folder, an environment without keys, and an eye on everything that is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

JOB = """\
version: 1
name: small
provider: cometapi
prompts: {{plain: "a {{{{ thing }}}}"}}
matrix:
  model: flux-dev
  seed: {seeds}
  size: 256x256
  thing: [teapot, cat]
params: {{output_format: png}}
run: {{submits: {submits}, poll: {{min: 0.05s}}}}
{more}
"""


@dataclass(frozen=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it put out, read as JSON."""
        return json.loads(self.out)


@dataclass
class Bench:
    """Runs `fluxsweep` in `root` and remembers what it said. `key` is a key that must be seen nowhere."""

    root: Path
    key: str = field(default_factory=lambda: f"sk-{uuid4().hex}")
    said: list[str] = field(default_factory=list)

    @property
    def out(self) -> Path:
        """The output folder that most tests use."""
        return self.root / "out"

    @property
    def ledger(self) -> Path:
        """The ledger of the emulator that runs beside the commands."""
        return self.root / "ledger.jsonl"

    def job(self, *, seeds: str = "1..2", submits: int = 4, more: str = "") -> Path:
        """A job of two pictures a seed."""
        file = self.root / "job.yaml"
        file.write_text(JOB.format(seeds=seeds, submits=submits, more=more))
        return file

    def real(self, origin: str) -> dict[str, str]:
        """The environment of somebody with a key for the API at `origin`."""
        return {"COMETAPI_KEY": self.key, "COMETAPI_BASE_URL": origin}

    def call(self, *arguments: str | Path, cwd: str = "", **environment: str) -> Ended:
        """One whole command, typed in the folder `cwd` of `root`."""
        return self.end(self.start(*arguments, cwd=cwd, **environment))

    def start(self, *arguments: str | Path, cwd: str = "", **environment: str) -> subprocess.Popen[str]:
        """A command that goes on, without a terminal; give it to `end`."""
        return subprocess.Popen(
            [sys.executable, "-m", "pipeline", *map(str, arguments)],
            cwd=self.root / cwd,
            env=clean_environment() | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self, program: subprocess.Popen[str]) -> Ended:
        """Wait for a command; what it says is held to be fit for people."""
        out, err = program.communicate(timeout=60)
        self.hear(out, err)
        return Ended(program.returncode, out, err)

    def hear(self, *texts: str) -> None:
        """Take in what a command said."""
        self.said += texts
        for text in texts:
            assert "Traceback" not in text, text

    def leaks(self) -> list[str]:
        """Where the key or a signed URL came out: in any file below `root` but `.env`, or in anything said."""
        files = {
            str(file): file.read_bytes() for file in self.root.rglob("*") if file.is_file() and file.name != ".env"
        }
        texts = {f"said {number}": text.encode() for number, text in enumerate(self.said)}
        secrets = (self.key.encode(), b"sig=", b"%26sig%3D")
        return [name for name, content in (files | texts).items() if any(secret in content for secret in secrets)]


def clean_environment() -> dict[str, str]:
    """The environment of these tests without anybody's keys, proxies or settings; warnings are errors."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COMETAPI_", "FLUXSWEEP_")) and not name.lower().endswith("_proxy")
    }
    return kept | {"PYTHONWARNINGS": "error", "COLUMNS": "100"}
