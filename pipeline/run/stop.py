"""Why and how far a run stops itself: no new submits first, then nothing more at all."""

from __future__ import annotations

import asyncio

from pipeline.errors import PRECEDENCE, ExitCode


class Stop:
    """Set once, then only made stronger. `code` is the weightiest reason so far; `reasons` say it in words."""

    def __init__(self) -> None:
        self.code: ExitCode | None = None
        self.reasons: list[str] = []
        self.changed = asyncio.Event()

    @property
    def submits(self) -> bool:
        """No new submit may begin."""
        return self.code is not None

    @property
    def sends(self) -> bool:
        """What is written down but not yet sent stays at home, too. A budget has counted it, and lets it go."""
        return self.code not in (None, ExitCode.BUDGET)

    def because(self, code: ExitCode, reason: str) -> None:
        """Stop submitting; what is paid is still collected."""
        if self.code is None or PRECEDENCE.index(code) < PRECEDENCE.index(self.code):
            self.code = code
        if reason not in self.reasons:
            self.reasons.append(reason)
        self.changed.set()
