"""`fluxsweep review`: blind, paired choice in the browser, here or by a pack that travels."""

from __future__ import annotations

import asyncio
import secrets
import sys
import threading
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from pipeline.commands.flow.arguments import Target
from pipeline.commands.flow.opening import folder_of, read_folder, shown_path
from pipeline.commands.flow.showing import is_free, put_out, tell
from pipeline.compare.pairs import Pair, Pairing, choose_unlike, pair_up
from pipeline.compare.sitting import Sitting, seat
from pipeline.compare.votes import read_marks, standing
from pipeline.errors import JobError
from pipeline.rows.rows import Row, rows_of

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
    pack: Annotated[
        Path | None,
        typer.Option("--pack", metavar="ZIP", help="Make a page for people elsewhere instead.", show_default=False),
    ] = None,
    merge: Annotated[
        list[Path] | None,
        typer.Option("--merge", metavar="FILE", help="Take in votes from a pack; repeatable.", show_default=False),
    ] = None,
) -> None:
    """Show pairs of pictures, blind, and store which one is better. Ctrl-C ends; the same command goes on.

    The two pictures of a pair differ in one axis alone and share every other, and the seed. Order and sides are by
    chance; no name, prompt or recipe tells which is which. Votes go to votes.jsonl in the output folder, each on disk
    before the next pair comes. `fluxsweep score` says what they tell. A pack is a zip with the same page for people
    who have no fluxsweep: they open its index.html, vote, and send back the file that it saves.

    Examples:
      fluxsweep review jobs/teapot-ab.yaml --axis prompt
      fluxsweep review outputs/teapot-ab --axis model --pairs 40 --ask "follows the prompt" --reviewer second
      fluxsweep review outputs/teapot-ab --axis prompt --pack blind.zip
      fluxsweep review outputs/teapot-ab --merge votes-1f0c22ab-second.json
    """
    if not reviewer.strip() or len(reviewer) > _NAME_LIMIT:
        raise JobError(f"--reviewer: a name of 1 to {_NAME_LIMIT} characters")
    folder = folder_of(path)
    if merge:
        _merge(folder, merge)
        return
    chosen = _drawn(folder, _pairing(folder, axis), pairs, salt)
    if pack is not None:
        _pack(folder, seat(chosen, axis, ask.strip(), "", secrets.token_hex(16)), pack)
        return
    done = _done(folder, reviewer.strip(), ask.strip())
    left = [pair for pair in chosen if pair.id not in done]
    if not left:
        tell(f"All {len(chosen)} pairs are judged by {reviewer}; `--pairs` asks for more.")
        return
    sitting = seat(left, axis, ask.strip(), reviewer.strip(), secrets.token_hex(16))
    _serve(folder, sitting, len(chosen) - len(left), port, browser=browser, reveal=reveal)


def _pairing(folder: Path, axis: str) -> Pairing:
    """Every pair over `axis`; what cannot be paired is said."""
    if not axis:
        raise JobError("--axis: is missing; say whose values to compare, as in `--axis prompt`")
    manifest = read_folder(folder).manifest
    if is_free(manifest):
        tell("The emulator writes model and prompt into its pictures: no review of them is blind.")
    pairing = pair_up(rows_of(manifest), axis, lambda row: _lies_whole(folder, row))
    tell(f"{axis}: {' against '.join(pairing.arms)}; {len(pairing.pairs)} pairs")
    for reason, count in pairing.lacking.items():
        tell(f"  {count} without one side: {reason}")
    if pairing.shared:
        tell(f"  {pairing.shared} left out: both sides are one task")
    if pairing.identical:
        tell(f"  {len(pairing.identical)} left out: both sides are one picture")
    return pairing


def _lies_whole(folder: Path, row: Row) -> bool:
    """Whether the picture is there with all its bytes; whether it decodes is seen when its turn comes."""
    path = folder / (row.file or "")
    return path.is_file() and path.stat().st_size == row.bytes


def _drawn(folder: Path, pairing: Pairing, pairs: int, salt: str) -> list[Pair]:
    """The pairs to judge: as many as are wanted of those whose sides differ."""
    from pipeline.compare.picture import look_the_same
    from pipeline.report.metrics import read_metrics

    metrics = read_metrics(folder / "report")
    chosen, same = choose_unlike(pairing.pairs, pairs, salt, lambda pair: look_the_same(folder, pair, metrics))
    if same:
        tell(f"  {len(same)} left out: both sides are the same to the pixel")
    if not chosen:
        raise JobError(f"{shown_path(folder)}: there is no pair to show")
    if shaped := [pair for pair in chosen if _shape(pair.first) != _shape(pair.second)]:
        tell(f"In {len(shaped)} of {len(chosen)} pairs the sides differ in shape, which tells arms apart.")
    return chosen


def _shape(row: Row) -> float:
    return round((row.width or 1) / (row.height or 1), 1)


def _done(folder: Path, reviewer: str, ask: str) -> set[str]:
    """The pairs that this reviewer has judged by this criterion, in any sitting."""
    votes = standing(read_marks(folder))
    return {vote.pair for vote in votes if (vote.reviewer, vote.ask) == (reviewer, ask)}


def _serve(folder: Path, sitting: Sitting, before: int, port: int, *, browser: bool, reveal: bool) -> None:
    from pipeline.compare.server import Review, serve

    review = Review(folder, sitting, before=before, reveal=reveal, token=secrets.token_urlsafe(18))
    total = len(sitting.sights)

    def listening(address: str) -> None:
        put_out(address)
        tell(f"{total} of {before + total} pairs to judge; Ctrl-C ends, the same command goes on.")
        if browser:
            # A browser of the terminal returns when it is left, and the page must be served meanwhile.
            threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

    asyncio.run(serve(review, port, listening))
    tell(f"{len(review.votes)} votes stored; {total - len(review.votes)} pairs are left.")


def _pack(folder: Path, sitting: Sitting, target: Path) -> None:
    from tqdm import tqdm

    from pipeline.compare.pack import write_pack

    with tqdm(desc="pairs", total=len(sitting.sights), leave=False, disable=None, file=sys.stderr) as bar:
        write_pack(folder, sitting, secrets.token_hex(16), target, bar.update)
    put_out(shown_path(target))
    size = target.stat().st_size / 1e6
    tell(f"{len(sitting.sights)} pairs, {size:.1f} MB; what is which stays in {shown_path(folder)}")


def _merge(folder: Path, files: list[Path]) -> None:
    from pipeline.compare.pack import merge

    for file in files:
        merged = merge(folder, file)
        back = f", {merged.undone} taken back" if merged.undone else ""
        tell(f"{shown_path(file)}: {merged.fresh} new votes of {merged.total}{back}")
