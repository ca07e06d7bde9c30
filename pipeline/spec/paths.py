"""Where a job's files lie: its project, its outputs and its templates."""

from __future__ import annotations

from pathlib import Path

DEFAULTS = "fluxsweep.yaml"


def output_folder(job_file: Path, name: str) -> Path:
    """`outputs/<name>` of the project, or of the job file's own folder where there is none.

    The command's working folder plays no part.
    """
    return (_project(job_file) or job_file.resolve().parent) / "outputs" / name


def defaults_file(job_file: Path) -> Path | None:
    """The project's file of defaults; None where there is none."""
    project = _project(job_file)
    return project / DEFAULTS if project is not None and (project / DEFAULTS).is_file() else None


def _project(job_file: Path) -> Path | None:
    """The nearest parent of the job file that holds `fluxsweep.yaml` or `.git`."""
    return next(
        (
            folder
            for folder in job_file.resolve().parents
            if (folder / DEFAULTS).is_file() or (folder / ".git").exists()
        ),
        None,
    )


def template_folder(job_file: Path) -> Path:
    """The folder of a job's template files: `templates/` beside the job, else beside its parent."""
    beside = job_file.parent / "templates"
    if beside.is_dir():
        return beside
    # `..` by text keeps a relative name relative in messages; it is wrong only behind a symlinked folder.
    above = job_file.parent.parent if job_file.parent.name not in {"", ".."} else job_file.parent / ".."
    return above / "templates"
