"""The forms of an axis beside a list of values: each is written out in the draft, as the list that it stands for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

from pydantic import BaseModel

from pipeline.catalog.model import Param
from pipeline.errors import JobError
from pipeline.source.nearest import did_you_mean, listed
from pipeline.source.problem import Mark, Path, Problem, clip
from pipeline.source.scalar import Refused, plain_scalar
from pipeline.spec.chance import sampled
from pipeline.spec.draft import Columns, Draft
from pipeline.spec.keys import NOT_AXES, RESERVED
from pipeline.spec.literals import is_literal
from pipeline.spec.pictures import Pictures
from pipeline.spec.problems import validated_as
from pipeline.spec.shape import RawDrawn, RawFolder, RawTable, RawValues
from pipeline.spec.tables import Row, Table, read_table, wanted_rows, why_no_table
from pipeline.spec.words import written

FORMS: dict[str, type[BaseModel]] = {"values": RawValues, "file": RawTable, "folder": RawFolder, "random": RawDrawn}
ALWAYS_THERE = ("prompt", "model")


def write_out_axes(draft: Draft, folder: FilePath, params: Mapping[str, Param], pictures: Pictures) -> None:
    """Write out every axis that is a mapping; one that cannot be is reported and taken out.

    Files are looked for from `folder`; what is written in them is read by what the job's `params` take.
    """
    for name, value in list(draft.mapping("matrix").items()):
        path: Path = ("matrix", name)
        if not isinstance(value, dict) or name in NOT_AXES:
            continue
        form = next((form for form in FORMS if form in value), None)
        if form is None and is_literal(value) and name not in RESERVED:
            continue
        if form is None:
            _refuse(draft, path)
            continue
        _settle(draft, path, form)
        known = len(draft.problems)
        shape = validated_as(draft, path, FORMS[form])
        if shape is None or (len(draft.problems) > known and form == "file"):
            draft.remove(path)
            continue
        _confine(draft, path)
        if isinstance(shape, RawTable):
            _write_out_table(draft, path, shape, folder, params)
        elif isinstance(shape, RawFolder):
            _write_out_folder(draft, path, shape, params, pictures)
        elif isinstance(shape, RawDrawn):
            _write_out_drawn(draft, path, shape)
        else:
            _write_out_values(draft, path, "values")


def _refuse(draft: Draft, path: Path) -> None:
    draft.report(path, "got a mapping", "a list of values, or one value", "begin it with `- `")
    draft.remove(path)


def _settle(draft: Draft, path: Path, form: str) -> None:
    """Report the keys that the form does not take, and take them out."""
    known = [field.alias or name for name, field in FORMS[form].model_fields.items()]
    for key in [key for key in draft.mapping(*path) if key not in known]:
        hint = did_you_mean(key, known) or f"there is {listed(known)}"
        draft.report((*path, key), f"an axis with `{form}` takes no `{clip(key)}`", hint=hint, at_key=True)
        draft.mapping(*path).pop(key)


def _confine(draft: Draft, path: Path) -> None:
    """Lift an axis' `when` to where all of them are read."""
    name, when = str(path[-1]), (*path, "when")
    if "when" not in draft.mapping(*path):
        return
    if name in ALWAYS_THERE:
        hint = "cut cells by `exclude`, add some by `include`"
        draft.report(when, f"every cell has a {name}: `{name}` cannot be confined", hint=hint, at_key=True)
        draft.mapping(*path).pop("when")
    else:
        draft.lift(when, ("matrix", "when", name))


def _write_out_values(draft: Draft, path: Path, key: str) -> None:
    if isinstance(draft.at(*path, key), dict):
        draft.report((*path, key), "got a mapping", "a list of values, or one value")
        draft.remove(path)
    else:
        draft.lift((*path, key), path)


def _write_out_drawn(draft: Draft, path: Path, asked: RawDrawn) -> None:
    """Keep the terms of the draw beside the axis, which becomes what is drawn from."""
    name = str(path[-1])
    if name in ALWAYS_THERE:
        draft.report((*path, "random"), f"`{name}` is compared, not drawn", hint="list its values", at_key=True)
        draft.remove(path)
        return
    if asked.of is None and name != "seed":
        hint = f"write `{clip(name)}: {{random: {asked.random}, of: [ … ]}}`"
        draft.report(path, "`of` is missing: only seeds can be drawn from nothing", hint=hint, at_key=True)
        draft.remove(path)
        return
    draft.draws[name] = asked
    for key in ("random", "per"):
        draft.document.lifted[(*path, key)] = (*path, key)
    if asked.of is None:
        draft.put(path, [], [])
    else:
        _write_out_values(draft, path, "of")


