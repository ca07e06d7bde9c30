"""`ProviderSpec`: an API of the submit-poll-download shape, as data (pydantic, strict: it guards the YAML files).

A *path* below is dotted, e.g. `result.sample`; a number indexes a list. Durations are seconds.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class KeyRule(_Strict):
    """Where the key comes from (an environment variable) and how it is sent."""

    variable: str
    header: str = "Authorization"
    prefix: str = "Bearer "


class SubmitRule(_Strict):
    """The paid POST. `path` may hold `{model}`; `nest` puts the body under one key; the rest are reply paths."""

    path: str
    nest: str | None = None
    id: str = "id"
    poll_url: str | None = None
    cost: str | None = None


class PollRule(_Strict):
    """The status GET. `path` may hold `{id}`; `use_poll_url` asks the submit's own poll URL where it gave one."""

    path: str
    use_poll_url: bool = False
    status: str = "status"


class ReadyRule(_Strict):
    """Where a Ready reply keeps things. Only `sample` must be there; `started` and `ended` are unix seconds."""

    sample: str
    seed: str | None = None
    prompt: str | None = None
    duration: str | None = None
    started: str | None = None
    ended: str | None = None
    cost: str | None = None


class StatusWords(_Strict):
    """The service's status words by meaning; any other word means still running."""

    running: tuple[str, ...]
    ready: tuple[str, ...]
    moderated: tuple[str, ...]
    failed: tuple[str, ...]
    missing: tuple[str, ...]


class ErrorRules(_Strict):
    """What a submit's error reply means. Whatever is named nowhere here leaves the task in doubt.

    `refused`: surely not taken, may be asked again. `account`: this key is not served. `invalid`: this request is
    wrong. A code counts only with a status in its `*_codes_with`; `envelope` is the path that must exist for
    `refused_with_envelope`.
    """

    message: tuple[str, ...]
    code: tuple[str, ...]
    refused: tuple[int, ...]
    refused_with_envelope: tuple[int, ...] = ()
    envelope: str | None = None
    account: tuple[int, ...]
    account_codes: tuple[str, ...] = ()
    account_codes_with: tuple[int, ...] = ()
    invalid: tuple[int, ...]
    invalid_codes: tuple[str, ...] = ()
    invalid_codes_with: tuple[int, ...] = ()
    unknown_model: tuple[int, ...] = (404,)


class Limits(_Strict):
    """`active` tasks an account, `per_model` fewer for some; None: no number is known."""

    active: int | None = None
    per_model: dict[str, int] = Field(default_factory=dict)
    poll_min: float = 2.0
    url_lifetime: float = 600.0


class WebhookRule(_Strict):
    """The names of the submit parameters; `secret` None: it takes none, and its deliveries are proven by address."""

    url: str
    secret: str | None = None


class ProviderSpec(_Strict):
    """A provider. `free`: nothing is ever paid, so nothing is asked. `embedded`: it is our own emulator."""

    name: str
    title: str
    base_url: str
    base_url_variable: str | None = None
    key: KeyRule
    submit: SubmitRule
    poll: PollRule
    ready: ReadyRule
    statuses: StatusWords
    details: tuple[str, ...] = ()
    errors: ErrorRules
    request_id_header: str | None = None
    limits: Limits
    cost_unit_usd: float = 0.01
    webhook: WebhookRule | None = None
    models: tuple[str, ...]
    price_note: str = ""
    free: bool = False
    embedded: bool = False
