"""Every mistake of a job in one list: what its reader found, and what its sweep found besides (pure)."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.source.problem import Path, Problem
from pipeline.spec.read import Loaded
from pipeline.sweep.cell import Finding


def told(loaded: Loaded, findings: Iterable[Finding]) -> list[Problem]:
    """The problems of `loaded` and the `findings` as problems, by place.

    A finding that follows from what the reader has reported is left out: that is one mistake, not two.
    """
    known = {problem.path for problem in loaded.problems}
    around = {path[:length] for path in known for length in range(len(path) + 1)}
    apart = [one for one in findings if not _follows(one, loaded.document.written_at(one.path), known, around)]
    found = {loaded.document.problem(one.path, one.message, one.expected, one.hint) for one in apart}
    return sorted({*loaded.problems, *found})


def _follows(finding: Finding, written: Path, known: set[Path], around: set[Path]) -> bool:
    """Whether a finding is about something that was reported, holds what was, or hangs on a matrix that was not meant.

    A single value of an axis, or a range, is the axis itself.
    """
    about = {finding.path, written}
    about |= {path[:-1] for path in (finding.path, written) if path and isinstance(path[-1], int)}
    return bool(about & known or finding.path in around or written in around or (finding.of_matrix and known))
