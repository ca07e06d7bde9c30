"""`fluxsweep run`: buy what is missing, collect it, report."""

from __future__ import annotations

import typer

from pipeline.commands.flow.arguments import (
    AcceptOrigin,
    Agreed,
    Changes,
    Job,
    Limit,
    NoReuse,
    Only,
    Output,
    Partial,
    Quiet,
    Replace,
    Yes,
)
from pipeline.commands.flow.opening import open_job
from pipeline.commands.flow.running import Choices, carry_out


def command(
    job: Job,
    output: Output = None,
    changes: Changes = None,
    agreed: Agreed = None,
    only: Only = None,
    limit: Limit = None,
    no_reuse: NoReuse = False,
    yes: Yes = False,
    partial: Partial = False,
    replace: Replace = False,
    accept_origin: AcceptOrigin = False,
    quiet: Quiet = False,
) -> None:
    """Buy what is missing of a job, collect it, and write the contact sheet.

    It says what it will buy, at which price and from whom, and asks once. Run it again after anything: what is
    done stays done, what is paid is collected, and only the rest is bought. What lies intact in a folder beside the
    output folder is linked, not bought. With --only and --limit the plan stays whole, and the rest waits.

    Examples:
      fluxsweep run jobs/teapot-ab.yaml
      fluxsweep run jobs/teapot-ab.yaml --yes -o /data/teapot
      fluxsweep run jobs/teapot-ab.yaml --set matrix.seed=1..2 --set budget.usd=3
      fluxsweep run jobs/teapot-ab.yaml --only prompt=lit --only seed=1..2 --limit 4
      fluxsweep run jobs/teapot-ab.yaml --plan 3b1f09c2ad44
    """
    from pipeline.spec.paths import output_folder

    planned = open_job(job, changes or ())
    folder = output or output_folder(job, planned.name)
    choices = Choices(
        yes=yes,
        partial=partial,
        replace=replace,
        accept_origin=accept_origin,
        quiet=quiet,
        reuse=not no_reuse,
        only=only or (),
        limit=limit,
        digest=agreed,
    )
    raise typer.Exit(carry_out(planned, folder, choices))
