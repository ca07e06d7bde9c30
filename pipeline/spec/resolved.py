"""The job as everything sees it: with what it extends and inherits, and what the command line changes, as one file."""

from __future__ import annotations

from pipeline.source.write import yaml_text
from pipeline.spec.read import Loaded
from pipeline.spec.shape import RawJob


def resolved_text(loaded: Loaded) -> str:
    """The job as YAML, its sections in the order of the job reference. Beside the job file it reads as the same job."""
    order = list(RawJob.model_fields)
    whole = sorted(loaded.whole.items(), key=lambda entry: order.index(entry[0]))
    return yaml_text(dict(whole))
