"""What a reply says, read by the provider's data (pure): dotted paths, submit outcomes, poll outcomes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec

from pipeline.catalog.provider import ProviderSpec
from pipeline.providers.base import (
    Accepted,
    Again,
    Broke,
    Busy,
    Denied,
    Doubt,
    Missing,
    Moderated,
    PollOutcome,
    Rejected,
    Rendered,
    Running,
    SubmitOutcome,
    UnknownModel,
)

_SANE_ID = re.compile(r"[\x21-\x7e]{1,256}")
_QUOTE = 300


class Reply(msgspec.Struct, frozen=True):
    """An HTTP reply, whole: `headers` with lower-case names, `tree` its JSON (None where it is not JSON)."""

    status: int
    headers: Mapping[str, str]
    tree: Any
    text: str


def reply_of(status: int, headers: Mapping[str, str], body: bytes) -> Reply:
    """A reply from its parts; a body that is not JSON is kept as text."""
    try:
        tree = msgspec.json.decode(body)
    except msgspec.DecodeError:
        tree = None
    lowered = {name.lower(): value for name, value in headers.items()}
    return Reply(status, lowered, tree, body[: 4 * _QUOTE].decode("utf-8", "replace"))


def is_sane_id(text: str) -> bool:
    """Whether `text` can be a remote id: some visible ASCII, and not a page of it."""
    return _SANE_ID.fullmatch(text) is not None


def dig(tree: Any, path: str | None) -> Any:
    """What lies at a dotted `path` of JSON `tree`; None where nothing does."""
    if path is None:
        return None
    for step in path.split("."):
        if isinstance(tree, dict):
            tree = tree.get(step)
        elif isinstance(tree, list) and step.isdigit() and int(step) < len(tree):
            tree = tree[int(step)]
        else:
            return None
    return tree


def read_submit(spec: ProviderSpec, origin: str, reply: Reply) -> SubmitOutcome:
    """What a submit's reply means. Whatever the provider's data does not name leaves the task in doubt."""
    request_id = reply.headers.get((spec.request_id_header or "").lower())
    why = _why(spec, reply)
    if 200 <= reply.status < 300:
        remote_id = dig(reply.tree, spec.submit.id)
        if isinstance(remote_id, str) and is_sane_id(remote_id):
            poll_url = own_path(dig(reply.tree, spec.submit.poll_url), origin)
            return Accepted(remote_id, poll_url, request_id, _micro_usd(spec, dig(reply.tree, spec.submit.cost)))
        return Doubt(f"a reply {reply.status} without a usable id: {_quote(reply.text)}", request_id)
    codes = {str(code) for code in _all(reply.tree, spec.errors.code)}
    if codes & set(spec.errors.account_codes) or reply.status in spec.errors.account:
        return Denied(why)
    if codes & set(spec.errors.invalid_codes) or reply.status in spec.errors.invalid:
        return Rejected(why)
    if reply.status in spec.errors.unknown_model:
        return UnknownModel(why)
    if reply.status in spec.errors.refused or _refused_by_envelope(spec, reply):
        return Busy(why, retry_after(reply))
    return Doubt(why, request_id)


def read_poll(spec: ProviderSpec, reply: Reply) -> PollOutcome:
    """What a poll's reply means."""
    status = dig(reply.tree, spec.poll.status)
    if not isinstance(status, str) or not status:
        if reply.status in (401, 403):
            return Denied(_why(spec, reply))
        return Missing() if reply.status == 404 else Again(_why(spec, reply), retry_after(reply))
    words = spec.statuses
    if status in words.missing:
        return Missing()
    if not 200 <= reply.status < 300:
        return Again(_why(spec, reply), retry_after(reply))
    if status in words.ready:
        return _rendered(spec, reply.tree)
    if status in words.moderated:
        return Moderated(_details(spec, reply.tree, status))
    if status in words.failed:
        return Broke(_details(spec, reply.tree, status))
    return Running(status, status in words.running)


def retry_after(reply: Reply) -> float | None:
    """Seconds to wait by the reply's Retry-After; a date in it is read against the reply's own Date."""
    value = reply.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", value):
        return float(value)
    try:
        then = parsedate_to_datetime(value)
        now = parsedate_to_datetime(reply.headers.get("date", ""))
        return max(0.0, (then - now).total_seconds())
    except (ValueError, TypeError):
        return None


def own_path(url: Any, origin: str) -> str | None:
    """`url` as path and query, if it lies on `origin`; None otherwise: a key goes to its provider's own host only."""
    if not isinstance(url, str) or len(url) > 2083:
        return None
    parts, home = urlsplit(url), urlsplit(origin)
    if (parts.scheme, parts.netloc) != (home.scheme, home.netloc):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _rendered(spec: ProviderSpec, tree: Any) -> Rendered:
    sample = dig(tree, spec.ready.sample)
    seed, prompt = dig(tree, spec.ready.seed), dig(tree, spec.ready.prompt)
    return Rendered(
        url=sample if isinstance(sample, str) and sample.startswith(("https://", "http://")) else None,
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
        prompt=prompt if isinstance(prompt, str) else None,
        cost=_micro_usd(spec, dig(tree, spec.ready.cost)),
        duration=_duration(spec, tree),
    )


def _duration(spec: ProviderSpec, tree: Any) -> float | None:
    """Seconds of the render by the server's own clock: as it says, or from its start to its end."""
    duration = dig(tree, spec.ready.duration)
    if duration is None:
        started, ended = dig(tree, spec.ready.started), dig(tree, spec.ready.ended)
        if not isinstance(started, int | float) or not isinstance(ended, int | float):
            return None
        duration = ended - started
    return float(duration) if isinstance(duration, int | float) and 0 <= duration < 86_400 else None


def _refused_by_envelope(spec: ProviderSpec, reply: Reply) -> bool:
    return reply.status in spec.errors.refused_with_envelope and dig(reply.tree, spec.errors.envelope) is not None


def _micro_usd(spec: ProviderSpec, cost: Any) -> int | None:
    """A reply's cost in micro-USD; None when absent or absurd."""
    if isinstance(cost, bool) or not isinstance(cost, int | float) or not 0 <= cost < 1e6:
        return None
    return round(cost * spec.cost_unit_usd * 1_000_000)


def _all(tree: Any, paths: Iterable[str]) -> list[Any]:
    return [found for path in paths if (found := dig(tree, path)) is not None]


def _why(spec: ProviderSpec, reply: Reply) -> str:
    message = next(iter(_all(reply.tree, spec.errors.message)), reply.text)
    return f"HTTP {reply.status}: {_quote(_plain(message))}".rstrip(": ")


def _details(spec: ProviderSpec, tree: Any, status: str) -> str:
    found = next(iter(_all(tree, spec.details)), None)
    return status if found is None else f"{status}: {_quote(_plain(found))}"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _quote(text: str) -> str:
    """One line of `text`, cut: it goes into the manifest and onto the page."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _QUOTE else flat[: _QUOTE - 1] + "…"
