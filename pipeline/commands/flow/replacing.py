"""Cells whose seed was replaced: kept by every later plan of the job, and made by `retry --reseed`."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from pathlib import Path

import msgspec

from pipeline.commands.flow.consent import ask, check_budgets, price_words
from pipeline.commands.flow.looking import look_ahead
from pipeline.commands.flow.opening import NO_ORIGINS, Planned, planned_again
from pipeline.commands.flow.showing import is_free, tell
from pipeline.manifest.journal import Journal, open_journal
from pipeline.manifest.lines import CellLine, PlanCounts, PlanLine, TaskLine
from pipeline.manifest.read import FILE_NAME
from pipeline.manifest.state import Manifest
from pipeline.plan.forecast import cost_of
from pipeline.plan.policy import settings_of
from pipeline.plan.replace import Replaced, carried, reseeded, to_replace
from pipeline.sweep.digest import digest

LINES_A_BATCH = 5_000


def keep_replacements(planned: Planned, manifest: Manifest) -> Planned:
    """`planned` with the seeds that replaced others in `manifest`."""
    kept = carried(planned.cells, planned.tasks, manifest)
    if not kept.keys:
        return planned
    note = f"{len(kept.keys)} tasks have the seed that replaced their own (`retry --reseed`)"
    return dataclasses.replace(_with(planned, kept), notes=[*planned.notes, note])


def append_plan(journal: Journal, planned: Planned, origins: Mapping[str, str] = NO_ORIGINS) -> None:
    """Write `planned` down as the plan that rules from the moment its last line is on disk.

    A large one goes there in parts, so that its text is never whole in memory.
    """
    lines = plan_lines(journal.manifest, planned, origins)
    while part := list(islice(lines, LINES_A_BATCH)):
        journal.append_now(*part)


def plan_lines(
    manifest: Manifest, planned: Planned, origins: Mapping[str, str] = NO_ORIGINS
) -> Iterator[PlanLine | TaskLine | CellLine]:
    """The lines by which `planned` becomes the plan that rules in `manifest`, which may take them in as they come.

    `origins` says where its providers are; without, they are where the plans before have them.
    """
    n = manifest.plan.n + 1 if manifest.plan else 1
    new = [key for key in planned.tasks if key not in manifest.tasks]
    counts = PlanCounts(tasks=len(new), cells=len(planned.cells))
    yield PlanLine(n=n, job=planned.job, digest=planned.digest, counts=counts, origins=dict(origins))
    yield from (TaskLine(key=key, request=planned.tasks[key]) for key in new)
    yield from (msgspec.structs.replace(cell, n=n) for cell in planned.cells)


def reseed(folder: Path, rejected: Collection[str], keep: int | None, *, yes: bool) -> int:
    """Plan the next unused seed for each rejected or moderated task of `folder`; returns how many were replaced.

    The price is said, and somebody's word had, before anything is written; nothing is sent.

    Raises:
        BudgetError: the plan would then pass the job's budget.
        JobError, UnfinishedError: nobody agreed.
    """
    with open_journal(folder) as journal:
        manifest = journal.manifest
        keys = to_replace(manifest, rejected, keep)
        if not keys:
            return 0
        fresh = reseeded(manifest, keys)
        planned = _with(planned_again(manifest, folder / FILE_NAME), fresh)
        _agree(manifest, planned, fresh, yes=yes)
        append_plan(journal, planned)
    return len(keys)


def _with(planned: Planned, replaced: Replaced) -> Planned:
    return dataclasses.replace(planned, cells=replaced.cells, tasks=replaced.tasks, digest=digest(replaced.tasks))


def _agree(manifest: Manifest, planned: Planned, fresh: Replaced, *, yes: bool) -> None:
    settings, prices = settings_of(planned.job), planned.prices()
    ahead = look_ahead(planned, manifest, settings)
    free = is_free(manifest)
    origin = manifest.header.origin if manifest.header else "the provider"
    price = "for nothing" if free else price_words(cost_of(prices[key] for key in fresh.keys))
    others = len(set(ahead.submit) - set(fresh.keys))
    also = f"; {others} more were to be bought before" if others else ""
    tell(f"{len(fresh.keys)} new seeds to buy from {origin}, {price}{also}")
    if free:
        return
    check_budgets(planned, ahead, manifest, settings)
    ask(
        ahead,
        settings,
        yes=yes,
        terminal=sys.stdin.isatty() and sys.stderr.isatty(),
        read=sys.stdin.readline,
    )
