"""`fluxsweep demo`: the shipped quickstart job, end to end, against the embedded emulator."""

from __future__ import annotations

from pathlib import Path

import typer

from pipeline.commands.flow.arguments import Output
from pipeline.commands.flow.opening import open_job
from pipeline.commands.flow.running import Choices, carry_out
from pipeline.commands.flow.shipped import shipped_job


def command(output: Output = None) -> None:
    """Make twelve pictures with the embedded emulator: no key, no account, no cost.

    It runs the shipped job `quickstart.yaml` end to end, over real HTTP on this machine, into `outputs/quickstart`
    of the current folder. The pictures are painted by the emulator, not by a model.

    Examples:
      fluxsweep demo
      fluxsweep demo -o /tmp/demo
    """

    planned = open_job(shipped_job("quickstart"))
    folder = output or Path("outputs") / planned.name
    raise typer.Exit(carry_out(planned, folder, Choices(reuse=False)))
