"""`fluxsweep score`: what the votes say, or what a metric does."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from pipeline.commands.flow.arguments import Json, Target
from pipeline.commands.flow.opening import folder_of, read_folder, shown_path
from pipeline.commands.flow.showing import put_json, put_out, tell, thumbnail_bar
from pipeline.compare.score import PLACE
from pipeline.errors import JobError
from pipeline.rows.rows import rows_of

if TYPE_CHECKING:
    from pipeline.compare.score import Score


def command(
    path: Target,
    axis: Annotated[
        str, typer.Option("--axis", metavar="AXIS", help="Whose values are compared.", show_default=False)
    ] = "",
    ask: Annotated[
        str | None, typer.Option("--ask", metavar="CRITERION", help="Only votes by this one.", show_default=False)
    ] = None,
    metric: Annotated[
        str,
        typer.Option("--metric", metavar="NAME", help="No votes: sharpness, latency, text, …", show_default=False),
    ] = "",
    json: Json = False,
) -> None:
    """Say what the votes of `review` tell: win rates, a test, strengths, agreement, and how many more are needed.

    Rates, tests and strengths go over decided votes: ties and "both bad" are left out, and counted beside them. Every
    interval is at 95 % and knows that votes on one subject and seed are not independent. All scores are also left in
    report/scores.json, where the contact sheet finds them. With --metric, a figure of the pictures is compared within
    the same pairs.

    Examples:
      fluxsweep score jobs/teapot-ab.yaml --axis prompt
      fluxsweep score outputs/teapot-ab --axis model --metric sharpness --json
    """
    if find_spec("scipy") is None:
        raise JobError("score: needs scipy, which is not installed; `pip install 'fluxsweep[score]'` brings it")
    if not axis:
        raise JobError("--axis: is missing; say whose values are compared, as in `--axis prompt`")
    folder = folder_of(path)
    if metric:
        _compare(folder, axis, metric, json=json)
        return
    scores = [score for score in _scored(folder, axis) if ask is None or score.ask == ask.strip()]
    if not scores:
        criterion = f" by “{ask}”" if ask else ""
        raise JobError(f"{shown_path(folder)}: nobody voted on {axis}{criterion} yet; `fluxsweep review` asks for it")
    _show(scores, json=json)
    tell(f"{shown_path(folder / PLACE)} holds every score; `fluxsweep report` puts win rates into the contact sheet")


def _scored(folder: Path, axis: str) -> list[Score]:
    """The scores on `axis`; those on every axis are written down."""
    from pipeline.compare.pairs import pair_up
    from pipeline.compare.score import write_scores
    from pipeline.compare.scoring import score_all
    from pipeline.compare.votes import read_marks, standing
    from pipeline.report.put import put

    rows = rows_of(read_folder(folder).manifest)
    pair_up(rows, axis)
    scores = score_all(standing(read_marks(folder)), rows)
    put(folder / PLACE, write_scores(scores))
    return [score for score in scores if score.axis == axis]


def _show(scores: list[Score], *, json: bool) -> None:
    from pipeline.compare.table import score_lines

    if json:
        put_json({"scores": [msgspec.to_builtins(score) for score in scores]})
        return
    for score in scores:
        for line in score_lines(score):
            put_out(line)


def _compare(folder: Path, axis: str, metric: str, *, json: bool) -> None:
    from pipeline.compare.differences import differences
    from pipeline.compare.pairs import pair_up
    from pipeline.compare.table import difference_lines
    from pipeline.report.write import find_rows

    manifest = read_folder(folder).manifest
    with thumbnail_bar() as progress:
        rows = find_rows(folder, manifest, progress=progress).rows
    pairing = pair_up(rows, axis)
    found = differences(rows, pairing, metric)
    if not found:
        raise JobError(f"{shown_path(folder)}: no pair over {axis} has {metric} on both sides")
    if json:
        put_json({"axis": axis, "metric": metric, "differences": [msgspec.to_builtins(one) for one in found]})
        return
    for line in difference_lines(axis, metric, found):
        put_out(line)
    if pairing.shared:
        tell(f"  {pairing.shared} left out: both sides are one task")
