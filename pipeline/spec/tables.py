"""Files of values: CSV, TSV, JSON lines, Parquet, and text with a value a line, each row with its line in the file."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from pipeline.errors import JobError
from pipeline.source.nearest import did_you_mean, listed
from pipeline.source.problem import Problem, clip
from pipeline.source.reader import file_bytes, text_of
from pipeline.spec.chance import sampled
from pipeline.spec.shape import RawSample
from pipeline.spec.words import described, written

MAX_BYTES = 64 << 20
MAX_ROWS = 100_000


@dataclass(frozen=True)
class Row:
    """One row: its values by column, and the line of the file on which it begins (in Parquet, its number)."""

    line: int
    values: dict[str, Any]


@dataclass(frozen=True)
class Table:
    """A file of rows; `columns` is empty where a row is a bare text, kept under the empty name."""

    file: str
    columns: tuple[str, ...]
    rows: list[Row]


def read_table(path: Path) -> Table:
    """The table in the file `path`, read by its ending (see `why_no_table`).

    Raises:
        JobError: it cannot be read, or some row of it is wrong; file and line are named.
    """
    rows: list[Row] = []
    for row in _rows(path):
        rows.append(row)
        if len(rows) > MAX_ROWS:
            raise _wrong(str(path), row.line, f"more than {MAX_ROWS:,} rows")
    if not rows:
        raise _wrong(str(path), 1, "the file holds no row")
    return Table(str(path), tuple(name for name in dict.fromkeys(n for row in rows for n in row.values) if name), rows)


def is_table(path: Path) -> bool:
    """Whether `read_table` reads files of this name."""
    return path.suffix.lower() in (*_READERS, _PARQUET)


def wanted_rows(
    rows: Sequence[Row], where: Mapping[str, Collection[Any]], limit: int | None, sample: RawSample | None
) -> list[Row]:
    """The rows that have, in every column of `where`, one of its values; the first `limit`; so many by chance."""
    wanted = {name: {written(value) for value in values} for name, values in where.items()}
    kept = [row for row in rows if all(written(row.values.get(name)) in texts for name, texts in wanted.items())]
    kept = kept[:limit]
    return kept if sample is None else sampled(kept, sample.n, sample.salt, lambda row: row.values)


def why_no_table(path: Path, asked: str) -> tuple[str, str, str]:
    """What is wrong with naming the file at `path`, what was expected, how to mend it; empty where nothing is."""
    if not path.is_file():
        there = islice(path.parent.iterdir(), 500) if path.parent.is_dir() else ()
        hint = did_you_mean(path.name, [near.name for near in there if is_table(near)])
        return f"there is no file `{clip(asked)}`", "", hint or "name it from the job's folder on"
    if not is_table(path):
        kind = f"`{clip(path.suffix)}`" if path.suffix else "a name without an ending"
        return f"no table is read from {kind}", listed([*_READERS, _PARQUET]), ""
    return "", "", ""


def _rows(path: Path) -> Iterator[Row]:
    if path.suffix.lower() == _PARQUET:
        from pipeline.spec.parquet import read_parquet

        return (Row(number, values) for number, values in enumerate(read_parquet(path, MAX_ROWS), 1))
    read = _READERS[path.suffix.lower()]
    return read(text_of(file_bytes(path, MAX_BYTES), str(path), MAX_BYTES), str(path))


def _lines(text: str, _file: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield Row(number, {"": line.strip()})


def _commas(text: str, file: str) -> Iterator[Row]:
    return _separated(text, file, ",")


def _tabs(text: str, file: str) -> Iterator[Row]:
    return _separated(text, file, "\t")


def _separated(text: str, file: str, delimiter: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = 0
    header: list[str] | None = None
    try:
        for fields in reader:
            line, before = before + 1, reader.line_num
            if not any(field.strip() for field in fields):
                continue
            if header is None:
                header = _header([field.strip() for field in fields], file, line)
            elif len(fields) != len(header):
                raise _wrong(file, line, f"{len(fields)} fields under {len(header)} columns", "quote text with a comma")
            else:
                yield Row(line, dict(zip(header, (field.strip() for field in fields), strict=True)))
    except csv.Error as error:
        raise _wrong(file, reader.line_num, f"not a table: {error}") from None


def _header(names: list[str], file: str, line: int) -> list[str]:
    for place, name in enumerate(names):
        if not name or name in names[:place]:
            message = f"two columns are called `{clip(name)}`" if name else f"column {place + 1} has no name"
            raise _wrong(file, line, message, "the first row names the columns")
    return names


def _objects(text: str, file: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, object_pairs_hook=_once, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise _wrong(file, number, f"not JSON: {error}", "one object a line") from None
        if not isinstance(value, dict) or "" in value:
            raise _wrong(file, number, f"got {described(value)}", "one object a line")
        yield Row(number, value)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"`{clip(next(name for name in names if names.count(name) > 1))}` stands twice")
    return value


def _refuse(word: str) -> Any:
    raise ValueError(f"it knows no {word}")


_READERS = {".csv": _commas, ".tsv": _tabs, ".jsonl": _objects, ".ndjson": _objects, ".txt": _lines}
_PARQUET = ".parquet"


def _wrong(file: str, line: int, message: str, hint: str = "") -> JobError:
    return JobError(Problem(file, line, 1, (), message, hint=hint))
