"""Ctrl-C once: no new submit, what is paid is collected. Twice: stop now, ids are kept. Thrice: at once."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable

from pipeline.errors import ExitCode
from pipeline.run.stop import Stop

_COLLECT = {signal.SIGINT: 120.0, signal.SIGTERM: 8.0, signal.SIGHUP: 8.0}
_LAST_SECONDS = 10.0


class Signals:
    """Turns SIGINT, SIGTERM and SIGHUP into a stop of one run, each press a harder one."""

    def __init__(self, stop: Stop, running: asyncio.Task[object], paid: Callable[[], int], say: Callable[[str], None]):
        self._stop = stop
        self._running = running
        self._paid = paid
        self._say = say
        self._presses = 0
        self._loop = asyncio.get_running_loop()

    def install(self) -> None:
        """Listen, until `remove`."""
        for number in _COLLECT:
            self._loop.add_signal_handler(number, self._pressed, number)

    def remove(self) -> None:
        """Leave the signals to Python again."""
        for number in _COLLECT:
            self._loop.remove_signal_handler(number)

    def _pressed(self, number: signal.Signals) -> None:
        self._presses += 1
        code = ExitCode.INTERRUPTED if number == signal.SIGINT else ExitCode.TERMINATED
        if self._presses == 1:
            self._stop.because(code, "interrupted")
            self._deadline = self._loop.call_later(_COLLECT[number], self._end, code)
            self._say(
                f"Stopping: nothing more is submitted; collecting {self._paid()} paid tasks "
                f"(at most {_COLLECT[number]:.0f} s). Press Ctrl-C again to stop now: their ids are kept."
            )
        elif self._presses == 2:
            self._deadline.cancel()
            self._end(code)
            self._say("Stopping now: ids are kept, and the next run collects them.")
        else:
            os._exit(code)

    def _end(self, code: ExitCode) -> None:
        """Cancel what waits; a submit on its way has a last chance to say its id."""
        self._running.cancel()
        self._loop.call_later(_LAST_SECONDS, os._exit, code)
