"""What the command line changes in a job: `--set path=value`, read as if it stood in the job file."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pipeline.errors import JobError
from pipeline.source.document import Document
from pipeline.source.nearest import did_you_mean
from pipeline.source.problem import Mark, Path, Problem, breadcrumbs, clip
from pipeline.source.reader import parse_yaml
from pipeline.spec.words import described

_STEP = re.compile(r"""(?:^|\.)(?P<name>[^\W\d][\w-]*)|(?:^|\.)"(?P<quoted>[^"]+)"|\[(?P<index>\d{1,6})\]""")


def make_changes(job: Document, changes: Iterable[str]) -> None:
    """Make each of `changes` (`path=value`, the value in YAML) in the job, the last one on top.

    Raises:
        JobError: what cannot be made, each naming the change as its place. What is made and wrong is found later.
    """
    problems: list[Problem] = []
    for change in changes:
        try:
            _make(job, change)
        except JobError as error:
            problems += [problem for problem in error.problems if isinstance(problem, Problem)]
    if problems:
        raise JobError(*problems)


def _make(job: Document, change: str) -> None:
    place = f"--set {clip(change)}"
    text, equals, value = change.partition("=")
    path = _path_of(text.strip())
    if not equals or path is None:
        hint = 'such as matrix.seed=1..4; quote a name with a dot: prices."flux-pro-1.1"=0.04'
        raise JobError(Problem(place, 0, 0, (), "is not read", "PATH=VALUE", hint))
    over = _value_of(value, place, path)
    for length in range(len(path)):
        holder = _at(job, path[:length])
        step = path[length]
        if isinstance(step, str) and isinstance(holder, dict):
            if step not in holder and length < len(path) - 1:
                job.lay(Document(place, {}, {(): Mark(0, 0)}), path[: length + 1])
        elif not (isinstance(step, int) and isinstance(holder, list) and step < len(holder)):
            raise JobError(_no_such_place(job, place, path[:length], step))
    job.lay(over, path)


def _path_of(text: str) -> Path | None:
    """`matrix.seed[2]` as `("matrix", "seed", 2)`; None when it is no path."""
    steps: list[str | int] = []
    end = 0
    while end < len(text):
        step = _STEP.match(text, end)
        if step is None or text.startswith("."):
            return None
        steps.append(int(step["index"]) if step["index"] else step["name"] or step["quoted"])
        end = step.end()
    return tuple(steps) if steps and isinstance(steps[0], str) else None


def _value_of(text: str, place: str, path: Path) -> Document:
    """The value, with this change as the place of all that is in it."""
    try:
        read = parse_yaml(text, place)
    except JobError as error:
        raise JobError(*(_placed(problem, path) for problem in error.problems)) from None
    if read.commented or (read.value is None and text.lstrip().startswith("#")):
        hint = "quote a text that holds it"
        raise JobError(Problem(place, 0, 0, path, "`#` begins a comment, and ends the value", hint=hint))
    here = Mark(0, 0)
    marks = dict.fromkeys(read.marks, here) | {(): here}
    problems = [_placed(problem, path) for problem in read.problems]
    return Document(place, read.value, marks, dict.fromkeys(read.key_marks, here), problems)


def _placed(problem: object, path: Path) -> Problem:
    assert isinstance(problem, Problem)
    return problem._replace(line=0, column=0, path=(*path, *problem.path))


def _at(job: Document, path: Path) -> object:
    value = job.value
    for step in path:
        value = value[step]
    return value


def _no_such_place(job: Document, place: str, path: Path, step: str | int) -> Problem:
    holder = _at(job, path)
    if isinstance(step, int) and isinstance(holder, list):
        return Problem(place, 0, 0, (*path, step), f"there are {len(holder)} entries, counted from 0")
    shown = breadcrumbs(path)
    wanted = f"no entry {step}" if isinstance(step, int) else f"nothing called `{clip(step)}`"
    hint = did_you_mean(str(step), holder) if isinstance(holder, dict) else f"set `{shown}` as a whole"
    return Problem(place, 0, 0, path, f"is {described(holder)}, and holds {wanted}", hint=hint)
