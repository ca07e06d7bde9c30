"""A finished job on disk: a real manifest, and pictures that carry their recipe as real ones do."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from pipeline.manifest.codec import encode_batch
from pipeline.manifest.lines import (
    AnyLine,
    Artifact,
    CellLine,
    Downloaded,
    Failed,
    Header,
    PlanCounts,
    PlanLine,
    Ready,
    Submitted,
    Submitting,
    TaskLine,
)
from pipeline.manifest.state import fold_all
from pipeline.rows.rows import Row, rows_of
from pipeline.task.fingerprint import task_of
from pipeline.task.request import ImageRef, Request, Task


@dataclass
class Gallery:
    """Add cells, then `write` the manifest. `size` is that of the next pictures."""

    folder: Path
    size: tuple[int, int] = (96, 64)
    media_type: str = "image/png"
    cells: list[CellLine] = field(default_factory=list)
    tasks: dict[str, Task] = field(default_factory=dict)
    events: list[AnyLine] = field(default_factory=list)

    def add(self, axes: dict[str, Any], prompt: str = "a teapot", fate: str = "downloaded", **params: Any) -> Task:
        """One cell whose task is downloaded, `moderated` or `planned`."""
        request = Request(
            "cometapi", axes.get("model", "flux-dev"), {"prompt": prompt, "seed": axes.get("seed", 1)} | params
        )
        task = task_of(request)
        label = f"label-{len(self.cells)}-{'-'.join(str(value) for value in axes.values())}"
        if task.key not in self.tasks:
            self.tasks[task.key] = task
            if fate != "planned":
                self.events += [
                    Submitting(key=task.key, attempt=1, at=1.0),
                    Submitted(key=task.key, attempt=1, remote_id=f"remote-{label}", at=2.0),
                ]
            if fate == "moderated":
                self.events.append(Failed(key=task.key, kind="moderated", charged="no"))
            elif fate == "downloaded":
                ready = Ready(key=task.key, at=3.0, duration=float(len(self.cells)))
                self.events += [ready, Downloaded(key=task.key, artifact=self._paint(task.key, label))]
        self.cells.append(CellLine(n=1, key=task.key, label=label, axes=axes, price=40_000, price_source="list"))
        return task

    def repaint(self, row: Row, picture: Image.Image) -> None:
        """Let `picture` be what was downloaded for `row`."""
        path = self.folder / str(row.file)
        picture.save(path)
        content = path.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        artifact = Artifact(str(row.file), sha256, len(content), self.media_type, *picture.size)
        self.events = [
            Downloaded(key=row.key, artifact=artifact)
            if isinstance(event, Downloaded) and event.key == row.key
            else event
            for event in self.events
        ]

    def input(self, colour: str) -> ImageRef:
        """An input image, kept as a run keeps it."""
        content = _encoded(Image.new("RGB", (300, 256), colour), "image/png", "input.png")
        sha256 = hashlib.sha256(content).hexdigest()
        (self.folder / "inputs").mkdir(parents=True, exist_ok=True)
        image = ImageRef(sha256, "image/png")
        (self.folder / image.path).write_bytes(content)
        return image

    def lines(self) -> list[AnyLine]:
        """The whole manifest."""
        counts = PlanCounts(tasks=len(self.tasks), cells=len(self.cells))
        return [
            Header(format=1, tool="1", created="2026-01-01", origin="https://api.test"),
            PlanLine(n=1, job={"name": "gallery", "provider": "cometapi"}, digest="d", counts=counts),
            *(TaskLine(key=task.key, request=task.request) for task in self.tasks.values()),
            *self.cells,
            *self.events,
        ]

    def rows(self) -> list[Row]:
        """Its rows."""
        return rows_of(fold_all(self.lines()))

    def write(self) -> Path:
        """Put the manifest on disk; gives the output folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "manifest.jsonl").write_bytes(encode_batch(self.lines(), seq=1, batch=1, at=1.0))
        return self.folder

    def _paint(self, key: str, label: str) -> Artifact:
        extension = self.media_type.partition("/")[2]
        path = self.folder / "images" / f"{label}-{key[:8]}.{extension}"
        path.parent.mkdir(parents=True, exist_ok=True)
        content = _encoded(Image.new("RGB", self.size, f"#{key[:6]}"), self.media_type, f"{label} {key}")
        path.write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        return Artifact(f"images/{path.name}", sha256, len(content), self.media_type, *self.size)


def _encoded(picture: Image.Image, media_type: str, recipe: str) -> bytes:
    """With `recipe` in every place where programs leave such words."""
    encoded = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = recipe
    if media_type == "image/png":
        text = PngInfo()
        text.add_text("parameters", recipe)
        picture.save(encoded, "PNG", pnginfo=text, exif=exif)
    else:
        picture.save(encoded, "JPEG", exif=exif, comment=recipe)
    return encoded.getvalue()


def teapots(folder: Path, prompts: int = 2, seeds: int = 3) -> Gallery:
    """Prompts × two subjects × seeds; only the prompt tells the arms apart."""
    gallery = Gallery(folder)
    words = ["plain", "lit", "moonlit"][:prompts]
    for word in words:
        for subject in ("oak", "marble"):
            for seed in range(1, seeds + 1):
                axes = {"prompt": word, "seed": seed, "surface": subject}
                gallery.add(axes, f"a {word} teapot on {subject}")
    return gallery
