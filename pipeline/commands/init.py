"""`fluxsweep init`: a commented starter job and a template in a new folder."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.flow.opening import shown_path
from pipeline.commands.flow.shipped import SCHEMA, starter_files
from pipeline.commands.flow.showing import tell
from pipeline.errors import JobError


def command(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder to make.", show_default=False)],
) -> None:
    """Write a commented starter job and a template into a new folder. Nothing that exists is overwritten.

    Beside them goes the schema that gives jobs completion and checks in an editor (see `fluxsweep schema`).

    Examples:
      fluxsweep init my-sweep
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise JobError(f"{folder}: is there already and not empty; give the new folder another name")
    from pipeline.catalog.load import load_catalog
    from pipeline.spec.schema import job_schema, schema_text

    for name, text in [*starter_files(), (SCHEMA, schema_text(job_schema(load_catalog())))]:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        tell(f"  wrote {shown_path(file)}")
    job = shlex.quote(shown_path(folder / "jobs" / "first.yaml"))
    tell(
        f"Next: fluxsweep plan {job}\n      fluxsweep rehearse {job}\n      fluxsweep run {job}   (needs COMETAPI_KEY)"
    )
