"""Asking before spending: what will be bought, at which price and source, from whom."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from pipeline.commands.flow.opening import Planned
from pipeline.errors import BudgetError, JobError, UnfinishedError
from pipeline.manifest.state import Manifest
from pipeline.plan.forecast import Cost, Forecast, cost_of
from pipeline.plan.money import dollars
from pipeline.plan.policy import RunSettings
from pipeline.run.spend import Spend


def price_words(cost: Cost) -> str:
    """`at most $2.80 (about: …)`; what nobody knows is said."""
    sources = "; ".join(source for source in cost.sources if source != "unknown")
    known = f"{dollars(cost.known)} ({sources})" if sources else dollars(cost.known)
    if not cost.unknown_tasks:
        return f"at most {known}"
    return f"{known} and {cost.unknown_tasks} of unknown price" if sources else "at an unknown price"


def purchase_words(forecast: Forecast, origin: str | None) -> str:
    """One line that says what a run would do; without an `origin` it goes to the emulator, for nothing."""
    count, reused = len(forecast.submit), f"{len(forecast.link)} reused" if forecast.link else ""
    beside = f", {reused}" if reused else ""
    if origin is None:
        real = f" (a real run: {price_words(forecast.cost)})" if forecast.cost.highest != 0 else ""
        buying = f"{count} to paint by the emulator{beside}, for nothing{real}"
    else:
        buying = f"{count} to buy from {origin}{beside}, {price_words(forecast.cost)}"
    parts = [buying] if forecast.submit else [reused] if reused else []
    parts += [f"{len(forecast.later)} later"] if forecast.later else []
    parts += [f"{len(forecast.again)} of them for the second time, out of doubt"] if forecast.again else []
    parts += [f"{len(forecast.collect)} paid ones to collect"] if forecast.collect else []
    parts += [f"{len(forecast.done)} done"] if forecast.done else []
    parts += [f"{len(forecast.held)} held in doubt"] if forecast.held else []
    parts += [f"{len(forecast.failed)} failed"] if forecast.failed else []
    return ", ".join(parts)


def check_budgets(planned: Planned, ahead: Forecast, manifest: Manifest, settings: RunSettings) -> None:
    """Hold the whole plan against the budget, at its upper end, and what goes to each provider against its own.

    Raises:
        BudgetError: it could cost more, or nobody knows what it costs.
    """
    whole = Spend(manifest, images=settings.budget_images, usd=settings.budget_usd)
    _check_budget(planned, ahead.submit, whole, "budget")
    for name, lane in settings.lanes.items():
        keys = [key for key in ahead.submit if planned.tasks[key].provider == name]
        spend = Spend(manifest, images=lane.budget_images, usd=lane.budget_usd, provider=name)
        _check_budget(planned, keys, spend, f"providers.{name}.budget")


def _check_budget(planned: Planned, keys: Sequence[str], spend: Spend, section: str) -> None:
    if not keys:
        return
    count, prices = len(keys), planned.prices()
    cost = cost_of((spend.at_most(planned.tasks[key], prices[key][0]), prices[key][1]) for key in keys)
    images = spend.charges_hi + count
    if spend.images is not None and images > spend.images:
        raise BudgetError(
            f"the plan comes to {images} images ({spend.charges_hi} of them bought), the budget is "
            f"{spend.images}. Nothing was sent. Raise {section}.images, or buy what fits with --partial."
        )
    if spend.usd is None:
        return
    if spend.unknown or cost.unknown_tasks:
        raise BudgetError(
            f"the price of {spend.unknown + cost.unknown_tasks} tasks is unknown, so that {section}.usd cannot "
            "be kept. Nothing was sent. Give them `prices:` (or a `size`, which FLUX.2 is priced by), or use "
            f"{section}.images instead."
        )
    if spend.hi + cost.known > spend.usd:
        raise BudgetError(
            f"the plan could cost {dollars(spend.hi + cost.known)} ({dollars(spend.hi)} of it spent), the "
            f"budget is {dollars(spend.usd)}. Nothing was sent. Raise {section}.usd, or buy what fits with "
            "--partial."
        )


def ask(forecast: Forecast, settings: RunSettings, *, yes: bool, terminal: bool, read: Callable[[], str]) -> None:
    """Have somebody's word for what is about to be bought: `--yes`, a budget, or an answer on the terminal.

    Raises:
        JobError: there is nobody to ask.
        UnfinishedError: the answer was no.
    """
    if yes or settings.has_budget or not forecast.submit:
        return
    if not terminal:
        raise JobError("nobody is there to ask: say --yes, or set a budget in the job file. Nothing was sent.")
    _have_word("Buy them?", read, "Nothing was sent.")


def confirm(question: str) -> None:
    """Ask whether something is to be written down that costs money with the next run.

    Raises:
        JobError: there is nobody to ask.
        UnfinishedError: the answer was no.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise JobError("nobody is there to ask: say --yes. Nothing was changed.")
    _have_word(question, sys.stdin.readline, "Nothing was changed.")


def _have_word(question: str, read: Callable[[], str], otherwise: str) -> None:
    print(f"{question} [y/N] ", end="", file=sys.stderr, flush=True)  # noqa: T201
    if read().strip().lower() not in ("y", "yes"):
        raise UnfinishedError(otherwise)
