"""What a run would do now: a plan held against what has happened, and against what lies in other folders."""

from __future__ import annotations

import re
import time
from collections.abc import Container, Mapping
from pathlib import Path

from pipeline.commands.flow.opening import Planned
from pipeline.errors import JobError
from pipeline.manifest.state import Manifest
from pipeline.plan.forecast import Forecast, choose, forecast
from pipeline.plan.policy import Policy, RunSettings
from pipeline.run.elsewhere import Found, find_elsewhere

_DIGEST = re.compile(r"[0-9a-f]{12,64}")


def look_ahead(
    planned: Planned,
    manifest: Manifest,
    settings: RunSettings,
    *,
    elsewhere: Container[str] = (),
    wanted: Container[str] | None = None,
    limit: int | None = None,
) -> Forecast:
    """What a run of `planned` would do, given what has happened: paid tasks that the plan lost are collected too.

    The pictures of some tasks lie `elsewhere`; only what is `wanted` (None: all) is bought, at most `limit` tasks.
    """
    lost = [key for key in manifest.tasks if key not in planned.tasks]
    known = planned.catalog.providers
    paid = [key for key in lost if manifest.record(key).status == "submitted" and manifest.tasks[key].provider in known]
    now = time.time()
    prices = {**manifest.prices, **planned.prices()}
    ahead = forecast(
        [*planned.tasks, *paid],
        manifest.record,
        prices,
        tuple(key for key in lost if key not in paid),
        Policy(started=now, give_up=settings.give_up, resubmit=settings.resubmit_usd),
        now,
        elsewhere,
    )
    return choose(ahead, wanted, limit, prices)


def lying_elsewhere(planned: Planned, manifest: Manifest, folder: Path, origins: Mapping[str, str]) -> Found:
    """The pictures of tasks that would be bought, as they lie in the folders beside `folder`.

    `origins` says where each provider is.
    """
    fresh = {key: task.provider for key, task in planned.tasks.items() if manifest.record(key).status == "planned"}
    return find_elsewhere(folder, {key: (provider, origins[provider]) for key, provider in fresh.items()})


def check_stale(planned: Planned, manifest: Manifest) -> None:
    """A copied job that kept its old name would push out what was bought under that name. Raises `JobError`."""
    bought = [key for key in manifest.planned_keys() if manifest.record(key).charges_hi > 0]
    lost = sum(key not in planned.tasks for key in bought)
    if lost * 2 > len(bought):
        raise JobError(
            f"{lost} of {len(bought)} pictures that were bought for {planned.name!r} are not in this plan any more. "
            "If this is another job, give it another name; if you mean it, say --replace. Nothing was sent."
        )


def check_digest(planned: Planned, digest: str) -> None:
    """Hold the plan against the one that somebody has agreed to, by its digest. Raises `JobError`."""
    if not _DIGEST.fullmatch(digest):
        raise JobError(f"--plan {digest[:80]}: is no digest; expected 12 to 64 of its digits, as `plan` prints them")
    if not planned.digest.startswith(digest):
        raise JobError(
            f"--plan {digest}: the job would send another plan, {planned.digest[: len(digest)]}. Nothing was sent. "
            f"Look at it with `fluxsweep plan`; if it is meant, run with --plan {planned.digest[:12]}."
        )
