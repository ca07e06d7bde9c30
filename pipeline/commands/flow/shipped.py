"""The job files that ship with fluxsweep: inside an installed package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

SCHEMA = "fluxsweep.schema.json"  # beside the project's fluxsweep.yaml: the first line of a job names it
_PACKAGE = Path(__file__).resolve().parents[2]


def shipped(name: str) -> Path:
    """The shipped file `name`, e.g. `jobs/quickstart.yaml`."""
    installed = _PACKAGE / "starter" / name
    return installed if installed.exists() else _PACKAGE.parent / name


def shipped_job(name: str) -> Path:
    """The shipped job file of that name."""
    return shipped(f"jobs/{name}.yaml")


def starter_files() -> list[tuple[str, str]]:
    """What `init` writes: relative names and texts."""
    first = _PACKAGE / "commands" / "first"
    names = ("jobs/first.yaml", "templates/painted.j2", "fluxsweep.yaml", "gitignore")
    return [(name.replace("gitignore", ".gitignore"), (first / name).read_text(encoding="utf-8")) for name in names]
