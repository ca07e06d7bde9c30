"""`Breaker`: a provider that answers every submit with doubt is left alone before the doubts pile up."""

from __future__ import annotations

from collections.abc import Callable

TRIP_AFTER = 3
QUIET = 10.0
OPEN = 60.0


class Breaker:
    """Opens after `TRIP_AFTER` settled submits in doubt in a row without an acceptance in the last `QUIET` seconds.

    Open, it holds every submit for `OPEN` seconds, then lets one through as a probe. An acceptance closes it and
    forgets all; a probe that ends in doubt has `settled` say that the run should end.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._doubts = 0
        self._accepted_at = float("-inf")
        self._open_until: float | None = None
        self._probing = False

    def left(self) -> float:
        """Seconds for which no submit may begin; 0 or less: one may, now."""
        if self._open_until is None:
            return 0.0
        return OPEN if self._probing else self._open_until - self._clock()

    def begin(self) -> bool:
        """A submit begins. True: the breaker is open, and this one is the probe."""
        self._probing = self._open_until is not None
        return self._probing

    def accepted(self) -> None:
        """A submit was taken."""
        self._doubts, self._accepted_at = 0, self._clock()
        self._open_until, self._probing = None, False

    def unpaid(self) -> None:
        """A submit was not sent, or refused: the provider speaks, and the probe proved nothing."""
        self._probing = False

    def doubted(self, *, probe: bool) -> bool:
        """A submit ended in doubt. True: it was the probe of an open breaker, and the run should end."""
        self._doubts += 1
        if probe:
            return True
        if self._doubts >= TRIP_AFTER and self._clock() - self._accepted_at > QUIET:
            self._open_until = self._clock() + OPEN
        return False

    @property
    def is_open(self) -> bool:
        """Whether submits are held, or a probe is out."""
        return self._open_until is not None
