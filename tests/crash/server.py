"""A service in memory with a script and a ledger. The ledger is the truth about charges."""

from __future__ import annotations

import asyncio
import io
import random
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from PIL import Image

from pipeline.providers.base import (
    Accepted,
    Again,
    Busy,
    Doubt,
    DownloadOutcome,
    Fetched,
    Gone,
    Moderated,
    NotSent,
    PollOutcome,
    Rejected,
    Rendered,
    Running,
    SubmitOutcome,
)
from pipeline.task.fingerprint import fingerprint
from pipeline.task.request import Request

Fate = Literal[
    "good",
    "reply lost",
    "never arrived",
    "busy once",
    "not sent once",
    "rejected",
    "moderated",
    "slow",
    "cut once",
    "url gone once",
    "poll trouble once",
    "always bad",
]
HALF_TRIP = 0.05
RENDER = 1.0
SLOW_RENDER = 25.0


@cache
def picture(key: str) -> bytes:
    """The one true picture of a task: noise, so that it fills several blocks."""
    out = io.BytesIO()
    Image.frombytes("RGB", (20, 20), random.Random(key).randbytes(1200)).save(out, "PNG")
    return out.getvalue()


@dataclass
class Server:
    """`fates` by task key, "good" where none is set. `flying` holds the POSTs that left and have not arrived.

    `before` is told of each thing that the service does, before it does it. `now` gives its time.
    """

    fates: Mapping[str, Fate]
    charges: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    rendering: dict[str, tuple[str, float]] = field(default_factory=dict)
    flying: list[str] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    now: Callable[[], float] = lambda: 0.0

    def copy(self) -> Server:
        return Server(
            self.fates,
            Counter(self.charges),
            Counter(self.asked),
            dict(self.rendering),
            list(self.flying),
            now=self.now,
        )

    def land(self, rng: random.Random) -> None:
        """The client died: of the POSTs in the air any may still arrive."""
        for key in self.flying:
            refused = self._strikes("submit", key, "busy once") or self.fate(key) in ("rejected", "never arrived")
            if rng.random() < 0.5 and not refused:
                self._take(key, self.now())
        self.flying.clear()

    def fate(self, key: str) -> Fate:
        return self.fates.get(key, "good")

    async def submit(self, request: Request, inputs: Mapping[str, bytes], *_: object) -> SubmitOutcome:
        key = fingerprint(request)
        self.asked[f"submit {key}"] += 1
        if self._strikes("submit", key, "not sent once"):
            return NotSent("no route")
        self.flying.append(key)
        self.before()
        await asyncio.sleep(HALF_TRIP)
        self.flying.remove(key)
        if self._strikes("submit", key, "busy once"):
            return Busy("429", None)
        if self.fate(key) == "rejected":
            return Rejected("422")
        if self.fate(key) == "never arrived":
            return Doubt("cut")
        remote_id = self._take(key, self.now())
        self.before()
        await asyncio.sleep(HALF_TRIP)
        return Doubt("cut") if self.fate(key) == "reply lost" else Accepted(remote_id, None, None, None)

    async def poll(self, remote_id: str, poll_url: str | None) -> PollOutcome:
        self.before()
        await asyncio.sleep(HALF_TRIP)
        key, ready_at = self.rendering[remote_id]
        self.asked[f"poll {key}"] += 1
        if self._strikes("poll", key, "poll trouble once"):
            return Again("502")
        if self.now() < ready_at:
            return Running("Pending", known=True)
        if self.fate(key) == "moderated":
            return Moderated("no")
        return Rendered(f"https://pictures/{key}", seed=1, prompt=None, cost=None, duration=RENDER)

    async def download(self, url: str, write: Callable[[bytes], object]) -> DownloadOutcome:
        key = url.rpartition("/")[2]
        content = picture(key)
        self.asked[f"download {key}"] += 1
        if self._strikes("download", key, "url gone once"):
            return Gone("403")
        if self._strikes("download", key, "cut once") or self.fate(key) == "always bad":
            content = content[:-100]
        for part in (content[:700], content[700:]):
            self.before()
            await asyncio.sleep(HALF_TRIP)
            write(part)
        return Fetched(len(content))

    async def close(self) -> None:
        pass

    def _take(self, key: str, now: float) -> str:
        remote_id = f"id-{len(self.rendering)}-{key[:6]}"
        self.charges[key] += self.fate(key) != "moderated"
        self.rendering[remote_id] = key, now + (SLOW_RENDER if self.fate(key) == "slow" else RENDER)
        return remote_id

    def _strikes(self, verb: str, key: str, fate: Fate) -> bool:
        """Whether `fate` strikes: only at the first `verb` of its task."""
        return self.fate(key) == fate and self.asked[f"{verb} {key}"] == 1
