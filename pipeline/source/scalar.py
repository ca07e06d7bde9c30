"""Plain scalars by YAML 1.2's core schema: `16:9`, `no`, `on` and dates are texts, `1e3` is a number."""

from __future__ import annotations

import math
import re

from pipeline.source.problem import clip

Scalar = str | int | float | bool | None

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_INT = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_UNDERSCORES = re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(?:\.[0-9_]*)?")
_DIGITS = 300


class Refused(ValueError):
    """A plain scalar that people read in two ways. `args`: message, hint, the value that they most likely mean."""

    def __init__(self, message: str, hint: str, likely: Scalar) -> None:
        super().__init__(message, hint)
        self.message, self.hint, self.likely = message, hint, likely


def plain_scalar(text: str) -> Scalar:
    """The value of a plain (unquoted) scalar, by the core schema of YAML 1.2, §10.3.

    Raises:
        Refused: `012`, `1_000`, `.inf`, `.nan`, or a number that no machine type holds.
    """
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if text[0] not in "+-.0123456789":
        return text
    return _number(text)


def _number(text: str) -> str | int | float:
    if _LEADING_ZERO.fullmatch(text):
        decimal = int(text[:_DIGITS])
        raise Refused(
            f"`{clip(text)}` is octal to some readers and decimal to others", _write(str(decimal), text), decimal
        )
    if _UNDERSCORES.fullmatch(text):
        bare = text.replace("_", "")
        likely = _converted(bare) if len(bare) <= _DIGITS else text
        raise Refused(f"`{clip(text)}` is a number to some readers and a text to others", _write(bare, text), likely)
    if _NOT_FINITE.fullmatch(text):
        raise Refused(f"`{text}` is not a number that can be sent", f'quote a text: "{text}"', text)
    if not (_INT.fullmatch(text) or _BASED.fullmatch(text) or _FLOAT.fullmatch(text)):
        return text
    if len(text) > _DIGITS or not math.isfinite(value := _converted(text)):
        raise Refused("this number is too large", "quote it if it is a text", text)
    return value


def _converted(text: str) -> int | float:
    if _INT.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    return float(text)


def _write(number: str, text: str) -> str:
    return f'write {clip(number)}, or quote a text: "{clip(text)}"'
