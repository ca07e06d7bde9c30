"""`Ending`: how a run ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.errors import ExitCode


@dataclass(frozen=True)
class Ending:
    """How a run ended: its exit code, and what a person should know about it."""

    code: ExitCode
    reasons: Sequence[str]
