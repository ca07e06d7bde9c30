"""`fluxsweep retry`: failed tasks once more, because a person says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, get_args

import typer

from pipeline.commands.flow.arguments import Target, Yes
from pipeline.commands.flow.consent import confirm, price_words
from pipeline.commands.flow.marking import MarksFile, open_marks
from pipeline.commands.flow.opening import folder_of, read_folder
from pipeline.commands.flow.replacing import reseed as reseed_tasks
from pipeline.commands.flow.selecting import labels_of
from pipeline.commands.flow.showing import is_free, tell
from pipeline.errors import JobError
from pipeline.manifest.journal import open_journal
from pipeline.manifest.lines import FailureKind, Retried
from pipeline.manifest.record import Failure
from pipeline.manifest.state import Manifest
from pipeline.plan.forecast import cost_of

_KINDS: tuple[FailureKind, ...] = get_args(FailureKind)


def command(
    path: Target,
    kind: Annotated[
        list[str] | None,
        typer.Option("--kind", metavar="KIND", help=f"Only this kind: {', '.join(_KINDS)}.", show_default=False),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="GLOB", help="Only labels that match, e.g. 'lit*'.", show_default=False),
    ] = None,
    collect: Annotated[
        bool, typer.Option("--collect", help="Buy nothing: ask for the picture that was paid for, by its old id.")
    ] = False,
    marks: MarksFile = None,
    reseed: Annotated[
        bool, typer.Option("--reseed", help="Give what --marks rejects, and what was moderated, its next unused seed.")
    ] = False,
    keep: Annotated[
        int | None,
        typer.Option("--keep", metavar="N", min=1, help="Reseed until each cell has N pictures.", show_default=False),
    ] = None,
    yes: Yes = False,
) -> None:
    """Mark failed tasks of a job to be bought again by the next run. Nothing else makes a failed task cost money.

    With --collect nothing is bought: the next run polls the old ids again, and downloads what has come of them.
    --kind and --label can be given several times; --marks chooses what it rejects.

    With --reseed the same request is not bought again: each rejected or moderated task is replaced by one with the
    next seed that this job never used, and so is every cell that shared it. The replacement is written down; the next
    run buys it, and every later run of the job keeps it as long as the rest of the request stays the same. With
    --keep N only as many are replaced as lack to N good or coming pictures among the seeds of a cell.

    Examples:
      fluxsweep retry jobs/teapot-ab.yaml --kind error
      fluxsweep retry outputs/teapot-ab --label 'lit-*' --yes
      fluxsweep retry outputs/teapot-ab --kind bad_image --collect
      fluxsweep retry outputs/teapot-ab --marks marks.json --reseed --keep 3
    """
    if unknown := set(kind or ()) - set(_KINDS):
        raise JobError(f"--kind {', '.join(sorted(unknown))}: no kind of failure; there is {', '.join(_KINDS)}")
    if reseed and (kind or label or collect):
        raise JobError("--reseed chooses by --marks and moderation: leave out --kind, --label and --collect")
    if keep is not None and not reseed:
        raise JobError("--keep N belongs to --reseed")
    folder = folder_of(path)
    manifest = read_folder(folder).manifest
    rejected = open_marks(marks, manifest).rejected() if marks is not None else None
    if reseed:
        _reseed(folder, rejected or frozenset(), keep, yes=yes)
        return
    with open_journal(folder) as journal:
        chosen = _failed(journal.manifest, set(kind or _KINDS), label or ["*"], rejected)
        if collect:
            chosen = _with_an_id(journal.manifest, chosen)
        elif chosen:
            _ask(journal.manifest, chosen, yes=yes)
        if chosen:
            journal.append_now(*(Retried(key=key, by="collect" if collect else "buy") for key in chosen))
    _say_what_is_there(manifest, rejected or frozenset())
    if not chosen:
        tell("No failed task fits: nothing was changed.")
        return
    tell(f"{len(chosen)} marked. Run the job again: it {'collects' if collect else 'buys'} them.")


def _reseed(folder: Path, rejected: Collection[str], keep: int | None, *, yes: bool) -> None:
    if replaced := reseed_tasks(folder, rejected, keep, yes=yes):
        tell(f"{replaced} replaced. Run the job again: it buys them.")
    else:
        tell("Nothing is rejected or moderated that could have another seed: nothing was changed.")


def _say_what_is_there(manifest: Manifest, rejected: Collection[str]) -> None:
    """A picture that a person rejects did not fail: bought again it would come out the same."""
    there = [key for key in manifest.planned_keys() if key in rejected and manifest.record(key).failure is None]
    if there:
        tell(f"{len(there)} rejected tasks did not fail, and are left: --reseed gives them another seed")


def _failed(manifest: Manifest, kinds: set[str], globs: Sequence[str], rejected: Collection[str] | None) -> list[str]:
    """The failed tasks of the present plan that fit, in plan order; a stale one would be bought for nothing."""
    labels = labels_of(manifest)
    return [
        key
        for key in manifest.planned_keys()
        if (failure := manifest.record(key).failure) is not None
        and failure.kind in kinds
        and (rejected is None or key in rejected)
        and any(fnmatchcase(name, glob) for name in labels[key] for glob in globs)
    ]


def _with_an_id(manifest: Manifest, keys: Sequence[str]) -> list[str]:
    found = [key for key in keys if manifest.record(key).remote_id is not None]
    if lacking := len(keys) - len(found):
        tell(f"{lacking} left out: the provider never gave an id")
    return found


def _ask(manifest: Manifest, keys: Sequence[str], *, yes: bool) -> None:
    """Say what will be bought again, and why it is not here yet; have a person's word for it."""
    failures = [failure for key in keys if (failure := manifest.record(key).failure) is not None]
    kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(failure.kind for failure in failures).items())
    free = is_free(manifest)
    cost = cost_of(manifest.prices.get(key, (None, "unknown")) for key in keys)
    origin = manifest.header.origin if manifest.header else "the provider"
    price = "for nothing" if free else price_words(cost)
    tell(f"{len(keys)} to buy again from {origin}, {price}: {kinds}{_paid_words(failures)}")
    if not (yes or free):
        confirm("Buy them again?")


def _paid_words(failures: Sequence[Failure]) -> str:
    charged = Counter(failure.charged for failure in failures)
    words = [f"{charged['yes']} of them are paid"] if charged["yes"] else []
    words += [f"{charged['maybe']} may be paid"] if charged["maybe"] else []
    return f"; {', '.join(words)} already" if words else ""
