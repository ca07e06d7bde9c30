"""A plan as people and scripts look at it: the table, the tree, and a row a cell."""

from __future__ import annotations

from collections import Counter
from typing import Any

from pipeline.commands.flow.consent import price_words
from pipeline.commands.flow.opening import Planned
from pipeline.commands.flow.showing import usd
from pipeline.plan.forecast import Forecast
from pipeline.plan.money import dollars

_PROMPTS = 3
_STEPS = ("submit", "later", "collect", "held", "failed", "done", "reused", "link")
WORDS = {"submit": "to buy", "later": "to buy later", "collect": "to collect", "held": "in doubt"}


def step_of(ahead: Forecast) -> dict[str, str]:
    """What a run would do with each task; what it would take over counts as reused already."""
    return {key: "reused" if name == "link" else name for name in _STEPS for key in getattr(ahead, name)}


def plan_tree(planned: Planned, ahead: Forecast) -> dict[str, Any]:
    """What `plan --json` prints."""
    return {
        "job": planned.name,
        "digest": planned.digest,
        "cells": len(planned.cells),
        "tasks": len(planned.tasks),
        "submit": len(ahead.submit),
        "later": len(ahead.later),
        "collect": len(ahead.collect),
        "held": len(ahead.held),
        "failed": len(ahead.failed),
        "done": len(ahead.done),
        "reused": len(ahead.reused) + len(ahead.link),
        "stale": len(ahead.stale),
        "cost": {
            "known": usd(ahead.cost.known),
            "unknown_tasks": ahead.cost.unknown_tasks,
            "currency": "USD",
            "source": "; ".join(ahead.cost.sources),
        },
        "models": [
            {"model": model, "submit": count, "price": usd(price), "source": source}
            for (model, price, source), count in _by_model(planned, ahead).items()
        ],
        "notes": planned.notes,
    }


def cells_tree(planned: Planned, ahead: Forecast) -> list[dict[str, Any]]:
    """Every cell, as `plan --json --all` prints them."""
    steps = step_of(ahead)
    return [
        {
            "label": cell.label,
            "key": cell.key,
            "step": steps[cell.key],
            "price": usd(cell.price),
            "source": cell.price_source,
            "axes": cell.axes,
            "prompt": planned.tasks[cell.key].params.get("prompt", ""),
        }
        for cell in planned.cells
    ]


def cells_csv(planned: Planned, ahead: Forecast) -> str:
    """A header, then a row a cell: what a run would do for it, its price in USD and every axis value."""
    from csv import writer
    from io import StringIO

    from pipeline.rows.rows import flat_axes

    steps = step_of(ahead)
    flat = [flat_axes(cell.axes) for cell in planned.cells]
    axes = list(dict.fromkeys(name for values in flat for name in values))
    stream = StringIO()
    table = writer(stream, lineterminator="\n")
    table.writerow(["label", "key", "step", "price_usd", "price_source", *axes, "rendered_prompt"])
    for cell, values in zip(planned.cells, flat, strict=True):
        prompt = planned.tasks[cell.key].params.get("prompt", "")
        told = [cell.label, cell.key, steps[cell.key], usd(cell.price), cell.price_source]
        table.writerow([*told, *(values.get(name) for name in axes), prompt])
    return stream.getvalue().rstrip("\n")


def cells_and_tasks(planned: Planned) -> str:
    """How large a plan is: `64 cells, 60 tasks`."""
    counts = (len(planned.cells), "cell"), (len(planned.tasks), "task")
    return ", ".join(f"{count} {word}" if count == 1 else f"{count} {word}s" for count, word in counts)


def plan_table(planned: Planned, ahead: Forecast) -> list[str]:
    """The plan in lines: what it comes to, what a run would do, for how much, and what one should know."""
    shared = len(planned.cells) - len(planned.tasks)
    lines = [f"{planned.name}: {cells_and_tasks(planned)}"]
    lines += [f"  digest      {planned.digest}"]
    lines += [f"  matrix      {step}" for step in planned.steps]
    lines += [f"  shared      {shared} cells share the request of another: bought once"] if shared else []
    lines += [f"  to buy      {_purchase(ahead)}"]
    lines += [
        f"    {model:<22} {count:>6} × {'unknown' if price is None else f'{dollars(price)} ({source})'}"
        for (model, price, source), count in _by_model(planned, ahead).items()
    ]
    lines += [f"  again       {len(ahead.again)} of them for the second time, out of doubt"] if ahead.again else []
    for title, count in (
        ("later", len(ahead.later)),
        ("reused", len(ahead.reused) + len(ahead.link)),
        ("to collect", len(ahead.collect)),
        ("in doubt", len(ahead.held)),
        ("failed", len(ahead.failed)),
        ("done", len(ahead.done)),
        ("stale", len(ahead.stale)),
    ):
        lines += [f"  {title:<11} {count}"] if count else []
    lines += [f"  note        {note}" for note in planned.notes]
    prompts = dict.fromkeys(str(request.params.get("prompt", "")) for request in planned.tasks.values())
    lines += [f"  prompt      {_cut(prompt)}" for prompt in list(prompts)[:_PROMPTS]]
    if more := len(prompts) - len(list(prompts)[:_PROMPTS]):
        lines.append(f"  …           {more} more {'prompt' if more == 1 else 'prompts'}")
    return lines


def cell_lines(planned: Planned, ahead: Forecast) -> list[str]:
    """Every cell on a line of its own."""
    steps = step_of(ahead)
    lines = []
    for cell in planned.cells:
        price, step = "unknown" if cell.price is None else dollars(cell.price), steps[cell.key]
        lines.append(f"  {cell.key[:8]}  {WORDS.get(step, step):<12}  {price:>8}  {cell.label}")
    return lines


def _purchase(ahead: Forecast) -> str:
    reused = f", {len(ahead.link)} reused" if ahead.link else ""
    return f"{len(ahead.submit)}{reused}, {price_words(ahead.cost)}"


def _by_model(planned: Planned, ahead: Forecast) -> Counter[tuple[str, int | None, str]]:
    """How many a run would buy of each model, at each price, with the price's source; where several sell, of whom."""
    prices, tasks = planned.prices(), planned.tasks
    several = len({request.provider for request in tasks.values()}) > 1
    names = {key: f"{tasks[key].provider}/{tasks[key].model}" if several else tasks[key].model for key in ahead.submit}
    return Counter((names[key], *prices[key]) for key in ahead.submit)


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 100 else f"{flat[:99]}…"
