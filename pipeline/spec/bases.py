"""What a job file stands on: the files that it extends, and below them the defaults of its project."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from pathlib import Path as FilePath

from pipeline.errors import JobError
from pipeline.source.document import Document
from pipeline.source.nearest import did_you_mean, one_off
from pipeline.source.problem import clip
from pipeline.source.reader import file_bytes, parse_yaml
from pipeline.spec.changes import make_changes
from pipeline.spec.keys import REQUIRED
from pipeline.spec.paths import defaults_file
from pipeline.spec.words import described

# What makes a job this one: it cannot be a default of all.
OF_A_JOB = ("version", "name", "prompts", "matrix", "overrides", "extends")


def read_document(path: FilePath, changes: Sequence[str] = ()) -> Document:
    """The job file at `path` over what it extends, over its project's defaults; on top the `changes` (`--set`).

    Of mappings the keys are merged; a list or a value goes in place of the one below. What is in it is read as if it
    stood in the job file, but its marks name the file that has it.

    Raises:
        JobError: one of the files cannot be read at all, or extends itself, or a change cannot be made.
    """
    layers = _layers(path)
    job = Document(str(path), {})
    if (defaults := _defaults(path)) is not None:
        job.lay(defaults)
    for layer in reversed(layers):
        job.lay(layer)
    make_changes(job, changes)
    return job


def _layers(path: FilePath) -> list[Document]:
    """The job file and what it extends, the nearest first."""
    document = _mapping(path, str(path))
    layers, met = [document], {path.resolve(): str(path)}
    while (text := _taken(document)) is not None:
        base = path.parent / text
        try:
            resolved, there = base.resolve(), base.is_file()
        except (OSError, RuntimeError):
            raise _wrong(document, f"`{clip(text)}` is not a file's name", "name a job file") from None
        if resolved in met:
            circle = " → ".join([*list(met.values())[list(met).index(resolved) :], met[resolved]])
            raise _wrong(document, f"`{clip(text)}` extends itself: {circle}", "name another file")
        path, name = base, os.path.normpath(base)
        met[resolved] = name
        if not there:
            near = did_you_mean(base.name, _beside(base, met)) or "it is looked for from the file that names it"
            raise _wrong(document, f"there is no file `{clip(text)}`", near)
        document = _mapping(base, name)
        layers.append(document)
    return layers


def _taken(document: Document) -> str | None:
    """The file that a document extends; the key is taken out of it."""
    key = "extends" if "extends" in document.value else one_off("extends", document.value)
    if key is None:
        return None
    if key != "extends":
        problem = document.problem((key,), f"unknown key `{key}`", hint="did you mean `extends`?", at_key=True)
        document.problems.append(problem)
    text = document.value[key]
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise JobError(*document.problems, document.problem((key,), f"got {described(text)}", "the name of a file"))
    document.key_marks[("extends",)], document.marks[("extends",)] = document.key_marks[(key,)], document.marks[(key,)]
    del document.value[key]
    return text


def _wrong(document: Document, message: str, hint: str) -> JobError:
    return JobError(*document.problems, document.problem(("extends",), message, hint=hint))


def _defaults(path: FilePath) -> Document | None:
    """The project's defaults, without what cannot be one; None where there are none."""
    file = defaults_file(path)
    if file is None:
        return None
    near = os.path.relpath(file)
    document = parse_yaml(file_bytes(file), near if len(near) < len(str(file)) else str(file))
    if document.value is None:
        return None
    _check_mapping(document, "")
    for key in [key for key in OF_A_JOB if key in document.value]:
        hint = "keep what every job of the project has"
        problem = document.problem((key,), f"`{key}` belongs in a job file", hint=hint, at_key=True)
        document.problems.append(problem)
        del document.value[key]
    return document


def _mapping(path: FilePath, name: str) -> Document:
    document = parse_yaml(file_bytes(path), name)
    _check_mapping(document, "" if document.value is not None else REQUIRED["version"])
    return document


def _check_mapping(document: Document, hint: str) -> None:
    if not isinstance(document.value, dict):
        raise JobError(document.problem((), f"got {described(document.value)}", "a job: `key: value` lines", hint))


def _beside(path: FilePath, met: Collection[FilePath]) -> list[str]:
    files = path.parent.glob("*.yaml") if path.parent.is_dir() else ()
    return [file.name for file in files if file.resolve() not in met]
