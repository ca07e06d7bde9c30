"""The contact sheet at 10,000 pictures and at 50,000 cells: what its builds cost, and what a Chromium reads off it."""

from __future__ import annotations

import hashlib
import io
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from benchmarks.rig import Row
from pipeline.manifest.journal import open_journal
from pipeline.manifest.lines import (
    AnyLine,
    Artifact,
    AxisValue,
    CellLine,
    Downloaded,
    Header,
    PlanCounts,
    PlanLine,
    Ready,
    Submitted,
    Submitting,
    TaskLine,
)
from pipeline.task.fingerprint import task_of
from pipeline.task.request import Request
from tests.browser import chromium_path

PICTURES = 10_000
WIDE, HIGH = 1024, 768
KINDS = 40  # pictures that are painted; the others are these with a comment of their own: other bytes, as much work
MODELS = ("flux-dev", "flux-pro-1.1", "flux-2-flex", "flux-2-pro")
SCROLL_SECONDS = 3

WATCH = """
document.addEventListener("load", (event) => {
  if (event.target.classList?.contains("picture")) window.firstPicture ??= performance.now();
}, true);
"""
SCROLL = """(seconds) => new Promise((done) => {
  const gaps = [];
  let nodes = 0, last = performance.now();
  const until = last + 1000 * seconds;
  const step = (now) => {
    gaps.push(now - last);
    last = now;
    grid.scrollTop += 90;
    nodes = Math.max(nodes, document.querySelectorAll("*").length);
    if (now < until) requestAnimationFrame(step);
    else {
      gaps.sort((one, two) => one - two);
      done({ frames: gaps.length / seconds, worst: gaps[Math.floor(gaps.length * 0.99)], nodes });
    }
  };
  requestAnimationFrame(step);
})"""
RELAYOUT = """() => {
  const started = performance.now();
  change({ rows: view.columns, columns: view.rows });
  grid.getBoundingClientRect();
  return performance.now() - started;
}"""


def measure_sheet() -> Iterator[Row]:
    """Builds, then the page, at `PICTURES` pictures; then the page alone with five times as many cells."""
    with tempfile.TemporaryDirectory() as name, _launched() as browser:
        folder = Path(name)
        artifacts = paint(folder, PICTURES)
        write_job(folder, PICTURES, artifacts)
        work = f"a sheet of {PICTURES:,} JPEGs of {WIDE} × {HIGH}"
        wall, cpu = _build(folder)
        yield Row(work, "first build, wall", wall, 20.0, " s")
        yield Row("", "first build, CPU", cpu, None, " s")
        wall, cpu = _build(folder)
        yield Row("", "second build, wall", wall, 2.0, " s")
        yield Row("", "second build, CPU", cpu, None, " s")
        yield from _page(browser, folder, 1.0)
        many = folder / "many"
        many.mkdir()
        (many / "images").symlink_to(folder / "images")
        (many / "report").mkdir()
        (many / "report" / "thumbs").symlink_to(folder / "report" / "thumbs")
        os.link(folder / "report" / "metrics.jsonl", many / "report" / "metrics.jsonl")
        write_job(many, 5 * PICTURES, artifacts)
        wall, _ = _build(many)
        yield Row(f"a sheet of {5 * PICTURES:,} cells", "build without thumbnails, wall", wall, None, " s")
        yield from _page(browser, many, None)


@contextmanager
def _launched() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox"])
        yield browser
        browser.close()


