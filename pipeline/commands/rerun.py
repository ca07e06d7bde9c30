"""`fluxsweep rerun`: the plan of a manifest once more, from the manifest alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.flow.arguments import Partial, Quiet, Yes
from pipeline.commands.flow.opening import folder_of, planned_again, read_folder
from pipeline.commands.flow.running import Choices, carry_out
from pipeline.errors import JobError


def command(
    manifest: Annotated[
        Path, typer.Argument(metavar="MANIFEST", help="A manifest.jsonl, or its folder.", show_default=False)
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="The new output folder.", show_default=False)
    ],
    yes: Yes = False,
    partial: Partial = False,
    quiet: Quiet = False,
) -> None:
    """Send the plan of a manifest again, into another folder; the job file and its templates are not needed.

    Every request is sent exactly as the manifest holds it. A rehearsal's manifest is rehearsed again.

    Examples:
      fluxsweep rerun outputs/teapot-ab/manifest.jsonl -o outputs/teapot-again
    """

    source = folder_of(manifest)
    if output.resolve() == source.resolve():
        raise JobError(f"{output}: is the folder of the manifest itself; give the rerun another one with -o")
    reading = read_folder(source)
    planned = planned_again(reading.manifest, source / "manifest.jsonl")
    header = reading.manifest.header
    choices = Choices(
        yes=yes, partial=partial, quiet=quiet, reuse=False, rehearsal=header is not None and header.rehearsal
    )
    raise typer.Exit(carry_out(planned, output, choices))
