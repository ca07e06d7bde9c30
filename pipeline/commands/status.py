"""`fluxsweep status`: where a job stands, from its manifest alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pipeline.commands.flow.arguments import Json, Target
from pipeline.commands.flow.doubts import doubt_lines
from pipeline.commands.flow.opening import folder_of, read_folder, shown_path
from pipeline.commands.flow.showing import is_free, put_json, put_out, standing_words, status_tree, tell
from pipeline.manifest.emergency import waits
from pipeline.manifest.state import Manifest
from pipeline.rows.doubts import doubts_of
from pipeline.rows.rows import rows_of
from pipeline.rows.tally import tally
from pipeline.run.inbox import read_inbox, told_by


def command(path: Target, json: Json = False) -> None:
    """Show where a job stands: what is downloaded, failed, in doubt; charges and spend as intervals.

    It only reads, also while a run is at work. Of every task in doubt it tells when it was sent, at which price and
    what for, and how to end the doubt.

    Examples:
      fluxsweep status jobs/teapot-ab.yaml
      fluxsweep status outputs/teapot-ab --json
    """
    folder = folder_of(path)
    reading = read_folder(folder)
    if reading.torn:
        tell(f"{shown_path(folder)}: the last {reading.torn} bytes are unfinished and left out")
    waiting = _Waiting(waits(folder), _unread(reading.manifest, folder))
    if json:
        put_json({**status_tree(reading.manifest), "waiting": waiting._asdict()})
        return
    if reading.manifest.plan is None:
        put_out("It holds no complete plan yet: nothing was sent.")
        return
    put_out(standing_words(tally(reading.manifest), free=is_free(reading.manifest)))
    for row in rows_of(reading.manifest):
        if row.status == "failed" or row.parked:
            put_out(f"  {row.status:<9} {row.label}: {row.reason}")
        elif row.resized:
            put_out(f"  {'resized':<9} {row.label}: {row.resized}")
    for line in doubt_lines(doubts_of(reading.manifest), folder):
        put_out(line)
    for line in _waiting_lines(waiting):
        put_out(line)


class _Waiting(NamedTuple):
    """What lies beside the manifest, and is not in it yet: ids that it could not take, and webhooks."""

    emergency: bool
    webhooks: int


def _unread(manifest: Manifest, folder: Path) -> int:
    return sum(told_by(manifest, delivery) is not None for delivery in read_inbox(folder))


def _waiting_lines(waiting: _Waiting) -> Iterator[str]:
    if waiting.emergency:
        yield "Ids of paid submits wait that a full or broken disk kept from the manifest; the next run takes them in."
    if waiting.webhooks:
        count = "1 webhook that tells" if waiting.webhooks == 1 else f"{waiting.webhooks} webhooks that tell"
        yield f"The inbox holds {count} something new; the next run takes it in."
