"""The JSON Schema (2020-12) of a job file: the shapes that read it, and what the catalog lets stand in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from pipeline.catalog.check import describe
from pipeline.catalog.load import Catalog
from pipeline.catalog.model import Model
from pipeline.catalog.words import parameter_words
from pipeline.spec.bases import OF_A_JOB
from pipeline.spec.forms import ALWAYS_THERE, FORMS
from pipeline.spec.keys import NOT_AXES, REQUIRED, RESERVED, could_be_axis
from pipeline.spec.kinds import whole
from pipeline.spec.parameters import catalog_params
from pipeline.spec.shape import RawFile, RawJob
from pipeline.spec.units import RANGE
from pipeline.spec.values import LARGEST

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_AXES = {
    "prompt": "The prompts, by id; all of them by default.",
    "model": "The models; one may name the provider that it goes to.",
    "seed": "The seeds, the same in every arm; the one seed 1 by default.",
    "size": "Sizes: pixels (1024x768), a shape (16:9, 16:9@2MP), a name from `sizes`, or `auto`.",
    "repeat": "Ask for the same picture more than once: `3` is 1, 2, 3.",
    "provider": "The API to buy from.",
}
_FREE = "An axis of your own: a name that a template reads, or a list of mappings that each set several names together."
_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_NULLABLE: Schema = {"type": [*_SCALAR["type"], "null"]}
_RANGE: Schema = {"title": "range", "type": "string", "pattern": whole(rf"\s*{RANGE.pattern}\s*")}


def job_schema(catalog: Catalog) -> Schema:
    """What a job file may hold, as strictly as a schema can say it, with a description of every key.

    A job that brings providers or models of its own, or stands on another file, is held to the shape alone: what its
    names mean, and what it may lack, stands elsewhere.
    """
    job, defs = _parts(catalog)
    loose, loose_defs = _parts(Catalog(providers={}, models={}))
    moved = {f"loose-{name}": schema for name, schema in {**loose_defs, "Job": loose}.items()}
    defs |= json.loads(json.dumps(moved).replace('"#/$defs/', '"#/$defs/loose-'))
    job["required"] = [key for key in REQUIRED if key in OF_A_JOB]
    kinds = [{"required": [key]} for key in ("text", "file", "value")]
    job["properties"]["prompts"]["additionalProperties"] = {"if": {"type": "object"}, "then": {"anyOf": kinds}}
    return {
        "$schema": DIALECT,
        "title": "A fluxsweep job",
        "if": {"anyOf": [{"required": ["extends"]}, *(_with_a_file(section) for section in ("providers", "models"))]},
        "then": {"$ref": _to("loose-Job")},
        "else": job,
        "$defs": dict(sorted(defs.items())),
    }


def schema_text(schema: Schema) -> str:
    """A schema as a file holds it: a line a definition."""
    lines = [f"{json.dumps(name)}: {json.dumps(part, ensure_ascii=False)}" for name, part in schema["$defs"].items()]
    head = {key: part for key, part in schema.items() if key != "$defs"}
    return f'{json.dumps(head, ensure_ascii=False)[:-1]},\n"$defs": {{\n' + ",\n".join(lines) + "}}\n"


def _parts(catalog: Catalog) -> tuple[Schema, dict[str, Schema]]:
    """A job, and what it refers to."""
    shapes: tuple[type[BaseModel], ...] = (RawFile, *FORMS.values())
    _, made = models_json_schema([(shape, "validation") for shape in shapes], by_alias=True, schema_generator=_Untitled)
    shaped: dict[str, Schema] = json.loads(json.dumps(made["$defs"]).replace('"#/$defs/Raw', '"#/$defs/'))
    defs = {name.removeprefix("Raw"): _settled(schema) for name, schema in shaped.items()}
    for schema in defs.values():
        del schema["title"]
    job = defs.pop("File")
    values = _Values(catalog)
    defs |= values.definitions()
    defs["Matrix"] |= values.matrix(defs)
    for name in REQUIRED:
        job["properties"][name].pop("default", None)
    job["properties"]["prompts"]["minProperties"] = 1
    return job, defs


def _with_a_file(section: str) -> Schema:
    """Whether some entry of a section has its own description in a file."""
    named = {"type": "object", "required": ["file"]}
    return {
        "required": [section],
        "properties": {section: {"type": "object", "not": {"additionalProperties": {"not": named}}}},
    }


class _Untitled(GenerateJsonSchema):
    """A key's name needs no title."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


