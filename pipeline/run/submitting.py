"""One paid POST: intent on disk, the request, the outcome on disk; only then is the slot another's."""

from __future__ import annotations

import asyncio

from pipeline.errors import ExitCode
from pipeline.manifest.lines import AnyEvent, Failed, InDoubt, Submitted, Submitting, Unpaid
from pipeline.providers.base import (
    Accepted,
    Busy,
    Denied,
    Doubt,
    NotSent,
    Rejected,
    SubmitOutcome,
    UnknownModel,
)
from pipeline.run.floor import Floor
from pipeline.task.request import Request


async def submit(floor: Floor, key: str, request: Request, attempt: int) -> SubmitOutcome | None:
    """Submit `request` as `attempt` of task `key`, when a slot is free and nothing speaks against it.

    Returns the outcome, which is on disk; None when the run stops and nothing was sent. Once the intent is on
    disk the rest is not cancelled with the caller: it ends, and is recorded.
    """
    async with floor.submits:
        if floor.stop.submits:
            return None
        if refusal := floor.spend.refuses(key):
            floor.stop.because(ExitCode.BUDGET, refusal)
            return None
        settling = asyncio.create_task(_settle(floor, key, request, attempt))
        try:
            return await asyncio.shield(settling)
        except asyncio.CancelledError:
            await settling
            raise


async def _settle(floor: Floor, key: str, request: Request, attempt: int) -> SubmitOutcome | None:
    inputs = floor.inputs(request)
    await floor.record(key, Submitting(key=key, attempt=attempt))
    if floor.stop.submits:
        await floor.record(key, Unpaid(key=key, attempt=attempt, why="the run stopped before it was sent"))
        return None
    outcome = await floor.provider.submit(request, inputs)
    await floor.record(key, _event(key, attempt, outcome))
    _react(floor, request, outcome)
    return outcome


def _event(key: str, attempt: int, outcome: SubmitOutcome) -> AnyEvent:
    match outcome:
        case Accepted():
            return Submitted(
                key=key,
                attempt=attempt,
                remote_id=outcome.remote_id,
                poll_url=outcome.poll_url,
                request_id=outcome.request_id,
                cost=outcome.cost,
            )
        case NotSent() | Busy() | Denied():
            return Unpaid(key=key, attempt=attempt, why=outcome.why)
        case Rejected() | UnknownModel():
            return Failed(key=key, kind="invalid", charged="no", detail=outcome.why)
        case Doubt():
            return InDoubt(key=key, attempt=attempt, why=outcome.why, request_id=outcome.request_id)


def _react(floor: Floor, request: Request, outcome: SubmitOutcome) -> None:
    """What an outcome says about the submits after it."""
    match outcome:
        case Accepted():
            floor.pause.accepted()
            floor.limit.grow()
        case Busy():
            if floor.pause.refused(outcome.retry_after):
                floor.limit.cut()
        case Denied():
            floor.stop.because(ExitCode.ACCOUNT, f"the provider does not serve this key: {outcome.why}")
        case UnknownModel():
            floor.unknown_models.add(request.model)
            floor.say_once(f"the provider does not know the model {request.model}: {outcome.why}")
        case NotSent() | Rejected() | Doubt():
            pass
