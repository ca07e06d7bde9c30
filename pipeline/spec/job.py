"""`JobSpec`: a job as read, validated and resolved (pydantic, strict). Every text that it names is already in it.

Money is integer micro-USD, a duration is seconds, a size is the job's own words (`1024x1024`, `16:9@2MP`, `auto`):
`sweep` resolves it against a model.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from pipeline.catalog.model import Model
from pipeline.catalog.provider import ProviderSpec

Scalar = str | int | float | bool


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Prompt(_Strict):
    """A prompt template. `file` is where the text was read from, as the job wrote it; None for an inline one.

    A `raw` one is sent as it stands; `includes` are the texts of the files that it takes in, by name.
    """

    id: str
    text: str
    file: str | None = None
    raw: bool = False
    includes: dict[str, str] = {}


class Picture(_Strict):
    """An input image that the job names by path: its content, its sides in pixels, and the text beside it."""

    sha256: str
    media_type: str
    width: int
    height: int
    caption: str | None = None


class Compound(_Strict):
    """One value of a compound axis: it sets several names together. A None leaves a parameter out."""

    id: str
    sets: dict[str, Scalar | None]


class Draw(_Strict):
    """`n` values are drawn by chance for each value of the names in `per`; `salt` makes the chance another one."""

    n: int
    salt: Scalar
    per: tuple[str, ...] = ()


class Axis(_Strict):
    """A named list of values; all of them scalars (None leaves a parameter out) or all `Compound`.

    `kind`: one of the reserved axes by its own name, a model's parameter, a template variable, or a compound.
    `when` confines the axis to the cells that have, for every name in it, one of its values. Of an axis with a `draw`
    only some values stand in a cell's neighbourhood; one of seeds has no values: they come by chance. `labels` are what
    the job calls some of its values.
    """

    name: str
    kind: Literal["prompt", "model", "seed", "size", "repeat", "provider", "param", "variable", "compound"]
    values: tuple[Scalar | Compound | None, ...]
    labels: dict[str, Scalar] = {}
    when: dict[str, tuple[Scalar | None, ...]] = {}
    draw: Draw | None = None


class ModelOptions(_Strict):
    """What holds for one model: its parameters stand above the job's `params`. A None leaves one out."""

    params: dict[str, Scalar | None] = {}


class Override(_Strict):
    """`set` these parameters in the cells that `match` (a cell value in each named tuple; names of axes or parts)."""

    match: dict[str, tuple[Scalar | None, ...]]
    set: dict[str, Scalar | None]


class Sample(_Strict):
    """`n` of the cells, taken by chance; `salt` makes the chance another one."""

    n: int
    salt: Scalar


class Matrix(_Strict):
    """The axes in job order, then what is cut and added.

    prompt, model, seed and size always stand: those that the job does not write come first, with their defaults, but
    one that a compound axis' parts set has no axis of its own.

    Each `exclude`, `include` and `only` maps axis (or part) names to the values that it lists. `order`: seeds (and
    repeats) change last in `breadth`, where they stand in `depth`.
    """

    axes: tuple[Axis, ...]
    exclude: tuple[dict[str, tuple[Scalar | None, ...]], ...] = ()
    include: tuple[dict[str, tuple[Scalar | None, ...]], ...] = ()
    only: tuple[dict[str, tuple[Scalar | None, ...]], ...] = ()
    sample: Sample | None = None
    order: Literal["breadth", "depth"] = "breadth"


class Budget(_Strict):
    """At most so many pictures, at most so much money; None: no cap."""

    images: int | None = None
    usd: int | None = None


class Poll(_Strict):
    """Bounds of the wait between two polls of a task, in seconds; None: the provider's."""

    min: float | None = None
    max: float | None = None


class Resubmit(_Strict):
    """A doubt is ended by another submit, once a task, while all of these together stay within `usd`."""

    usd: int


class OnDoubt(_Strict):
    """What becomes of a task in doubt, where it is not held."""

    resubmit: Resubmit


class Webhook(_Strict):
    """`url` is what the service calls, `host` and `port` are where this machine listens for it."""

    url: str
    port: int
    host: str = "127.0.0.1"


class Price(_Strict):
    """What the user pays for a picture: `picture`, whatever its size; where that is None, by the megapixel."""

    picture: int | None = None
    first: int = 0
    further: int = 0
    input: int = 0


class Lane(_Strict):
    """What holds for one provider: `active` tasks there at once (None: the run's number), and its own caps."""

    active: int | None = None
    budget: Budget = Budget()


class RunOptions(_Strict):
    """How the run loop behaves. `active`: tasks at the provider at once; `submits`: submits unsettled at once."""

    active: int | None = None
    submits: int = 4
    give_up: float = 300.0
    poll: Poll = Poll()
    on_doubt: Literal["hold"] | OnDoubt = "hold"
    webhook: Webhook | None = None


class Expect(_Strict):
    """What a picture should show: templates over what its cell says, of which nothing is sent.

    `text`: the words that should be read in it; None: nothing is expected.
    """

    text: Prompt | None = None


class ReportOptions(_Strict):
    """Axes in each place of the contact sheet; None: the sheet chooses."""

    columns: tuple[str, ...] | None = None
    rows: tuple[str, ...] | None = None
    group_columns: tuple[str, ...] | None = None
    group_rows: tuple[str, ...] | None = None
    cell: tuple[str, ...] | None = None


class JobSpec(_Strict):
    """The whole job. `sizes`, `vars` and `params` are by name; `params` apply to every model that has them.

    `structured` are those of its values that are mappings or lists, as JSON: templates may read their parts.

    `images` are the input images that it names by path, as written. With `on_unsupported: drop`, a parameter that a
    model does not know is left out there. `prices` are the user's own, by model or by `provider/model`. `lanes` are
    by provider; `own_providers` and `own_models` are those that the job describes itself, whole: a manifest that holds
    them needs no file.
    """

    version: Literal[1] = 1
    name: str
    provider: str
    vars: dict[str, Scalar] = {}
    structured: tuple[str, ...] = ()
    prompts: tuple[Prompt, ...]
    sizes: dict[str, str] = {}
    matrix: Matrix
    params: dict[str, Scalar] = {}
    models: dict[str, ModelOptions] = {}
    lanes: dict[str, Lane] = {}
    own_providers: dict[str, ProviderSpec] = {}
    own_models: dict[str, Model] = {}
    images: dict[str, Picture] = {}
    overrides: tuple[Override, ...] = ()
    upsampling: Literal["off", "on", "as-is"] = "off"
    max_tasks: int = 10_000
    on_unsupported: Literal["error", "drop"] = "error"
    prices: dict[str, Price] = {}
    budget: Budget = Budget()
    run: RunOptions = RunOptions()
    expect: Expect = Expect()
    report: ReportOptions = ReportOptions()
    trust_env: bool = False

    def snapshot(self) -> dict[str, Any]:
        """The job as plain JSON values, for the manifest: enough to read this spec back."""
        return self.model_dump(mode="json")
