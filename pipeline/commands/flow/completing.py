"""What a shell offers for the word that is being typed; where that is nothing, it offers its own files."""

from __future__ import annotations

from glob import escape, glob
from pathlib import Path

from pipeline.spec.paths import DEFAULTS


def job_files(incomplete: str) -> list[str]:
    """The job files that begin so, here and one folder down."""
    begun = escape(incomplete)
    found = (file for below in ("*", "*/*") for ending in ("yaml", "yml") for file in glob(f"{begun}{below}.{ending}"))
    return sorted(file for file in found if Path(file).name != DEFAULTS)


def job_files_or_folders(incomplete: str) -> list[str]:
    """The job files that begin so, and the output folders."""
    from pipeline.manifest.read import FILE_NAME

    begun = escape(incomplete)
    found = (manifest for below in ("*", "*/*") for manifest in glob(f"{begun}{below}/{FILE_NAME}"))
    return [*job_files(incomplete), *sorted(str(Path(manifest).parent) for manifest in found)]
