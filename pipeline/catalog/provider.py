"""`ProviderSpec`: an API of the submit-poll-download shape, as data (pydantic, strict: it guards the YAML files).

A *path* into a reply is dotted, e.g. `result.sample`; a number indexes a list. Where a reply may keep a thing in
several places, a list of paths is tried in order. Durations are seconds, money is USD unless it says otherwise.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from pipeline.catalog.model import Model, Param


def _listed(value: Any) -> Any:
    """One alone is a list of one; strict pydantic takes no list for a tuple."""
    if isinstance(value, str | int) and not isinstance(value, bool):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _by_name(value: Any) -> Any:
    """A bare list of models: each is served as the catalog has it."""
    return {name: {} for name in value} if isinstance(value, list) and all(map(_is_text, value)) else value


def _is_text(value: object) -> bool:
    return isinstance(value, str)


Words = Annotated[tuple[str, ...], BeforeValidator(_listed, json_schema_input_type=str | tuple[str, ...])]
Codes = Annotated[tuple[int, ...], BeforeValidator(_listed, json_schema_input_type=int | tuple[int, ...])]
Host = Annotated[str, Field(pattern=r"^[a-z0-9.-]+(\*[a-z0-9.-]+)?$")]
Constant = str | int | float | bool


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class KeyRule(_Strict):
    """Where the key comes from (an environment variable) and how it is sent."""

    variable: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    header: str = Field(default="Authorization", pattern=r"^[A-Za-z][A-Za-z0-9-]*$")
    prefix: str = Field(default="Bearer ", pattern="^[ -~]*$")


class SubmitRule(_Strict):
    """The paid POST, and where its reply keeps things.

    `path` may hold `{model}`; `nest` puts the parameters under one key; `model` is the body's key that names the
    model, where it is not in the path. What goes out otherwise than the catalog has it: `names` (parameter → its name
    there), `values` (parameter → word → word there), `lists` (a name there → the parameters that it gathers),
    `beside` (parameter → constants that are sent along with it). An input image goes as bare `base64` or as a
    `data_uri`.
    """

    path: str = Field(pattern="^/")
    nest: str | None = None
    model: str | None = None
    names: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    lists: dict[str, Words] = {}
    beside: dict[str, dict[str, Constant]] = {}
    images: Literal["base64", "data_uri"] = "base64"
    id: Words = ("id",)
    poll_url: Words = ()
    cost: Words = ()


class PollRule(_Strict):
    """The status GET. `path` may hold `{id}`; `use_poll_url` asks the submit's own poll URL where it gave one.

    Such a URL is followed on the base URL's own host, and on the `hosts` beside it if the base URL is one of them;
    one `*` stands for a label, or a part of it, as in `api.*.example.com`.
    """

    path: str = Field(pattern="^/")
    use_poll_url: bool = False
    hosts: Annotated[tuple[Host, ...], BeforeValidator(_listed)] = ()
    status: Words = ("status",)


class ReadyRule(_Strict):
    """Where a Ready reply keeps things. Only `sample` must be there; `started` and `ended` are unix seconds."""

    sample: Words
    seed: Words = ()
    prompt: Words = ()
    duration: Words = ()
    started: Words = ()
    ended: Words = ()
    cost: Words = ()


class StatusWords(_Strict):
    """The service's status words by meaning; any other word means still running."""

    running: Words = ()
    ready: Words
    moderated: Words = ()
    failed: Words = ()
    missing: Words = ()


class ErrorRules(_Strict):
    """What a submit's error reply means. Whatever is named nowhere here leaves the task in doubt.

    `refused`: surely not taken, may be asked again. `account`: this key is not served. `invalid`: this request is
    wrong. A code counts only with a status in its `*_codes_with`; `envelope` is the path that must exist for
    `refused_with_envelope`.
    """

    message: Words = ("error.message", "detail", "message", "error")
    code: Words = ("error.code", "code")
    refused: Codes = (429,)
    refused_with_envelope: Codes = ()
    envelope: str | None = None
    account: Codes = (401, 402, 403)
    account_codes: Words = ()
    account_codes_with: Codes = ()
    invalid: Codes = (400, 405, 413, 422)
    invalid_codes: Words = ()
    invalid_codes_with: Codes = ()
    unknown_model: Codes = (404,)


