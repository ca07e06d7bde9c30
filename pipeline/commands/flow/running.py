"""From a plan to its pictures: check, ask, write the plan down, run, report. Every verb that spends goes this way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline import __version__
from pipeline.catalog.provider import ProviderSpec
from pipeline.commands.flow.choosing import wanted_tasks
from pipeline.commands.flow.consent import ask, check_budgets, purchase_words
from pipeline.commands.flow.endpoint import find_addresses, joined, origins_of, require_keys
from pipeline.commands.flow.looking import check_digest, check_stale, look_ahead, lying_elsewhere
from pipeline.commands.flow.opening import Planned, read_if_there
from pipeline.commands.flow.outlets import heard_by, outlets_of
from pipeline.commands.flow.replacing import append_plan, keep_replacements
from pipeline.commands.flow.showing import show_ending, show_nothing_to_do, tell
from pipeline.errors import ExitCode, JobError, ManifestLocked, UnfinishedError
from pipeline.manifest.emergency import waits
from pipeline.manifest.journal import Journal, open_journal
from pipeline.manifest.lines import FORMAT, Header
from pipeline.manifest.state import Manifest
from pipeline.plan.forecast import Forecast
from pipeline.plan.policy import RunSettings, WebhookSettings, settings_of
from pipeline.report.live import live_page
from pipeline.run.doubt import left_open
from pipeline.run.elsewhere import Elsewhere, intact, take_over
from pipeline.run.inbox import is_unread, listening, take_in

if TYPE_CHECKING:
    from pipeline.run.lane import Outlet
    from pipeline.run.listener import Listener, OnDelivery
    from pipeline.run.session import Session


@dataclass(frozen=True)
class Choices:
    """What the command line says about a run: `digest` names the only plan that may be sent."""

    yes: bool = False
    partial: bool = False
    replace: bool = False
    accept_origin: bool = False
    quiet: bool = False
    rehearsal: bool = False
    reuse: bool = True
    only: Sequence[str] = ()
    limit: int | None = None
    digest: str | None = None


def carry_out(planned: Planned, folder: Path, choices: Choices) -> ExitCode:
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
    planned = keep_replacements(planned, manifest)
    if choices.digest is not None:
        check_digest(planned, choices.digest)
    wanted = wanted_tasks(planned, choices.only)
    settings = settings_of(planned.job)
    addresses = find_addresses(planned.specs().values(), rehearsal=choices.rehearsal)
    origins = origins_of(addresses)
    _check_header(manifest, folder, origins, choices)
    reuse = choices.reuse and not choices.rehearsal
    pictures = intact(lying_elsewhere(planned, manifest, folder, origins)) if reuse else {}
    ahead = look_ahead(planned, manifest, settings, elsewhere=pictures, wanted=wanted, limit=choices.limit)
    if ahead.nothing_to_do and planned.same_as(manifest, origins):
        return show_nothing_to_do(manifest, folder, quiet=choices.quiet, later=len(ahead.later))
    if not choices.replace:
        check_stale(planned, manifest)
    if not choices.partial:
        check_budgets(planned, ahead, manifest, settings)
    busy = _at_work(planned, manifest, ahead)
    addresses |= find_addresses((busy[name] for name in busy.keys() - addresses), rehearsal=choices.rehearsal)
    origins = origins_of(addresses)
    _check_header(manifest, folder, origins, choices)
    require_keys(busy.values(), addresses)
    real = dict.fromkeys(address.origin for name in busy if (address := addresses[name]) is not None)
    if not choices.quiet or real:
        tell(f"{planned.name}: {purchase_words(ahead, ' and '.join(real) or None)}")
    if not all(addresses[name] is None or spec.free for name, spec in busy.items()):
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
        _write_plan(journal, folder, planned, origins, choices)
        _reuse(journal, folder, pictures, quiet=choices.quiet)
        ending = None
        if ahead.submit or ahead.collect:
            count, trust_env = len(ahead.submit), settings.trust_env
            hook = settings.webhook if settings.webhook is None or real else settings.webhook.on_loopback()
            with (
                outlets_of(busy, addresses, planned.catalog, folder, count=count, trust_env=trust_env) as outlets,
                _ears(hook, busy, folder) as receive,
                live_page(folder),
            ):
                ending = _session(journal, folder, outlets, settings, choices, receive).run(ahead)
    return show_ending(journal.manifest, folder, ending, quiet=choices.quiet, later=len(ahead.later))


def _at_work(planned: Planned, manifest: Manifest, ahead: Forecast) -> dict[str, ProviderSpec]:
    """The providers that a run would speak to, by name: also those that only have lost tasks to be collected."""
    keys = (*ahead.submit, *ahead.collect)
    names = dict.fromkeys((planned.tasks.get(key) or manifest.tasks[key]).provider for key in keys)
    return {name: planned.catalog.provider(name) for name in names}


def _check_header(manifest: Manifest, folder: Path, origins: Mapping[str, str], choices: Choices) -> None:
    header = manifest.header
    if header is None:
        return
    if header.rehearsal != choices.rehearsal:
        kind, verb = ("a rehearsal", "rehearse") if header.rehearsal else ("a real run", "run")
        raise JobError(f"{folder}: holds {kind}; `fluxsweep {verb}` goes on with it, or choose another folder with -o")
    known = manifest.origins
    for name, origin in origins.items():
        if known.get(name, origin) != origin and not choices.accept_origin:
            raise JobError(
                f"{folder}: its pictures by {name} come from {known[name]}, this run would go to {origin}. Choose "
                "another folder with -o, or say --accept-origin. Nothing was sent."
            )


def _write_plan(journal: Journal, folder: Path, planned: Planned, origins: dict[str, str], choices: Choices) -> None:
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
                origin=joined(origins),
                rehearsal=choices.rehearsal,
            )
        )
    if planned.same_as(manifest, origins):
        return
    store = LocalStore(folder)
    for image in planned.images():
        store.put(image.path, planned.inputs[image.sha256])
    append_plan(journal, planned, origins)


def _reuse(journal: Journal, folder: Path, pictures: Mapping[str, Elsewhere], *, quiet: bool) -> None:
    """Take over what lies elsewhere. What has changed since it was looked at stays planned: nobody agreed to buy it."""
    from pipeline.stores.local import LocalStore

    if not pictures:
        return
    taken = take_over(journal, LocalStore(folder), pictures)
    sources = ", ".join(dict.fromkeys(picture.folder for picture in pictures.values()))
    if not quiet:
        tell(f"{taken} reused from {sources}: linked, not bought")
    if changed := len(pictures) - taken:
        tell(f"{changed} of them changed just now, and are left: run again to buy them")


def _session(
    journal: Journal,
    folder: Path,
    outlets: Mapping[str, Outlet],
    settings: RunSettings,
    choices: Choices,
    receive: Callable[[OnDelivery], Listener] | None,
) -> Session:
    from pipeline.run.progress import Progress
    from pipeline.run.session import Session
    from pipeline.stores.local import LocalStore

    progress = Progress(journal.manifest, quiet=choices.quiet)
    return Session(journal, outlets, LocalStore(folder), settings, progress, receive)


@contextmanager
def _ears(
    hook: WebhookSettings | None, specs: Mapping[str, ProviderSpec], folder: Path
) -> Iterator[Callable[[OnDelivery], Listener] | None]:
    """Makes what the run hears webhooks with: a receiver of its own, or the inbox where one listens already."""
    if hook is None:
        yield None
        return
    from pipeline.run.tail import tailing

    spec = heard_by(specs)
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
