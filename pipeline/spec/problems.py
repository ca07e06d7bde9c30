"""pydantic's errors as problems in plain words, and reading on past them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from pipeline.source.nearest import did_you_mean
from pipeline.source.problem import Path
from pipeline.spec.draft import Draft
from pipeline.spec.shape import RawJob
from pipeline.spec.words import described

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
}


def validated(draft: Draft) -> RawJob:
    """The draft's job by its shape. What does not hold is reported, taken out of the draft, and the rest read again."""
    while True:
        try:
            return RawJob.model_validate(draft.document.value)
        except ValidationError as failure:
            errors = failure.errors(include_url=False)
            for error in errors:
                _report(draft, _path(draft, error["loc"]), error["type"], error["input"], error.get("ctx", {}))
            for error in errors:
                draft.remove(_path(draft, error["loc"]))


def _path(draft: Draft, loc: tuple[str | int, ...]) -> Path:
    """`loc` as far as the file goes: a single value that is read as a list of one has no index."""
    path: Path = ()
    for step in loc:
        parent = draft.at(*path)
        if not isinstance(parent, (dict, list)):
            break
        path = (*path, step)
    return path


def _report(draft: Draft, path: Path, kind: str, value: Any, context: Mapping[str, Any]) -> None:
    if kind == "job":
        draft.report(path, context["message"], context["expected"], context["hint"])
    elif kind == "literal_error":
        hint = did_you_mean(value, [str(context["expected"]).strip("'")]) if isinstance(value, str) else ""
        draft.report(path, f"got {described(value)}", str(context["expected"]).replace("'", "`"), hint)
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
