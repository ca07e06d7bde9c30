"""Jobs with real small pictures on disk, their manifests, and their pages in a real Chromium, opened from disk."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Dialog, Page, sync_playwright
from playwright.sync_api import Request as PageRequest

from pipeline.manifest.lines import (
    AnyEvent,
    AnyLine,
    Artifact,
    CellLine,
    Downloaded,
    Failed,
    Header,
    InDoubt,
    Parked,
    PlanCounts,
    PlanLine,
    Ready,
    Submitted,
    Submitting,
    TaskLine,
)
from pipeline.manifest.state import Manifest, fold_all
from pipeline.report.bundle import write_bundle
from pipeline.report.formats import write_formats
from pipeline.report.write import write_report
from pipeline.task.fingerprint import task_of
from pipeline.task.request import ImageRef, Request, Task
from tests.browser import chromium_path

Opened = Callable[..., Page]


@dataclass
class Sheet:
    """A job in `folder`: add cells, each with its task's fate, then take the manifest.

    `returned` is the prompt that the service gives back, `price` that of every cell in micro-USD.
    """

    folder: Path
    report: dict[str, Any] = field(default_factory=lambda: {"columns": None, "rows": None})
    rehearsal: bool = False
    price: int | None = 40_000
    returned: str | None = None
    cells: list[CellLine] = field(default_factory=list)
    tasks: dict[str, Task] = field(default_factory=dict)
    events: list[AnyEvent] = field(default_factory=list)

    def add(
        self,
        axes: dict[str, Any],
        prompt: str = "a teapot",
        fate: str = "downloaded",
        task: Task | None = None,
        **params: Any,
    ) -> Task:
        """One cell; `fate` is a status, `moderated` or `parked`. The first cell of a task decides its fate.

        Its task is `task`, else one with these parameters; what is None there is not sent.
        """
        sent = {"prompt": prompt, "seed": axes.get("seed", 1), "width": 96, "height": 64} | params
        sent = {name: value for name, value in sent.items() if value is not None}
        task = task or task_of(Request("cometapi", axes.get("model", "flux-dev"), sent))
        label = f"cell-{len(self.cells)}"
        if task.key not in self.tasks:
            self.tasks[task.key] = task
            self.events += self._history(task, label, fate)
        self.cells.append(CellLine(n=1, key=task.key, label=label, axes=axes, price=self.price, price_source="list"))
        return task

    def manifest(self) -> Manifest:
        """All of it, folded."""
        job = {"name": "teapot-ab", "provider": "cometapi", "report": self.report}
        counts = PlanCounts(tasks=len(self.tasks), cells=len(self.cells))
        lines: list[AnyLine] = [
            Header(format=1, tool="1", created="2026-01-01", origin="https://api.test", rehearsal=self.rehearsal),
            PlanLine(n=1, job=job, digest="d", counts=counts),
            *(TaskLine(key=task.key, request=task.request) for task in self.tasks.values()),
            *self.cells,
            *self.events,
        ]
        return fold_all(lines)

    def input(self) -> ImageRef:
        """An input image, which lies where a run keeps it."""
        inputs = self.folder / "inputs"
        inputs.mkdir(parents=True, exist_ok=True)
        content = io.BytesIO()
        Image.effect_noise((300, 260), 60).save(content, "PNG")
        sha256 = hashlib.sha256(content.getvalue()).hexdigest()
        image = ImageRef(sha256, "image/png")
        (self.folder / image.path).write_bytes(content.getvalue())
        return image

    def picture(self, label: str, colour: str) -> Image.Image:
        """What came for the task of the cell `label`: an empty picture of one colour."""
        return Image.new("RGB", (96, 64), colour)

    def _history(self, task: Task, label: str, fate: str) -> Iterable[AnyEvent]:
        key = task.key
        if fate == "planned":
            return
        yield Submitting(key=key, attempt=1, at=100.0)
        if fate == "in_doubt":
            yield InDoubt(key=key, attempt=1, why="the connection was reset")
        if fate in {"submitting", "in_doubt"}:
            return
        yield Submitted(key=key, attempt=1, remote_id=f"remote-{label}", at=101.0)
        if fate == "moderated":
            yield Failed(key=key, kind="moderated", charged="no", detail="Likeness")
        if fate == "failed":
            yield Failed(key=key, kind="error", charged="maybe", detail="out of memory")
        if fate == "parked":
            yield Parked(key=key)
        if fate == "downloaded":
            seed = task.request.params["seed"]
            assert isinstance(seed, int)
            yield Ready(key=key, seed=seed, prompt=self.returned, duration=2.5, at=103.0)
            yield Downloaded(key=key, artifact=self._paint(key, label), at=1_700_000_000.0)

    def _paint(self, key: str, label: str) -> Artifact:
        path = self.folder / "images" / f"{label}-{key[:8]}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.picture(label, f"#{key[:6]}").save(path)
        content = path.read_bytes()
        sha256 = hashlib.sha256(content).hexdigest()
        return Artifact(f"images/{path.name}", sha256, len(content), "image/png", 96, 64)


@pytest.fixture
def sheet(tmp_path: Path) -> Sheet:
    """An empty job in a folder of its own."""
    return Sheet(tmp_path / "job")


@pytest.fixture
def teapot(sheet: Sheet) -> Sheet:
    """2 prompts × 2 models × 2 sizes × 3 seeds, less one size of one model: 18 cells."""
    for prompt, text in {"plain": "a teapot", "lit": "a teapot\nin low light\nfrom above"}.items():
        for model in ("flux-pro-1.1", "flux-2-flex"):
            for size in ("square", "wide"):
                for seed in (1, 2, 3):
                    if (model, size) != ("flux-pro-1.1", "wide"):
                        axes = {"prompt": prompt, "model": model, "seed": seed, "size": size}
                        sheet.add(axes, text, safety_tolerance=1 if size == "wide" else 2)
    return sheet


@pytest.fixture(scope="module")  # not longer: while Playwright's loop runs, no other test of this process can have one
def browser() -> Iterator[Browser]:
    chromium = chromium_path()
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """`opened(sheet, **context_options)`: its page; any dialog, console message, error or outside request fails."""
    wrong: list[str] = []
    contexts = []

    def open_sheet(sheet: Any, bundle: bool = False, **options: Any) -> Page:
        manifest = sheet.manifest()
        html = (
            write_bundle(write_formats(sheet.folder, manifest, [])) / "index.html"
            if bundle
            else write_report(sheet.folder, manifest).html
        )
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        _watch(page, html.parent if bundle else sheet.folder, wrong)
        page.goto(html.as_uri())
        return page

    yield open_sheet
    for context in contexts:
        context.close()
    assert wrong == []


def _watch(page: Page, inside: Path, wrong: list[str]) -> None:
    def refuse(dialog: Dialog) -> None:
        wrong.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def follow(request: PageRequest) -> None:
        if not request.url.startswith(inside.as_uri()):
            wrong.append(f"outside: {request.url}")

    page.on("dialog", refuse)
    page.on("request", follow)
    page.on("console", lambda message: wrong.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("requestfailed", lambda request: None if _given_up(request) else wrong.append(f"failed: {request.url}"))


def _given_up(request: PageRequest) -> bool:
    """A picture that left the sight before it was there."""
    return request.failure == "net::ERR_ABORTED"
