"""Arguments and options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Job = Annotated[Path, typer.Argument(metavar="JOB", help="A job file (YAML).", show_default=False)]
Target = Annotated[
    Path, typer.Argument(metavar="PATH", help="A job file, an output folder, or its manifest.", show_default=False)
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
