"""`fluxsweep emulator`: the emulated API as a program of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.commands.flow.showing import put_out
from pipeline.emulator.settings import RATES, Settings
from pipeline.errors import JobError


def command(
    port: Annotated[int, typer.Option(help="0 takes a free one.")] = 8321,
    host: Annotated[str, typer.Option(help="Loopback unless you say otherwise.")] = "127.0.0.1",
    ledger: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Keep every accepted submit here.", show_default=False)
    ] = None,
    painter: Annotated[str, typer.Option(help="scene (handsome) or flat (nearly free).")] = "scene",
    latency: Annotated[float, typer.Option(help="Median seconds of a render.")] = 0.4,
    latency_sigma: Annotated[float, typer.Option(help="Sigma of its lognormal; 0 is fixed.")] = 0.25,
    active: Annotated[int, typer.Option(help="Tasks at once, else 429.")] = 24,
    lag: Annotated[float, typer.Option(help="Seconds for which a new task is not found.")] = 0.0,
    url_lifetime: Annotated[float, typer.Option(help="Seconds for which a result URL holds.")] = 600.0,
    retry_after: Annotated[int, typer.Option(help="Seconds that a 429 with Retry-After asks for.")] = 1,
    full_retry_after: Annotated[
        bool, typer.Option("--full-retry-after", help="Over --active, say Retry-After.")
    ] = False,
    slow_seconds: Annotated[float, typer.Option(help="Seconds by which slow replies come late.")] = 1.0,
    fault: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=RATE", help=f"A rate from 0 to 1 of: {', '.join(RATES)}.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="Every decision hangs on it.")] = 0,
    with_parent: Annotated[bool, typer.Option("--with-parent", help="End when stdin ends.")] = False,
) -> None:
    """Serve an emulation of the Flux API (CometAPI, BFL and Replicate routes) until Ctrl-C.

    It prints one line of JSON with its origin. Any key is accepted, none is refused; nothing is ever paid.
    Every decision is a hash of the seed and the request, so that a rerun repeats it.

    Examples:
      fluxsweep emulator
      COMETAPI_BASE_URL=http://127.0.0.1:8321 COMETAPI_KEY=any fluxsweep run jobs/teapot-ab.yaml --yes -o out
      fluxsweep emulator --port 0 --fault busy=0.05 --fault accepted_drop=0.03 --ledger ledger.jsonl
    """
    from pipeline.emulator.server import serve

    knobs: dict[str, Any] = {
        "port": port,
        "host": host,
        "ledger": None if ledger is None else str(ledger),
        "painter": painter,
        "latency": latency,
        "latency_sigma": latency_sigma,
        "active": active,
        "lag": lag,
        "url_lifetime": url_lifetime,
        "retry_after": retry_after,
        "full_retry_after": full_retry_after,
        "slow_seconds": slow_seconds,
        "seed": seed,
        "with_parent": with_parent,
        **_rates(fault or []),
    }
    serve(_settings(knobs), lambda origin: put_out(f'{{"origin": "{origin}"}}'))


def _rates(faults: list[str]) -> dict[str, float]:
    rates = {}
    for fault in faults:
        name, _, rate = fault.partition("=")
        try:
            rates[name] = float(rate)
        except ValueError:
            raise JobError(f"--fault {fault}: expected NAME=RATE with a rate from 0 to 1") from None
        if name not in RATES:
            raise JobError(f"--fault {fault}: there is no {name!r}; expected one of {', '.join(RATES)}")
    return rates


def _settings(knobs: dict[str, Any]) -> Settings:
    import msgspec

    try:
        return msgspec.convert(knobs, Settings)
    except ValueError as error:
        raise JobError(f"fluxsweep emulator: {error}") from None
