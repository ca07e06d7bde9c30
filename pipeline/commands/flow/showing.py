"""How a job stands, for people (stderr) and for scripts (JSON on stdout)."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from pipeline.commands.flow.doubts import doubt_tree, resolve_hint
from pipeline.commands.flow.opening import shown_path
from pipeline.errors import PRECEDENCE, ExitCode
from pipeline.manifest.state import Manifest
from pipeline.plan.money import dollar_range
from pipeline.rows.doubts import doubts_of
from pipeline.rows.tally import Tally, tally
from pipeline.run.ending import Ending


def tell(line: str) -> None:
    """Say something to the person who runs this."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201


def put_out(line: str) -> None:
    """Put a line of what was asked for on stdout."""
    print(line, flush=True)  # noqa: T201


def put_json(tree: dict[str, Any]) -> None:
    """Put `tree` on stdout, for a script."""
    put_out(msgspec.json.format(msgspec.json.encode(tree), indent=2).decode())


def usd(micro_usd: int | None) -> float | None:
    """Micro-USD as dollars, for JSON only."""
    return None if micro_usd is None else micro_usd / 1_000_000


def status_tree(manifest: Manifest) -> dict[str, Any]:
    """How a job stands, as `status --json` prints it."""
    stand = tally(manifest)
    return {
        "job": manifest.plan.job["name"] if manifest.plan else None,
        "rehearsal": bool(manifest.header and manifest.header.rehearsal),
        "tasks": stand.tasks,
        "parked": stand.parked,
        "stale": stand.stale,
        "total": stand.total,
        "charges": {"lo": stand.charges_lo, "hi": stand.charges_hi},
        "spend": {
            "lo": usd(stand.spend_lo),
            "hi": usd(stand.spend_hi),
            "currency": "USD",
            "source": f"nothing was paid; {stand.source}" if is_free(manifest) else stand.source,
        },
        "complete": stand.complete,
        "doubts": [doubt_tree(row) for row in doubts_of(manifest)],
    }


def standing_words(stand: Tally, *, free: bool) -> str:
    """One line that says how a job stands. `free`: nothing was really paid."""
    counts = [f"{count} {status.replace('_', ' ')}" for status, count in stand.tasks.items() if count]
    counts += [f"{stand.parked} of them parked"] if stand.parked else []
    counts += [f"{stand.stale} stale"] if stand.stale else []
    charges = (
        f"{stand.charges_lo}" if stand.charges_lo == stand.charges_hi else f"{stand.charges_lo} to {stand.charges_hi}"
    )
    money = "nothing was paid" if free else f"{dollar_range(stand.spend_lo, stand.spend_hi)} ({stand.source})"
    return f"{stand.total} tasks: {', '.join(counts) or 'none'}; {charges} charges, {money}"


def is_free(manifest: Manifest) -> bool:
    """Whether the pictures came from the emulator."""
    return manifest.is_free


def show_nothing_to_do(manifest: Manifest, folder: Path, *, quiet: bool, later: int = 0) -> ExitCode:
    """Say that a run has nothing to do, and what it leaves with; `later` tasks were not chosen."""
    stand = tally(manifest)
    if not quiet:
        tell(f"Nothing to do. {standing_words(stand, free=is_free(manifest))}")
        _show_paths(folder)
    _show_next(manifest, stand, folder, later)
    return _code(stand)


@contextmanager
def thumbnail_bar(*, what: str = "thumbnails", quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """Takes (done, total) while `what` is made, and draws a bar on a terminal."""
    from tqdm import tqdm

    with tqdm(desc=what, leave=False, disable=True if quiet else None, file=sys.stderr) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield progress


def show_ending(manifest: Manifest, folder: Path, ending: Ending | None, *, quiet: bool, later: int = 0) -> ExitCode:
    """Rebuild the report after a run that changed something, and say how it ended; `later` tasks were not chosen."""
    from pipeline.report.write import write_report

    if ending is None or ending.code is not ExitCode.DISK:
        with thumbnail_bar(quiet=quiet) as progress:
            write_report(folder, manifest, progress=progress)
    stand = tally(manifest)
    for reason in ending.reasons if ending else ():
        tell(reason)
    if not quiet:
        tell(standing_words(stand, free=is_free(manifest)))
        _show_paths(folder)
    _show_next(manifest, stand, folder, later)
    return ending.code if ending else _code(stand)


def _show_next(manifest: Manifest, stand: Tally, folder: Path, later: int) -> None:
    """The last lines of a run that leaves something unchosen, failed or in doubt: what to type next."""
    if later:
        tell(f"{later} of the plan are still to buy: run it again without --only and --limit, or choose others")
    if failed := stand.tasks["failed"]:
        path = shlex.quote(shown_path(folder))
        tell(f"{failed} failed: `fluxsweep status {path}` says why, `fluxsweep retry {path}` asks for them again")
    if rows := doubts_of(manifest):
        tell(resolve_hint(len(rows), folder))


def _show_paths(folder: Path) -> None:
    for title, file in (
        ("contact sheet", "report/index.html"),
        ("table", "report/contact_sheet.csv"),
        ("manifest", "manifest.jsonl"),
    ):
        if (folder / file).exists():
            tell(f"  {title:<14} {shown_path(folder / file)}")


def _code(stand: Tally) -> ExitCode:
    """What a run that had to ask nobody leaves with."""
    found = [ExitCode.COMPLETE]
    found += [ExitCode.UNFINISHED] if stand.tasks["planned"] else []
    found += [ExitCode.IN_DOUBT] if stand.tasks["in_doubt"] or stand.tasks["submitting"] else []
    found += [ExitCode.SOME_FAILED] if stand.tasks["failed"] else []
    return min(found, key=PRECEDENCE.index)
