"""`Settings`: every knob of the emulator. Seconds for times; a *rate* is a share from 0 to 1."""

from __future__ import annotations

from typing import Any

import msgspec

DEFAULT_PER_MODEL = {"flux-kontext-max": 6}

RATES = (
    "busy",
    "busy_retry_after",
    "error_500",
    "unavailable_503",
    "accepted_500",
    "accepted_drop",
    "request_moderated",
    "content_moderated",
    "error",
    "failed",
    "never",
    "poll_500",
    "slow",
    "truncated",
    "expired",
)


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one emulator behaves. Each decision is a hash of `seed`, the knob and the request, so a rerun repeats.

    Serving: `port` 0 takes a free one; `ledger` is a path (None: memory only, nothing outlives the program);
    `with_parent` ends the program when its stdin ends. `providers` and `models` are further ones, as the catalog
    describes them: each provider is served at `/as/<its name>`, in its own words.
    Time: `latency` is the median of a render; `latency_sigma` the sigma of its lognormal, 0 makes it fixed;
    `lag` is how long a new task answers `Task not found`; `url_lifetime` how long a result URL holds.
    Limits: `active` tasks at once, fewer for the models in `active_per_model`; over it 429, with
    `Retry-After: retry_after` if `full_retry_after`.

    Rates before accepting (nothing is billed): `busy` 429, `busy_retry_after` 429 with `Retry-After: retry_after`,
    `error_500` a plain 500, `unavailable_503` a 503 in the gateway's envelope.
    Rates after accepting (the task lives on and is billed): `accepted_500` replies 500, `accepted_drop` cuts the
    connection. Rates of a task's end: `request_moderated`, `content_moderated`, `error`, `failed`, `never`.
    Rates of later calls: `poll_500`, `slow` (any reply held back `slow_seconds`), `truncated` downloads,
    `expired` URLs (over before they are issued).
    """

    host: str = "127.0.0.1"
    port: int = 0
    providers: list[dict[str, Any]] = []
    models: list[dict[str, Any]] = []
    ledger: str | None = None
    painter: str = "scene"
    with_parent: bool = False
    seed: int = 0

    latency: float = 0.4
    latency_sigma: float = 0.25
    lag: float = 0.0
    url_lifetime: float = 600.0
    active: int = 24
    active_per_model: dict[str, int] = msgspec.field(default_factory=DEFAULT_PER_MODEL.copy)
    full_retry_after: bool = False

    busy: float = 0.0
    busy_retry_after: float = 0.0
    retry_after: int = 1
    error_500: float = 0.0
    unavailable_503: float = 0.0
    accepted_500: float = 0.0
    accepted_drop: float = 0.0
    request_moderated: float = 0.0
    content_moderated: float = 0.0
    error: float = 0.0
    failed: float = 0.0
    never: float = 0.0
    poll_500: float = 0.0
    slow: float = 0.0
    slow_seconds: float = 1.0
    truncated: float = 0.0
    expired: float = 0.0

    def __post_init__(self) -> None:
        """Raises `ValueError` naming the first knob that is out of range."""
        if self.painter not in ("scene", "flat"):
            raise ValueError(f"painter is scene or flat, not {self.painter}")
        for name in RATES:
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ValueError(f"{name} is a rate from 0 to 1, not {getattr(self, name)}")
        for name in ("latency", "latency_sigma", "lag", "slow_seconds", "retry_after"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative")
        if not 0 <= self.port <= 65_535:
            raise ValueError(f"port is a number from 0 to 65535, not {self.port}")
        if self.url_lifetime <= 0:
            raise ValueError("url_lifetime must be more than 0 s")
        if min((self.active, *self.active_per_model.values())) < 1:
            raise ValueError("active must be at least 1")
