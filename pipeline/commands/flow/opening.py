"""A job file, or an output folder, as the other verbs need it."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from pipeline.errors import JobError
from pipeline.manifest.lines import CellLine
from pipeline.manifest.read import FILE_NAME, Reading, read_manifest
from pipeline.manifest.state import Manifest
from pipeline.task.request import ImageRef, Request

NO_ORIGINS: Mapping[str, str] = MappingProxyType({})

if TYPE_CHECKING:
    from pipeline.catalog.load import Catalog
    from pipeline.catalog.provider import ProviderSpec
    from pipeline.spec.read import Loaded


@dataclass(frozen=True)
class Planned:
    """A plan that is about to be looked at or sent, wherever it came from.

    `catalog` knows its providers and models, the job's own too. `job` is the job's snapshot, `cells` carry plan
    number 0 until they are written; `inputs` are the input images' bytes by sha256. `steps` and `notes` are lines for
    people.
    """

    name: str
    catalog: Catalog
    job: dict[str, Any]
    digest: str
    cells: list[CellLine]
    tasks: dict[str, Request]
    inputs: dict[str, bytes]
    steps: list[str]
    notes: list[str]

    def prices(self) -> dict[str, tuple[int | None, str]]:
        """Micro-USD (None: unknown) and source for each task."""
        return {cell.key: (cell.price, cell.price_source) for cell in self.cells}

    def images(self) -> set[ImageRef]:
        """The input images of its tasks."""
        return images_of(self.tasks)

    def specs(self) -> dict[str, ProviderSpec]:
        """The providers to which its tasks go, by name."""
        names = dict.fromkeys(request.provider for request in self.tasks.values())
        return {name: self.catalog.provider(name) for name in names}

    def same_as(self, manifest: Manifest, origins: Mapping[str, str] = NO_ORIGINS) -> bool:
        """Whether the plan that rules in `manifest` says the very same, with its providers at these `origins`."""
        plan = manifest.plan
        if plan is None or plan.digest != self.digest or plan.job != self.job:
            return False
        if not origins.items() <= manifest.origins.items():
            return False
        return [_shown(cell) for cell in manifest.cells] == [_shown(cell) for cell in self.cells]


def _shown(cell: CellLine) -> tuple[object, ...]:
    return cell.key, cell.label, cell.axes, cell.price, cell.price_source, cell.replaces, cell.expect


def open_job(path: Path, changes: Sequence[str] = ()) -> Planned:
    """Read, check and expand the job file at `path`, with what the command line `changes` in it (`path=value`).

    Raises:
        JobError: with every mistake that could be found, sorted by place.
    """
    return open_whole(path, changes)[1]


def open_whole(path: Path, changes: Sequence[str] = ()) -> tuple[Loaded, Planned]:
    """As `open_job`, with what the reader of the job found. Raises the same."""
    from pipeline.catalog.load import load_catalog
    from pipeline.spec.read import read_job
    from pipeline.sweep.digest import digest
    from pipeline.sweep.expand import expand
    from pipeline.sweep.told import told

    loaded = read_job(path, load_catalog(), changes)
    sweep, findings = expand(loaded.spec, loaded.catalog) if loaded.spec is not None else (None, [])
    problems = told(loaded, findings)
    if problems or loaded.spec is None or sweep is None:
        raise JobError(*problems)
    cells = [
        CellLine(
            n=0,
            key=cell.task.key,
            label=cell.label,
            axes=cell.axes,
            price=cell.price.micro_usd,
            price_source=cell.price.source,
            expect=cell.expect,
        )
        for cell in sweep.cells
    ]
    tasks = sweep.tasks()
    return loaded, Planned(
        name=loaded.spec.name,
        catalog=loaded.catalog,
        job=loaded.spec.snapshot(),
        digest=digest(tasks),
        cells=cells,
        tasks=tasks,
        inputs=loaded.images | sweep.inputs,
        steps=[f"{step.text}: {step.cells:+d}" for step in sweep.steps],
        notes=[*loaded.notes, *sweep.notes],
    )


def planned_again(manifest: Manifest, source: Path) -> Planned:
    """The plan that rules in a manifest, to be sent again from the manifest alone.

    Raises:
        JobError: it holds no complete plan, or an input image is no longer beside it, or a provider of its own is
            one that no job may bring.
    """
    from pipeline.catalog.own import catalog_of

    if manifest.plan is None:
        raise JobError(f"{source}: holds no complete plan; nothing can be rerun from it")
    tasks = {key: manifest.tasks[key] for key in manifest.planned_keys()}
    catalog = catalog_of(manifest.plan.job)
    if unknown := {request.provider for request in tasks.values()} - set(catalog.providers):
        raise JobError(f"{source}: nobody here knows its provider {', '.join(sorted(unknown))}; nothing was sent")
    return Planned(
        name=manifest.plan.job["name"],
        catalog=catalog,
        job=manifest.plan.job,
        digest=manifest.plan.digest,
        cells=manifest.cells,
        tasks=tasks,
        inputs=_inputs_beside(source.parent, tasks),
        steps=[],
        notes=[],
    )


def images_of(tasks: Mapping[str, Request]) -> set[ImageRef]:
    """The input images that tasks hold, each once."""
    return {value for request in tasks.values() for value in request.params.values() if isinstance(value, ImageRef)}


def _inputs_beside(folder: Path, tasks: dict[str, Request]) -> dict[str, bytes]:
    images = images_of(tasks)
    try:
        files = {image.sha256: (folder / image.path, folder / image.older_path) for image in images}
        return {sha256: (new if new.exists() else old).read_bytes() for sha256, (new, old) in files.items()}
    except OSError as error:
        raise JobError(f"{error.filename}: an input image of this manifest cannot be read ({error.strerror})") from None


def folder_of(path: Path, output: Path | None = None) -> Path:
    """The output folder that `path` means: itself, the folder of a manifest, or a job file's own.

    Raises:
        JobError: there is nothing at `path`, or the job file is wrong.
    """
    if output is not None:
        return output
    if path.is_dir():
        return path
    if path.name == FILE_NAME and path.exists():
        return path.parent
    return _job_folder(path)


def _job_folder(path: Path) -> Path:
    from pipeline.catalog.load import load_catalog
    from pipeline.spec.paths import output_folder
    from pipeline.spec.read import read_job

    loaded = read_job(path, load_catalog())
    if loaded.spec is None:
        raise JobError(*loaded.problems)
    return output_folder(path, loaded.spec.name)


def read_folder(folder: Path) -> Reading:
    """The manifest of an output folder. Raises as `read_manifest` does, and `JobError` where there is none."""
    rehearsal = folder.with_name(f"{folder.name}.rehearsal")
    if not (folder / FILE_NAME).exists():
        hint = f"there is a rehearsal: {shown_path(rehearsal)}" if rehearsal.exists() else "`fluxsweep run` makes one"
        raise JobError(f"{shown_path(folder)}: there is no manifest; {hint}")
    return read_manifest(folder / FILE_NAME)


def read_if_there(folder: Path) -> Manifest:
    """The manifest of an output folder, empty where there is none yet. A torn tail is said."""
    if not (folder / FILE_NAME).exists():
        return Manifest()
    reading = read_folder(folder)
    if reading.torn:
        sys.stderr.write(f"{shown_path(folder)}: the last {reading.torn} bytes are unfinished, and left out\n")
    return reading.manifest


def shown_path(path: Path) -> str:
    """`path` as a person would type it from here."""
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) else str(path)
