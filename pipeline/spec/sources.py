"""Prompts that stand in files: rows of a table, lines of a text, files by a pattern. Each is written out by its id."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as FilePath
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from pipeline.errors import JobError
from pipeline.source.nearest import did_you_mean, listed
from pipeline.source.problem import Mark, Path, Problem, clip
from pipeline.source.reader import file_bytes, text_of
from pipeline.spec.draft import Draft
from pipeline.spec.literals import json_text
from pipeline.spec.problems import validated_as
from pipeline.spec.shape import RawSource
from pipeline.spec.tables import Table, is_table, read_table, wanted_rows, why_no_table
from pipeline.spec.words import written

_TEXT_COLUMNS = ("prompt", "text")


class _Found(NamedTuple):
    """A prompt and the line on which it stands; `whole`: it is all that its file says."""

    id: str
    entry: dict[str, Any]
    file: FilePath
    line: int
    whole: bool = False


def write_out_prompts(draft: Draft, folder: FilePath) -> list[str]:
    """Write out a list of sources as prompts by id; what is wrong is reported, and the section taken out.

    Files are looked for from `folder`. Returns lines for the plan: what becomes of the columns of each table.
    """
    sources = draft.at("prompts")
    if not isinstance(sources, list) or not sources:
        return []
    known = len(draft.problems)
    found: dict[str, _Found] = {}
    notes: list[str] = []
    clashes: set[tuple[FilePath, FilePath]] = set()
    for index in range(len(sources)):
        path: Path = ("prompts", index)
        asked = validated_as(draft, path, RawSource)
        if asked is None or not asked.file:
            continue
        try:
            for prompt in _prompts(draft, path, asked, folder, notes):
                _add(draft, found, prompt, clashes)
        except JobError as error:
            draft.problems += [problem for problem in error.problems if isinstance(problem, Problem)]
    if len(draft.problems) > known:
        draft.remove(("prompts",))
        return []
    draft.document.value["prompts"] = {id_: prompt.entry for id_, prompt in found.items()}
    for id_, prompt in found.items():
        mark = Mark(prompt.line, 1, str(prompt.file))
        draft.document.marks["prompts", id_] = draft.document.key_marks["prompts", id_] = mark
        if prompt.whole:
            draft.prompt_files[id_] = prompt.file
    return notes


def _add(draft: Draft, found: dict[str, _Found], prompt: _Found, clashes: set[tuple[FilePath, FilePath]]) -> None:
    """Report the first clash of two files: of one that is named twice, every prompt would clash."""
    first = found.setdefault(prompt.id, prompt)
    if first is not prompt and (first.file, prompt.file) not in clashes:
        clashes.add((first.file, prompt.file))
        message = f"the prompt `{clip(prompt.id)}` stands here and at {first.file}:{first.line}"
        path: Path = ("prompts", prompt.id)
        hint = "give each prompt an id of its own"
        draft.problems.append(Problem(str(prompt.file), prompt.line, 1, path, message, hint=hint))


def _prompts(draft: Draft, path: Path, asked: RawSource, folder: FilePath, notes: list[str]) -> Iterator[_Found]:
    more = {"raw": True} if asked.raw else {}
    for file in _files(draft, path, asked.file, folder):
        # A text has a prompt a line where it is named, and is one prompt where a pattern finds it.
        if is_table(file) and not (file.suffix.lower() == ".txt" and _is_pattern(asked.file)):
            yield from _rows(draft, path, asked, file, notes, more)
        else:
            _refuse_columns(draft, path, asked)
            text = text_of(file_bytes(file), str(file))
            yield _Found(file.stem, {"text": text} | more, file, 1, whole=True)


def _refuse_columns(draft: Draft, path: Path, asked: RawSource) -> None:
    """A file that is one prompt has no columns."""
    for key in ("id", "text", "where"):
        if key in draft.mapping(*path):
            message = f"`{clip(asked.file)}` has no columns: each file is one prompt"
            draft.report((*path, key), message, hint="remove it", at_key=True)


def _is_pattern(file: str) -> bool:
    return any(letter in file for letter in "*?[")


def _files(draft: Draft, path: Path, file: str, folder: FilePath) -> list[FilePath]:
    if not _is_pattern(file):
        message, expected, hint = why_no_table(folder / file, file)
        if message and not (folder / file).is_file():  # one of another ending is one prompt
            draft.report((*path, "file"), message, expected, hint)
            return []
        return [folder / file]
    try:
        files = sorted(found for found in folder.glob(file) if found.is_file())
    except (ValueError, NotImplementedError, OSError):
        files = []
    if not files:
        hint = "name files from the job's folder on, such as prompts/*.txt"
        draft.report((*path, "file"), f"no file matches `{clip(file)}`", hint=hint)
    return files


def _rows(
    draft: Draft, path: Path, asked: RawSource, file: FilePath, notes: list[str], more: dict[str, Any]
) -> Iterator[_Found]:
    table = read_table(file)
    text = _text_column(draft, path, asked, table)
    id_ = _column(draft, (*path, "id"), asked.id, table) if asked.id is not None else _among(("id",), table)
    wanted = [_column(draft, (*path, "where", name), name, table) for name in asked.where]
    if text is None or None in wanted:
        return
    rows = wanted_rows(table.rows, asked.where, asked.limit, asked.sample)
    if not rows:
        draft.report((*path, "where"), f"no row of `{clip(asked.file)}` is left", hint="mend its values", at_key=True)
    for row in rows:
        label = f"{file.stem}-{row.line}" if id_ is None else written(row.values.get(id_)).strip()
        if not label:
            raise JobError(Problem(table.file, row.line, 1, ("prompts",), f"`{clip(str(id_))}` is empty here"))
        yield _Found(label, _entry(row.values.get(text)) | more, file, row.line)
    if table.columns:
        roles = dict.fromkeys(table.columns, "is not used") | {id_: "labels"} | {text: "is the prompt"}
        notes.append(f"prompts: {asked.file}: " + ", ".join(f"{clip(name)} {roles[name]}" for name in table.columns))


def _entry(value: Any) -> dict[str, Any]:
    """A text is a template; a mapping or a list is sent as its JSON."""
    if isinstance(value, dict | list):
        return {"text": json_text(value), "raw": True}
    return {"text": "" if value is None else written(value)}


def _text_column(draft: Draft, path: Path, asked: RawSource, table: Table) -> str | None:
    """The column that holds the prompts: the one named, `prompt` or `text`, or the only one; "" for bare texts."""
    if not table.columns:
        return ""
    if asked.text is not None:
        return _column(draft, (*path, "text"), asked.text, table)
    others = [name for name in table.columns if name not in (asked.id, "id")]
    found = _among(_TEXT_COLUMNS, table) or (others[0] if len(others) == 1 else None)
    if found is None:
        hint = f"write `text: COLUMN`; there is {listed(map(clip, table.columns))}"
        draft.report(path, f"which column of `{clip(asked.file)}` holds the prompts?", hint=hint)
    return found


def _among(names: tuple[str, ...], table: Table) -> str | None:
    return next((name for name in names if name in table.columns), None)


def _column(draft: Draft, path: Path, name: str, table: Table) -> str | None:
    if name in table.columns:
        return name
    there = listed(map(clip, table.columns))
    hint = did_you_mean(name, table.columns) or (f"there is {there}" if there else "its rows are bare texts")
    file = PurePosixPath(table.file).name
    draft.report(path, f"`{clip(file)}` has no column `{clip(name)}`", hint=hint, at_key=path[-2] == "where")
    return None
