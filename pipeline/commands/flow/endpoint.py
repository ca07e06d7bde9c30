"""Where a job is sent, and with which key: the catalog, the environment, the `.env` of the current folder."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.catalog.origin import origin_of
from pipeline.catalog.provider import ProviderSpec
from pipeline.errors import AccountError, JobError
from pipeline.manifest.state import EMULATOR


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


def find_addresses(specs: Iterable[ProviderSpec], *, rehearsal: bool = False) -> dict[str, Address | None]:
    """Where each provider is, by name; None for what the emulator stands in for. Raises as `find_address` does."""
    dotenv = read_dotenv(Path.cwd())
    return {spec.name: None if rehearsal or spec.embedded else find_address(spec, os.environ, dotenv) for spec in specs}


def origins_of(addresses: Mapping[str, Address | None]) -> dict[str, str]:
    """The origin of each provider, as a manifest keeps it."""
    return {name: EMULATOR if address is None else address.origin for name, address in addresses.items()}


def joined(origins: Mapping[str, str]) -> str:
    """Every origin once, as a manifest's header names them."""
    return " ".join(dict.fromkeys(origins.values()))


def require_keys(specs: Iterable[ProviderSpec], addresses: Mapping[str, Address | None]) -> None:
    """Have a key for each provider that is not emulated. Raises `AccountError`, which names every variable."""
    missing = [spec for spec in specs if (address := addresses[spec.name]) is not None and address.key is None]
    if missing:
        named = "; ".join(f"for {spec.title}: set {spec.key.variable}" for spec in missing)
        raise AccountError(
            f"no key {named} (in the environment, or in the .env of this folder). `fluxsweep rehearse` needs none."
        )


def read_dotenv(folder: Path) -> dict[str, str | None]:
    """The `.env` file of `folder` as names and values; empty where there is none."""
    file = folder / ".env"
    if not file.is_file():
        return {}
    from dotenv import dotenv_values

    return dict(dotenv_values(file, interpolate=False))


def _origin(base_url: str, variable: str) -> str:
    try:
        return origin_of(base_url)
    except ValueError as error:
        raise JobError(f"{variable}={base_url}: {error}") from None
