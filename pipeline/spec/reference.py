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
    "prompts": """\
`{{ name }}` takes in a variable, an axis or a part of a compound value. `{% if … %}`, `{% set … %}`,
`{% include 'file.j2' %}` and filters such as `lower` are read; loops and calls are not.
""",
    "matrix": """\
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
        self._schema = schema
        self._defs: dict[str, Schema] = schema["$defs"]

    def lines(self) -> Iterator[str]:
        """The page."""
        yield _HEAD
        yield from self._table(self._schema, {*self._schema["then"]["required"]})
        yield from self._sections(self._schema, "", 2)
        yield _PARAMETERS
        yield "| parameter | what it does, and what each model takes |\n|---|---|"
        for name in self._defs["Params"]["properties"]:
            yield _row(f"`{name}`", self._defs[name]["description"].replace("\n", "<br>"))
        yield ""

    def _sections(self, holder: Schema, above: str, depth: int) -> Iterator[str]:
        """A section for every mapping with keys of its own that stands in `holder`."""
        for key, schema in holder["properties"].items():
            name, inner = self._mapping(schema)
            if not inner.get("properties") or "title" in inner:
                continue
            path = f"{above}.{key}" if above else key
            yield f"{'#' * min(depth, 4)} `{path}{self._marks(schema)}`\n"
            yield f"{_first_line(inner)}\n"
            if path in _SAID:
                yield _SAID[path]
            if name == "Matrix":
                yield from self._matrix(inner)
            else:
                yield from self._table(inner, {*inner.get("required", ())})
                yield from self._sections(inner, path + self._marks(schema), depth + 1)

    def _matrix(self, matrix: Schema) -> Iterator[str]:
        own = {key: schema for key, schema in matrix["properties"].items() if schema and key not in self._axes()}
        yield from self._table({"properties": own}, set())
        yield _AXES
        yield "| axis | values | |\n|---|---|---|"
        for name in RESERVED:
            yield _row(f"`{name}`", self._type(self._defs[name]), matrix["properties"][name]["description"])
        yield ""
        for form in self._forms(matrix):
            shape = self._defs[form]
            first = shape["required"][0]
            yield f"#### `{{{first}: …}}`\n\n{shape['description']}\n"
            yield from self._table(shape, {*shape["required"]})
        yield _CELLS

    def _axes(self) -> set[str]:
        return {*RESERVED, *self._defs["Params"]["properties"]}

    def _forms(self, matrix: Schema) -> list[str]:
        """The forms that an axis of images can have: all of them."""
        images = (matrix["properties"][name] for name in self._defs["Params"]["properties"])
        found: list[Schema] = max((axis["anyOf"][1:] for axis in images), key=len)
        return [_name_of(way) for way in found]

    def _table(self, holder: Schema, required: set[str]) -> Iterator[str]:
        yield "| key | type | default | |\n|---|---|---|---|"
        for key, schema in holder["properties"].items():
            default = "required" if key in required else _shown(schema.get("default"))
            said = schema.get("description") or _first_line(self._mapping(schema)[1])
            yield _row(f"`{key}`", self._type(schema), default, said)
        yield ""

    def _mapping(self, schema: Schema) -> tuple[str, Schema]:
        """The mapping with keys that a value is, or holds by id or as a list."""
        for way in schema.get("anyOf", [schema]):
            inner = way.get("items", way.get("additionalProperties", way))
            for one in inner.get("anyOf", [inner]) if isinstance(inner, dict) else ():
                if "$ref" in one and self._defs[_name_of(one)].get("type") == "object":
                    return _name_of(one), self._defs[_name_of(one)]
        return "", {}

    @staticmethod
    def _marks(schema: Schema) -> str:
        """How the mapping stands there: once, in a list, or by id."""
        if schema.get("type") == "array":
            return "[]"
        return ".<id>" if isinstance(schema.get("additionalProperties"), dict) else ""

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
            return ", ".join(f"`{word}`" for word in words)
        if schema.get("type") == "array":
            return f"list of {self._type(schema['items'])}"
        if schema.get("type") == "object" or "type" not in schema:
            return "mapping" if "type" in schema else "values"
        if isinstance(schema["type"], list):
            return "value"
        return _WORDS[schema["type"]] + _bounds(schema)


def _bounds(schema: Schema) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None:
        return ""
    return f", {low} or more" if high is None or high > 2**60 else f", {low} to {high}"


def _first_line(schema: Schema) -> str:
    return str(schema.get("description", "")).split("\n\n")[0].replace("\n", " ")


def _name_of(schema: Schema) -> str:
    ref = schema["$ref"] if "$ref" in schema else schema["allOf"][0]["$ref"]
    return str(ref).rpartition("/")[2]


def _shown(default: Any) -> str:
    if default is None:
        return ""
    return f"`{default}`" if isinstance(default, str) else f"`{json.dumps(default)}`"


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
