"""A file of marks as the command line names it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.flow.showing import tell
from pipeline.errors import JobError
from pipeline.manifest.state import Manifest
from pipeline.rows.marks import Marks, read_marks

MarksFile = Annotated[
    Path | None,
    typer.Option("--marks", metavar="FILE", help="marks.json, as the contact sheet saves it.", show_default=False),
]


def open_marks(path: Path, manifest: Manifest) -> Marks:
    """The marks at `path`; says how many of them mean no task of `manifest`.

    Raises:
        JobError: the file cannot be read, or is not as it must be.
    """
    try:
        marks = read_marks(path.read_bytes(), str(path))
    except OSError as error:
        raise JobError(f"{path}: cannot be read ({error.strerror})") from None
    name = manifest.plan.job["name"] if manifest.plan else None
    if marks.marks and marks.job != name:
        tell(f"{path}: these are marks of {marks.job!r}, this job is {name!r}")
    if unknown := marks.unknown(manifest):
        tell(f"{path}: {len(unknown)} of {len(marks.marks)} marks mean no task of this job, and are left out")
    return marks