def _settled(tree: Any) -> Any:
    """References for what `shape` leaves to be defined; no default that says nothing."""
    if isinstance(tree, list):
        return [_settled(one) for one in tree]
    if not isinstance(tree, dict):
        return tree
    kept = {
        key: _settled(value)
        for key, value in tree.items()
        if key != "default" or not (value is None or isinstance(value, dict | list))
    }
    return kept | {"$ref": _to(kept.pop("$comment"))} if "$comment" in kept else kept


class _Values:
    """What stands under each name: on its axis, in a compound value, in a selection of cells.

    `named` are the values of the names that mean something by themselves: the axes that every job has, and the
    parameters. A null leaves a parameter out; without a catalog, any name may be one.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._params = catalog_params(catalog.models.values())
        self._free: Schema = _SCALAR if self._params else _NULLABLE
        self.named: dict[str, Schema] = {
            "prompt": {"type": "string"},
            "model": _one_of([*catalog.models, *_routes(catalog)]),
            "seed": {"type": "integer", "minimum": 0, "maximum": LARGEST},
            "size": {"type": "string"},
            "repeat": {"type": "integer", "minimum": 1, "maximum": LARGEST},
            "provider": _one_of(catalog.providers),
        }
        self.named |= {name: _parameter(name, catalog.models.values()) for name in self._params}

    def definitions(self) -> dict[str, Schema]:
        """Every value by its name, and the mappings that hold them."""
        literal: Schema = {"$ref": _to("Literal")}
        params = {name: _any_of({"$ref": _to(name)}, literal) for name in self._params}
        settings = {name: _any_of({"$ref": _to(name)}, literal, {"type": "null"}) for name in self._params}
        parts: dict[str, Any] = {"id": _SCALAR} | {name: {"$ref": _to(name)} for name in RESERVED} | settings
        parts |= dict.fromkeys(("value", "values", "when"), False)
        cells = {name: _any_of(self._entry(name), _list(self._entry(name))) for name in self.named}
        other = not self._params
        return {
            **self.named,
            **{_listed(name): self._values(name) for name in (*self.named, "")},
            "Variable": {"not": {"enum": list(self.named)}},
            "OfAxis": {"title": "values of the axis", "description": "Values, as a plain axis lists them."},
            "Constant": _any_of(_SCALAR, literal),
            "Literal": _literal(),
            "Labelled": _literal(id=_SCALAR),
            "Params": _mapping("parameters", params, other and _any_of(_SCALAR, literal)),
            "Settings": _mapping("parameters", settings, other and _any_of(_NULLABLE, literal)) | {"minProperties": 1},
            "Compound": _mapping("compound value", parts, _any_of(self._free, literal)) | {"minProperties": 1},
            "Cells": _mapping("selection", cells, _any_of(_NULLABLE, _list(_NULLABLE))) | {"minProperties": 1},
        }

    def matrix(self, shaped: Mapping[str, Schema]) -> Schema:
        """The axes of a matrix, beside the keys that its shape has."""
        own = shaped["Matrix"]["properties"]
        axes = {name: self._axis(name, shaped) for name in self.named}
        never = [key for key in RawJob.model_fields if key not in self.named and not could_be_axis(key, None)]
        return {
            "properties": own | axes | dict.fromkeys((*never, *(set(NOT_AXES) - own.keys())), False),
            "additionalProperties": self._axis("", shaped),
            "minProperties": 1,
        }

    def _entry(self, name: str) -> Schema:
        """One value as an axis or a selection writes it."""
        ways: list[Schema] = [{"$ref": _to(name)}] if name in self.named else [self._free]
        if name in ("seed", "repeat") or (name in self._params and self._params[name].type in ("integer", "number")):
            ways.append(_RANGE)
        if name in self._params:
            ways.append({"type": "null"})
        return _any_of(*ways)

    def _axis(self, name: str, shaped: Mapping[str, Schema]) -> Schema:
        forms = [self._form(name, key, shaped) for key in FORMS if self._takes(name, key)]
        return _any_of({"$ref": _to(_listed(name))}, *forms) | {"description": _AXES.get(name) or self._said(name)}

    def _values(self, name: str) -> Schema:
        """A plain axis: a value, a list of them, or a list of compound values."""
        entry = self._entry(name)
        if name in RESERVED:
            return _any_of(entry, _list(entry) | {"uniqueItems": True})
        entry = _any_of(entry, {"$ref": _to("Labelled")})
        compounds = _list({"$ref": _to("Compound")})
        return _any_of(entry, _list(entry) | {"uniqueItems": True}, compounds | {"uniqueItems": True})

    def _said(self, name: str) -> str:
        said: str = self.named[name]["description"] if name else _FREE
        return said

    def _takes(self, name: str, form: str) -> bool:
        if form == "folder" and self._params:
            return name in self._params and self._params[name].image
        return form != "random" or name not in ALWAYS_THERE

    def _form(self, name: str, form: str, shaped: Mapping[str, Schema]) -> Schema:
        """One form of an axis, with the values of this one in it."""
        shape = FORMS[form].__name__.removeprefix("Raw")
        keys = shaped[shape]["properties"]
        values = [key for key, schema in keys.items() if schema.get("$ref") == _to("OfAxis")]
        narrowed: Schema = {key: {"$ref": _to(_listed(name))} for key in values}
        if name in ALWAYS_THERE:
            narrowed |= {"when": False}
        more: Schema = {"required": ["of"]} if form == "random" and name != "seed" else {}
        if narrowed:
            more["properties"] = narrowed
        return {"allOf": [{"$ref": _to(shape)}, more]} if more else {"$ref": _to(shape)}


def _parameter(name: str, models: Iterable[Model]) -> Schema:
    """What any of the models takes for a parameter; its description says what each of them does."""
    by_model = {model.name: model.params[name] for model in models if name in model.params}
    params = list(by_model.values())
    ways: dict[str, list[str]] = {}
    for model, param in by_model.items():
        default = "" if param.default in (None, "") else f", {json.dumps(param.default)} by default"
        ways.setdefault(f"{describe(param)}{default}", []).append(model)
    said = parameter_words().get(name, "")
    lines = [said[:1].upper() + said[1:] + "."] if said else []
    lines += [f"{way}: {', '.join(of)}" for way, of in ways.items()]
    schema: Schema = {"description": "\n".join(lines), "type": params[0].type}
    if all(param.enum for param in params):
        schema["enum"] = list(dict.fromkeys(word for param in params for word in param.enum or ()))
    schema |= _bound("minimum", min, [param.min for param in params])
    schema |= _bound("maximum", max, [param.max for param in params])
    defaults = {json.dumps(param.default) for param in params}
    if len(defaults) == 1 and params[0].default is not None:
        schema["default"] = params[0].default
    return schema


def _routes(catalog: Catalog) -> Iterator[str]:
    """Every model by way of each provider that serves it."""
    for provider in catalog.providers.values():
        yield from (f"{provider.name}/{model}" for model in provider.models)


def _one_of(words: Iterable[str]) -> Schema:
    known = list(words)
    return {"enum": known} if known else {"type": "string"}


def _bound(key: str, widest: Any, bounds: list[Any]) -> Schema:
    return {} if None in bounds else {key: widest(bounds)}


def _listed(axis: str) -> str:
    return f"{axis}-values" if axis else "values"


def _to(name: str) -> str:
    return f"#/$defs/{name}"


def _any_of(*ways: Schema) -> Schema:
    flat = [one for way in ways for one in (way["anyOf"] if set(way) == {"anyOf"} else [way])]
    return dict(flat[0]) if len(flat) == 1 else {"anyOf": flat}


def _list(entry: Schema) -> Schema:
    return {"type": "array", "items": entry, "minItems": 1}


def _mapping(title: str, properties: Schema, other: Schema | bool) -> Schema:
    return {"title": title, "type": "object", "properties": properties, "additionalProperties": other}


def _literal(**beside: Schema) -> Schema:
    said = "A value that is meant as it stands, often a mapping or a list, which is sent as JSON."
    shape: Schema = {"type": "object", "properties": {"value": {}, **beside}, "required": ["value"]}
    return {"title": "value as it stands", "description": said, **shape, "additionalProperties": False}
