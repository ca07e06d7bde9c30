"""`fluxsweep init`: a commented starter job and a template in a new folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.flow.opening import shown_path
from pipeline.commands.flow.shipped import starter_files
from pipeline.commands.flow.showing import tell
from pipeline.errors import JobError


def command(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder to make.", show_default=False)],
) -> None:
    """Write a commented starter job and a template into a new folder. Nothing that exists is overwritten.

    Examples:
      fluxsweep init my-sweep
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise JobError(f"{folder}: is there already and not empty; give the new folder another name")
    for name, text in starter_files():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        tell(f"  wrote {shown_path(file)}")
    job = shown_path(folder / "jobs" / "first.yaml")
    tell(
        f"Next: fluxsweep plan {job}\n      fluxsweep rehearse {job}\n      fluxsweep run {job}   (needs COMETAPI_KEY)"
    )
