"""`next_step`: the one decision of the project. The run loop performs it; `plan` and `status` only look at it."""

from __future__ import annotations

from typing import Literal

import msgspec

from pipeline.manifest.record import Record
from pipeline.plan.policy import Policy


class Submit(msgspec.Struct, frozen=True):
    """Send the request: attempt number `attempt`. It costs money."""

    attempt: int


class Poll(msgspec.Struct, frozen=True):
    """Ask how the picture is coming on. Free."""

    remote_id: str
    poll_url: str | None


class Download(msgspec.Struct, frozen=True):
    """Fetch the picture from `url`. Free."""

    url: str


class Hold(msgspec.Struct, frozen=True):
    """Do nothing, for now: a person (`in_doubt`), another run (`parked`) or a running submit (`unsettled`) is next."""

    reason: Literal["in_doubt", "parked", "unsettled"]


class Done(msgspec.Struct, frozen=True):
    """Nothing is left to do: the picture is here, or the task failed."""


Step = Submit | Poll | Download | Hold | Done


def next_step(record: Record, ready_url: str | None, policy: Policy, now: float) -> Step:
    """What happens next to the task whose history is `record`.

    `ready_url` is where the picture lies, when a poll of this process has just said so: signed URLs are short-lived
    and never stored, so that after a restart a ready task is polled for a fresh one. `now` is unix seconds.
    """
    match record.status:
        case "planned":
            return Submit(record.attempt + 1)
        case "submitting":
            return Hold("unsettled")
        case "in_doubt":
            return Hold("in_doubt")
        case "submitted":
            return _collect(record, ready_url, policy, now)
        case "downloaded" | "failed":
            return Done()


def _collect(record: Record, ready_url: str | None, policy: Policy, now: float) -> Step:
    if ready_url is not None:
        return Download(ready_url)
    waiting_since = max(record.submitted_at or 0.0, record.ready.at if record.ready else 0.0, policy.started)
    if now - waiting_since > policy.give_up:
        return Hold("parked")
    return Poll(str(record.remote_id), record.poll_url)
