"""`{value: …}`: a value that is meant as it stands, often a mapping or a list, with a label of its own under `id`."""

from __future__ import annotations

import json
from typing import Any

from pipeline.source.nearest import did_you_mean
from pipeline.source.problem import Path, clip
from pipeline.spec.draft import Draft
from pipeline.spec.keys import NOT_AXES, RESERVED
from pipeline.spec.words import described, written

_TEMPLATE_MARKS = ("{{", "{%", "{#")


def is_literal(value: object) -> bool:
    """Whether `value` is written as `{value: …}`."""
    return isinstance(value, dict) and "value" in value


def json_text(tree: Any) -> str:
    """A mapping or a list as the text that is sent: in its own order, and the same for 2 and 2.0."""
    return json.dumps(_settled(tree), ensure_ascii=False)


def write_out_literals(draft: Draft) -> None:
    """Read every `{value: …}` as what is in it: a scalar, or the JSON text of something larger."""
    sections: list[Path] = [("vars",), ("params",)]
    sections += [("models", name, "params") for name in draft.mapping("models")]
    overrides = draft.at("overrides")
    sections += [("overrides", index, "set") for index in range(len(overrides) if isinstance(overrides, list) else 0)]
    for path in sections:
        _write_out(draft, path)
    for name in draft.mapping("matrix"):
        if name not in (*NOT_AXES, *RESERVED):
            _write_out_axis(draft, ("matrix", name))
    for name, prompt in draft.mapping("prompts").items():
        if is_literal(prompt):
            _write_out_prompt(draft, ("prompts", name), prompt)


def _write_out_axis(draft: Draft, path: Path) -> None:
    if is_literal(draft.at(*path)):
        draft.put(path, [draft.at(*path)], [draft.document.mark(path)])
    values = draft.at(*path)
    for index, value in enumerate(values if isinstance(values, list) else ()):
        if is_literal(value):
            values[index] = _read(draft, (*path, index), value, labelled=True)
        elif isinstance(value, dict):
            _write_out(draft, (*path, index))


def _write_out(draft: Draft, path: Path) -> None:
    parts = draft.mapping(*path)
    for name, value in parts.items():
        if is_literal(value):
            parts[name] = _read(draft, (*path, name), value, labelled=False)


def _write_out_prompt(draft: Draft, path: Path, prompt: dict[str, Any]) -> None:
    """A prompt in JSON is sent as it stands: what looks like a template in it is meant, or a mistake."""
    value = prompt.pop("value")
    text = json_text(value) if isinstance(value, dict | list) else value
    if isinstance(text, str) and "raw" not in prompt and any(mark in text for mark in _TEMPLATE_MARKS):
        hint = "write the JSON as a text, which is a template, or add `raw: true`"
        draft.report((*path, "value"), "`{{ … }}` in a structured prompt would be sent as it stands", hint=hint)
    if "text" in prompt:
        draft.report((*path, "text"), "beside `value` there can be no `text`", hint="keep one", at_key=True)
    prompt |= {"text": text, "raw": True}


def _read(draft: Draft, path: Path, literal: dict[str, Any], *, labelled: bool) -> Any:
    known = ("value", "id") if labelled else ("value",)
    for key in [key for key in literal if key not in known]:
        hint = did_you_mean(key, known) or ("there is `id` for a label" if labelled else "remove it")
        draft.report((*path, key), f"beside `value` there can be no `{clip(key)}`", hint=hint, at_key=True)
    if labelled and "id" in literal:
        id_ = literal["id"]
        if isinstance(id_, dict | list) or id_ is None or not written(id_).strip():
            draft.report((*path, "id"), f"got {described(id_)}", "a label")
        else:
            draft.labels[path] = written(id_)
    value = literal["value"]
    draft.as_they_stand.add(path)
    return draft.structure(json_text(value)) if isinstance(value, dict | list) else value


def _settled(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _settled(value) for name, value in tree.items()}
    if isinstance(tree, list):
        return [_settled(value) for value in tree]
    return int(tree) if isinstance(tree, float) and tree.is_integer() else tree