def _write_out_folder(
    draft: Draft, path: Path, asked: RawFolder, params: Mapping[str, Param], pictures: Pictures
) -> None:
    name, there = str(path[-1]), draft.document.mark((*path, "folder"))
    if name not in params or not params[name].image:
        images = listed(param for param in params if params[param].image)
        draft.report((*path, "folder"), f"`{clip(name)}` takes no images", f"an axis of images: {images}", at_key=True)
        draft.remove(path)
        return
    try:
        files = pictures.matching(asked.folder)[: asked.limit]
    except (ValueError, NotImplementedError, OSError):
        files = []
    if asked.sample is not None:
        files = sampled(files, asked.sample.n, asked.sample.salt, str)
    if not files:
        hint = "name files from the job's folder on, such as refs/*.png"
        draft.report((*path, "folder"), f"no file matches `{clip(asked.folder)}`", hint=hint)
        draft.remove(path)
    else:
        draft.put(path, files, [there] * len(files))


def _write_out_table(draft: Draft, path: Path, asked: RawTable, folder: FilePath, params: Mapping[str, Param]) -> None:
    known = len(draft.problems)
    message, expected, hint = why_no_table(folder / asked.file, asked.file)
    if message:
        draft.report((*path, "file"), message, expected, hint)
        draft.remove(path)
        return
    try:
        table = read_table(folder / asked.file)
    except JobError as error:
        draft.problems += [problem for problem in error.problems if isinstance(problem, Problem)]
        draft.remove(path)
        return
    _check_columns(draft, path, asked, table)
    rows = wanted_rows(table.rows, asked.where, asked.limit, asked.sample)
    if not rows and len(draft.problems) == known:
        draft.report((*path, "where"), f"no row of `{clip(asked.file)}` is left", hint="mend its values", at_key=True)
    if len(draft.problems) > known:
        draft.remove(path)
        return
    values: list[Any] = []
    for row in rows:
        try:
            value = _parts(row, asked, params) if table.columns else _typed(str(path[-1]), row.values[""], params)
            values.append(value)
        except Refused as refused:
            problem = Problem(table.file, row.line, 1, path, refused.message, hint=refused.hint)
            draft.problems.append(problem)
            draft.remove(path)
            return
    if table.columns:
        names = tuple(asked.renamed.get(name, name) for name in asked.columns or table.columns)
        wanted = frozenset(names if asked.columns else asked.renamed.values())
        where = frozenset(asked.renamed.get(name, name) for name in asked.where)
        id_ = None if asked.id is None else asked.renamed.get(asked.id, asked.id)
        beside = [name for name in (id_, *sorted(where)) if name is not None and name not in names]
        draft.tables[str(path[-1])] = Columns(asked.file, (*beside, *names), wanted, id_, where)
    draft.from_files.add(str(path[-1]))
    draft.put(path, values, [Mark(row.line, 1, table.file) for row in rows])


def _check_columns(draft: Draft, path: Path, asked: RawTable, table: Table) -> None:
    """Report every column that the job names and the file does not have, and names that two columns would get."""
    named: list[tuple[Path, str]] = [
        ((*path, "columns", place), name) for place, name in enumerate(asked.columns or ())
    ]
    named += [((*path, "as", name), name) for name in asked.renamed]
    named += [((*path, "where", name), name) for name in asked.where]
    named += [((*path, "id"), asked.id)] if asked.id is not None else []
    for at, name in named:
        if name not in table.columns:
            there = listed(clip(column) for column in table.columns)
            hint = did_you_mean(name, table.columns) or (f"there is {there}" if there else "its rows are bare texts")
            message = f"`{clip(asked.file)}` has no column `{clip(name)}`"
            draft.report(at, message, hint=hint, at_key=isinstance(at[-1], str) and at[-1] != "id")
    kept = [asked.renamed.get(name, name) for name in asked.columns or table.columns]
    for name, to in asked.renamed.items():
        if kept.count(to) > 1:
            draft.report((*path, "as", name), f"two columns would be called `{clip(to)}`", hint="choose another name")


def _parts(row: Row, asked: RawTable, params: Mapping[str, Param]) -> dict[str, Any]:
    """A row as a compound value: the columns that are kept, by the names that the job gives them, and its label."""
    wanted = row.values if asked.columns is None else [name for name in asked.columns if name in row.values]
    parts = {}
    for column in wanted:
        name = asked.renamed.get(column, column)
        parts[name] = _typed(name, row.values[column], params)
    if asked.id is not None:
        parts["id"] = written(row.values.get(asked.id))
    return parts


def _typed(name: str, value: Any, params: Mapping[str, Param]) -> Any:
    """A text of a file as what `name` takes: numbers for parameters that are numbers; nothing leaves one out.

    Raises:
        Refused: a number that people read in two ways.
    """
    param = params.get(name)
    if not isinstance(value, str) or (param is None and name not in RESERVED):
        return value
    if param is not None and param.type == "string":
        return value or None
    return plain_scalar(value)
