"""The shape of a job file (pydantic, strict): which keys there are and what kind of value each takes.

Nothing is required here: a missing key is reported by `read`, with its mend. A wrong value gives one error, at its
own path; each validator says in plain words what it expected.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from annotated_types import Len
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue
from pydantic.json_schema import SkipJsonSchema

from pipeline.spec.kinds import (
    Columns,
    Constant,
    Money,
    Name,
    NullableValue,
    OneOrList,
    ScalarValue,
    Size,
    SizeName,
    Text,
    Version,
    defined,
    wrong,
)
from pipeline.spec.options import STRICT, RawReport, RawRun
from pipeline.spec.words import described


def _prompt(value: Any) -> Any:
    if isinstance(value, str):
        return RawPrompt(text=value)
    if not isinstance(value, dict):
        raise wrong(f"got {described(value)}", "a text, or {file: …} for a template file")
    return value


def _prompts(value: Any) -> Any:
    if isinstance(value, dict):
        return value
    raise wrong(f"got {described(value)}", "prompts by id, or a list of files such as {file: prompts.csv}")


def _price(value: Any) -> Any:
    if value is not None and not isinstance(value, dict):
        return {"picture": value}
    if value is None or "first" not in value:
        raise wrong(
            "`first` is missing" if value else "got nothing",
            "a number of USD, or {first: 0.03, further: 0.015, input: 0.015}",
        )
    return value


# What these hold hangs on the catalog: `schema` defines it.
Selection = Annotated[dict[str, Annotated[list[NullableValue], OneOrList]], defined("Cells")]
Params = Annotated[dict[str, ScalarValue], defined("Params")]
Settings = Annotated[dict[str, NullableValue], defined("Settings")]
OfAxis = Annotated[Any, defined("OfAxis")]
ModelName = Annotated[str, defined("model", type="string")]
ProviderName = Annotated[str, defined("provider", type="string")]
Variable = Annotated[str, defined("Variable", type="string")]


class _Raw(BaseModel):
    model_config = STRICT


_ONE_OF: list[list[JsonValue]] = [["text", "file"], ["text", "value"], ["file", "value"]]


class RawPrompt(_Raw):
    """A template: its text, or the file in templates/ that holds it; a `raw` one is no template, braces and all."""

    model_config = ConfigDict(json_schema_extra={"not": {"anyOf": [{"required": pair} for pair in _ONE_OF]}})

    text: Text | None = None
    """The template itself (Jinja2)."""
    file: Text | None = None
    """A file in templates/ that holds it."""
    value: Any = None
    """A prompt in JSON: a mapping, sent as the text that it makes."""
    raw: bool = False
    """Send the text as it stands: braces are no template."""


class RawSample(_Raw):
    """So many, taken by chance; `from` makes the chance another one."""

    n: Annotated[int, Field(ge=1)]
    """How many to take."""
    salt: ScalarValue = Field(default=0, alias="from")
    """Another value here, another chance; the same value, the same picks for ever."""


class RawSource(_Raw):
    """Prompts from files: the rows of a table, the lines of a text, or each file that a pattern matches, by its stem.

    The texts are templates, as those in the job are.
    """

    file: Text
    """A file (CSV, TSV, JSON lines, Parquet, text), or a pattern such as prompts/*.txt, from the job's folder on."""
    id: Text | None = None
    """The column of the prompts' ids; `id` where there is one, else the file's stem and the line."""
    text: Text | None = None
    """The column of the prompts; `prompt` or `text` where there is one."""
    raw: bool = False
    """Send the texts as they stand: braces are no template."""
    where: Columns = {}
    """Rows to keep: `{column: value}` or a list of values."""
    limit: Annotated[int, Field(ge=1)] | None = None
    """At most so many rows, from the top."""
    sample: RawSample | None = None
    """So many rows, taken by chance that repeats."""


class RawValues(_Raw):
    """An axis whose values stand in some cells only."""

    values: OfAxis
    """The values, as a plain axis lists them."""
    when: Selection = {}
    """The cells that the axis exists in; elsewhere it multiplies nothing."""


class RawTable(_Raw):
    """An axis whose values are the rows of a file: CSV, TSV, JSON lines, or text with a value a line.

    `columns`, `where` and `id` name columns as the file does; `as` gives them the names by which the job knows them.
    """

    file: Text
    """The file, from the job's folder on."""
    renamed: dict[str, Text] = Field(default={}, alias="as")
    """New names for columns: `{column: name}`."""
    id: Text | None = None
    """The column that labels the rows."""
    columns: Annotated[list[Text], OneOrList] | None = None
    """The columns to read; all by default."""
    where: Columns = {}
    """Rows to keep: `{column: value}` or a list of values."""
    limit: Annotated[int, Field(ge=1)] | None = None
    """At most so many rows, from the top."""
    sample: RawSample | None = None
    """So many rows, taken by chance that repeats."""
    when: Selection = {}
    """The cells that the axis exists in; elsewhere it multiplies nothing."""


class RawFolder(_Raw):
    """An axis of input images: the files that a pattern matches, such as refs/*.png, by name."""

    folder: Text
    """The pattern, from the job's folder on."""
    limit: Annotated[int, Field(ge=1)] | None = None
    """At most so many files, by name."""
    sample: RawSample | None = None
    """So many files, taken by chance that repeats."""
    when: Selection = {}
    """The cells that the axis exists in; elsewhere it multiplies nothing."""


class RawDrawn(_Raw):
    """An axis of which so many values are drawn by chance, anew for each value of the axes in `per`.

    Without `of`, which lists what is drawn from, seeds are drawn. Seeds are the same for every prompt and model, so
    that arms can be compared; `paired: false` gives that up. `from` makes the chance another one.
    """

    random: Annotated[int, Field(ge=1, le=10_000)]
    """How many values to draw."""
    of: OfAxis = None
    """What to draw from; seeds need none."""
    salt: ScalarValue = Field(default=0, alias="from")
    """Another value here, another chance; the same value, the same draw for ever."""
    per: Annotated[list[Text], OneOrList] = []
    """The axes for each of whose values is drawn anew."""
    paired: bool = True
    """Whether every prompt and model has the same seeds."""
    when: Selection = {}
    """The cells that the axis exists in; elsewhere it multiplies nothing."""


class RawMatrix(_Raw):
    """The axes, and what is cut from their product and added to it. Every other key is an axis."""

    # `axes` reads those by kind.
    model_config = ConfigDict(strict=True, extra="allow")

    exclude: list[Selection] = []
    """Cells to leave out: each line names axes and the values that go together."""
    include: list[Selection] = []
    """Cells to add: lists multiply, and an axis that a line leaves out takes all its values."""
    only: list[Selection] = []
    """Cells to keep; all others go."""
    sample: RawSample | None = None
    """So many cells, taken by chance that repeats."""
    order: Literal["breadth", "depth"] = "breadth"
    """`breadth`: one picture of every cell first, seeds last. `depth`: all seeds of a cell together."""
    when: SkipJsonSchema[dict[str, Selection]] = {}  # by axis: what `forms` lifted there


class RawModel(_Raw):
    """What holds for one model of the job."""

    file: Text | None = None
    """The YAML file that describes it, from the job file on; for a model that does not ship with fluxsweep."""
    params: Settings = {}
    """Parameters for its pictures, above `params`; `null` leaves one out."""


class RawOverride(_Raw):
    """Parameters for the cells that match."""

    model_config = ConfigDict(json_schema_extra={"required": ["match", "set"]})  # `read` tells what is missing

    match: Selection = {}
    """The cells: axes, or parts of compound values, and their values."""
    set: Settings = {}
    """Parameters for them; `null` leaves one out."""


class RawPrice(_Raw):
    """What you pay for a picture in USD: a number, or by the megapixel: the first, each further one, each of input."""

    picture: SkipJsonSchema[Money | None] = None
    first: Money = 0
    """The first megapixel."""
    further: Money = 0
    """Each further megapixel."""
    input: Money = 0
    """Each megapixel of input images."""


class RawBudget(_Raw):
    """Caps."""

    images: Annotated[int, Field(ge=0)] | None = None
    """At most so many pictures."""
    usd: Money | None = None
    """At most so much money."""


class RawProvider(_Raw):
    """What holds for one provider of the job."""

    file: Text | None = None
    """The YAML file that describes it, from the job file on; for a provider that does not ship with fluxsweep."""
    active: Annotated[int, Field(ge=1)] | None = None
    """Tasks there at once; `run.active`, then its own number by default."""
    budget: RawBudget = RawBudget()
    """Caps for what goes there, beside those of the whole job."""


class RawExpect(_Raw):
    """What each picture should show. Nothing of it is sent: `report --measure text` holds the pictures to it."""

    text: Text | None = Field(default=None, examples=["{{ word }}"])
    """The words that should be read in the picture: a template as a prompt is; where it comes out empty, none."""


_Prompts = dict[str, Annotated[RawPrompt, BeforeValidator(_prompt, json_schema_input_type=Text | RawPrompt)]]


class RawJob(_Raw):
    """A job: prompts × models × seeds × sizes × anything, and what to do with them."""

    version: Version = 1
    """The version of this language."""
    name: Name = Field(default="job", examples=["teapot-ab"])
    """The job's name; its pictures go to outputs/<name>."""
    provider: Annotated[Text, defined("provider")] = ""
    """The API to buy from, needed here or in the project's fluxsweep.yaml; `emulator` is embedded, and free."""
    vars: dict[Variable, Constant] = Field(default={}, examples=[{"product": "ceramic teapot"}])
    """Constants that templates read."""
    prompts: Annotated[
        _Prompts, BeforeValidator(_prompts, json_schema_input_type=_Prompts | Annotated[list[RawSource], Len(1)])
    ] = Field(
        default={},
        examples=[
            {"plain": "a {{ product }} on {{ surface }}", "lit": {"file": "studio.j2"}},
            [{"file": "prompts.csv", "id": "name", "text": "prompt"}],
        ],
    )
    """Prompt templates (Jinja2), by id, or a list of files that hold them."""
    sizes: dict[SizeName, Size] = Field(default={}, examples=[{"square": "1024x1024"}])
    """Names for sizes."""
    matrix: RawMatrix = Field(
        default=RawMatrix(), examples=[{"model": ["flux-2-pro", "flux-pro-1.1"], "seed": "1..4", "size": "1024x768"}]
    )
    """The axes; a picture is made for each combination of their values."""
    params: Params = Field(default={}, examples=[{"output_format": "png"}])
    """Parameters sent with every picture."""
    models: dict[ModelName, RawModel] = Field(default={}, examples=[{"flux-2-flex": {"params": {"steps": 36}}}])
    """What holds for one model, by its name."""
    providers: dict[ProviderName, RawProvider] = Field(
        default={}, examples=[{"mine": {"file": "mine.yaml"}, "bfl": {"budget": {"usd": 2}}}]
    )
    """What holds for one provider, by its name; here a job brings its own."""
    overrides: list[RawOverride] = Field(
        default=[], examples=[[{"match": {"model": "flux-2-flex"}, "set": {"steps": 36}}]]
    )
    """Parameters for the cells that match, in this order, above `params` and those of `models`."""
    upsampling: Literal["off", "on", "as-is"] = "off"
    """Whether the service may rewrite prompts; `as-is` leaves that to each model."""
    max_tasks: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    """More cells than this are refused before they are expanded."""
    on_unsupported: Literal["error", "drop"] = "error"
    """A parameter that a model does not know is a mistake, or left out there and said."""
    prices: dict[ModelName, Annotated[RawPrice, BeforeValidator(_price, json_schema_input_type=Money | RawPrice)]] = (
        Field(default={}, examples=[{"flux-2-pro": 0.03}])
    )
    """What you pay, by model, instead of the vendor's list."""
    budget: RawBudget = RawBudget()
    """Caps: nothing is bought beyond them."""
    run: RawRun = RawRun()
    """How the run loop behaves."""
    expect: RawExpect = Field(default=RawExpect(), examples=[{"text": "{{ word }}"}])
    """What each picture should show, to be measured; nothing of it is sent."""
    report: RawReport = RawReport()
    """What the contact sheet lays out."""
    trust_env: bool = False
    """Whether HTTP proxies of the environment are used."""


class RawFile(RawJob):
    """A job: prompts × models × seeds × sizes × anything, and what to do with them."""

    extends: Text | None = Field(default=None, examples=["base.yaml"])
    """The job file that this one stands on: mappings are merged, lists and values replaced."""
