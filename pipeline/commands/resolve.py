"""`fluxsweep resolve`: a person's word ends a doubt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import typer

from pipeline.commands.flow.arguments import Target, Yes
from pipeline.commands.flow.consent import confirm, price_words
from pipeline.commands.flow.opening import folder_of, read_folder
from pipeline.commands.flow.selecting import named_tasks
from pipeline.commands.flow.showing import is_free, tell
from pipeline.errors import JobError
from pipeline.manifest.journal import Journal, open_journal
from pipeline.manifest.lines import Resolved
from pipeline.manifest.state import Manifest
from pipeline.plan.forecast import cost_of
from pipeline.rows.doubts import doubts_of
from pipeline.run.doubt import left_open
from pipeline.run.inbox import is_unread, take_in

How = Literal["id", "not_charged", "write_off", "buy_again"]

_NEXT: dict[How, str] = {
    "id": "the next run collects it",
    "not_charged": "the next run buys them",
    "write_off": "the next run goes without them",
    "buy_again": "the next run buys them",
}


def command(
    path: Target,
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="KEY", help="First digits of keys (6 or more), or labels.", show_default=False),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every task in doubt.")] = False,
    remote_id: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="It was taken, under this id.", show_default=False)
    ] = None,
    not_charged: Annotated[bool, typer.Option("--not-charged", help="It never arrived: buy it.")] = False,
    write_off: Annotated[bool, typer.Option("--write-off", help="Nobody knows: go without it.")] = False,
    buy_again: Annotated[bool, typer.Option("--buy-again", help="Nobody knows: buy it, perhaps twice.")] = False,
    yes: Yes = False,
) -> None:
    """End the doubt about tasks whose submit may or may not have been taken. `status` lists them.

    Look into your account's log at the provider: was there a request in the time that `status` shows? Nothing is
    sent by this command; the next run acts on your word.

    Examples:
      fluxsweep resolve jobs/teapot-ab.yaml 3f2a9c --id 0b1c2d3e-task
      fluxsweep resolve outputs/teapot-ab --all --not-charged
      fluxsweep resolve outputs/teapot-ab --all --buy-again
    """
    how = _how(remote_id, not_charged=not_charged, write_off=write_off, buy_again=buy_again)
    if every == bool(names):
        raise JobError("say which tasks: either KEY… or --all")
    folder = folder_of(path)
    read_folder(folder)
    with open_journal(folder) as journal:
        if is_unread(journal.manifest, folder):
            tell(f"took in {take_in(journal, folder)} webhooks that came to the inbox")
        _write_left_open(journal)
        chosen = _chosen(journal.manifest, names or ())
        if remote_id is not None:
            _check_id(journal.manifest, remote_id, chosen)
        if how == "buy_again" and chosen and not yes and not is_free(journal.manifest):
            _ask(journal.manifest, chosen)
        if chosen:
            journal.append_now(*(Resolved(key=key, how=how, remote_id=remote_id) for key in chosen))
    tell(f"{len(chosen)} out of doubt: {_NEXT[how]}." if chosen else "No task is in doubt.")


def _how(remote_id: str | None, *, not_charged: bool, write_off: bool, buy_again: bool) -> How:
    """The one ending that was asked for."""
    flags: dict[How, bool] = {
        "id": remote_id is not None,
        "not_charged": not_charged,
        "write_off": write_off,
        "buy_again": buy_again,
    }
    asked = [how for how, wanted in flags.items() if wanted]
    if len(asked) != 1:
        raise JobError("say how the doubt ends: one of --id ID, --not-charged, --write-off, --buy-again")
    return asked[0]


def _write_left_open(journal: Journal) -> None:
    """Nobody else holds the lock: a submit that is open on disk was left so by a crash."""
    if left := left_open(journal.manifest):
        journal.append_now(*left)
        tell(f"{len(left)} that an earlier run left open are in doubt now")


def _chosen(manifest: Manifest, names: Sequence[str]) -> list[str]:
    if not names:
        return [row.key for row in doubts_of(manifest)]
    return named_tasks(manifest, names, lambda record: record.status == "in_doubt", "in doubt")


def _check_id(manifest: Manifest, remote_id: str, chosen: Sequence[str]) -> None:
    from pipeline.providers.reply import is_sane_id

    if len(chosen) != 1:
        raise JobError(f"--id is for one task, not for {len(chosen)}. Nothing was changed.")
    if not is_sane_id(remote_id):
        raise JobError("--id: is no id (visible ASCII without spaces, at most 256). Nothing was changed.")
    for key, record in manifest.records.items():
        if remote_id in (record.remote_id, *record.ids):
            raise JobError(f"--id: {remote_id} is the id of {manifest.labels.get(key, key[:12])}. Nothing was changed.")


def _ask(manifest: Manifest, chosen: Sequence[str]) -> None:
    cost = cost_of(manifest.prices.get(key, (None, "unknown")) for key in chosen)
    tell(f"This may pay {len(chosen)} twice, {price_words(cost)}.")
    confirm("Buy them again?")
