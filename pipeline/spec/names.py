"""Names that nothing reads and names that nothing sets. A pair of them that look alike is one mistake."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from pipeline.source.nearest import did_you_mean, listed, nearest, one_off
from pipeline.source.problem import Path, clip
from pipeline.spec.draft import Columns, Draft
from pipeline.spec.keys import NOT_AXES, RESERVED, SELECTIONS, rename
from pipeline.spec.options import LAID_OUT
from pipeline.spec.prompts import Template
from pipeline.spec.units import size_meaning

STANDING = ("prompt", "model", "seed", "size")


@dataclass
class Names:
    """A draft's names: who sets them, who reads them. Everything is asked of the draft anew, since it is mended.

    `templates` are the prompts by id; `expected` is what the job expects of a picture, a template too.
    """

    draft: Draft
    templates: dict[str, Template]
    params: Collection[str]
    expected: Template | None = None

    @property
    def every_template(self) -> list[Template]:
        """All that read names."""
        return [*self.templates.values(), *([self.expected] if self.expected else [])]

    @property
    def unread(self) -> bool:
        """Whether some template could not be read: nobody knows what it reads."""
        return self.draft.lost("prompts") or self.draft.lost("expect")

    def axes(self) -> list[str]:
        """The axes that the job writes, in its order."""
        return [name for name in self.draft.mapping("matrix") if name not in NOT_AXES]

    def compounds(self) -> dict[str, list[dict[str, Any]]]:
        """The compound axes: the values of each, as written."""
        found = {}
        for name in self.axes():
            values = self.draft.at("matrix", name)
            if name not in RESERVED and isinstance(values, list) and any(isinstance(value, dict) for value in values):
                found[name] = [value if isinstance(value, dict) else {} for value in values]
        return found

    def parts(self) -> set[str]:
        """Every name that a compound axis sets."""
        return {part for values in self.compounds().values() for value in values for part in value if part != "id"}

    def set_names(self) -> set[str]:
        """Every name that a template may read."""
        return {*self.axes(), *STANDING, *self.parts(), *self.draft.mapping("vars")} - {"prompt"}

    def readers(self, name: str) -> list[str]:
        """The templates that read `name`, plainly or as a part."""
        return [
            template.called
            for template in self.every_template
            if name in template.names or any(part == name for _, part in template.parts)
        ]

    def unset(self) -> list[str]:
        """What templates read and nothing sets."""
        known = self.set_names()
        read = dict.fromkeys(name for template in self.used_templates() for name in template.names)
        return [name for name in read if name not in known]

    def used_templates(self) -> list[Template]:
        """Those that read names, less the prompts that were taken out of the draft."""
        there = self.draft.mapping("prompts")
        return [one for one in self.every_template if one.section != "prompts" or one.prompt.id in there]

    def references(self) -> Iterator[tuple[Path, str]]:
        """Each place that names an axis or a part, and the name; at a key, the path ends in it."""
        for key in LAID_OUT:
            value = self.draft.at("report", key)
            for index, name in enumerate(value if isinstance(value, list) else [value] if value is not None else []):
                yield ("report", key, index), str(name)
        for path in self.selections():
            for name in list(self.draft.mapping(*path)):
                yield (*path, name), name

    def selections(self) -> Iterator[Path]:
        """Where a mapping of axes to values stands: excludes, includes, whens and the matches of overrides."""
        for key in SELECTIONS:
            for index in range(len(self.draft.at("matrix", key) or [])):
                yield ("matrix", key, index)
        for name in self.draft.mapping("matrix", "when"):
            yield ("matrix", "when", name)
        for index in range(len(self.draft.at("overrides") or [])):
            yield ("overrides", index, "match")

    def reference_names(self) -> set[str]:
        """What `references` may name."""
        return {*STANDING, *self.axes(), *self.parts()}


def mend_names(names: Names) -> None:
    """Report every unused and every undefined name, and mend the draft so that none is reported again."""
    _mend_axes(names)
    _mend_compound_axes(names)
    _mend_ids(names, "prompts", "prompt", set())
    _mend_ids(names, "sizes", "size", {text for text in used_ids(names, "size") if size_meaning(text) is not None})
    unknown = {id_ for id_ in used_ids(names, "prompt") if id_ not in names.draft.mapping("prompts")}
    if not names.unread and not unknown:
        _mend_variables(names)
        _mend_parts(names)
    if not (names.draft.lost("vars") or names.draft.lost("matrix")):
        _report_unset(names)
    _mend_references(names)


def _mend_axes(names: Names) -> None:
    """An axis that no template reads is a misspelling: of an axis, of a parameter, or of what a template reads."""
    draft = names.draft
    for name in names.axes():
        path = ("matrix", name)
        if name in RESERVED or name in names.params or name in names.compounds() or names.readers(name):
            continue
        absent = [key for key in (*RESERVED, *SELECTIONS) if key not in draft.mapping("matrix")]
        unset = names.unset()
        # Templates that could not be read may read it: then only a slip of one letter tells.
        near = one_off if names.unread else nearest
        meant = near(name, [*absent, *unset, *names.params])
        if meant is not None and meant not in draft.mapping("matrix"):
            _read_axis_as(names, name, meant, _unread(names, name, meant))
        elif not names.unread:
            others = {*names.params, *RESERVED, *names.axes()} - {name}
            hint = did_you_mean(name, others) or "use it in a template, or remove it"
            draft.report(path, _unread(names, name, None), hint=hint, at_key=True)
            draft.remove(path)


def _read_as(names: Names, path: Path, meant: str, message: str) -> None:
    """Read the key at `path` as `meant`: told there, unless one template alone reads that, which then has the slip."""
    readers = [one for one in names.used_templates() if meant in one.names] if meant in names.unset() else []
    if len(readers) != 1:
        rename(names.draft, path, meant, message)
        return
    name, there = clip(str(path[-1])), names.draft.document.place(path)
    hint = f"did you mean `{name}`, which {there} sets and nothing reads?"
    told = f"nothing sets `{clip(meant)}` for the template `{clip(readers[0].called)}`"
    names.draft.problems.append(readers[0].problem(names.draft, meant, told, hint))
    names.draft.move(path, (*path[:-1], meant))


def _read_axis_as(names: Names, name: str, meant: str, message: str) -> None:
    draft = names.draft
    _read_as(names, ("matrix", name), meant, message)
    if name in draft.mapping("matrix", "when"):
        draft.move(("matrix", "when", name), ("matrix", "when", meant))
    if name in draft.draws:
        draft.draws[meant] = draft.draws.pop(name)


def _unread(names: Names, name: str, meant: str | None) -> str:
    message = f"`{clip(name)}` is read by no template"
    if meant in names.unset() and (readers := names.readers(meant)):
        message += f"; the template `{clip(readers[0])}` reads `{clip(meant)}`, which nothing sets"
    return message


def _mend_compound_axes(names: Names) -> None:
    """A compound axis need not be read; but one whose name looks like a name that is missing is a misspelling."""
    draft = names.draft
    for name in names.compounds():
        absent = [key for key in SELECTIONS if key not in draft.mapping("matrix")]
        missing = [ref for _, ref in names.references() if ref not in names.reference_names()]
        used = names.readers(name) or any(name in {axis for axis, _ in t.parts} for t in names.every_template)
        if used or any(ref == name for _, ref in names.references()) or name in names.params:
            continue
        if (meant := nearest(name, absent)) is not None:
            _read_axis_as(names, name, meant, f"`{clip(name)}` is no known key of the matrix")
        elif (meant := nearest(name, [*missing, *names.unset()])) is not None:
            message = f"nothing reads `{clip(name)}`, and no axis is called `{clip(meant)}`"
            _read_axis_as(names, name, meant, message)


def used_ids(names: Names, axis: str) -> list[str]:
    """The texts that stand on `axis`: in the matrix, in includes and in compound values."""
    return [text for text, _ in _uses(names, axis)]


def _uses(names: Names, axis: str) -> Iterator[tuple[str, Path]]:
    """Each text that stands on `axis`, and where."""
    lines = names.draft.at("matrix", "include") or []
    paths: list[Path] = [("matrix", axis)]
    paths += [("matrix", "include", index, axis) for index in range(len(lines))]
    paths += [("matrix", name, index, axis) for name, of in names.compounds().items() for index in range(len(of))]
    for path in paths:
        value = names.draft.at(*path)
        for index, one in enumerate(value if isinstance(value, list) else [value]):
            if isinstance(one, str):
                yield one, (*path, index) if isinstance(value, list) else path


def _mend_ids(names: Names, section: str, axis: str, not_ids: set[str]) -> None:
    """Prompts and sizes by id: one that no axis uses, beside one that is used and not there, is one mistake."""
    draft = names.draft
    used = set(used_ids(names, axis)) - not_ids
    written = axis in draft.mapping("matrix")
    if (axis == "prompt" and not used) or (written and not draft.at("matrix", axis)):
        return
    if draft.lost("matrix", axis) or draft.lost("matrix", "include"):
        return
    for name in list(draft.mapping(section)):
        if draft.document.mark((section, name), at_key=True).file:
            continue  # it stands in another file: what asks for it is misspelt
        if name in used or (axis == "size" and size_meaning(name) is not None):
            continue
        path = (section, name)
        meant = nearest(name, used - set(draft.mapping(section)))
        if meant is None and (used - set(draft.mapping(section)) or _odd(draft.at("matrix", axis))):
            continue
        if meant is None:
            draft.report(path, f"nothing uses the {axis} `{clip(name)}`", hint="use it or remove it", at_key=True)
            draft.mapping(section).pop(name)
        else:
            place = draft.document.place(next(at for text, at in _uses(names, axis) if text == meant))
            rename(draft, path, meant, f"nothing uses `{clip(name)}`; {place} asks for the {axis} `{clip(meant)}`")
        if axis == "prompt" and meant is not None and name in names.templates:
            template = names.templates.pop(name)
            names.templates[meant] = replace(template, prompt=template.prompt.model_copy(update={"id": meant}))


def _odd(value: Any) -> bool:
    """Whether something other than texts stands on an axis of ids."""
    return not all(isinstance(one, str) for one in (value if isinstance(value, list) else [value or ""]))


def _mend_variables(names: Names) -> None:
    for name in list(names.draft.mapping("vars")):
        if names.readers(name):
            continue
        path = ("vars", name)
        meant = nearest(name, names.unset())
        if meant is not None:
            _read_as(names, path, meant, _unread(names, name, meant))
        elif name not in names.params and name not in RESERVED:
            names.draft.report(path, _unread(names, name, None), hint="use it or remove it", at_key=True)
            names.draft.mapping("vars").pop(name)


def _mend_parts(names: Names) -> None:
    """The parts of compound values: each is read or sent; each that is read stands in every value."""
    for axis, values in names.compounds().items():
        _drop_columns(names, axis, values)
        unused = _unused_parts(names, values)
        read_as: dict[str, str | None] = {}  # a part is told once, and read alike in every value
        for index, value in enumerate(values):
            for part in [part for part in value if part in unused and not isinstance(value[part], (dict, list))]:
                path = ("matrix", axis, index, part)
                if part not in read_as:
                    read_as[part] = _mend_part(names, path, value)
                elif (meant := read_as[part]) is not None and meant not in value:
                    names.draft.move(path, (*path[:-1], meant))
                else:
                    value.pop(part)
        if axis in names.compounds():
            _report_lacking(names, axis)


def _mend_part(names: Names, path: tuple[str, str, int, str], value: dict[str, Any]) -> str | None:
    """Report a part that nothing reads. What it is read as, if it is a misspelling."""
    _, axis, _, part = path
    read = _read_parts(names, axis)
    meant = nearest(part, {*names.unset(), *read, *_asked_parts(names, axis), *names.params, *RESERVED} - set(value))
    if meant is None and len(lacking := sorted(read - set(value))) == 1:
        meant = lacking[0]
    if meant is None:
        names.draft.report(path, _unread(names, part, None), hint="use it or remove it", at_key=True)
        value.pop(part)
    else:
        _read_as(names, path, meant, _unread(names, part, meant))
    return meant


def _unused_parts(names: Names, values: list[dict[str, Any]]) -> set[str]:
    """What some value sets, and is neither read nor sent."""
    parts = {part for value in values for part in value}
    return {part for part in parts - {"id", *names.params, *RESERVED} if not names.readers(part)}


def _drop_columns(names: Names, axis: str, values: list[dict[str, Any]]) -> None:
    """Leave out the columns of a file that nobody asked for; a file of which nothing is left is a mistake."""
    if axis not in names.draft.tables:
        return
    columns = {part for value in values for part in value}
    unused = _unused_parts(names, values) - names.draft.tables[axis].wanted
    for value in values:
        for part in unused & set(value):
            value.pop(part)
    if not any(set(value) - {"id"} for value in values):
        there = listed(sorted(clip(column) for column in columns - {"id"}))
        message = f"no template reads a column of this file, and none is a parameter (it has {there})"
        names.draft.report(("matrix", axis), message, at_key=True)
        names.draft.remove(("matrix", axis))


def column_roles(names: Names) -> list[str]:
    """For each file of rows, what becomes of its columns: lines for the plan."""
    found = []
    for axis, table in names.draft.tables.items():
        roles = [f"{clip(name)} {_role(names, name, table)}" for name in table.names]
        found.append(f"{axis}: {table.file}: {', '.join(roles)}")
    return found


def _role(names: Names, column: str, table: Columns) -> str:
    roles = ["labels"] if column == table.id or (table.id is None and column == "id") else []
    roles += ["chooses rows"] if column in table.where else []
    if column in RESERVED:
        roles.append("sets the axis")
    elif column in names.params:
        roles.append("sets the parameter")
    elif names.readers(column):
        roles.append("is read by templates")
    return " and ".join(roles) or "is not used"


def _read_parts(names: Names, axis: str) -> set[str]:
    """What templates read that some value of `axis` sets."""
    set_here = {part for value in names.compounds()[axis] for part in value}
    return {part for part in set_here if names.readers(part) and part not in names.params}


def _asked_parts(names: Names, axis: str) -> dict[str, Template]:
    """What templates ask of `axis` by name (`{{ scene.surface }}`)."""
    found = {part: t for t in names.every_template for name, part in sorted(t.parts) if name == axis}
    return {part: template for part, template in found.items() if part != "id"}


def _report_lacking(names: Names, axis: str) -> None:
    """What a template reads and only some values of `axis` set, or what it asks of `axis` and none sets."""
    values = names.compounds()[axis]
    there = {part for value in values for part in value}
    for part, template in _asked_parts(names, axis).items():
        if part not in there:
            message = f"`{clip(axis)}` has no part `{clip(part)}`"
            names.draft.problems.append(template.problem(names.draft, axis, message, did_you_mean(part, there)))
            names.draft.remove(("matrix", axis))
    elsewhere = {*names.draft.mapping("vars"), *names.axes()}
    read = _read_parts(names, axis) if axis in names.compounds() else set()
    for index, value in enumerate(values):
        for part in sorted(read - set(value) - elsewhere) if value else ():
            readers = names.readers(part)
            message = f"this value does not set `{clip(part)}`, which the template `{clip(readers[0])}` reads"
            names.draft.report(("matrix", axis, index), message)
            names.draft.remove(("matrix", axis))


def _report_unset(names: Names) -> None:
    known = names.set_names().union(*(table.names for table in names.draft.tables.values()))
    for name in names.unset():
        template, *others = [one for one in names.used_templates() if name in one.names]
        more = f" (nor for {len(others)} more)" if others else ""
        hint = did_you_mean(name, known)
        message = f"nothing sets `{clip(name)}` for the template `{clip(template.called)}`{more}"
        hint = hint or f"set it under `vars` or as an axis: `{clip(name)}`"
        names.draft.problems.append(template.problem(names.draft, name, message, hint))


def _mend_references(names: Names) -> None:
    draft, known = names.draft, names.reference_names()
    written = {path[-1] for path in draft.document.key_marks if path[:1] == ("matrix",)}
    if not draft.mapping("matrix"):
        return
    for path, name in list(names.references()):
        if name in known:
            continue
        if draft.lost("matrix") and name in written:  # it was taken out, with its own report
            draft.remove(path)
            continue
        at_key = isinstance(path[-1], str)
        meant = nearest(name, known - set(draft.mapping(*path[:-1])))
        hint = f"did you mean `{clip(meant)}`?" if meant else f"there is {listed(sorted(known))}"
        draft.report(path, f"`{clip(name)}` is no axis and no part of one", hint=hint, at_key=at_key)
        if at_key and meant is not None:
            draft.move(path, (*path[:-1], meant))
        elif at_key:
            draft.mapping(*path[:-1]).clear()
            draft.remove(path)
        else:
            draft.remove(path)
