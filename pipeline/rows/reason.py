"""Why a task has no picture (yet), in plain words (pure)."""

from __future__ import annotations

from pipeline.manifest.lines import Charged, FailureKind
from pipeline.manifest.record import Failure, Record

_FAILED: dict[FailureKind, str] = {
    "invalid": "the service refused the request",
    "moderated": "the service's moderation refused it",
    "error": "the service could not make it",
    "expired": "the picture was gone before it could be downloaded",
    "bad_image": "what was downloaded is no whole picture",
    "lost": "the service no longer knows the task",
    "written_off": "written off by you",
}
_CHARGED: dict[Charged, str] = {"no": "not charged", "yes": "charged", "maybe": "may be charged"}


def reason_of(record: Record) -> str:
    """One line of plain words for every state but a plain planned, submitted or downloaded task, which gives ""."""
    match record.status:
        case "failed" if record.failure is not None:
            return _why_failed(record.failure)
        case "in_doubt":
            why = record.why or "the reply to its submit never came"
            return f"{why}; it may be charged, and is not sent again by itself"
        case "submitting":
            return "its submit was under way when this was written"
        case "submitted" if record.parked:
            return "not ready within the give-up time; the next run polls it first, at no further cost"
        case "planned" if record.why:
            return f"the last submit was not taken: {record.why}"
    return ""


def _why_failed(failure: Failure) -> str:
    detail = f": {failure.detail}" if failure.detail else ""
    return f"{_FAILED[failure.kind]}{detail} ({_CHARGED[failure.charged]})"
