"""`Policy`: what the user's words say about waiting, as data."""

from __future__ import annotations

from typing import Any

import msgspec


class Policy(msgspec.Struct, frozen=True):
    """How long a task is waited for. Seconds; `started` is the unix time at which this run began.

    `give_up` counts from the submit, or from the start of this run if that is later: a run always looks anew.
    """

    started: float
    give_up: float = 300.0


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


def settings_of(job: dict[str, Any]) -> RunSettings:
    """The settings in a job snapshot (`PlanLine.job`)."""
    run, budget = job.get("run", {}), job.get("budget", {})
    poll = run.get("poll", {})
    return RunSettings(
        active=run.get("active"),
        submits=run.get("submits", 4),
        give_up=run.get("give_up", 300.0),
        poll_min=poll.get("min"),
        poll_max=poll.get("max"),
        budget_images=budget.get("images"),
        budget_usd=budget.get("usd"),
        trust_env=job.get("trust_env", False),
    )
