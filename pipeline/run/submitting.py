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
from pipeline.run.lane import Lane
from pipeline.run.shielding import see_through
from pipeline.task.request import Request

_ROOM_A_TASK = 2 * 2**20


async def submit(floor: Floor, key: str, request: Request, attempt: int) -> SubmitOutcome | None:
    """Submit `request` as `attempt` of task `key`, when a slot is free and nothing speaks against it.

    Returns the outcome, which is on disk; None when submits are held and nothing was sent. Once the intent is on
    disk the rest is not cancelled with the caller: it ends, and is recorded.
    """
    async with floor.submits:
        if floor.store.room_left() < _ROOM_A_TASK * (floor.active + 1):
            floor.stop.because(ExitCode.DISK, "the disk is nearly full: nothing more is submitted")
        lane = floor.lanes[request.provider]
        if lane.stop.submits or lane.held() > 0 or request.model in lane.unknown_models:
            return None
        for spend, stop in ((floor.spend, floor.stop), (lane.spend, lane.stop)):
            if refusal := spend.refuses(key):
                stop.because(ExitCode.BUDGET, refusal)
                return None
        probe = lane.breaker.begin()
        floor.spend.reserve(key)
        lane.spend.reserve(key)
        return await see_through(asyncio.create_task(_settle(floor, lane, key, request, attempt, probe)))


async def _settle(floor: Floor, lane: Lane, key: str, request: Request, attempt: int, probe: bool) -> SubmitOutcome:
    try:
        inputs = floor.inputs(request)
        await floor.record(key, Submitting(key=key, attempt=attempt))
    finally:
        floor.spend.release(key)
        lane.spend.release(key)
    lane.limit.unsettled += 1
    try:
        outcome = await lane.provider.submit(request, inputs, lane.may_send, floor.beside(lane, key, attempt))
        await floor.record(key, _event(key, attempt, outcome))
        _react(floor, lane, request, outcome, probe=probe)
    finally:
        lane.limit.unsettled -= 1
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
                billed=outcome.billed,
            )
        case NotSent() | Busy() | Denied():
            return Unpaid(key=key, attempt=attempt, why=outcome.why)
        case Rejected() | UnknownModel():
            return Failed(key=key, kind="invalid", charged="no", detail=outcome.why)
        case Doubt():
            return InDoubt(key=key, attempt=attempt, why=outcome.why, request_id=outcome.request_id)


def _react(floor: Floor, lane: Lane, request: Request, outcome: SubmitOutcome, *, probe: bool) -> None:
    """What an outcome says about the submits after it."""
    match outcome:
        case Accepted():
            lane.pause.accepted()
            lane.limit.accepted()
            lane.breaker.accepted()
        case Busy():
            lane.breaker.unpaid()
            if lane.pause.refused(outcome.retry_after):
                lane.limit.refused()
        case Doubt(why=why):
            lane.limit.errored()
            if lane.breaker.doubted(probe=probe):
                lane.stop.because(ExitCode.UNFINISHED, f"{lane.name} leaves every submit in doubt: {why}")
            elif lane.breaker.is_open:
                floor.say(f"Submits pause for a minute, then one goes ahead as a probe: {why}")
        case Denied():
            lane.breaker.unpaid()
            lane.stop.because(ExitCode.ACCOUNT, f"{lane.name} does not serve this key: {outcome.why}")
        case UnknownModel():
            lane.breaker.unpaid()
            # Each reply has words of its own (a request id), so that it is the model that is said once.
            if request.model not in lane.unknown_models:
                floor.say(f"{lane.name} does not know the model {request.model}: {outcome.why}")
            lane.unknown_models.add(request.model)
        case NotSent() | Rejected():
            lane.breaker.unpaid()
