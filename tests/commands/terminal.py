"""A person at a terminal, who answers one question."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

from tests.commands.bench import Bench, Ended, clean_environment


def answered(bench: Bench, answer: str, *arguments: str | Path) -> Ended:
    """A whole command whose stdin and stderr are a terminal; `answer` is typed ahead of its question."""
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        [sys.executable, "-m", "pipeline", *map(str, arguments)],
        cwd=bench.root,
        env=clean_environment(),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    )
    os.close(theirs)
    os.write(ours, f"{answer}\n".encode())
    out, _ = program.communicate(timeout=60)
    said = os.read(ours, 2**16).decode()
    os.close(ours)
    bench.hear(out, said)
    return Ended(program.returncode, out, said)
