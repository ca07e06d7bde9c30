"""`fluxsweep plan`: what a job would send, why, and what it would cost."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

import typer

from pipeline.commands.flow.arguments import Changes, Job, Json, Output
from pipeline.commands.flow.consent import check_budget, price_words
from pipeline.commands.flow.opening import Planned, open_job, read_if_there, shown_path
from pipeline.commands.flow.running import check_stale, look_ahead
from pipeline.commands.flow.showing import put_json, put_out, tell, usd
from pipeline.errors import FluxsweepError
from pipeline.manifest.state import Manifest
from pipeline.plan.forecast import Forecast
from pipeline.plan.money import dollars
from pipeline.plan.policy import settings_of

_PROMPTS = 3
_STEPS = ("submit", "collect", "held", "failed", "done", "reused")


def command(
    job: Job,
    check: Annotated[bool, typer.Option("--check", help="Only say whether the job is right.")] = False,
    every: Annotated[bool, typer.Option("--all", help="List every cell.")] = False,
    json: Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="Put out a table with a row a cell.")] = False,
    output: Output = None,
    changes: Changes = None,
) -> None:
    """Show what a run of a job would do now, and what it would cost. Nothing is sent, nothing is written.

    Examples:
      fluxsweep plan jobs/teapot-ab.yaml
      fluxsweep plan jobs/teapot-ab.yaml --json | jq .cost
      fluxsweep plan jobs/teapot-ab.yaml --csv > cells.csv
      fluxsweep plan jobs/teapot-ab.yaml --set matrix.seed=1..8
      fluxsweep plan jobs/teapot-ab.yaml --check
    """
    from pipeline.spec.paths import output_folder

    planned = open_job(job, changes or ())
    if check:
        tell(f"{shown_path(job)}: right; {len(planned.cells)} cells, {len(planned.tasks)} tasks")
        return
    folder = output or output_folder(job, planned.name)
    manifest = read_if_there(folder)
    ahead = look_ahead(planned, manifest, settings_of(planned.job))
    refused = _refusal(planned, ahead, manifest)
    if json:
        put_json({**plan_tree(planned, ahead), "refused": refused})
        return
    if csv:
        put_out(_cells(planned, ahead))
        return
    for line in _table(planned, ahead):
        put_out(line)
    if refused:
        put_out(f"  refused     {refused}")
    if every:
        for cell in planned.cells:
            price = "unknown" if cell.price is None else dollars(cell.price)
            put_out(f"  {cell.key[:8]}  {price:>8}  {cell.label}")


def _refusal(planned: Planned, ahead: Forecast, manifest: Manifest) -> str | None:
    """Why a run would refuse this plan; None when it would not."""
    try:
        check_stale(planned, manifest)
        check_budget(ahead, manifest, settings_of(planned.job))
    except FluxsweepError as error:
        return str(error)
    return None


def plan_tree(planned: Planned, ahead: Forecast) -> dict[str, Any]:
    """What `plan --json` prints."""
    return {
        "job": planned.name,
        "digest": planned.digest,
        "cells": len(planned.cells),
        "tasks": len(planned.tasks),
        "submit": len(ahead.submit),
        "collect": len(ahead.collect),
        "held": len(ahead.held),
        "failed": len(ahead.failed),
        "done": len(ahead.done),
        "reused": len(ahead.reused),
        "stale": len(ahead.stale),
        "cost": {
            "known": usd(ahead.cost.known),
            "unknown_tasks": ahead.cost.unknown_tasks,
            "currency": "USD",
            "source": "; ".join(ahead.cost.sources),
        },
    }


def _cells(planned: Planned, ahead: Forecast) -> str:
    """A header, then a row a cell: what a run would do for it, its price in USD and every axis value."""
    from csv import writer
    from io import StringIO

    from pipeline.rows.rows import flat_axes

    steps = {key: step for step in _STEPS for key in getattr(ahead, step)}
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


def _table(planned: Planned, ahead: Forecast) -> list[str]:
    shared = len(planned.cells) - len(planned.tasks)
    lines = [f"{planned.name}: {len(planned.cells)} cells, {len(planned.tasks)} tasks, digest {planned.digest[:12]}"]
    lines += [f"  matrix      {step}" for step in planned.steps]
    lines += [f"  shared      {shared} cells share the request of another: bought once"] if shared else []
    lines += [f"  to buy      {len(ahead.submit)}, {price_words(ahead.cost)}"]
    lines += _by_model(planned, ahead)
    lines += [f"  again       {len(ahead.again)} of them for the second time, out of doubt"] if ahead.again else []
    for title, keys in (
        ("to collect", ahead.collect),
        ("in doubt", ahead.held),
        ("failed", ahead.failed),
        ("done", ahead.done),
        ("reused", ahead.reused),
        ("stale", ahead.stale),
    ):
        lines += [f"  {title:<11} {len(keys)}"] if keys else []
    lines += [f"  note        {note}" for note in planned.notes]
    prompts = dict.fromkeys(str(request.params.get("prompt", "")) for request in planned.tasks.values())
    lines += [f"  prompt      {_cut(prompt)}" for prompt in list(prompts)[:_PROMPTS]]
    lines += [f"  …           {len(prompts) - _PROMPTS} more prompts"] if len(prompts) > _PROMPTS else []
    return lines


def _by_model(planned: Planned, ahead: Forecast) -> list[str]:
    prices = planned.prices()
    counts = Counter((planned.tasks[key].model, prices[key][0]) for key in ahead.submit)
    return [
        f"    {model:<22} {count:>6} × {'unknown' if price is None else dollars(price)}"
        for (model, price), count in counts.items()
    ]


def _cut(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 100 else f"{flat[:99]}…"
