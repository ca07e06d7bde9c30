"""`fluxsweep schema`: what a job file may hold, for an editor or to read."""

from __future__ import annotations

from typing import Annotated

import typer

from pipeline.commands.flow.showing import put_out


def command(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the job reference, to read.")] = False,
) -> None:
    """Print the JSON Schema (2020-12) of job files: completion, hints and checks in an editor.

    It is made from what reads the jobs, and from the models of this version. `fluxsweep init` writes it beside the
    first job; after an upgrade, write it anew. A job names it on its first line:

      # yaml-language-server: $schema=../fluxsweep.schema.json

    Examples:
      fluxsweep schema > fluxsweep.schema.json
      fluxsweep schema --markdown > job.md
    """
    from pipeline.catalog.load import load_catalog
    from pipeline.spec.reference import reference
    from pipeline.spec.schema import job_schema, schema_text

    schema = job_schema(load_catalog())
    put_out((reference if markdown else schema_text)(schema).rstrip("\n"))
