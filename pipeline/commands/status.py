"""`fluxsweep status`: where a job stands, from its manifest alone."""

from __future__ import annotations

from pipeline.commands.flow.arguments import Json, Target
from pipeline.commands.flow.doubts import doubt_lines
from pipeline.commands.flow.opening import folder_of, read_folder, shown_path
from pipeline.commands.flow.showing import is_free, put_json, put_out, standing_words, status_tree, tell
from pipeline.rows.doubts import doubts_of
from pipeline.rows.rows import rows_of
from pipeline.rows.tally import tally


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
    if json:
        put_json(status_tree(reading.manifest))
        return
    if reading.manifest.plan is None:
        put_out("It holds no complete plan yet: nothing was sent.")
        return
    put_out(standing_words(tally(reading.manifest), free=is_free(reading.manifest)))
    for row in rows_of(reading.manifest):
        if row.status == "failed" or row.parked:
            put_out(f"  {row.status:<9} {row.label}: {row.reason}")
    for line in doubt_lines(doubts_of(reading.manifest), folder):
        put_out(line)
