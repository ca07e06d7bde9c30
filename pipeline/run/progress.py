"""What a person sees while a run works: a bar on a terminal, a plain line every 10 s elsewhere. Always on stderr."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pipeline.manifest.record import Record
from pipeline.manifest.state import Manifest
from pipeline.plan.money import dollar_range, dollars
from pipeline.run.spend import Spend

if TYPE_CHECKING:
    from tqdm import tqdm

_BAR_SECONDS = 0.2
_LINE_SECONDS = 10.0
_FORMAT = "{l_bar}{bar:24}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}]{postfix}"


class Progress:
    """Counts the tasks of the present plan by status as their records change."""

    def __init__(self, manifest: Manifest, *, terminal: bool | None = None, quiet: bool = False) -> None:
        self._keys = set(manifest.planned_keys())
        self._statuses = Counter(manifest.record(key).status for key in self._keys)
        self._terminal = sys.stderr.isatty() if terminal is None else terminal
        self._quiet = quiet
        self._started = time.monotonic()
        self._initial = self.settled
        self._running = True
        self._bar: tqdm[Any] | None = None

    @property
    def settled(self) -> int:
        """Tasks that are downloaded or have failed."""
        return self._statuses["downloaded"] + self._statuses["failed"]

    @property
    def paid(self) -> int:
        """Tasks that are paid, or about to be, and whose pictures are still to come."""
        return self._statuses["submitting"] + self._statuses["submitted"]

    def follow(self, key: str, before: Record, after: Record) -> None:
        """Take in what an event changed of one task."""
        if key in self._keys and before.status != after.status:
            self._statuses[before.status] -= 1
            self._statuses[after.status] += 1

    def say(self, line: str) -> None:
        """Print a line without tearing the bar."""
        if self._bar is not None:
            self._bar.write(line, file=sys.stderr)
        else:
            print(line, file=sys.stderr, flush=True)  # noqa: T201

    async def show(self, spend: Spend, active: Callable[[], int]) -> None:
        """Keep showing where the run stands, until cancelled; the last state is shown on the way out."""
        if self._quiet:
            return
        if self._terminal:
            await self._show_bar(spend, active)
        else:
            await self._show_lines(spend, active)

    async def _show_bar(self, spend: Spend, active: Callable[[], int]) -> None:
        from tqdm import tqdm

        # A terminal that does not tell its width would be shown no bar at all.
        width: dict[str, Any] = (
            {"dynamic_ncols": True} if os.get_terminal_size(sys.stderr.fileno()).columns else {"ncols": 80}
        )
        with tqdm(total=len(self._keys), initial=self._initial, bar_format=_FORMAT, file=sys.stderr, **width) as bar:
            self._bar = bar
            try:
                while True:
                    self._refresh(bar, spend, active())
                    await asyncio.sleep(_BAR_SECONDS)
            finally:
                self._refresh(bar, spend, active())
                self._bar = None

    def _refresh(self, bar: tqdm[Any], spend: Spend, active: int) -> None:
        bar.n = self.settled
        bar.set_postfix_str(self._words(spend, active), refresh=True)

    async def _show_lines(self, spend: Spend, active: Callable[[], int]) -> None:
        with suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(_LINE_SECONDS)
                self._print_line(spend, active())
        self._running = False
        self._print_line(spend, active())

    def _print_line(self, spend: Spend, active: int) -> None:
        left = self._seconds_left(active) if self._running else None
        ending = f", about {left:.0f} s left" if left else ""
        done = self._statuses["downloaded"]
        self.say(f"{done} of {len(self._keys)} done, {self._words(spend, active)}{ending}")

    def _words(self, spend: Spend, active: int) -> str:
        words = [f"{active} active", f"{self._statuses['failed']} failed"]
        if self._statuses["in_doubt"]:
            words.append(f"{self._statuses['in_doubt']} in doubt")
        money = dollar_range(spend.lo, None if spend.unknown else spend.hi)
        words.append(f"{money} of {dollars(spend.usd)}" if spend.usd is not None else money)
        return ", ".join(words)

    def _seconds_left(self, active: int) -> float | None:
        """By the pace of this run alone: what earlier runs did says nothing about it. What is in doubt stays so."""
        done = self.settled - self._initial
        if not done:
            return None
        return (time.monotonic() - self._started) / done * (self._statuses["planned"] + active)
