"""`Provider`: three verbs, and every outcome that each can have, as data: none of the verbs raises for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Protocol

import msgspec

from pipeline.task.request import Request

NOTHING: Mapping[str, str] = MappingProxyType({})


class Accepted(msgspec.Struct, frozen=True):
    """The provider took the submit: it is paid, or will be.

    `poll_url` is a path and query on the provider's own host, None when it gave none there. `cost` is micro-USD;
    `billed`: that is what it charges.
    """

    remote_id: str
    poll_url: str | None
    request_id: str | None
    cost: int | None
    billed: bool = False


class NotSent(msgspec.Struct, frozen=True):
    """The request's headers never went out: nothing is owed. Worth another try."""

    why: str


class Busy(msgspec.Struct, frozen=True):
    """The provider surely refused, for now: nothing is owed. `retry_after` is seconds, None when it said nothing."""

    why: str
    retry_after: float | None


class Denied(msgspec.Struct, frozen=True):
    """The provider does not serve this key (unknown, forbidden, no credit, no quota): nothing is owed."""

    why: str


class Rejected(msgspec.Struct, frozen=True):
    """This request is wrong and always will be: nothing is owed."""

    why: str


class UnknownModel(msgspec.Struct, frozen=True):
    """The provider has no such model: nothing is owed."""

    why: str


class Doubt(msgspec.Struct, frozen=True):
    """Everything else: it may have been taken, and may be charged."""

    why: str
    request_id: str | None = None


SubmitOutcome = Accepted | NotSent | Busy | Denied | Rejected | UnknownModel | Doubt


class Running(msgspec.Struct, frozen=True):
    """Not yet. `known` is False for a status word that the provider's data does not name."""

    status: str
    known: bool


class Rendered(msgspec.Struct, frozen=True):
    """The picture is ready at `url` (None: the reply names none); the rest as the service returned it.

    `lifetime` is how many seconds the URL holds from now, by the server's own clock; None when it does not say.
    `billed`: `cost` is what it charges.
    """

    url: str | None
    seed: int | None
    prompt: str | None
    cost: int | None
    duration: float | None
    lifetime: float | None = None
    billed: bool = False


class Moderated(msgspec.Struct, frozen=True):
    """The service refused the picture. Not billed."""

    why: str


class Broke(msgspec.Struct, frozen=True):
    """The service failed to make the picture. Whether it bills that is unknown."""

    why: str


class Missing(msgspec.Struct, frozen=True):
    """The service does not know the id: a lag right after the submit, lost later."""


class Again(msgspec.Struct, frozen=True):
    """This call failed in a way that another one may not. `retry_after` is seconds, None when it said nothing."""

    why: str
    retry_after: float | None = None


PollOutcome = Running | Rendered | Moderated | Broke | Missing | Again | Denied


class Fetched(msgspec.Struct, frozen=True):
    """All bytes that the image host announced were written."""

    bytes: int


class Gone(msgspec.Struct, frozen=True):
    """The URL has expired: a fresh one comes from another poll."""

    why: str


DownloadOutcome = Fetched | Gone | Again


class Provider(Protocol):
    """An API of the submit-poll-download shape."""

    async def submit(
        self,
        request: Request,
        inputs: Mapping[str, bytes],
        may_send: Callable[[], bool],
        extra: Mapping[str, str] = NOTHING,
    ) -> SubmitOutcome:
        """Send one paid POST, once. `inputs` holds the bytes of the request's input images by sha256.

        `may_send` is asked last, when the connection stands and not a byte has left; no means `NotSent`. `extra` goes
        beside the parameters, and is no part of the task: where a webhook is to go.
        """

    async def poll(self, remote_id: str, poll_url: str | None) -> PollOutcome:
        """Ask once how the picture is coming on."""

    async def download(self, url: str, write: Callable[[bytes], object]) -> DownloadOutcome:
        """Fetch `url` once, without the key, handing its bytes to `write` as they come.

        Raises:
            OSError: only what `write` raises.
        """

    async def close(self) -> None:
        """Give the connections back."""
