"""`HttpProvider`: the one real provider. It speaks HTTP; what to say and what a reply means is the catalog's data."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlsplit
from urllib.request import getproxies

import aiohttp

from pipeline.catalog.origin import is_loopback
from pipeline.catalog.provider import ProviderSpec
from pipeline.providers.addresses import AddressInfo, guarded_sockets
from pipeline.providers.base import (
    NOTHING,
    Again,
    Doubt,
    DownloadOutcome,
    Fetched,
    Gone,
    NotSent,
    PollOutcome,
    SubmitOutcome,
)
from pipeline.providers.body import submit_body, submit_path
from pipeline.providers.hosts import own_address
from pipeline.providers.reply import Reply, read_poll, read_submit, reply_of
from pipeline.task.request import Request

MAX_PICTURE = 64 * 2**20
WITHHELD = "the run stopped before it was sent"
_MAX_REPLY = 2**20
_REDIRECTS = 3
_SUBMIT_TIMEOUT = aiohttp.ClientTimeout(total=120, connect=10)
_POLL_TIMEOUT = aiohttp.ClientTimeout(total=30, connect=10)
_DOWNLOAD_TIMEOUT = aiohttp.ClientTimeout(total=180, connect=10, sock_read=30)


def _always() -> bool:
    return True


class HttpProvider:
    """One API at `base_url`, spoken to with `key`.

    Three sessions: submits each have a connection of their own (a stale keep-alive would make doubt), polls share
    some, and downloads go out without any key. No redirect of a call that carries the key is followed.
    """

    def __init__(self, spec: ProviderSpec, base_url: str, key: str, *, trust_env: bool = False) -> None:
        self._spec = spec
        self._base = base_url.rstrip("/")
        parts = urlsplit(self._base)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        # Plain http goes to this machine only: through a proxy the key would leave it in clear.
        keyed = {spec.key.header: spec.key.prefix + key, "Accept": "application/json"}
        self._submits = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, force_close=True),
            headers=keyed,
            timeout=_SUBMIT_TIMEOUT,
            trust_env=trust_env and parts.scheme == "https",
            trace_configs=[_headers_trace()],
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        self._polls = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=64),
            headers=keyed,
            timeout=_POLL_TIMEOUT,
            trust_env=trust_env and parts.scheme == "https",
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        self._images = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=32, socket_factory=_image_sockets(parts.hostname, trust_env)),
            headers={"Accept-Encoding": "identity"},
            timeout=_DOWNLOAD_TIMEOUT,
            trust_env=trust_env,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def submit(
        self,
        request: Request,
        inputs: Mapping[str, bytes],
        may_send: Callable[[], bool] = _always,
        extra: Mapping[str, str] = NOTHING,
    ) -> SubmitOutcome:
        """See `Provider.submit`. Sent exactly once; a failure before its headers went out is `NotSent`."""
        url = self._base + submit_path(self._spec, request)
        body = submit_body(self._spec, request, inputs, extra)
        sent = SimpleNamespace(headers=False, may_send=may_send)
        try:
            async with self._submits.post(url, json=body, allow_redirects=False, trace_request_ctx=sent) as response:
                reply = await _read(response)
        except _WithheldError:
            return NotSent(WITHHELD)
        except Exception as error:
            # Whatever it is: from the headers on it may have been charged, before them it was not.
            why = _said(error)
            return Doubt(f"no whole reply to the submit: {why}") if sent.headers else NotSent(why)
        return read_submit(self._spec, self._base, reply)

    async def poll(self, remote_id: str, poll_url: str | None) -> PollOutcome:
        """See `Provider.poll`."""
        own = own_address(poll_url, self._spec, self._base) if self._spec.poll.use_poll_url else None
        url = own or self._base + self._spec.poll.path.replace("{id}", quote(remote_id, safe=""))
        try:
            async with self._polls.get(url, allow_redirects=False) as response:
                return read_poll(self._spec, await _read(response))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return Again(_said(error))

    async def download(self, url: str, write: Callable[[bytes], object]) -> DownloadOutcome:
        """See `Provider.download`. 403, 404 and 410 mean that the signed URL has expired."""
        total = 0
        try:
            async with self._images.get(url, max_redirects=_REDIRECTS + 1) as response:
                if response.status in (403, 404, 410):
                    return Gone(f"HTTP {response.status}")
                if response.status != 200:
                    return Again(f"HTTP {response.status}")
                while chunk := await _guarded(response.content.read(2**16)):
                    total += len(chunk)
                    if total > MAX_PICTURE:
                        return Again(f"more than {MAX_PICTURE >> 20} MiB")
                    write(chunk)
        except (aiohttp.ClientError, _NetworkError, TimeoutError, ValueError) as error:
            return Again(_said(error))
        return Fetched(total)

    async def close(self) -> None:
        """See `Provider.close`."""
        await asyncio.gather(self._submits.close(), self._polls.close(), self._images.close())


class _WithheldError(aiohttp.ClientError):
    """Nobody wants the request any more, and not a byte of it has left."""


class _NetworkError(Exception):
    """An OSError of the network, told apart from one of the disk that `write` raises."""


async def _guarded(reading: Any) -> bytes:
    try:
        chunk: bytes = await reading
    except OSError as error:
        raise _NetworkError(str(error)) from error
    return chunk


def _image_sockets(host: str | None, trust_env: bool) -> Callable[[AddressInfo], socket.socket] | None:
    """Pictures come from public addresses only. Behind a proxy the connection is the proxy's, and so is the check."""
    behind_proxy = trust_env and any(name in getproxies() for name in ("http", "https", "all"))
    return None if behind_proxy else guarded_sockets(loopback=is_loopback(host or ""))


def _headers_trace() -> aiohttp.TraceConfig:
    """Stands between the connection and the first byte: asks whether to go on, and notes that it did.

    aiohttp calls it before it writes the headers; from here on the submit may be charged.
    """

    async def on_headers(_session: object, context: Any, _params: object) -> None:
        if not context.trace_request_ctx.may_send():
            raise _WithheldError
        context.trace_request_ctx.headers = True

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(on_headers)
    return trace


async def _read(response: aiohttp.ClientResponse) -> Reply:
    body = await response.content.read(_MAX_REPLY)
    while not response.content.at_eof() and len(body) < _MAX_REPLY:
        body += await response.content.read(_MAX_REPLY - len(body))
    return reply_of(response.status, response.headers, body)


def _said(error: BaseException) -> str:
    """An exception in words, without what a library may put of the request (and so of the key) into its text."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return (
            f"cannot connect to {error.host}:{error.port} ({error.os_error.strerror or type(error.os_error).__name__})"
        )
    if isinstance(error, TimeoutError):
        return "timed out"
    return type(error).__name__
