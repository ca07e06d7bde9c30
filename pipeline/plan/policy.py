"""`Policy`: what the user's words say about waiting and about doubt, as data."""

from __future__ import annotations

from typing import Any

import msgspec


class Policy(msgspec.Struct, frozen=True):
    """How long a task is waited for. Seconds; `started` is the unix time at which this run began.

    `give_up` counts from the last news of the task (its submit, its picture being ready), or from the start of this
    run if that is later: a run always looks anew.
    `resubmit` is how many micro-USD may go into ending doubts by another submit; None: every doubt is held.
    """

    started: float
    give_up: float = 300.0
    resubmit: int | None = None


class WebhookSettings(msgspec.Struct, frozen=True):
    """`url` is what the service calls; `host` and `port` are where this machine listens for it."""

    url: str
    port: int
    host: str = "127.0.0.1"

    def on_loopback(self) -> WebhookSettings:
        """For a rehearsal: the emulator calls this machine itself, and nobody else."""
        return WebhookSettings(f"http://127.0.0.1:{self.port}/", self.port)


class LaneSettings(msgspec.Struct, frozen=True):
    """What a job says of one of its providers; a None is left to the run as a whole. Money is micro-USD."""

    active: int | None = None
    budget_images: int | None = None
    budget_usd: int | None = None


class RunSettings(msgspec.Struct, frozen=True):
    """A job's `run` section as the manifest keeps it; a None is the provider's to say. Seconds."""

    active: int | None = None
    submits: int = 4
    give_up: float = 300.0
    poll_min: float | None = None
    poll_max: float | None = None
    budget_images: int | None = None
    budget_usd: int | None = None
    trust_env: bool = False
    resubmit_usd: int | None = None
    webhook: WebhookSettings | None = None
    lanes: dict[str, LaneSettings] = {}

    def lane(self, provider: str) -> LaneSettings:
        """What the job says of `provider`."""
        return self.lanes.get(provider, LaneSettings())

    @property
    def has_budget(self) -> bool:
        """Whether the job caps what all of its providers together may get."""
        return self.budget_images is not None or self.budget_usd is not None


def settings_of(job: dict[str, Any]) -> RunSettings:
    """The settings in a job snapshot (`PlanLine.job`)."""
    run, budget = job.get("run", {}), job.get("budget", {})
    poll = run.get("poll", {})
    on_doubt, webhook = run.get("on_doubt", "hold"), run.get("webhook")
    return RunSettings(
        active=run.get("active"),
        submits=run.get("submits", 4),
        give_up=run.get("give_up", 300.0),
        poll_min=poll.get("min"),
        poll_max=poll.get("max"),
        budget_images=budget.get("images"),
        budget_usd=budget.get("usd"),
        trust_env=job.get("trust_env", False),
        resubmit_usd=None if on_doubt == "hold" else on_doubt["resubmit"]["usd"],
        webhook=WebhookSettings(**webhook) if webhook else None,
        lanes={name: _lane(said) for name, said in job.get("lanes", {}).items()},
    )


def _lane(said: dict[str, Any]) -> LaneSettings:
    budget = said.get("budget", {})
    return LaneSettings(said.get("active"), budget.get("images"), budget.get("usd"))
