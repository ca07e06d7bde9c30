"""`fluxsweep report`: the contact sheet and the tables, from the manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.commands.flow.arguments import Target
from pipeline.commands.flow.marking import MarksFile, open_marks
from pipeline.commands.flow.opening import folder_of, read_folder, shown_path
from pipeline.commands.flow.showing import is_free, put_out, standing_words, tell, thumbnail_bar
from pipeline.errors import JobError
from pipeline.manifest.state import Manifest
from pipeline.rows.rows import Row, rows_of
from pipeline.rows.tally import tally

if TYPE_CHECKING:
    from pipeline.images.reader import Reader

_READERS = ("text",)
_FORMATS = ("html", "csv", "jsonl", "parquet", "png")
_SHOWN = 5


def command(
    path: Target,
    formats: Annotated[
        list[str] | None,
        typer.Option(
            "--format", metavar="FORMAT", help=f"{', '.join(_FORMATS)}; default: html,csv.", show_default=False
        ),
    ] = None,
    marks: MarksFile = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Leave texts in the CSV as they are, also where a spreadsheet runs them.")
    ] = False,
    bundle: Annotated[bool, typer.Option("--bundle", help="Make one self-contained folder, or zip, to send.")] = False,
    measure: Annotated[
        list[str] | None,
        typer.Option("--measure", metavar="NAME", help="Also let a model read the pictures: text.", show_default=False),
    ] = None,
    clip: Annotated[
        Path | None,
        typer.Option(
            "--clip", metavar="DIR", help="Also measure by the CLIP model (ONNX) in this folder.", show_default=False
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="PATH", help="The bundle: a folder, or a .zip.", show_default=False),
    ] = None,
) -> None:
    """Write the contact sheet and the CSV from the manifest, at any moment, during a run too.

    --format can be given several times, or several with commas. `jsonl` holds all that is known of each cell, exactly;
    `parquet` the columns of the CSV with their types; `png` printable pages. In the CSV a text that begins with
    = + - @ gets an apostrophe in front, so that no spreadsheet runs it.

    --measure text reads the words in each picture (about a second a picture and core, once) and says how much of what
    the job expects (`expect: {text: …}`) is there, from 0 to 1. --clip measures how well each picture follows its
    prompt as sent, which is cut after the model's 77 tokens, and how much the pictures of a cell differ: the folder is
    one that was exported for ONNX, with preprocessor_config.json and tokenizer.json. Both stay in every later report,
    and nothing is downloaded.

    Examples:
      fluxsweep report jobs/teapot-ab.yaml
      fluxsweep report outputs/teapot-ab --format jsonl,parquet --marks marks.json
      fluxsweep report outputs/teapot-ab --format png
      fluxsweep report outputs/signs --measure text --clip models/clip-vit-base-patch32
      fluxsweep report outputs/teapot-ab --bundle -o teapot-to-send.zip
    """
    from pipeline.report.bundle import write_bundle
    from pipeline.report.formats import write_formats

    bundled = bundle or output is not None
    chosen = _chosen("--format", formats or ([] if bundled else ["html,csv"]), _FORMATS)
    models = _chosen("--measure", measure or [], _READERS)
    folder = folder_of(path)
    manifest = read_folder(folder).manifest
    read = open_marks(marks, manifest) if marks is not None else None
    _measure(folder, manifest, models, clip)
    with thumbnail_bar() as progress:
        report = write_formats(folder, manifest, chosen, marks=read, raw=raw, progress=progress)
    _say_what_lacks(manifest, report.rows, report.wrong)
    for note in report.notes:
        tell(note)
    bundles = [write_bundle(report, output)] if bundled else []
    for file in [*report.files, *bundles]:
        put_out(shown_path(file))


def _measure(folder: Path, manifest: Manifest, names: Sequence[str], clip: Path | None) -> None:
    """Let each model that is named read what it has not read yet."""
    if not names and clip is None:
        return
    from pipeline.images.clip import ClipReader
    from pipeline.images.ocr import TextReader
    from pipeline.report.reading import read_pictures

    rows = rows_of(manifest)
    readers: list[Reader] = [TextReader()] if names else []
    readers += [ClipReader(clip)] if clip is not None else []
    if names and not any(row.expect for row in rows):
        tell("This job expects no text (`expect: {text: …}`): what is read is shown, and not scored.")
    for reader in readers:
        with thumbnail_bar(what=f"measuring {reader.name}") as progress:
            read_pictures(folder, rows, reader, progress)


def _chosen(option: str, given: Sequence[str], known: Sequence[str]) -> list[str]:
    """The names that `option` was given, some of them with commas."""
    names = [name.strip() for one in given for name in one.split(",")]
    if unknown := [name for name in names if name not in known]:
        raise JobError(f"{option} {', '.join(unknown)}: there is {', '.join(known)}")
    return list(dict.fromkeys(names))


def _say_what_lacks(manifest: Manifest, rows: Sequence[Row], wrong: Mapping[str, str]) -> None:
    """How the job stands; and loudly, that pictures are missing from a report that would look whole without a word."""
    if not rows:
        tell("There is no complete plan yet: the report is empty.")
        return
    tell(standing_words(tally(manifest), free=is_free(manifest)))
    if not any(row.file for row in rows):
        tell("No picture is there yet.")
    if wrong:
        lost = sorted(wrong.values())
        tell(f"{len(lost)} pictures cannot be shown:")
        for why in lost[:_SHOWN]:
            tell(f"  {why}")
        if len(lost) > _SHOWN:
            tell(f"  … and {len(lost) - _SHOWN} more")
