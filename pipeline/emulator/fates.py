"""What happens to a request, as a hash of the seed and the request's own words (pure)."""

from __future__ import annotations

import hashlib
import math
from statistics import NormalDist
from typing import Literal, get_args

from pipeline.emulator.settings import Settings

Fate = Literal["ready", "request_moderated", "content_moderated", "error", "failed", "never"]
Fault = Literal["busy", "busy_retry_after", "error_500", "unavailable_503"]
AfterFault = Literal["accepted_500", "accepted_drop"]

NORMAL = NormalDist()


def chance(seed: int, *words: str | int) -> float:
    """A number in [0, 1) that depends on its arguments only."""
    text = "\x1f".join(map(str, (seed, *words)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest()) / 2**56


def happens(settings: Settings, knob: str, *words: str | int) -> bool:
    """Whether the event of this rate knob takes place for `words`."""
    rate: float = getattr(settings, knob)
    return rate > 0 and chance(settings.seed, knob, *words) < rate


def refusal(settings: Settings, digest: str, arrival: int) -> Fault | None:
    """The fault that meets this arrival (from 1) of a body before it is accepted."""
    return next((fault for fault in get_args(Fault) if happens(settings, fault, digest, arrival)), None)


def broken_reply(settings: Settings, remote_id: str) -> AfterFault | None:
    """What spoils the reply to an accepted submit."""
    return next((fault for fault in get_args(AfterFault) if happens(settings, fault, remote_id)), None)


def fate_of(settings: Settings, remote_id: str) -> Fate:
    """How the task ends. One draw is shared out over the rates, so that they add up."""
    left = chance(settings.seed, "fate", remote_id)
    ends: tuple[Fate, ...] = ("request_moderated", "content_moderated", "error", "failed", "never")
    for fate in ends:
        left -= getattr(settings, fate)
        if left < 0:
            return fate
    return "ready"


def latency_of(settings: Settings, remote_id: str) -> float:
    """Seconds from acceptance to the end: lognormal about the median, or the median itself."""
    if settings.latency_sigma == 0:
        return settings.latency
    share = min(max(chance(settings.seed, "latency", remote_id), 1e-9), 1 - 1e-9)
    return settings.latency * math.exp(settings.latency_sigma * NORMAL.inv_cdf(share))


def picked_seed(remote_id: str) -> int:
    """The picture's seed where the request names none: 32 bits, by the task's id."""
    return int(chance(0, "picture seed", remote_id) * 2**32)
