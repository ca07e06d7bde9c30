"""What a reply says, read by the provider's data (pure): dotted paths, submit outcomes, poll outcomes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

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
from pipeline.providers.hosts import own_poll_url

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
    lowered = {name.lower(): clean(value[:_QUOTE]) for name, value in headers.items()}
    tree = _tree(body)
    return Reply(status, lowered, tree, body[: 4 * _QUOTE].decode("utf-8", "replace"))


def is_sane_id(text: str) -> bool:
    """Whether `text` can be a remote id: some visible ASCII, and not a page of it."""
    return _SANE_ID.fullmatch(text) is not None


def clean(text: str) -> str:
    """`text` as UTF-8 can hold it: a header's raw byte or half a surrogate pair must not cost an id."""
    return text.encode("utf-8", "replace").decode()


def _tree(body: bytes) -> Any:
    """The JSON in `body`, half surrogates and stray bytes included (msgspec takes none); None where there is none."""
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        try:
            return json.loads(body.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            return None


def dig(tree: Any, path: str) -> Any:
    """What lies at a dotted `path` of JSON `tree`; None where nothing does."""
    for step in path.split("."):
        if isinstance(tree, dict):
            tree = tree.get(step)
        elif isinstance(tree, list) and step.isdigit() and int(step) < len(tree):
            tree = tree[int(step)]
        else:
            return None
    return clean(tree) if isinstance(tree, str) else tree


def first(tree: Any, paths: Iterable[str]) -> Any:
    """What lies at the first of the `paths` where anything does; None where nothing does."""
    return next(iter(_all(tree, paths)), None)


def read_submit(spec: ProviderSpec, base_url: str, reply: Reply) -> SubmitOutcome:
    """What a submit's reply means. Whatever the provider's data does not name leaves the task in doubt."""
    request_id = reply.headers.get((spec.request_id_header or "").lower())
    why = _why(spec, reply)
    if 200 <= reply.status < 300:
        remote_id = first(reply.tree, spec.submit.id)
        if isinstance(remote_id, str) and is_sane_id(remote_id):
            poll_url = own_poll_url(first(reply.tree, spec.submit.poll_url), spec, base_url)
            cost = _micro_usd(spec, first(reply.tree, spec.submit.cost))
            return Accepted(remote_id, poll_url, request_id, cost, _is_bill(spec, cost))
        return Doubt(f"a reply {reply.status} without a usable id: {_quote(reply.text)}", request_id)
    codes = {str(code) for code in _all(reply.tree, spec.errors.code)}
    rules = spec.errors
    out_of_quota = reply.status in rules.account_codes_with and codes & set(rules.account_codes)
    if reply.status in rules.account or out_of_quota:
        return Denied(why)
    said_invalid = reply.status in rules.invalid_codes_with and codes & set(rules.invalid_codes)
    if reply.status in rules.invalid or said_invalid:
        return Rejected(why)
    if reply.status in spec.errors.unknown_model:
        return UnknownModel(why)
    if reply.status in spec.errors.refused or _refused_by_envelope(spec, reply):
        return Busy(why, retry_after(reply))
    return Doubt(why, request_id)


def read_poll(spec: ProviderSpec, reply: Reply) -> PollOutcome:
    """What a poll's reply means."""
    if reply.status in spec.errors.account:
        return Denied(_why(spec, reply))
    status, words = first(reply.tree, spec.poll.status), spec.statuses
    if status in words.missing or (
        reply.status == 404 and isinstance(reply.tree, dict) and _says(reply.text, words.missing)
    ):
        return Missing()
    if not isinstance(status, str) or not status:
        return Again(_why(spec, reply), retry_after(reply))
    if not 200 <= reply.status < 300:
        return Again(_why(spec, reply), retry_after(reply))
    if status in words.ready:
        return _rendered(spec, reply)
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
    except (ValueError, TypeError, OverflowError):
        return None


def _says(text: str, words: Iterable[str]) -> bool:
    return any(word.lower() in text.lower() for word in words)


def _rendered(spec: ProviderSpec, reply: Reply) -> Rendered:
    tree, places = reply.tree, spec.ready
    url = next((found for found in _all(tree, places.sample) if _is_url(found)), None)
    seed, prompt = first(tree, places.seed), first(tree, places.prompt)
    cost = _micro_usd(spec, first(tree, places.cost))
    return Rendered(
        url=url,
        seed=seed if isinstance(seed, int) and not isinstance(seed, bool) else None,
        prompt=prompt if isinstance(prompt, str) else None,
        cost=cost,
        duration=_duration(spec, tree),
        lifetime=None if url is None else _lifetime(url, reply),
        billed=_is_bill(spec, cost),
    )


def _is_url(found: Any) -> bool:
    return isinstance(found, str) and found.startswith(("https://", "http://"))


def _lifetime(url: str, reply: Reply) -> float | None:
    """Seconds for which a signed URL holds: its `se` against the reply's own Date, so that no clock of ours counts."""
    try:
        expiry = datetime.fromisoformat(parse_qs(urlsplit(url).query)["se"][0])
        return (expiry - parsedate_to_datetime(reply.headers.get("date", ""))).total_seconds()
    except (KeyError, ValueError, TypeError, OverflowError):
        return None


def _duration(spec: ProviderSpec, tree: Any) -> float | None:
    """Seconds of the render by the server's own clock: as it says, or from its start to its end."""
    duration = first(tree, spec.ready.duration)
    if duration is None:
        started, ended = first(tree, spec.ready.started), first(tree, spec.ready.ended)
        if not isinstance(started, int | float) or not isinstance(ended, int | float):
            return None
        duration = ended - started
    return float(duration) if isinstance(duration, int | float) and 0 <= duration < 86_400 else None


def _refused_by_envelope(spec: ProviderSpec, reply: Reply) -> bool:
    path = spec.errors.envelope
    return path is not None and reply.status in spec.errors.refused_with_envelope and dig(reply.tree, path) is not None


def _micro_usd(spec: ProviderSpec, cost: Any) -> int | None:
    """A reply's cost in micro-USD; None when absent or absurd."""
    if isinstance(cost, bool) or not isinstance(cost, int | float) or not 0 <= cost < 1e6:
        return None
    return round(cost * spec.cost_unit_usd * 1_000_000)


def _is_bill(spec: ProviderSpec, cost: int | None) -> bool:
    return spec.cost_is_bill and cost is not None


def _all(tree: Any, paths: Iterable[str]) -> list[Any]:
    return [found for path in paths if (found := dig(tree, path)) is not None]


def _why(spec: ProviderSpec, reply: Reply) -> str:
    found = first(reply.tree, spec.errors.message)
    message = reply.text if found is None else found
    return f"HTTP {reply.status}: {_quote(_plain(message))}".rstrip(": ")


def _details(spec: ProviderSpec, tree: Any, status: str) -> str:
    found = first(tree, spec.details)
    return status if found is None else f"{status}: {_quote(_plain(found))}"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else clean(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _quote(text: str) -> str:
    """One line of `text`, cut: it goes into the manifest and onto the page."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _QUOTE else flat[: _QUOTE - 1] + "…"
