"""Asking before spending: what will be bought, at which price and source, from whom."""

from __future__ import annotations

import sys
from collections.abc import Callable

from pipeline.errors import BudgetError, JobError, UnfinishedError
from pipeline.manifest.state import Manifest
from pipeline.plan.forecast import Cost, Forecast
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
    count = len(forecast.submit)
    if origin is None:
        real = f" (a real run: {price_words(forecast.cost)})" if forecast.cost.highest != 0 else ""
        buying = f"{count} to paint by the emulator, for nothing{real}"
    else:
        buying = f"{count} to buy from {origin}, {price_words(forecast.cost)}"
    parts = [buying] if forecast.submit else []
    parts += [f"{len(forecast.again)} of them for the second time, out of doubt"] if forecast.again else []
    parts += [f"{len(forecast.collect)} paid ones to collect"] if forecast.collect else []
    parts += [f"{len(forecast.done)} done"] if forecast.done else []
    parts += [f"{len(forecast.held)} held in doubt"] if forecast.held else []
    parts += [f"{len(forecast.failed)} failed"] if forecast.failed else []
    return ", ".join(parts)


def check_budget(forecast: Forecast, manifest: Manifest, settings: RunSettings) -> None:
    """Hold the whole plan against the budget, at its upper end.

    Raises:
        BudgetError: it could cost more, or nobody knows what it costs.
    """
    spend = Spend(manifest, images=settings.budget_images, usd=settings.budget_usd)
    images = spend.charges_hi + len(forecast.submit)
    if settings.budget_images is not None and images > settings.budget_images:
        raise BudgetError(
            f"the plan comes to {images} images ({spend.charges_hi} of them bought), the budget is "
            f"{settings.budget_images}. Nothing was sent. Raise budget.images, or buy what fits with --partial."
        )
    if settings.budget_usd is None or not forecast.submit:
        return
    if spend.unknown or forecast.cost.unknown_tasks:
        raise BudgetError(
            f"the price of {spend.unknown + forecast.cost.unknown_tasks} tasks is unknown, so that budget.usd cannot "
            "be kept. Nothing was sent. Give them `prices:` (or a `size`, which FLUX.2 is priced by), or use "
            "budget.images instead."
        )
    if spend.hi + forecast.cost.known > settings.budget_usd:
        raise BudgetError(
            f"the plan could cost {dollars(spend.hi + forecast.cost.known)} ({dollars(spend.hi)} of it spent), the "
            f"budget is {dollars(settings.budget_usd)}. Nothing was sent. Raise budget.usd, or buy what fits with "
            "--partial."
        )


def ask(forecast: Forecast, settings: RunSettings, *, yes: bool, terminal: bool, read: Callable[[], str]) -> None:
    """Have somebody's word for what is about to be bought: `--yes`, a budget, or an answer on the terminal.

    Raises:
        JobError: there is nobody to ask.
        UnfinishedError: the answer was no.
    """
    has_budget = settings.budget_images is not None or settings.budget_usd is not None
    if yes or has_budget or not forecast.submit:
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
