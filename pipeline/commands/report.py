"""`fluxsweep report`: the contact sheet and the CSV, from the manifest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.flow.arguments import Target
from pipeline.commands.flow.opening import folder_of, read_folder, shown_path
from pipeline.commands.flow.showing import put_out, thumbnail_bar


def command(
    path: Target,
    bundle: Annotated[
        bool, typer.Option("--bundle", help="Also make one self-contained folder, to zip and send.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Where the bundle goes.", show_default=False),
    ] = None,
) -> None:
    """Write the contact sheet and the CSV from the manifest, at any moment, during a run too.

    Examples:
      fluxsweep report jobs/teapot-ab.yaml
      fluxsweep report outputs/teapot-ab --bundle -o teapot-for-anna
    """
    from pipeline.report.bundle import write_bundle
    from pipeline.report.write import write_report

    folder = folder_of(path)
    manifest = read_folder(folder).manifest
    with thumbnail_bar() as progress:
        if bundle or output is not None:
            put_out(shown_path(write_bundle(folder, manifest, output, progress=progress)))
            return
        paths = write_report(folder, manifest, progress=progress)
    put_out(shown_path(paths.html))
    put_out(shown_path(paths.csv))
