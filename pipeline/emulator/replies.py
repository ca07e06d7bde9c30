"""What the routes answer: the service's own shapes, the gateway's envelope, Replicate's predictions (pure)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pipeline.emulator.ledger import Accepted
from pipeline.emulator.sizes import MEGAPIXEL
from pipeline.emulator.tasks import progress_of, status_of

Json = dict[str, Any]
MODERATION_REASONS = ["Safety Filter"]
REPLICATE_STATUS = {
    "Task not found": "starting",
    "Pending": "starting",
    "Generating": "processing",
    "Ready": "succeeded",
    "Request Moderated": "failed",
    "Content Moderated": "failed",
    "Error": "failed",
    "Failed": "failed",
}


def envelope(message: str, code: str, request_id: str) -> Json:
    """The gateway's error."""
    text = f"{message} (request id: {request_id})"
    return {"error": {"message": text, "type": "comet_api_error", "param": "", "code": code}}


def submitted(task: Accepted, poll_url: str) -> Json:
    """The reply to a submit on the Flux routes; the direct route names no poll URL to who asked for a webhook."""
    if task.shape == "bfl" and (webhook_url := task.body.get("webhook_url")):
        return {"id": task.id, "status": "Pending", "webhook_url": webhook_url}
    reply: Json = {"id": task.id, "status": "Pending", "polling_url": poll_url, "cost": task.credits}
    if task.shape == "bfl":
        reply |= {"input_mp": task.input_mp, "output_mp": -(-task.width * task.height // MEGAPIXEL)}
    return reply


def polled(task: Accepted, now: float, sample_url: str, *, running: str = "Generating") -> Json:
    """The reply to a poll. `sample_url` is shown only when the picture is ready.

    `running` is the word for a render under way: clients of the direct route are published that know only `Pending`.
    """
    word = status_of(task, now)
    status = running if word == "Generating" else word
    reply = missing(task.id) | {"status": status}
    if status == "Task not found":
        return reply
    if word in ("Pending", "Generating"):
        return reply | {"progress": round(progress_of(task, now), 2)}
    if status == "Ready":
        return reply | {"result": _ready(task, sample_url), "progress": 1.0, "cost": task.credits}
    return reply | {"details": why(task)}


def missing(remote_id: str) -> Json:
    """The poll of an id that nobody was given. It comes with HTTP 200."""
    return {
        "id": remote_id,
        "status": "Task not found",
        "result": None,
        "progress": None,
        "details": None,
        "preview": None,
    }


def prediction(task: Accepted, now: float, origin: str, sample_url: str) -> Json:
    """The same task as Replicate tells it."""
    status = REPLICATE_STATUS[status_of(task, now)]
    ended = now >= task.ends_at and status in ("succeeded", "failed")
    get = f"{origin}/replicate/v1/predictions/{task.id}"
    reasons = why(task)
    return {
        "id": task.id,
        "model": task.model,
        "version": "hidden",
        "input": {name: value for name, value in task.body.items() if not isinstance(value, dict)},
        "logs": f"Using seed: {task.seed}\n",
        "output": [sample_url] if status == "succeeded" else None,
        "error": next(iter(reasons.values())) if status == "failed" else None,
        "status": status,
        "data_removed": False,
        "created_at": _iso(task.at),
        "started_at": None if status == "starting" else _iso(task.at),
        "completed_at": _iso(task.ends_at) if ended else None,
        "metrics": {"predict_time": task.latency} if ended else {},
        "urls": {"get": get, "cancel": f"{get}/cancel"},
    }


def _ready(task: Accepted, sample_url: str) -> Json:
    return {
        "sample": sample_url,
        "prompt": task.prompt,
        "seed": task.seed,
        "start_time": task.at,
        "end_time": task.ends_at,
        "duration": task.latency,
    }


def why(task: Accepted) -> Json:
    """Why a task ended without a picture."""
    if task.fate in ("request_moderated", "content_moderated"):
        return {"Moderation Reasons": MODERATION_REASONS}
    return {"error": "The picture could not be generated."}


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
