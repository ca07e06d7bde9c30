"""`fluxsweep schema`: what a job file may hold, for an editor or to read."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from pipeline.commands.flow.showing import put_json, put_out
from pipeline.errors import JobError


class Kind(StrEnum):
    """What the schema is for."""

    JOB = "job"
    PROVIDER = "provider"
    MODEL = "model"


def command(
    kind: Annotated[
        Kind, typer.Option("--for", help="A job, or the file by which it brings a provider or a model.")
    ] = Kind.JOB,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the reference of job files, to read.")] = False,
) -> None:
    """Print the JSON Schema (2020-12) of job files: completion, hints and checks in an editor.

    It is made from what reads the jobs, and from the models of this version. `fluxsweep init` writes it beside the
    first job; after an upgrade, write it anew. A job names it on its first line:

      # yaml-language-server: $schema=../fluxsweep.schema.json

    Examples:
      fluxsweep schema > fluxsweep.schema.json
      fluxsweep schema --for provider > provider.schema.json
      fluxsweep schema --markdown > job.md
    """
    if kind is not Kind.JOB:
        if markdown:
            raise JobError("there is a reference of job files only; leave `--markdown` or `--for` out")
        from pipeline.catalog.schema import catalog_schema

        put_json(catalog_schema(kind))
        return
    from pipeline.catalog.load import load_catalog
    from pipeline.spec.reference import reference
    from pipeline.spec.schema import job_schema, schema_text

    schema = job_schema(load_catalog())
    put_out((reference if markdown else schema_text)(schema).rstrip("\n"))
