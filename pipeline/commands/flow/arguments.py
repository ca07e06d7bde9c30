"""Arguments and options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.flow.completing import job_files, job_files_or_folders

Job = Annotated[
    Path,
    typer.Argument(metavar="JOB", help="A job file (YAML).", show_default=False, autocompletion=job_files),
]
Target = Annotated[
    Path,
    typer.Argument(
        metavar="PATH",
        help="A job file, an output folder, or its manifest.",
        show_default=False,
        autocompletion=job_files_or_folders,
    ),
]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", metavar="DIR", help="The output folder.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Buy without asking.")]
Partial = Annotated[bool, typer.Option("--partial", help="Buy what the budget bears, and stop there.")]
Replace = Annotated[bool, typer.Option("--replace", help="Go on although most of what was bought would be stale.")]
AcceptOrigin = Annotated[bool, typer.Option("--accept-origin", help="Go on with another endpoint in this folder.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress and no summary.")]
Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change the job for this once, e.g. --set matrix.seed=1..2; can be given several times.",
        show_default=False,
    ),
]
Only = Annotated[
    list[str] | None,
    typer.Option(
        "--only",
        metavar="AXIS=VALUE",
        help="Buy only these cells now; several values of an axis are meant as or, several axes as and.",
        show_default=False,
    ),
]
Limit = Annotated[
    int | None, typer.Option("--limit", min=1, metavar="N", help="Buy at most N now.", show_default=False)
]
NoReuse = Annotated[
    bool, typer.Option("--no-reuse", help="Buy also what lies, downloaded and intact, in a folder beside this one.")
]
Agreed = Annotated[
    str | None,
    typer.Option(
        "--plan", metavar="DIGEST", help="Send this plan and no other, as `plan` names it.", show_default=False
    ),
]
