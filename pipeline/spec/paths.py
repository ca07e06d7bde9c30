"""Where a job's files lie: its project, its outputs and its templates."""

from __future__ import annotations

from pathlib import Path


def output_folder(job_file: Path, name: str) -> Path:
    """`outputs/<name>` of the project: the nearest parent of the job file that holds `fluxsweep.yaml` or `.git`.

    Without one it is the job file's own folder. The command's working folder plays no part.
    """
    own = job_file.resolve().parent
    for folder in (own, *own.parents):
        if (folder / "fluxsweep.yaml").is_file() or (folder / ".git").exists():
            return folder / "outputs" / name
    return own / "outputs" / name


def template_folder(job_file: Path) -> Path:
    """The folder of a job's template files: `templates/` beside the job, else beside its parent."""
    beside = job_file.parent / "templates"
    if beside.is_dir():
        return beside
    # `..` by text keeps a relative name relative in messages; it is wrong only behind a symlinked folder.
    above = job_file.parent.parent if job_file.parent.name not in {"", ".."} else job_file.parent / ".."
    return above / "templates"
