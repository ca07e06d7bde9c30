"""The state of a task: a pure function of its ledger line and the clock."""

from __future__ import annotations

from typing import Literal

from pipeline.emulator.ledger import Accepted

Status = Literal[
    "Task not found", "Pending", "Generating", "Ready", "Request Moderated", "Content Moderated", "Error", "Failed"
]
QUEUED_SHARE = 0.3

ENDS: dict[str, Status] = {
    "ready": "Ready",
    "request_moderated": "Request Moderated",
    "content_moderated": "Content Moderated",
    "error": "Error",
    "failed": "Failed",
    "never": "Generating",
}


def status_of(task: Accepted, now: float) -> Status:
    """The status word at `now` (unix seconds). `Task not found` while a new task lags."""
    age = now - task.at
    if age < task.lag:
        return "Task not found"
    if age >= task.latency:
        return ENDS[task.fate]
    return "Pending" if age < QUEUED_SHARE * task.latency else "Generating"


def progress_of(task: Accepted, now: float) -> float:
    """How much of the render is done, 0 to 1."""
    if task.fate == "never":
        return min(0.99, (now - task.at) / max(task.latency, 0.001))
    return min(1.0, max(0.0, (now - task.at) / task.latency)) if task.latency else 1.0


def is_active(task: Accepted, now: float) -> bool:
    """Whether it takes one of the account's slots. A task that never ends leaves its slot after its latency: the
    service has lost it.
    """
    return now < task.ends_at
