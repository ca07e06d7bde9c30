"""Every mistake of a job in one list: what its reader found, and what its sweep found besides (pure)."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.source.problem import Path, Problem
from pipeline.spec.read import Loaded
from pipeline.sweep.cell import Finding


def told(loaded: Loaded, findings: Iterable[Finding]) -> list[Problem]:
    """The problems of `loaded` and the `findings` as problems, by place.

    A finding about a value that the reader has reported already is left out: that is one mistake, not two.
    """
    known = {problem.path for problem in loaded.problems}
    found = {loaded.document.problem(one.path, one.message, one.expected, one.hint) for one in findings}
    return sorted({*loaded.problems, *(one for one in found if known.isdisjoint(_about(one.path)))})


def _about(path: Path) -> tuple[Path, ...]:
    """What a path is about; a single value of an axis, or a range, is the axis itself."""
    return (path, path[:-1]) if path and isinstance(path[-1], int) else (path,)
