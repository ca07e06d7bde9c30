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


def model_names(incomplete: str) -> list[str]:
    """The models that begin so, and each as a provider takes it once its name and a `/` are typed."""
    from pipeline.catalog.load import load_catalog

    catalog = load_catalog()
    routes = [f"{provider.name}/{model}" for provider in catalog.providers.values() for model in provider.models]
    return [name for name in (*catalog.models, *routes) if name.startswith(incomplete)]


def job_files_or_folders(incomplete: str) -> list[str]:
    """The job files that begin so, and the output folders."""
    from pipeline.manifest.read import FILE_NAME

    begun = escape(incomplete)
    found = (manifest for below in ("*", "*/*") for manifest in glob(f"{begun}{below}/{FILE_NAME}"))
    return [*job_files(incomplete), *sorted(str(Path(manifest).parent) for manifest in found)]
