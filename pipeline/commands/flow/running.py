"""From a plan to its pictures: check, ask, write the plan down, run, report. Every verb that spends goes this way."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pipeline import __version__
from pipeline.catalog.provider import ProviderSpec
from pipeline.commands.flow.consent import ask, check_budget, purchase_words
from pipeline.commands.flow.endpoint import EMBEDDED_ORIGIN, Address, Endpoint, find_address, read_dotenv, require_key
from pipeline.commands.flow.opening import Planned, read_if_there
from pipeline.commands.flow.showing import show_ending, show_nothing_to_do, tell
from pipeline.errors import ExitCode, JobError, ManifestLocked, UnfinishedError
from pipeline.manifest.emergency import waits
from pipeline.manifest.journal import Journal, open_journal
from pipeline.manifest.lines import FORMAT, Header, PlanCounts, PlanLine, TaskLine
from pipeline.manifest.state import Manifest
from pipeline.plan.forecast import Forecast, forecast
from pipeline.plan.policy import Policy, RunSettings, WebhookSettings, settings_of
from pipeline.run.doubt import left_open
from pipeline.run.ending import Ending
from pipeline.run.inbox import is_unread, listening, take_in

if TYPE_CHECKING:
    from pipeline.run.listener import Listener, OnDelivery

FLAT_ABOVE = 200


@dataclass(frozen=True)
class Choices:
    """What the command line says about a run."""

    yes: bool = False
    partial: bool = False
    replace: bool = False
    accept_origin: bool = False
    quiet: bool = False
    rehearsal: bool = False


def carry_out(planned: Planned, folder: Path, spec: ProviderSpec, choices: Choices) -> ExitCode:
    """Do what is still to be done of `planned` in `folder`; returns what the process leaves with.

    Raises:
        FluxsweepError: something is wrong; whatever was paid before it is in the manifest.
    """
    if waits(folder):
        with open_journal(folder):
            tell(f"{folder}: took in the ids that an earlier run could not write into the manifest")
    manifest = read_if_there(folder)
    if is_unread(manifest, folder):
        with open_journal(folder) as journal:
            tell(f"{folder}: took in {take_in(journal, folder)} webhooks that came to the inbox")
            manifest = journal.manifest
    if any(record.status == "submitting" for record in manifest.records.values()):
        with open_journal(folder) as journal:
            journal.append_now(*left_open(journal.manifest))
            manifest = journal.manifest
    settings = settings_of(planned.job)
    embedded = choices.rehearsal or spec.embedded
    address = None if embedded else find_address(spec, os.environ, read_dotenv(Path.cwd()))
    origin = EMBEDDED_ORIGIN if address is None else address.origin
    _check_header(manifest, folder, origin, choices)
    ahead = look_ahead(planned, manifest, settings)
    if ahead.nothing_to_do and planned.same_as(manifest):
        return show_nothing_to_do(manifest, folder, quiet=choices.quiet)
    if not choices.replace:
        check_stale(planned, manifest)
    if not choices.partial:
        check_budget(ahead, manifest, settings)
    key = "" if address is None or ahead.nothing_to_do else require_key(spec, address)
    if not choices.quiet or address is not None:
        tell(f"{planned.name}: {purchase_words(ahead, None if address is None else origin)}")
    if not (embedded or spec.free):
        ask(
            ahead,
            settings,
            yes=choices.yes,
            terminal=sys.stdin.isatty() and sys.stderr.isatty(),
            read=sys.stdin.readline,
        )
    with open_journal(folder) as journal:
        if journal.manifest.lines != manifest.lines:
            raise UnfinishedError(f"{folder}: another run wrote here just now. Nothing was sent; run again.")
        _write_plan(journal, folder, planned, origin, choices)
        ending = None
        if not ahead.nothing_to_do:
            with _endpoint(spec, address, key, folder, len(ahead.submit)) as endpoint:
                ending = _run(journal, folder, endpoint, settings, ahead, choices)
    return show_ending(journal.manifest, folder, ending, quiet=choices.quiet)


def look_ahead(planned: Planned, manifest: Manifest, settings: RunSettings) -> Forecast:
    """What a run of `planned` would do, given what has happened: paid tasks that the plan lost are collected too."""
    lost = [key for key in manifest.tasks if key not in planned.tasks]
    paid = [key for key in lost if manifest.record(key).status == "submitted"]
    now = time.time()
    return forecast(
        [*planned.tasks, *paid],
        manifest.record,
        {**manifest.prices, **planned.prices()},
        tuple(key for key in lost if key not in paid),
        Policy(started=now, give_up=settings.give_up, resubmit=settings.resubmit_usd),
        now,
    )


def _check_header(manifest: Manifest, folder: Path, origin: str, choices: Choices) -> None:
    header = manifest.header
    if header is None:
        return
    if header.rehearsal != choices.rehearsal:
        kind, verb = ("a rehearsal", "rehearse") if header.rehearsal else ("a real run", "run")
        raise JobError(f"{folder}: holds {kind}; `fluxsweep {verb}` goes on with it, or choose another folder with -o")
    if header.origin != origin and not choices.accept_origin:
        raise JobError(
            f"{folder}: its pictures come from {header.origin}, this run would go to {origin}. Choose another folder "
            "with -o, or say --accept-origin. Nothing was sent."
        )


def check_stale(planned: Planned, manifest: Manifest) -> None:
    """A copied job that kept its old name would push out what was bought under that name. Raises `JobError`."""
    bought = [key for key in manifest.planned_keys() if manifest.record(key).charges_hi > 0]
    lost = sum(key not in planned.tasks for key in bought)
    if lost * 2 > len(bought):
        raise JobError(
            f"{lost} of {len(bought)} pictures that were bought for {planned.name!r} are not in this plan any more. "
            "If this is another job, give it another name; if you mean it, say --replace. Nothing was sent."
        )


def _write_plan(journal: Journal, folder: Path, planned: Planned, origin: str, choices: Choices) -> None:
    """Header, input images and plan, all on disk before anything is sent."""
    from pipeline.stores.local import LocalStore

    manifest = journal.manifest
    if manifest.header is None:
        created = datetime.now(UTC).isoformat(timespec="seconds")
        journal.append_now(
            Header(
                format=FORMAT,
                tool=f"fluxsweep {__version__}",
                created=created,
                origin=origin,
                rehearsal=choices.rehearsal,
            )
        )
    if planned.same_as(manifest):
        return
    store = LocalStore(folder)
    for digest, content in planned.inputs.items():
        store.put(f"inputs/{digest}", content)
    n = manifest.plan.n + 1 if manifest.plan else 1
    new = [TaskLine(key=key, request=request) for key, request in planned.tasks.items() if key not in manifest.tasks]
    cells = [msgspec.structs.replace(cell, n=n) for cell in planned.cells]
    counts = PlanCounts(tasks=len(new), cells=len(cells))
    journal.append_now(PlanLine(n=n, job=planned.job, digest=planned.digest, counts=counts), *new, *cells)


@contextmanager
def _endpoint(spec: ProviderSpec, address: Address | None, key: str, folder: Path, count: int) -> Iterator[Endpoint]:
    """The address to run against; where there is none the emulator is started, and ends with this block."""
    if address is not None:
        yield Endpoint(spec, address.base_url, key)
        return
    from pipeline.emulator.child import start
    from pipeline.emulator.settings import Settings

    ledger = str(folder / "emulator" / "ledger.jsonl")
    with start(Settings(ledger=ledger, painter="flat" if count > FLAT_ABOVE else "scene")) as child:
        yield Endpoint(spec, child.origin, "emulator")


def _run(
    journal: Journal, folder: Path, endpoint: Endpoint, settings: RunSettings, ahead: Forecast, choices: Choices
) -> Ending:
    from pipeline.providers.http import HttpProvider
    from pipeline.run.lane import Outlet
    from pipeline.run.progress import Progress
    from pipeline.run.session import Session
    from pipeline.stores.local import LocalStore

    hook = settings.webhook
    if hook is not None and (choices.rehearsal or endpoint.spec.embedded):
        hook = hook.on_loopback()
    with _ears(hook, endpoint.spec, folder) as receive:
        session = Session(
            journal=journal,
            outlets={
                endpoint.spec.name: Outlet(
                    lambda: HttpProvider(endpoint.spec, endpoint.base_url, endpoint.key, trust_env=settings.trust_env),
                    endpoint.spec.limits,
                    endpoint.spec.webhook,
                )
            },
            store=LocalStore(folder),
            settings=settings,
            progress=Progress(journal.manifest, quiet=choices.quiet),
            receive=receive,
        )
        return session.run(ahead)


@contextmanager
def _ears(
    hook: WebhookSettings | None, spec: ProviderSpec, folder: Path
) -> Iterator[Callable[[OnDelivery], Listener] | None]:
    """Makes what the run hears webhooks with: a receiver of its own, or the inbox where one listens already."""
    if hook is None:
        yield None
        return
    from pipeline.run.tail import tailing

    with ExitStack() as stack:
        try:
            stack.enter_context(listening(folder))
        except ManifestLocked:
            tell("An inbox listens for webhooks here: this run reads what it keeps.")
            receive: Callable[[OnDelivery], Listener] = tailing(hook, spec, folder)
        else:
            from pipeline.run.webhook import receiving

            receive = receiving(hook, spec, folder)
        yield receive
