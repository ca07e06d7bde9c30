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
from pipeline.run.shielding import see_through
from pipeline.task.request import Request

_ROOM_A_TASK = 2 * 2**20


async def submit(floor: Floor, key: str, request: Request, attempt: int) -> SubmitOutcome | None:
    """Submit `request` as `attempt` of task `key`, when a slot is free and nothing speaks against it.

    Returns the outcome, which is on disk; None when submits are held and nothing was sent. Once the intent is on
    disk the rest is not cancelled with the caller: it ends, and is recorded.
    """
    async with floor.submits:
        if floor.store.room_left() < _ROOM_A_TASK * (floor.limit.active + 1):
            floor.stop.because(ExitCode.DISK, "the disk is nearly full: nothing more is submitted")
        if floor.stop.submits or floor.breaker.left() > 0 or floor.pause.left() > 0:
            return None
        if refusal := floor.spend.refuses(key):
            floor.stop.because(ExitCode.BUDGET, refusal)
            return None
        probe = floor.breaker.begin()
        floor.spend.reserve(key)
        return await see_through(asyncio.create_task(_settle(floor, key, request, attempt, probe)))


async def _settle(floor: Floor, key: str, request: Request, attempt: int, probe: bool) -> SubmitOutcome:
    try:
        inputs = floor.inputs(request)
        await floor.record(key, Submitting(key=key, attempt=attempt))
    finally:
        floor.spend.release(key)
    floor.limit.unsettled += 1
    try:
        outcome = await floor.provider.submit(request, inputs, floor.may_send, floor.beside(key, attempt))
        await floor.record(key, _event(key, attempt, outcome))
        _react(floor, request, outcome, probe=probe)
    finally:
        floor.limit.unsettled -= 1
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


def _react(floor: Floor, request: Request, outcome: SubmitOutcome, *, probe: bool) -> None:
    """What an outcome says about the submits after it."""
    match outcome:
        case Accepted():
            floor.pause.accepted()
            floor.limit.accepted()
            floor.breaker.accepted()
        case Busy():
            floor.breaker.unpaid()
            if floor.pause.refused(outcome.retry_after):
                floor.limit.refused()
        case Doubt(why=why):
            floor.limit.errored()
            if floor.breaker.doubted(probe=probe):
                floor.stop.because(ExitCode.UNFINISHED, f"the provider leaves every submit in doubt: {why}")
            elif floor.breaker.is_open:
                floor.say(f"Submits pause for a minute, then one goes ahead as a probe: {why}")
        case Denied():
            floor.breaker.unpaid()
            floor.stop.because(ExitCode.ACCOUNT, f"the provider does not serve this key: {outcome.why}")
        case UnknownModel():
            floor.breaker.unpaid()
            # Each reply has words of its own (a request id), so that it is the model that is said once.
            if request.model not in floor.unknown_models:
                floor.say(f"the provider does not know the model {request.model}: {outcome.why}")
            floor.unknown_models.add(request.model)
        case NotSent() | Rejected():
            floor.breaker.unpaid()