class Limits(_Strict):
    """`active` tasks an account, `per_model` fewer for some; None: no number is known.

    A task is polled no more often than every `poll_min`; a result URL that says no other holds for `url_lifetime`.
    """

    active: int | None = Field(default=None, ge=1)
    per_model: dict[str, Annotated[int, Field(ge=1)]] = {}
    poll_min: float = Field(default=2.0, gt=0)
    url_lifetime: float = Field(default=600.0, gt=0)


class WebhookRule(_Strict):
    """The names of the submit parameters; `secret` None: it takes none, and its deliveries are proven by address."""

    url: str
    secret: str | None = None


def _rates(value: Any) -> Any:
    """A bare number is what a picture costs, whatever its size."""
    return {"picture": value} if isinstance(value, int | float) and not isinstance(value, bool) else value


class Rates(_Strict):
    """A price in USD: of a `picture`, or by the megapixel: of the first, of each further one, of each of input."""

    picture: float | None = Field(default=None, ge=0)
    first: float = Field(default=0.0, ge=0)
    further: float = Field(default=0.0, ge=0)
    input: float = Field(default=0.0, ge=0)


class Served(_Strict):
    """How a provider serves a model of the catalog, where it is not the same: under another name (`route`).

    `lacks` are parameters that it does not take there, `params` those that it takes in another range.
    """

    route: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$")
    lacks: Words = ()
    params: dict[str, Param] = {}


class ProviderSpec(_Strict):
    """A provider. `free`: nothing is ever paid, so nothing is asked. `embedded`: it is our own emulator.

    `cost_unit_usd` is what one unit of the reply's `cost` is worth; with `cost_is_bill` that cost is what is charged,
    else only what somebody else's list says. `prices` are this provider's own, by model: a number a picture, or by
    the megapixel; `price_note` says whose the vendor's list price is, where there are none.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")
    title: str
    base_url: str
    base_url_variable: str | None = Field(default=None, pattern=r"^[A-Z][A-Z0-9_]*$")
    key: KeyRule
    submit: SubmitRule
    poll: PollRule
    ready: ReadyRule
    statuses: StatusWords
    details: Words = ("details", "error", "detail")
    errors: ErrorRules = ErrorRules()
    request_id_header: str | None = None
    limits: Limits = Limits()
    cost_unit_usd: float = Field(default=0.01, gt=0)
    cost_is_bill: bool = False
    webhook: WebhookRule | None = None
    models: Annotated[
        dict[str, Served], BeforeValidator(_by_name, json_schema_input_type=tuple[str, ...] | dict[str, Served])
    ]
    prices: dict[str, Annotated[Rates, BeforeValidator(_rates, json_schema_input_type=float | Rates)]] = {}
    price_note: str = "the vendor's list price"
    free: bool = False
    embedded: bool = False

    def served(self, model: Model) -> Model:
        """`model` as this provider takes it. Raises `KeyError` where it does not serve it."""
        here = self.models[model.name]
        if not here.lacks and not here.params:
            return model
        params = {name: here.params.get(name, param) for name, param in model.params.items() if name not in here.lacks}
        groups = tuple(tuple(name for name in group if name not in here.lacks) for group in model.one_of)
        return model.model_copy(update={"params": params, "one_of": tuple(group for group in groups if group)})

    def is_own_host(self, host: str) -> bool:
        """Whether `host` is one of those that a poll URL may be followed on, beside the base URL's."""
        return any(_host_pattern(pattern).fullmatch(host) for pattern in self.poll.hosts)


def _host_pattern(pattern: str) -> re.Pattern[str]:
    return re.compile("[a-z0-9-]*".join(map(re.escape, pattern.split("*"))))
