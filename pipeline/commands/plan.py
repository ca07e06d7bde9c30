"""`fluxsweep plan`: what a job would send, why, and what it would cost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.flow.arguments import Changes, Job, Json, Limit, NoReuse, Only, Output
from pipeline.commands.flow.choosing import wanted_tasks
from pipeline.commands.flow.consent import check_budgets
from pipeline.commands.flow.endpoint import find_addresses, origins_of
from pipeline.commands.flow.looking import check_stale, look_ahead, lying_elsewhere
from pipeline.commands.flow.opening import Planned, open_job, open_whole, read_if_there, shown_path
from pipeline.commands.flow.overview import cell_lines, cells_and_tasks, cells_csv, cells_tree, plan_table, plan_tree
from pipeline.commands.flow.replacing import keep_replacements
from pipeline.commands.flow.showing import put_json, put_out, tell
from pipeline.errors import FluxsweepError, JobError
from pipeline.manifest.state import Manifest
from pipeline.plan.forecast import Forecast
from pipeline.plan.policy import settings_of
from pipeline.run.elsewhere import Found


def command(
    job: Job,
    check: Annotated[bool, typer.Option("--check", help="Only say whether the job is right.")] = False,
    resolved: Annotated[
        bool, typer.Option("--resolved", help="Put out the job as YAML: with what it extends, inherits, changes.")
    ] = False,
    explain: Annotated[
        str | None,
        typer.Option(
            "--explain", metavar="LABEL", help="Say of one cell where each value is from.", show_default=False
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="List every cell.")] = False,
    json: Json = False,
    csv: Annotated[bool, typer.Option("--csv", help="Put out a table with a row a cell.")] = False,
    output: Output = None,
    changes: Changes = None,
    only: Only = None,
    limit: Limit = None,
    no_reuse: NoReuse = False,
) -> None:
    """Show what a run of a job would do now, and what it would cost. Nothing is sent, nothing is written.

    What lies in a folder beside the output folder counts as reused where a file of the right length is there; a run
    hashes it before it uses it. The digest names all that the plan would send: `run --plan` sends nothing else.

    Examples:
      fluxsweep plan jobs/teapot-ab.yaml
      fluxsweep plan jobs/teapot-ab.yaml --json | jq .cost
      fluxsweep plan jobs/teapot-ab.yaml --csv > cells.csv
      fluxsweep plan jobs/teapot-ab.yaml --set matrix.seed=1..8 --only prompt=lit
      fluxsweep plan jobs/teapot-ab.yaml --resolved > teapot-whole.yaml
      fluxsweep plan jobs/teapot-ab.yaml --explain lit_flux-2-flex_s1_square_oak
      fluxsweep plan jobs/teapot-ab.yaml --check
    """
    if check:
        _check(job, changes or (), json=json)
        return
    loaded, planned = open_whole(job, changes or ())
    if resolved:
        from pipeline.spec.resolved import resolved_text

        put_out(resolved_text(loaded).rstrip("\n"))
        return
    folder = _folder(job, planned, output)
    manifest = read_if_there(folder)
    planned = keep_replacements(planned, manifest)
    wanted = wanted_tasks(planned, only or ())
    elsewhere = {} if no_reuse else _elsewhere(planned, manifest, folder)
    ahead = look_ahead(planned, manifest, settings_of(planned.job), elsewhere=elsewhere, wanted=wanted, limit=limit)
    if explain is not None:
        from pipeline.commands.flow.explaining import explained, explained_lines

        tree = explained(loaded, planned, explain, ahead, manifest)
        put_json(tree) if json else put_out("\n".join(explained_lines(tree)))
        return
    refused = _refusal(planned, ahead, manifest)
    if json:
        cells = {"all": cells_tree(planned, ahead)} if every else {}
        put_json({**plan_tree(planned, ahead), "refused": refused, **cells})
    elif csv:
        put_out(cells_csv(planned, ahead))
    else:
        lines = [*plan_table(planned, ahead), *([f"  refused     {refused}"] if refused else ())]
        put_out("\n".join([*lines, *(cell_lines(planned, ahead) if every else ())]))


def _check(job: Path, changes: Sequence[str], *, json: bool) -> None:
    """Say whether the job is right; for a script, also what is wrong with it."""
    try:
        planned = open_job(job, changes)
    except JobError as error:
        if json:
            put_json({"right": False, "problems": [_problem_tree(problem) for problem in error.problems]})
            raise typer.Exit(error.exit_code) from None
        raise
    if json:
        counts = {"cells": len(planned.cells), "tasks": len(planned.tasks)}
        put_json(
            {
                "right": True,
                "job": planned.name,
                "digest": planned.digest,
                **counts,
                "notes": planned.notes,
                "problems": [],
            }
        )
        return
    lines = [f"{shown_path(job)}: right; {cells_and_tasks(planned)}"]
    tell("\n".join([*lines, *(f"  note        {note}" for note in planned.notes)]))


def _problem_tree(problem: object) -> dict[str, object]:
    from pipeline.source.problem import Problem, breadcrumbs

    if not isinstance(problem, Problem):
        return {"message": str(problem)}
    return {**problem._asdict(), "path": breadcrumbs(problem.path)}


def _folder(job: Path, planned: Planned, output: Path | None) -> Path:
    from pipeline.spec.paths import output_folder

    return output or output_folder(job, planned.name)


def _elsewhere(planned: Planned, manifest: Manifest, folder: Path) -> Found:
    """What lies beside; nothing where a run would refuse to begin."""
    try:
        origins = origins_of(find_addresses(planned.specs().values()))
    except FluxsweepError:
        return {}
    return lying_elsewhere(planned, manifest, folder, origins)


def _refusal(planned: Planned, ahead: Forecast, manifest: Manifest) -> str | None:
    """Why a run would refuse this plan; None when it would not."""
    try:
        check_stale(planned, manifest)
        check_budgets(planned, ahead, manifest, settings_of(planned.job))
    except FluxsweepError as error:
        return str(error)
    return None
