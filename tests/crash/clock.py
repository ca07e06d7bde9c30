"""An event loop whose time is virtual: it leaps to the next timer, and work for threads is done on the spot."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import Any

END_OF_TIME = 36_000.0


class _Leaping(selectors.SelectSelector):
    """Never waits: the time that it would have waited is added to `now`."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("everything waits for ever")
        self.now += max(0.0, timeout)
        assert self.now < END_OF_TIME, "this run does not end"
        return super().select(0)


class LeapingLoop(asyncio.SelectorEventLoop):
    """`unix()` is its time as unix seconds."""

    def __init__(self, start: float) -> None:
        self._leaping = _Leaping()
        self._start = start
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.now

    def unix(self) -> float:
        return self._start + self._leaping.now

    def add_signal_handler(  # type: ignore[override]
        self, sig: int, callback: Callable[..., Any], *args: Any
    ) -> None:
        """Nobody presses Ctrl-C here."""

    def remove_signal_handler(self, sig: int) -> bool:
        return True

    def run_in_executor(  # type: ignore[override]
        self, executor: object, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done
