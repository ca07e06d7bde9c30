"""The shape of a job file (pydantic, strict): which keys there are and what kind of value each takes.

Nothing is required here: a missing key is reported by `read`, with its mend. A wrong value gives one error, at its
own path; each validator says in plain words what it expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator
from pydantic_core import PydanticCustomError

from pipeline.spec.units import is_webhook_url, micro_usd, seconds
from pipeline.spec.words import described

Scalar = str | int | float | bool

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def wrong(message: str, expected: str = "", hint: str = "") -> PydanticCustomError:
    """The error of a validator, in our own words."""
    return PydanticCustomError("job", "{message}", {"message": message, "expected": expected, "hint": hint})


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


def _one_or_list(value: Any) -> Any:
    if isinstance(value, dict):
        raise wrong("got a mapping", "a value or a list of values")
    if value == []:
        raise wrong("got an empty list", "at least one value")
    return value if isinstance(value, list) else [value]


def _prompt(value: Any) -> Any:
    if isinstance(value, str):
        return RawPrompt(text=value)
    if not isinstance(value, dict):
        raise wrong(f"got {described(value)}", "a text, or {file: …} for a template file")
    return value


def _price(value: Any) -> Any:
    if value is not None and not isinstance(value, dict):
        return {"picture": value}
    if value is None or "first" not in value:
        raise wrong(
            "`first` is missing" if value else "got nothing",
            "a number of USD, or {first: 0.03, further: 0.015, input: 0.015}",
        )
    return value


def _on_doubt(value: Any) -> Any:
    if isinstance(value, dict):
        return value
    if value == "hold":
        return None
    raise wrong(f"got {described(value)}", "`hold`, or {resubmit: {usd: 1}}")


def _webhook_url(value: Any) -> str:
    url = _text(value)
    if is_webhook_url(url):
        return url
    raise wrong(f"got {described(value)}", "a public https address such as https://example.com/flux")


ScalarValue = Annotated[Any, PlainValidator(_scalar)]
NullableValue = Annotated[Any, PlainValidator(_scalar_or_null)]
Text = Annotated[str, PlainValidator(_text)]
Duration = Annotated[float, PlainValidator(_amount(seconds))]
Money = Annotated[int, PlainValidator(_amount(micro_usd))]
OneOrList = BeforeValidator(_one_or_list)
Selection = dict[str, Annotated[list[NullableValue], OneOrList]]


class _Raw(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")


class RawPrompt(_Raw):
    """A template: its text, or the file in templates/ that holds it; a `raw` one is no template, braces and all."""

    text: Text | None = None
    file: Annotated[str, PlainValidator(_text)] | None = None
    raw: bool = False


class RawSample(_Raw):
    """So many, taken by chance; `from` makes the chance another one."""

    n: Annotated[int, Field(ge=1)]
    salt: ScalarValue = Field(default=0, alias="from")


class RawValues(_Raw):
    """An axis whose values stand in some cells only."""

    values: Any
    when: Selection = {}


class RawTable(_Raw):
    """An axis whose values are the rows of a file: CSV, TSV, JSON lines, or text with a value a line.

    `columns`, `where` and `id` name columns as the file does; `as` gives them the names by which the job knows them.
    """

    file: Text
    renamed: dict[str, Text] = Field(default={}, alias="as")
    id: Text | None = None
    columns: Annotated[list[Text], OneOrList] | None = None
    where: Selection = {}
    limit: Annotated[int, Field(ge=1)] | None = None
    sample: RawSample | None = None
    when: Selection = {}


class RawFolder(_Raw):
    """An axis of input images: the files that a pattern matches, such as refs/*.png, by name."""

    folder: Text
    limit: Annotated[int, Field(ge=1)] | None = None
    sample: RawSample | None = None
    when: Selection = {}


class RawDrawn(_Raw):
    """An axis of which so many values are drawn by chance, anew for each value of the axes in `per`.

    Without `of`, which lists what is drawn from, seeds are drawn. Seeds are the same for every prompt and model, so
    that arms can be compared; `paired: false` gives that up. `from` makes the chance another one.
    """

    random: Annotated[int, Field(ge=1, le=10_000)]
    of: Any = None
    salt: ScalarValue = Field(default=0, alias="from")
    per: Annotated[list[Text], OneOrList] = []
    paired: bool = True
    when: Selection = {}


class RawMatrix(_Raw):
    """The axes stand among the extras: `axes` reads them by kind. `when` holds, by axis, what `forms` lifted there."""

    model_config = ConfigDict(strict=True, extra="allow")

    exclude: list[Selection] = []
    include: list[Selection] = []
    only: list[Selection] = []
    sample: RawSample | None = None
    order: Literal["breadth", "depth"] = "breadth"
    when: dict[str, Selection] = {}


class RawOverride(_Raw):
    """Parameters for the cells that match."""

    match: Selection = {}
    set: dict[str, NullableValue] = {}


class RawPrice(_Raw):
    """What you pay for a picture in USD: a number, or by the megapixel: the first, each further one, each of input."""

    picture: Money | None = None
    first: Money = 0
    further: Money = 0
    input: Money = 0


class RawBudget(_Raw):
    """Caps."""

    images: Annotated[int, Field(ge=0)] | None = None
    usd: Money | None = None


class RawPoll(_Raw):
    """Bounds of the wait between two polls."""

    min: Duration | None = None
    max: Duration | None = None


class RawResubmit(_Raw):
    """Doubts end by another submit, once a task, for so much money at most."""

    usd: Money | None = None


class RawOnDoubt(_Raw):
    """What becomes of a task in doubt, when it is not held."""

    resubmit: RawResubmit | None = None


class RawWebhook(_Raw):
    """Where the service tells that a task has ended, and where we listen for it."""

    url: Annotated[str, PlainValidator(_webhook_url)] | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    host: Text = "127.0.0.1"


class RawRun(_Raw):
    """How the run loop behaves."""

    active: Annotated[int, Field(ge=1)] | None = None
    submits: Annotated[int, Field(ge=1)] = 4
    give_up: Duration = 300.0
    poll: RawPoll = RawPoll()
    on_doubt: Annotated[RawOnDoubt | None, BeforeValidator(_on_doubt)] = None
    webhook: RawWebhook | None = None


class RawReport(_Raw):
    """What the contact sheet lays out."""

    columns: Annotated[list[Text], OneOrList] | None = None
    rows: Annotated[list[Text], OneOrList] | None = None


class RawJob(_Raw):
    """A whole job file."""

    version: Literal[1] = 1
    name: Annotated[str, PlainValidator(_name)] = "job"
    provider: Text = ""
    vars: dict[str, ScalarValue] = {}
    prompts: dict[str, Annotated[RawPrompt, BeforeValidator(_prompt)]] = {}
    sizes: dict[str, Text] = {}
    matrix: RawMatrix = RawMatrix()
    params: dict[str, ScalarValue] = {}
    overrides: list[RawOverride] = []
    upsampling: Literal["off", "on", "as-is"] = "off"
    max_tasks: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    on_unsupported: Literal["error", "drop"] = "error"
    prices: dict[str, Annotated[RawPrice, BeforeValidator(_price)]] = {}
    budget: RawBudget = RawBudget()
    run: RawRun = RawRun()
    report: RawReport = RawReport()
    trust_env: bool = False
