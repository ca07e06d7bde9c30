"""`Lane`: one provider of a run, with its connections, pace and bounds. What stops a lane leaves the others going."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from aiolimiter import AsyncLimiter

from pipeline.catalog.provider import Limits, WebhookRule
from pipeline.plan.policy import RunSettings
from pipeline.providers.base import Provider
from pipeline.run.breaker import Breaker
from pipeline.run.limits import ActiveLimit, Pause, active_limit
from pipeline.run.polling import PollPace, poll_pace
from pipeline.run.spend import Spend
from pipeline.run.stop import Stop


@dataclass(frozen=True)
class Outlet:
    """What a lane is made from. `connect` makes the provider inside the event loop; `webhook` is how it is told."""

    connect: Callable[[], Provider]
    limits: Limits
    webhook: WebhookRule | None = None


@dataclass
class Lane:
    """The provider called `name`, as a run uses it.

    `polls` is the one rate limit over its polls, `spend` what went to it and what may; `stop` also says when the
    whole run stops. `unknown_models` are those that it turned out not to serve.
    """

    name: str
    provider: Provider
    webhook: WebhookRule | None
    url_lifetime: float
    pace: PollPace
    polls: AsyncLimiter
    limit: ActiveLimit
    breaker: Breaker
    pause: Pause
    spend: Spend
    stop: Stop
    unknown_models: set[str] = field(default_factory=set)

    def held(self) -> float:
        """Seconds for which no submit may begin here; 0 or less: one may, now."""
        return max(self.pause.left(), self.breaker.left())

    def may_send(self) -> bool:
        """Whether a submit whose connection stands may still go out."""
        return not self.stop.sends


def open_lane(
    name: str,
    outlet: Outlet,
    settings: RunSettings,
    *,
    spend: Spend,
    stop: Stop,
    clock: Callable[[], float],
    rng: random.Random,
) -> Lane:
    """A lane with its connections open. What its own settings leave out is the run's, then the provider's."""
    own, limits = settings.lane(name), outlet.limits
    active = own.active or settings.active
    pace = poll_pace(limits.poll_min, settings.poll_min, settings.poll_max, rng)
    return Lane(
        name=name,
        provider=outlet.connect(),
        webhook=outlet.webhook,
        url_lifetime=limits.url_lifetime,
        pace=pace,
        polls=AsyncLimiter(max(1.0, (active or limits.active or 24) / max(pace.low, 0.01)), 1.0),
        limit=active_limit(limits, active),
        breaker=Breaker(clock),
        pause=Pause(clock, rng),
        spend=spend,
        stop=stop,
    )
