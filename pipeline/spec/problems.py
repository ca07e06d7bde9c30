"""pydantic's errors as problems in plain words, and reading on past them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from pipeline.source.nearest import did_you_mean
from pipeline.source.problem import Path, clip
from pipeline.spec.draft import Draft
from pipeline.spec.shape import RawJob
from pipeline.spec.words import described

Shape = TypeVar("Shape", bound=BaseModel)

_EXPECTED = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "a text",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "list_type": "a list",
    "tuple_type": "a list",
}


def validated(draft: Draft) -> RawJob:
    """The draft's job by its shape. What does not hold is reported, taken out of the draft, and the rest read again."""
    job = validated_as(draft, (), RawJob)
    return RawJob() if job is None else job


def validated_as(draft: Draft, at: Path, shape: type[Shape]) -> Shape | None:
    """As `validated`, for the part of the draft that stands `at` a path; None when nothing of it can be used."""
    while (value := draft.at(*at)) is not None:
        try:
            return shape.model_validate(value)
        except ValidationError as failure:
            errors = failure.errors(include_url=False)
            places = [_path(draft, at, error["loc"]) for error in errors]
            for path, error in zip(places, errors, strict=True):
                _report(draft, path, error["type"], error["input"], error.get("ctx", {}))
            for path, error in zip(places, errors, strict=True):
                if error["type"] == "missing" and path[:-1] == at:
                    return None
                draft.remove(path[:-1] if error["type"] == "missing" else path)
    return None


def _path(draft: Draft, at: Path, loc: tuple[str | int, ...]) -> Path:
    """`loc` as far as the file goes: a single value that is read as a list of one has no index."""
    path = at
    for step in loc:
        parent = draft.at(*path)
        if not isinstance(parent, (dict, list)):
            break
        path = (*path, step)
    return path


def _report(draft: Draft, path: Path, kind: str, value: Any, context: Mapping[str, Any]) -> None:
    if kind == "job":
        draft.report(path, context["message"], context["expected"], context["hint"])
    elif kind == "missing":
        if not draft.lost(*path):
            draft.report(path[:-1], f"`{path[-1]}` is missing", hint=f"add `{path[-1]}: …`", at_key=True)
    elif kind == "extra_forbidden":
        draft.report(path, f"unknown key `{clip(str(path[-1]))}`", at_key=True)
    elif kind == "literal_error":
        hint = did_you_mean(value, [str(context["expected"]).strip("'")]) if isinstance(value, str) else ""
        draft.report(path, f"got {described(value)}", str(context["expected"]).replace("'", "`"), hint)
    elif kind == "string_pattern_mismatch":
        draft.report(path, f"got {described(value)}", f"a text like `{context['pattern']}`")
    elif kind == "greater_than":
        draft.report(path, f"got {described(value)}", f"more than {context['gt']}")
    elif kind == "greater_than_equal":
        draft.report(path, f"got {described(value)}", f"{context['ge']} or more")
    elif kind == "less_than_equal":
        draft.report(path, f"got {described(value)}", f"{context['le']} or less")
    else:
        expected = _EXPECTED.get(kind, "another kind of value")
        draft.report(path, f"got {described(value)}", expected, _mend(value, expected))


def _mend(value: Any, expected: str) -> str:
    if expected == "a whole number" and isinstance(value, str) and value.strip().lstrip("-").isdecimal():
        return "remove the quotes"
    if expected == "true or false" and isinstance(value, str):
        return {"yes": "write true", "on": "write true", "no": "write false", "off": "write false"}.get(value, "")
    if expected == "a list" and isinstance(value, dict):
        return "begin it with `- `, or put it in [ … ]"
    return ""
