"""Marks: stars, rejects, tags and notes that a person gave pictures, by task key, as the page saves them (pure)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import msgspec

from pipeline.errors import JobError
from pipeline.manifest.state import Manifest
from pipeline.rows.rows import Row
from pipeline.source.problem import Path, Problem

FORMAT = "fluxsweep marks"
VERSION = 1

_KEY = r"^[0-9a-f]{64}$"
_INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"
_WORDS = {_KEY: "the key of a task, 64 hex digits", _INSTANT: "a time such as 2026-11-22T20:15:00Z"}
_MEND = "mend it, or save marks.json from the page again"


class Mark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person said of one picture. `at` is when, as ISO 8601."""

    at: Annotated[str, msgspec.Meta(pattern=_INSTANT)]
    stars: Annotated[int, msgspec.Meta(ge=0, le=5)] = 0
    reject: bool = False
    tags: tuple[str, ...] = ()
    note: str = ""


class Marks(msgspec.Struct, frozen=True):
    """The marks of `job`, by task key."""

    job: str
    marks: dict[str, Mark]

    def rejected(self) -> frozenset[str]:
        """The keys of what a person does not want."""
        return frozenset(key for key, mark in self.marks.items() if mark.reject)

    def unknown(self, manifest: Manifest) -> list[str]:
        """The keys of which `manifest` never heard."""
        return [key for key in self.marks if key not in manifest.tasks]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    version: int
    job: str
    marks: dict[Annotated[str, msgspec.Meta(pattern=_KEY)], Any]


class _Twice(ValueError):
    pass


def read_marks(content: bytes, name: str) -> Marks:
    """The marks in a file's `content`; `name` is what people call the file.

    Raises:
        JobError: it is no such file, a newer one, or anything in it is not as it must be; every such place is told.
    """
    try:
        text = content.decode()
        tree = json.loads(text, object_pairs_hook=_mapping)
    except UnicodeDecodeError as error:
        raise JobError(_problem(name, content[: error.start].decode(), (), "this is no UTF-8 text")) from None
    except json.JSONDecodeError as error:
        raise JobError(_problem(name, text[: error.pos], (), f"this is no JSON: {error.msg}")) from None
    except RecursionError:
        raise JobError(_problem(name, "", (), "this is nested too deep")) from None
    except _Twice as error:
        before = text[: max(text.rfind(f'"{error}"'), 0)]
        raise JobError(_problem(name, before, (str(error),), "this stands here twice")) from None
    if not isinstance(tree, dict) or tree.get("format") != FORMAT:
        raise JobError(_problem(name, "", (), "this is no file of marks", f'{{"format": "{FORMAT}", …}}'))
    if (version := tree.get("version")) != VERSION:
        message, hint = f"this fluxsweep reads no version {version!r}", "a newer fluxsweep may"
        raise JobError(_problem(name, _before(text, ("version",)), ("version",), message, str(VERSION), hint))
    try:
        file = msgspec.convert(tree, _File)
    except msgspec.ValidationError as error:
        message, path = _told(error)
        raise JobError(_problem(name, _before(text, path), path, message)) from None
    problems = list(_wrong_marks(file.marks, text, name))
    if problems:
        raise JobError(*problems)
    return Marks(file.job, msgspec.convert(file.marks, dict[str, Mark]))


def marked(rows: Sequence[Row], marks: Marks) -> list[Row]:
    """`rows` with what `marks` say of their pictures."""
    return [_marked(row, marks.marks.get(row.key)) for row in rows]


def _marked(row: Row, mark: Mark | None) -> Row:
    if mark is None:
        return row
    said = {"stars": mark.stars or None, "reject": mark.reject, "tags": mark.tags, "note": mark.note}
    return msgspec.structs.replace(row, **said)


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    tree = dict(pairs)
    if len(tree) != len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1))
    return tree


def _wrong_marks(marks: Mapping[str, Any], text: str, name: str) -> Iterator[Problem]:
    for key, tree in marks.items():
        try:
            msgspec.convert(tree, Mark)
        except msgspec.ValidationError as error:
            message, path = _told(error)
            yield _problem(name, _before(text, (key,)), ("marks", key[:12], *path), message)


def _told(error: msgspec.ValidationError) -> tuple[str, Path]:
    """`Expected int <= 5 - at $.stars` as message and path; a pattern in words."""
    message, _, path = str(error).replace("`", "").partition(" - at ")
    message = next((f"expected {words}" for pattern, words in _WORDS.items() if repr(pattern) in message), message)
    steps = [step for step in path.removeprefix("key in ").removeprefix("$").split(".") if step]
    return message[:1].lower() + message[1:], tuple(steps)


def _before(text: str, path: Path) -> str:
    """The text up to where the first name of `path` stands."""
    at = text.find(f'"{path[0]}"') if path else 0
    return text[: max(at, 0)]


def _problem(name: str, before: str, path: Path, message: str, expected: str = "", hint: str = _MEND) -> Problem:
    line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
    return Problem(name, line, column, path, message, expected, hint)
