"""Which tasks a person means: by the first digits of a key, or by a label."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from pipeline.errors import JobError
from pipeline.manifest.record import Record
from pipeline.manifest.state import Manifest

_PREFIX = re.compile(r"[0-9a-f]{6,64}")


def named_tasks(manifest: Manifest, names: Sequence[str], fits: Callable[[Record], bool], kind: str) -> list[str]:
    """The tasks that `names` mean, each once, all of which must fit; `kind` says in words what fits.

    Raises:
        JobError: a name means no task, or several, or one that does not fit; every such name is told.
    """
    labels = labels_of(manifest)
    found: dict[str, None] = {}
    problems = []
    for name in names:
        keys = _meant(labels, name)
        fitting = [key for key in keys if fits(manifest.record(key))]
        if len(fitting) == 1:
            found[fitting[0]] = None
        elif fitting:
            problems.append(f"{name}: means {len(fitting)} tasks {kind}; type more digits of the key")
        elif keys:
            status = manifest.record(keys[0]).status.replace("_", " ")
            problems.append(f"{name}: is {status}, not {kind}")
        else:
            problems.append(f"{name}: no task's label, nor the first 6 digits or more of a key")
    if problems:
        raise JobError(*problems, "Nothing was changed.")
    return list(found)


def labels_of(manifest: Manifest) -> dict[str, set[str]]:
    """Every label that each task has: cells can share one. A task that never was in a whole plan has none."""
    labels: dict[str, set[str]] = {key: set() for key in manifest.tasks}
    for key, label in manifest.labels.items():
        labels[key].add(label)
    for cell in manifest.cells:
        labels[cell.key].add(cell.label)
    return labels


def _meant(labels: Mapping[str, set[str]], name: str) -> list[str]:
    labelled = [key for key, known in labels.items() if name in known]
    if labelled or not _PREFIX.fullmatch(name):
        return labelled
    return [key for key in labels if key.startswith(name)]
