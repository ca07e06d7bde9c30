"""Where a job is sent, and with which key: the catalog, the environment, the `.env` of the current folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.catalog.provider import ProviderSpec
from pipeline.errors import AccountError, JobError
from pipeline.providers.addresses import is_loopback

EMBEDDED_ORIGIN = "emulator"


@dataclass(frozen=True)
class Endpoint:
    """A provider at an address. `key` is in memory only, and in no `repr`."""

    spec: ProviderSpec
    base_url: str
    key: str = field(repr=False)


@dataclass(frozen=True)
class Address:
    """A provider's base URL, and the key if there is one yet. `origin` is scheme://host[:port]."""

    base_url: str
    key: str | None = field(repr=False)
    origin: str


def find_address(spec: ProviderSpec, environment: Mapping[str, str], dotenv: Mapping[str, str | None]) -> Address:
    """The address and key of `spec`: the environment wins over `.env`, and that over the catalog.

    A base URL from `.env` counts only when the key comes from there too, so that a folder that somebody sent cannot
    lead your key elsewhere; one that does not count is refused, so that nobody buys where he did not mean to.

    Raises:
        JobError: the base URL is not https (plain http: loopback only), or not a base URL.
    """
    variable = spec.key.variable
    key = environment.get(variable) or None
    own = spec.base_url_variable or ""
    base_url = environment.get(own)
    if key is None and dotenv.get(variable):
        key = dotenv[variable]
        base_url = base_url or dotenv.get(own)
    if key is not None and (not key.isascii() or not key.isprintable() or " " in key):
        raise AccountError(f"{variable} holds characters that no key has (a space, a line break, or other text)")
    unused = dotenv.get(own) if base_url is None else None
    base_url = (base_url or spec.base_url).rstrip("/")
    if unused and unused.rstrip("/") != base_url:
        raise JobError(
            f"{own} in .env counts only with the {variable} beside it, and that is not the one in force: this would go "
            f"to {base_url}. Put both into .env, or export both. Nothing was sent."
        )
    return Address(base_url, key, _origin(base_url, own))


def require_key(spec: ProviderSpec, address: Address) -> str:
    """The key of `address`. Raises `AccountError` where there is none."""
    if address.key is None:
        raise AccountError(
            f"no key for {spec.title}: set {spec.key.variable} (in the environment, or in the .env of this folder). "
            "`fluxsweep rehearse` needs none."
        )
    return address.key


def read_dotenv(folder: Path) -> dict[str, str | None]:
    """The `.env` file of `folder` as names and values; empty where there is none."""
    file = folder / ".env"
    if not file.is_file():
        return {}
    from dotenv import dotenv_values

    return dict(dotenv_values(file, interpolate=False))


def _origin(base_url: str, variable: str) -> str:
    parts = urlsplit(base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
        raise JobError(f"{variable}={base_url}: is no base URL; expected something like https://api.example.com")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise JobError(f"{variable}={base_url}: plain http would show your key to the network; use https")
    return f"{parts.scheme}://{parts.netloc}"
