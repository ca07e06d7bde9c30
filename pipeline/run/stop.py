"""Why and how far a run stops itself: no new submits first, then nothing more at all."""

from __future__ import annotations

import asyncio

from pipeline.errors import PRECEDENCE, ExitCode


class Stop:
    """Set once, then only made stronger. `code` is the weightiest reason so far; `reasons` say it in words.

    What stops the `whole` stops its parts; a part that stops leaves the whole and the other parts going.
    """

    def __init__(self, whole: Stop | None = None) -> None:
        self._whole = whole
        self._parts: list[Stop] = []
        if whole is not None:
            whole._parts.append(self)
        self.code: ExitCode | None = None
        self.reasons: list[str] = []
        self.changed = asyncio.Event()

    @property
    def submits(self) -> bool:
        """No new submit may begin."""
        return self.code is not None or (self._whole is not None and self._whole.submits)

    @property
    def sends(self) -> bool:
        """What is written down but not yet sent stays at home, too. A budget has counted it, and lets it go."""
        return self.code not in (None, ExitCode.BUDGET) or (self._whole is not None and self._whole.sends)

    def because(self, code: ExitCode, reason: str) -> None:
        """Stop submitting; what is paid is still collected."""
        if self.code is None or PRECEDENCE.index(code) < PRECEDENCE.index(self.code):
            self.code = code
        if reason not in self.reasons:
            self.reasons.append(reason)
        for part in (self, *self._parts):
            part.changed.set()
