"""Plain values as YAML text that the strict reader reads back, and every other reader of YAML 1.2 or 1.1, too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from pipeline.source.reader import UNPRINTABLE

# What no reader takes for anything but a text, in a `[ … ]` neither; all else is quoted.
_PLAIN = re.compile(r"[A-Za-z_][\w./-]*(?: [\w./-]+)*", re.ASCII)
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def yaml_text(tree: Mapping[str, Any]) -> str:
    """`tree`, of mappings with text keys, lists and scalars, in the order in which it stands."""
    return "".join(f"{line}\n" for line in _mapping(tree, ""))


def _mapping(tree: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in tree.items():
        yield from _entry(f"{indent}{_scalar(key)}:", value, f"{indent}  ")


def _list(values: Sequence[Any], indent: str) -> Iterator[str]:
    for value in values:
        if isinstance(value, dict) and value:
            first, *rest = _mapping(value, f"{indent}  ")
            yield f"{indent}- {first.lstrip()}"
            yield from rest
        else:
            yield from _entry(f"{indent}-", value, f"{indent}  ")


def _entry(head: str, value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield head
        yield from _mapping(value, indent)
    elif isinstance(value, list) and any(isinstance(one, dict | list) for one in value):
        yield head
        yield from _list(value, indent)
    elif isinstance(value, list):
        yield f"{head} [{', '.join(map(_scalar, value))}]"
    else:
        yield f"{head} {'{}' if isinstance(value, dict) else _scalar(value)}"


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)  # also one that no JSON encoder takes
    text = msgspec.json.encode(value).decode()
    return UNPRINTABLE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text)
