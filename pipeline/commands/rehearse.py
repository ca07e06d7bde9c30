"""`fluxsweep rehearse`: the whole job against the embedded emulator."""

from __future__ import annotations

import typer

from pipeline.commands.flow.arguments import Changes, Job, Limit, Only, Output, Partial, Quiet, Replace
from pipeline.commands.flow.opening import open_job
from pipeline.commands.flow.running import Choices, carry_out


def command(
    job: Job,
    output: Output = None,
    changes: Changes = None,
    only: Only = None,
    limit: Limit = None,
    partial: Partial = False,
    replace: Replace = False,
    quiet: Quiet = False,
) -> None:
    """Run a whole job against the embedded emulator, over real HTTP, for nothing.

    The same tasks with the same keys as `run` would send, into a folder of their own (`….rehearsal`). Your key is
    never read. The pictures are painted by the emulator, not by a model.

    Examples:
      fluxsweep rehearse jobs/teapot-ab.yaml
      fluxsweep rehearse jobs/teapot-ab.yaml --set matrix.seed=1 -o /tmp/look
    """
    from pipeline.spec.paths import output_folder

    planned = open_job(job, changes or ())
    home = output_folder(job, planned.name)
    folder = output or home.with_name(f"{home.name}.rehearsal")
    choices = Choices(
        yes=True, partial=partial, replace=replace, quiet=quiet, rehearsal=True, only=only or (), limit=limit
    )
    raise typer.Exit(carry_out(planned, folder, choices))