def paint(folder: Path, count: int) -> list[Artifact]:
    """`count` JPEGs of different bytes in `folder`, of about 100 KB each."""
    (folder / "images").mkdir()
    random = np.random.default_rng(1)
    kinds = [_jpeg(random) for _ in range(KINDS)]
    artifacts = []
    for n in range(count):
        comment = b"%012d" % n
        kind = kinds[n % KINDS]
        content = kind[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + kind[2:]
        path = f"images/{n:06d}.jpg"
        (folder / path).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        artifacts.append(Artifact(path, digest, len(content), "image/jpeg", WIDE, HIGH))
    return artifacts


def _jpeg(random: np.random.Generator) -> bytes:
    """Soft shapes with some grain."""
    shapes = Image.fromarray(random.integers(0, 255, (12, 16, 3), dtype=np.uint8)).resize(
        (WIDE, HIGH), Image.Resampling.BICUBIC
    )
    grained = np.asarray(shapes) + random.normal(0, 3, (HIGH, WIDE, 3))
    file = io.BytesIO()
    Image.fromarray(np.clip(grained, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=88)
    return file.getvalue()


def write_job(folder: Path, count: int, artifacts: list[Artifact]) -> None:
    """A finished job of `count` cells: subjects × models × seeds, a prompt a subject. The pictures go round."""
    seeds = 5
    tasks, cells = [], []
    for n in range(count):
        subject, model, seed = n // (seeds * len(MODELS)), MODELS[n // seeds % len(MODELS)], n % seeds + 1
        prompt = f"subject {subject}: a ceramic teapot on an oak table, lit by a softbox from the upper left"
        task = task_of(
            Request(
                "cometapi",
                model,
                {"prompt": prompt, "seed": seed, "width": WIDE, "height": HIGH, "safety_tolerance": 2},
            )
        )
        tasks.append(task)
        axes: dict[str, AxisValue] = {
            "model": model,
            "seed": seed,
            "subject": {"id": f"s{subject}", "name": f"teapot {subject}", "ground": "oak"},
        }
        cells.append(
            CellLine(
                n=1, key=task.key, label=f"{model}-s{seed}-s{subject}", axes=axes, price=40_000, price_source="list"
            )
        )
    report = {"columns": ["model"], "rows": ["subject"], "cell": ["seed"]}
    with open_journal(folder) as journal:
        journal.append_now(Header(format=1, tool="benchmarks", created="", origin="emulator"))
        counts = PlanCounts(tasks=count, cells=count)
        plan = PlanLine(n=1, job={"name": "benchmark", "report": report}, digest="", counts=counts)
        journal.append_now(plan, *(TaskLine(key=task.key, request=task.request) for task in tasks), *cells)
        for at in range(0, count, 100):
            events: list[AnyLine] = []
            for n in range(at, at + 100):
                events += _story(tasks[n].key, n % 5 + 1, artifacts[n % len(artifacts)])
            journal.append_now(*events)


def _story(key: str, seed: int, artifact: Artifact) -> list[AnyLine]:
    return [
        Submitting(key=key, attempt=1),
        Submitted(key=key, attempt=1, remote_id=f"id-{key[:12]}"),
        Ready(key=key, seed=seed, duration=1.5 + seed / 10),
        Downloaded(key=key, artifact=artifact),
    ]


def _build(folder: Path) -> tuple[float, float]:
    """Wall and CPU seconds of `fluxsweep report`, its processes included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    subprocess.run([sys.executable, "-m", "pipeline", "report", str(folder)], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.monotonic() - started, cpu


def _page(browser: Browser, folder: Path, first: float | None) -> Iterator[Row]:
    html = folder / "report" / "index.html"
    yield Row("", "page without pictures", html.stat().st_size / 1e6, 50, " MB")
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(html.as_uri())
    page.locator("img.picture").first.evaluate("image => image.decode()")
    yield Row("", "first picture, from the disk", page.evaluate("window.firstPicture") / 1000, first, " s")
    page.wait_for_timeout(500)
    moved: dict[str, float] = page.evaluate(SCROLL, SCROLL_SECONDS)
    yield Row("", "frames a second while scrolling", moved["frames"], None)
    yield Row("", "longest of 99 % of frames", moved["worst"], None, " ms")
    yield Row("", "elements at most", moved["nodes"], 3000)
    yield Row("", "rows and columns exchanged", page.evaluate(RELAYOUT), None, " ms")
    metrics = context.new_cdp_session(page)
    metrics.send("Performance.enable")
    figures = {one["name"]: one["value"] for one in metrics.send("Performance.getMetrics")["metrics"]}
    yield Row("", "JavaScript heap", figures["JSHeapUsedSize"] / 1e6, None, " MB")
    context.close()
