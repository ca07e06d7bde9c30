"""The shape of what a job says beside its pictures: how it is run, and how its contact sheet is laid out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from pipeline.spec.kinds import Duration, Money, OneOrList, Text, WebhookUrl, wrong
from pipeline.spec.words import described


def _on_doubt(value: Any) -> Any:
    if isinstance(value, dict):
        return value
    if value == "hold":
        return None
    raise wrong(f"got {described(value)}", "`hold`, or {resubmit: {usd: 1}}")


STRICT = ConfigDict(strict=True, extra="forbid", use_attribute_docstrings=True)


class _Raw(BaseModel):
    model_config = STRICT


class RawPoll(_Raw):
    """Bounds of the wait between two polls."""

    min: Duration | None = None
    """At least so long; the provider's own number by default."""
    max: Duration | None = None
    """At most so long."""


class RawResubmit(_Raw):
    """Doubts end by another submit, once a task, for so much money at most."""

    usd: Money | None = None
    """What all of these submits together may cost."""


class RawOnDoubt(_Raw):
    """What becomes of a task in doubt, when it is not held."""

    resubmit: RawResubmit | None = None
    """Send it once more, for so much money at most."""


class RawWebhook(_Raw):
    """Where the service tells that a task has ended, and where we listen for it."""

    url: WebhookUrl | None = None
    """The public address that the service is to call."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """The port on this machine to listen on."""
    host: Text = "127.0.0.1"
    """The address on this machine to listen on."""


class RawRun(_Raw):
    """How the run loop behaves."""

    active: Annotated[int, Field(ge=1)] | None = None
    """Tasks at the provider at once; the provider's own number by default."""
    submits: Annotated[int, Field(ge=1)] = 4
    """Submits without an outcome at once: so many tasks may be in doubt after a crash."""
    give_up: Duration = Field(default=300.0, json_schema_extra={"default": "5m"}, examples=["5m", "90s"])
    """How long a task is waited for before it is parked; the next run asks again."""
    poll: RawPoll = RawPoll()
    """Bounds of the wait between two polls."""
    on_doubt: Annotated[
        RawOnDoubt | None, BeforeValidator(_on_doubt, json_schema_input_type=Literal["hold"] | RawOnDoubt)
    ] = Field(default=None, json_schema_extra={"default": "hold"})
    """A submit whose fate nobody knows is held, or sent once more for so much money at most."""
    webhook: RawWebhook | None = None
    """Be told when a task has ended, beside polling."""


class RawReport(_Raw):
    """What the contact sheet lays out."""

    columns: Annotated[list[Text], OneOrList] | None = None
    """Axes for its columns."""
    rows: Annotated[list[Text], OneOrList] | None = None
    """Axes for its rows."""
    group_columns: Annotated[list[Text], OneOrList] | None = None
    """Axes around its columns."""
    group_rows: Annotated[list[Text], OneOrList] | None = None
    """Axes around its rows: each value is a part of the sheet."""
    cell: Annotated[list[Text], OneOrList] | None = None
    """Axes whose pictures stand side by side in one cell. Default: seed and repeat. What stands nowhere is a tab."""


LAID_OUT = tuple(RawReport.model_fields)
"""The places of the contact sheet that take axes."""
