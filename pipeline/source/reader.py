"""The strict YAML reader: libyaml's event stream, YAML 1.2 scalars, and no feature that surprises."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path as FilePath
from typing import Any

import yaml

from pipeline.errors import JobError
from pipeline.source.document import Document
from pipeline.source.problem import Mark, Path, Problem, clip
from pipeline.source.scalar import Refused, plain_scalar
from pipeline.source.syntax import in_plain_words

MAX_BYTES = 1 << 20
MAX_DEPTH = 32

_COMMENT = re.compile(r"[ \t]+#")
UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def read_yaml(text: str | bytes, file: str) -> Document:
    """The document that `text` says; `file` names it in problems.

    Raises:
        JobError: any mistake, all of them together.
    """
    document = parse_yaml(text, file)
    if document.problems:
        raise JobError(*sorted(document.problems))
    return document


def parse_yaml(text: str | bytes, file: str) -> Document:
    """As `read_yaml`, but mistakes that allow reading on are left in `Document.problems` for the caller to report.

    Raises:
        JobError: what the file says cannot be known (syntax, aliases, merge keys, depth, size, encoding).
    """
    return _Builder(_decoded(text, file), file).build()


def file_bytes(path: FilePath, limit: int = MAX_BYTES) -> bytes:
    """The bytes of `path`, at most one more than `limit`.

    Raises:
        JobError: it is missing, a folder, or unreadable.
    """
    try:
        with path.open("rb") as file:
            return file.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = os.strerror(error.errno).lower() if isinstance(error, OSError) and error.errno else str(error)
        raise JobError(Problem(str(path), 1, 1, (), f"cannot be read: {reason}")) from error


def text_of(content: bytes, file: str, limit: int = MAX_BYTES) -> str:
    """`content` as text, without a byte order mark.

    Raises:
        JobError: over `limit` bytes, not UTF-8, or with a character that no text file holds.
    """
    return _decoded(content, file, limit)


def _decoded(content: str | bytes, file: str, limit: int = MAX_BYTES) -> str:
    try:
        raw = content.encode() if isinstance(content, str) else content
        text = raw.decode("utf-8-sig")
    except UnicodeEncodeError as error:
        raise JobError(Problem(file, 1, 1, (), f"a lone surrogate at character {error.start}")) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        message = f"not UTF-8: byte 0x{error.object[error.start]:02x} at offset {error.start}"
        raise JobError(Problem(file, line, 1, (), message, hint="save the file as UTF-8")) from error
    if len(raw) > limit:
        raise JobError(Problem(file, 1, 1, (), f"the file is larger than {limit >> 20} MiB"))
    if bad := UNPRINTABLE.search(text):
        before = text[: bad.start()]
        line, column = before.count("\n") + 1, bad.start() - before.rfind("\n")
        raise JobError(
            Problem(file, line, column, (), f"a control character, U+{ord(bad.group()):04X}", hint="remove it")
        )
    return text


class _Stop(Exception):
    """Nothing sensible follows: the last problem says why."""


class _Builder:
    """Builds plain values from events. Recursion is as deep as the file, which `MAX_DEPTH` bounds."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._lines = text.split("\n")
        self._document = Document(file)
        self._events: Iterator[Any] = iter(yaml.parse(text, Loader=yaml.CSafeLoader))
        self._broken = False
        self._anchors: set[str] = set()

    def build(self) -> Document:
        problems = self._document.problems
        try:
            self._documents()
        except _Stop:
            self._broken = True
        except yaml.YAMLError as error:
            mark, message, hint = in_plain_words(error, self._text.splitlines())
            problems.append(Problem(self._document.file, *mark[:2], (), message, hint=hint))
            self._broken = True
        if self._broken:
            raise JobError(*sorted(problems))
        return self._document

    def _documents(self) -> None:
        seen = False
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                if seen:
                    self._report(event, (), "a second document begins here", "keep one document a file")
                    raise _Stop
                seen = True
                self._document.value = self._value(next(self._events), ())

    def _value(self, event: Any, path: Path) -> Any:
        self._document.marks[path] = _mark(event)
        self._refuse_sharing(event, path)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        if isinstance(event, yaml.AliasEvent):
            return None
        if len(path) >= MAX_DEPTH:
            self._report(event, (), f"nested more than {MAX_DEPTH} deep", "close a bracket")
            raise _Stop
        return self._list(path) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(event, path)

    def _list(self, path: Path) -> list[Any]:
        values: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            values.append(self._value(event, (*path, len(values))))
        return values

    def _mapping(self, start: Any, path: Path) -> dict[str, Any]:
        values: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, start, path)
            at = (*path, key)
            first = self._document.key_marks.get(at)
            if first is not None:
                self._report(event, at, f"the key `{clip(key)}` stands here and at line {first.line}", "keep one")
                self._skip(next(self._events))
                continue
            self._document.key_marks[at] = _mark(event)
            value_event = next(self._events)
            if start.flow_style and _is_absent(value_event):
                hint = f"quote text that has a comma, or write `{clip(key)}: null`"
                self._report(event, at, f"`{clip(key)}` has no value", hint)
                continue
            values[key] = self._value(value_event, at)
        return values

    def _key(self, event: Any, mapping: Any, path: Path) -> str:
        self._refuse_sharing(event, path)
        if not isinstance(event, yaml.ScalarEvent):
            begun = _mark(mapping)
            if isinstance(event, yaml.MappingStartEvent) and _mark(event) == Mark(begun.line, begun.column + 1):
                self._report(event, path, "`{{` begins a YAML mapping", "quote a text that holds `{{ … }}`")
            else:
                self._report(event, path, "a key must be a text", "write `key: value`")
            raise _Stop
        text = str(event.value)
        if event.implicit[0] and text == "<<":
            self._report(event, path, "merge keys (`<<`) are not read", "write the keys out")
            self._broken = True
        elif event.implicit[0] and not _reads_as_text(text):
            self._report(event, (*path, text), f"the key `{clip(text)}` is not a text", f'quote it: "{clip(text)}"')
        return text

    def _scalar(self, event: Any, path: Path) -> Any:
        if "\0" in event.value:
            self._report(event, path, "a text may not hold the character NUL", "remove it")
        if event.style == "|":
            self._document.blocks.add(path)
        if not event.implicit[0]:
            return event.value
        # An empty value at the very end of a text ends on a line that is not there.
        line = event.end_mark.line
        if line < len(self._lines) and _COMMENT.match(self._lines[line], event.end_mark.column):
            self._document.commented.add(path)
        try:
            return plain_scalar(event.value)
        except Refused as refused:
            self._report(event, path, refused.message, refused.hint)
            return refused.likely

    def _refuse_sharing(self, event: Any, path: Path) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._broken = True
            if event.anchor not in self._anchors:  # else its anchor is the mistake, however often it is used
                message = f"aliases (`*{clip(str(event.anchor))}`) are not read"
                self._report(event, path, message, "write the value out, or quote a text")
        elif event.anchor is not None:
            self._anchors.add(event.anchor)
            message = f"anchors (`&{clip(str(event.anchor))}`) are not read"
            self._report(event, path, message, "write the value out where it is used, or quote a text")
        if getattr(event, "tag", None) is not None:
            self._report(event, path, f"tags (`{clip(event.tag)}`) are not read", "remove it, or quote a text")

    def _skip(self, event: Any) -> None:
        """Pass over a whole value, without marks."""
        depth = 0
        while True:
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth == 0:
                return
            event = next(self._events)

    def _report(self, event: Any, path: Path, message: str, hint: str) -> None:
        self._document.problems.append(Problem(self._document.file, *_mark(event)[:2], path, message, hint=hint))


def _mark(event: Any) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)


def _is_absent(event: Any) -> bool:
    """Nothing at all was written for this value (not even `null`)."""
    return isinstance(event, yaml.ScalarEvent) and event.implicit[0] and not event.value and not event.style


def _reads_as_text(text: str) -> bool:
    try:
        return isinstance(plain_scalar(text), str)
    except Refused:
        return False
