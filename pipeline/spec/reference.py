"""The job reference: every key with its type, its default and one line, as Markdown made from the schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pipeline.spec.keys import RESERVED
from pipeline.spec.schema import Schema

_HEAD = """\
# The job file

<!-- Made by `fluxsweep schema --markdown`. A test holds it to that. -->

A job is one YAML file. A key that is not here is a mistake, and so is a value of another type: all mistakes of a file
are told together, with their lines, before anything is sent. Plain scalars are read by YAML 1.2: `16:9`, `no` and dates
are texts, `1e3` is a number; `012` and `1_000` are refused. Quote a text that holds `{{ … }}`, `: ` or ` #`.
"""
_SAID = {
    "Prompt": """\
`{{ name }}` takes in a variable, an axis or a part of a compound value. `{% if … %}`, `{% set … %}`,
`{% include 'file.j2' %}` and filters such as `lower` are read; loops and calls are not.
""",
    "Matrix": """\
First the product of all axes, then less what `exclude` matches, then with what `include` adds; of that, `only` and
`sample` keep a part.
""",
}
_AXES = """\
### Axes

An axis is a value, a list of values, or one of the forms below. A name that is a [parameter](#parameters) of a model
sets that parameter; any other name is a variable that templates read. Numbers may be written as a range: `1..4`,
`0..100 step 10`. A list of mappings is a compound axis: each value sets several names together, `id` labels it, and
`null` leaves a parameter out.
"""
_CELLS = """\
### Selections

What picks cells (`exclude`, `include`, `only`, `when`, `match`) is a mapping of axes, or parts of compound values, to a
value or a list of values. Values match by meaning: a size by its pixels, 2 as 2.0.
"""
_PARAMETERS = """\
## Parameters

What stands under `params`, `models` or `overrides`, as an axis, or as a part of a compound value. An axis goes before
`overrides`, these before `models`, these before `params`. The default of a service is never sent.
"""
_WORDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}


def reference(schema: Schema) -> str:
    """The reference of the job files that `schema` describes."""
    return "\n".join(_Reference(schema).lines())


class _Reference:
    """One walk through a schema, in the order of its keys."""

    def __init__(self, schema: Schema) -> None:
        self._job: Schema = schema["else"]
        self._defs: dict[str, Schema] = schema["$defs"]

    def lines(self) -> Iterator[str]:
        """The page."""
        yield _HEAD
        yield from self._table(self._job)
        yield from self._sections(self._job, "", 2)
        yield _PARAMETERS
        yield "| parameter | what it does, and what each model takes |\n|---|---|"
        for name in self._defs["Params"]["properties"]:
            yield _row(f"`{name}`", self._defs[name]["description"].replace("\n", "<br>"))
        yield ""

    def _sections(self, holder: Schema, above: str, depth: int) -> Iterator[str]:
        """A section for every mapping with keys of its own that stands in `holder`."""
        for key, schema in holder["properties"].items():
            for mark, name in self._mappings(schema):
                inner, path = self._defs[name], f"{above}.{key}{mark}".strip(".")
                yield f"{'#' * min(depth, 4)} `{path}`\n\n{inner['description']}\n"
                if name in _SAID:
                    yield _SAID[name]
                if name == "Matrix":
                    yield from self._matrix(inner)
                else:
                    yield from self._table(inner)
                    yield from self._sections(inner, path, depth + 1)

    def _matrix(self, matrix: Schema) -> Iterator[str]:
        own = {key: schema for key, schema in matrix["properties"].items() if schema and key not in self._axes()}
        yield from self._table({"properties": own})
        yield _AXES
        yield "| axis | values | |\n|---|---|---|"
        for name in RESERVED:
            yield _row(f"`{name}`", self._type(self._defs[name]), matrix["properties"][name]["description"])
        yield ""
        for form in self._forms(matrix):
            shape = self._defs[form]
            first = shape["required"][0]
            yield f"#### `{{{first}: …}}`\n\n{shape['description']}\n"
            yield from self._table(shape)
        yield _CELLS

    def _axes(self) -> set[str]:
        return {*RESERVED, *self._defs["Params"]["properties"]}

    def _forms(self, matrix: Schema) -> list[str]:
        """The forms that an axis of images can have: all of them."""
        images = (matrix["properties"][name] for name in self._defs["Params"]["properties"])
        found: list[Schema] = max((axis["anyOf"][1:] for axis in images), key=len)
        return [_name_of(way) for way in found]

    def _table(self, holder: Schema) -> Iterator[str]:
        required = holder.get("required", ())
        yield "| key | type | default | |\n|---|---|---|---|"
        for key, schema in holder["properties"].items():
            default = "required" if key in required else _shown(schema.get("default"))
            yield _row(f"`{key}`", self._type(schema), default, schema.get("description") or self._said(schema))
        yield ""

    def _said(self, schema: Schema) -> str:
        """What the mapping itself says, where its key says no more."""
        return next((str(self._defs[name]["description"]).split("\n")[0] for _, name in self._mappings(schema)), "")

    def _mappings(self, schema: Schema, mark: str = "") -> Iterator[tuple[str, str]]:
        """The mappings with keys of their own that a value may be, may hold by id, or as a list."""
        if "$ref" in schema:
            inner = self._defs[_name_of(schema)]
            if "properties" in inner and "title" not in inner:
                yield mark, _name_of(schema)
        for way in schema.get("anyOf", ()):
            yield from self._mappings(way, mark)
        if isinstance(schema.get("additionalProperties"), dict):
            yield from self._mappings(schema["additionalProperties"], ".<id>")
        if "items" in schema:
            yield from self._mappings(schema["items"], "[]")

    def _type(self, schema: Schema) -> str:
        """What a value is, in a few words."""
        if "title" in schema:
            return str(schema["title"])
        if "anyOf" in schema:
            ways = (self._type(way) for way in schema["anyOf"] if way.get("type") != "null")
            return " or ".join(dict.fromkeys(ways))
        if "$ref" in schema:
            return self._type(self._defs[_name_of(schema)])
        if "const" in schema or "enum" in schema:
            words = schema.get("enum", [schema.get("const")])
            plain = [f"`{word}`" for word in words if "/" not in str(word)]
            return ", ".join(plain) + (", each also as `provider/model`" if len(plain) < len(words) else "")
        if schema.get("type") == "array":
            return f"list of {self._type(schema['items'])}"
        if "type" not in schema:
            return "anything"
        if schema["type"] == "object":
            return "mapping"
        if isinstance(schema["type"], list):
            return "value"
        return _WORDS[schema["type"]] + _bounds(schema)


def _bounds(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None:
        return ""
    return f", {low} or more" if high is None or high > 2**60 else f", {low} to {high}"


def _name_of(schema: Schema) -> str:
    ref = schema["$ref"] if "$ref" in schema else schema["allOf"][0]["$ref"]
    return str(ref).rpartition("/")[2]


def _shown(default: Any) -> str:
    if default is None:
        return ""
    return f"`{default}`" if isinstance(default, str) else f"`{json.dumps(default)}`"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
