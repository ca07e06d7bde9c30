"""The exception tree and the exit codes.

A failed task is data (`manifest.record.Failure`), never an exception. What is raised is for a person: the command
line prints its text on stderr, without a traceback, and leaves with its exit code.

    FluxsweepError
    ├── JobError            2    a job file, a file that it names, or the command line is wrong (every problem at once)
    ├── AccountError        3    no key, a refused key, no credit or quota
    ├── BudgetError         4    the plan, or the next submit, would pass the budget
    ├── ManifestError       5
    │   ├── ManifestLocked       another process writes this manifest
    │   ├── ManifestDamaged      a line in the middle does not hold
    │   └── ManifestNewer        written by a newer format
    ├── UnfinishedError    75    stopped early; running again goes on
    └── DiskError          74    a write, fsync or rename failed
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process says when it leaves; where several hold, the first of `PRECEDENCE` is said."""

    COMPLETE = 0
    SOME_FAILED = 1
    BAD_JOB = 2
    ACCOUNT = 3
    BUDGET = 4
    MANIFEST = 5
    IN_DOUBT = 6
    DISK = 74
    UNFINISHED = 75
    INTERRUPTED = 130
    TERMINATED = 143


PRECEDENCE: tuple[ExitCode, ...] = (
    ExitCode.DISK,
    ExitCode.INTERRUPTED,
    ExitCode.TERMINATED,
    ExitCode.MANIFEST,
    ExitCode.ACCOUNT,
    ExitCode.BUDGET,
    ExitCode.UNFINISHED,
    ExitCode.IN_DOUBT,
    ExitCode.SOME_FAILED,
    ExitCode.BAD_JOB,
    ExitCode.COMPLETE,
)


class FluxsweepError(Exception):
    """Something that a person must know. `str()` is the whole message; `exit_code` is the process's."""

    exit_code: ExitCode = ExitCode.BAD_JOB


class JobError(FluxsweepError):
    """The job file (or a file that it names, or the command line) is wrong.

    `problems` holds one printable object per mistake, sorted by file and line; `str()` prints the first
    `SHOWN` of them and a count of the rest.
    """

    SHOWN = 20

    def __init__(self, *problems: object) -> None:
        super().__init__(*problems)
        self.problems: Sequence[object] = problems

    def __str__(self) -> str:
        shown = [str(problem) for problem in self.problems[: self.SHOWN]]
        if hidden := len(self.problems) - self.SHOWN:
            shown += [f"… and {hidden} more"] if hidden > 0 else []
        return "\n".join(shown)


class AccountError(FluxsweepError):
    """The provider will not serve this key (missing, refused, without credit or quota)."""

    exit_code = ExitCode.ACCOUNT


class BudgetError(FluxsweepError):
    """What would be bought may cost more than the budget allows."""

    exit_code = ExitCode.BUDGET


class ManifestError(FluxsweepError):
    """The manifest cannot be written or trusted as it is."""

    exit_code = ExitCode.MANIFEST


class ManifestLocked(ManifestError):
    """Another process holds the lock of this output folder."""


class ManifestDamaged(ManifestError):
    """A line that is not the torn tail fails its checksum, its sequence or its grammar."""


class ManifestNewer(ManifestError):
    """The manifest's format number is higher than this version reads."""


class UnfinishedError(FluxsweepError):
    """The run stopped before the plan was complete; the same command goes on where it stopped."""

    exit_code = ExitCode.UNFINISHED


class DiskError(FluxsweepError):
    """The disk refused a write, an fsync or a rename. Nothing is submitted after it."""

    exit_code = ExitCode.DISK
