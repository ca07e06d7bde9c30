"""`fluxsweep review`: blind, paired choice in the browser, here or by a pack that travels."""

from __future__ import annotations

import asyncio
import secrets
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.flow.arguments import Target
from pipeline.commands.flow.opening import folder_of, read_folder, shown_path
from pipeline.commands.flow.showing import put_out, tell
from pipeline.compare.pairs import Pair, Pairing, choose, pair_up
from pipeline.errors import JobError
from pipeline.rows.rows import rows_of

_NAME_LIMIT = 80


def command(
    path: Target,
    axis: Annotated[
        str,
        typer.Option("--axis", metavar="AXIS", help="Whose values to compare: prompt, model, any.", show_default=False),
    ] = "",
    pairs: Annotated[int, typer.Option("--pairs", min=1, help="How many, balanced over subjects and arms.")] = 80,
    ask: Annotated[str, typer.Option("--ask", metavar="CRITERION", help="What to judge by; kept with each vote.")] = "",
    reviewer: Annotated[str, typer.Option("--reviewer", metavar="NAME", help="Who votes.")] = "me",
    salt: Annotated[str, typer.Option("--from", metavar="WORD", help="Another word draws other pairs.")] = "1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0: any that is free.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it, or only print the address.")] = True,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show at the end who won.")] = False,
) -> None:
    """Show pairs of pictures, blind, and store which one is better. Ctrl-C ends; the same command goes on.

    The two pictures of a pair differ in one axis alone and share every other, and the seed. Order and sides are by
    chance; no name, prompt or recipe tells which is which. Votes go to votes.jsonl in the output folder, each on disk
    before the next pair comes. `fluxsweep score` says what they tell.

    Examples:
      fluxsweep review jobs/teapot-ab.yaml --axis prompt
      fluxsweep review outputs/teapot-ab --axis model --pairs 40 --ask "follows the prompt" --reviewer anna
    """
    if not reviewer.strip() or len(reviewer) > _NAME_LIMIT:
        raise JobError(f"--reviewer: a name of 1 to {_NAME_LIMIT} characters")
    folder = folder_of(path)
    pairing = _pairing(folder, axis)
    _serve(folder, pairing, choose(pairing.pairs, pairs, salt), ask.strip(), reviewer.strip(), port, browser, reveal)


def _pairing(folder: Path, axis: str) -> Pairing:
    """Every pair over `axis`; what cannot be paired is said."""
    if not axis:
        raise JobError("--axis: is missing; say whose values to compare, as in `--axis prompt`")
    rows = rows_of(read_folder(folder).manifest)
    pairing = pair_up(rows, axis, lambda row: row.file is not None and (folder / row.file).is_file())
    tell(f"{axis}: {' against '.join(pairing.arms)}; {len(pairing.pairs)} pairs")
    for reason, count in pairing.lacking.items():
        tell(f"  {count} more lack a side: {reason}")
    if pairing.identical:
        tell(f"  {pairing.identical} more are left out: both sides are one picture")
    if not pairing.pairs:
        raise JobError(f"{shown_path(folder)}: there is no pair to show")
    return pairing


def _serve(
    folder: Path, pairing: Pairing, chosen: list[Pair], ask: str, reviewer: str, port: int, browser: bool, reveal: bool
) -> None:
    from pipeline.compare.server import Review, serve
    from pipeline.compare.sitting import seat
    from pipeline.compare.votes import read_marks, standing

    done = {vote.pair for vote in standing(read_marks(folder)) if (vote.reviewer, vote.ask) == (reviewer, ask)}
    left = [pair for pair in chosen if pair.id not in done]
    if not left:
        tell(f"All {len(chosen)} pairs are judged by {reviewer}; `--pairs` asks for more.")
        return
    sitting = seat(left, pairing.axis, ask, reviewer, secrets.token_hex(16))
    review = Review(folder, sitting, before=len(chosen) - len(left), reveal=reveal, token=secrets.token_urlsafe(18))

    def listening(address: str) -> None:
        put_out(address)
        tell(f"{len(left)} of {len(chosen)} pairs to judge; Ctrl-C ends, the same command goes on.")
        if browser:
            webbrowser.open(address)

    asyncio.run(serve(review, port, listening))
    tell(f"{len(review.votes)} votes stored; {max(0, len(left) - len(review.votes))} pairs are left.")
