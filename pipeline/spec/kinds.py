"""The kinds of value that a job holds: each says in plain words what it expected, and in a schema what it takes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, PlainValidator, WithJsonSchema
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from pipeline.spec.units import DURATION, LONGEST, MOST_USD, PIXELS, SHAPE, is_webhook_url, micro_usd, seconds
from pipeline.spec.words import described

Scalar = str | int | float | bool

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def wrong(message: str, expected: str = "", hint: str = "") -> PydanticCustomError:
    """The error of a validator, in our own words."""
    return PydanticCustomError("job", "{message}", {"message": message, "expected": expected, "hint": hint})


def whole(pattern: str) -> str:
    """A pattern of a schema that the whole text must match."""
    return f"^(?:{pattern})$"


def defined(name: str, **beside: str) -> WithJsonSchema:
    """In a schema, what is defined under that name."""
    return WithJsonSchema({"$comment": name, **beside})


def _version(value: Any) -> Any:
    if value is True:  # which Python takes for 1
        raise wrong("got true", "1")
    return value


def _scalar(value: Any) -> Scalar:
    if isinstance(value, (str, int, float, bool)):
        return value
    raise wrong(f"got {described(value)}", "a text, a number, true or false")


def _scalar_or_null(value: Any) -> Scalar | None:
    return None if value is None else _scalar(value)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    hint = f'quote it: "{value}"' if isinstance(value, (int, float)) and not isinstance(value, bool) else ""
    raise wrong(f"got {described(value)}", "a text", hint)


def _name(value: Any) -> str:
    text = _text(value)
    if _NAME.fullmatch(text):
        return text
    mended = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("._-")[:64]
    raise wrong(
        f"got {described(value)}", "a-z, 0-9, `.`, `_`, `-`, at most 64", f"did you mean `{mended}`?" if mended else ""
    )


def _amount(convert: Callable[[object], Any]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        try:
            return convert(value)
        except ValueError as error:
            raise wrong(f"got {described(value)}", str(error)) from None

    return check


def _webhook_url(value: Any) -> str:
    url = _text(value)
    if is_webhook_url(url):
        return url
    raise wrong(f"got {described(value)}", "a public https address such as https://example.com/flux")


class OneOrList:
    """Beside a list type: a single value is read as a list of one."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(cls._listed, handler(source))

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        many = handler(schema)
        return {"anyOf": [many["items"], {**many, "minItems": 1}]}

    @staticmethod
    def _listed(value: Any) -> Any:
        if isinstance(value, dict):
            raise wrong("got a mapping", "a value or a list of values")
        if value == []:
            raise wrong("got an empty list", "at least one value")
        return value if isinstance(value, list) else [value]


Version = Annotated[Literal[1], BeforeValidator(_version)]
ScalarValue = Annotated[Any, PlainValidator(_scalar), WithJsonSchema({"type": ["string", "number", "boolean"]})]
Constant = Annotated[Any, PlainValidator(_scalar), defined("Constant")]
NullableValue = Annotated[
    Any, PlainValidator(_scalar_or_null), WithJsonSchema({"type": ["string", "number", "boolean", "null"]})
]
Text = Annotated[str, PlainValidator(_text), WithJsonSchema({"type": "string"})]
Name = Annotated[str, PlainValidator(_name), WithJsonSchema({"type": "string", "pattern": whole(_NAME.pattern)})]
_CALLED = r"^(https://|http://(localhost|127\.0\.0\.1|\[::1\])(:|/|$))[!-~]*$"
_SIZE = whole(f"auto|{PIXELS.pattern}|{SHAPE.pattern}")
Size = Annotated[str, PlainValidator(_text), WithJsonSchema({"type": "string", "pattern": _SIZE})]
SizeName = Annotated[str, WithJsonSchema({"type": "string", "not": {"pattern": _SIZE}})]
WebhookUrl = Annotated[str, PlainValidator(_webhook_url), WithJsonSchema({"type": "string", "pattern": _CALLED})]
Duration = Annotated[
    float,
    PlainValidator(_amount(seconds)),
    WithJsonSchema(
        {
            "title": "duration",
            "type": ["number", "string"],
            "exclusiveMinimum": 0,
            "maximum": LONGEST,
            "pattern": whole(rf"\s*{DURATION.pattern}\s*"),
        }
    ),
]
Money = Annotated[
    int,
    PlainValidator(_amount(micro_usd)),
    WithJsonSchema(
        {
            "title": "US dollars",
            "type": ["number", "string"],
            "minimum": 0,
            "maximum": MOST_USD,
            "pattern": r"^\s*\+?[0-9.][0-9._]*([eE][-+]?[0-9]+)?\s*$",
        }
    ),
]
Columns = dict[str, Annotated[list[NullableValue], OneOrList]]
