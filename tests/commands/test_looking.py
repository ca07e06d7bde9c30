"""`report`, `diff` and `status` from the command line: what they put out, what they say lacks, what they refuse."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipeline.manifest import emergency
from pipeline.manifest.disk import SYSTEM_DISK
from pipeline.manifest.journal import open_journal
from pipeline.manifest.lines import (
    AnyLine,
    Artifact,
    CellLine,
    Downloaded,
    Failed,
    Header,
    InDoubt,
    PlanCounts,
    PlanLine,
    Ready,
    Submitted,
    Submitting,
    TaskLine,
)
from pipeline.run.inbox import open_inbox
from pipeline.run.listener import Delivery
from pipeline.task.fingerprint import task_of
from pipeline.task.request import Request
from tests.commands.bench import Bench

HEADER = Header(format=1, tool="1", created="2026-01-01", origin="https://api.test")


def fill(folder: Path, fates: Sequence[str], steps: int = 20, colour: str = "#406080") -> list[str]:
    """A job of one task a fate (a status, or `moderated`), seeds from 1; gives the tasks' keys."""
    seeds = range(1, len(fates) + 1)
    tasks = [
        task_of(Request("cometapi", "flux-dev", {"prompt": "a teapot", "seed": seed, "steps": steps})) for seed in seeds
    ]
    plan = PlanLine(n=1, job={"name": "small", "steps": steps}, digest="d", counts=PlanCounts(len(tasks), len(tasks)))
    cells = [
        CellLine(n=1, key=task.key, label=f"cell-s{seed}", axes={"seed": seed}, price=25_000, price_source="list")
        for seed, task in enumerate(tasks, 1)
    ]
    with open_journal(folder) as journal:
        journal.append_now(HEADER, plan, *(TaskLine(key=task.key, request=task.request) for task in tasks), *cells)
        for number, (task, fate) in enumerate(zip(tasks, fates, strict=True)):
            journal.append_now(*history(folder, task.key, fate, number, colour))
    return [task.key for task in tasks]


def history(folder: Path, key: str, fate: str, number: int, colour: str) -> list[AnyLine]:
    if fate == "planned":
        return []
    sent: list[AnyLine] = [Submitting(key=key, attempt=1)]
    if fate == "in_doubt":
        return [*sent, InDoubt(key=key, attempt=1, why="reset")]
    sent.append(Submitted(key=key, attempt=1, remote_id=f"r{number}"))
    if fate == "moderated":
        return [*sent, Failed(key=key, kind="moderated", charged="no")]
    path = folder / f"images/{number}.png"
    path.parent.mkdir(exist_ok=True)
    image = Image.radial_gradient("L").convert("RGB")
    image.paste(colour, (20 * number, 30, 20 * number + 60, 200))
    image.save(path)
    content = path.read_bytes()
    artifact = Artifact(
        f"images/{number}.png", hashlib.sha256(content).hexdigest(), len(content), "image/png", *image.size
    )
    return [*sent, Ready(key=key), Downloaded(key=key, artifact=artifact)]


def test_formats_are_chosen_once_each_and_told(bench: Bench) -> None:
    fill(bench.out, ["downloaded", "planned"])
    ended = bench.call("report", "out", "--format", "jsonl,csv", "--format", "csv,png", "--format", "parquet")
    assert ended.code == 0, ended.err
    names = ["contact_sheet.jsonl", "contact_sheet.csv", "prints/sheet-01.png", "contact_sheet.parquet"]
    assert ended.out.split() == [f"out/report/{name}" for name in names]
    assert all((bench.root / path).stat().st_size for path in ended.out.split())
    assert not (bench.out / "report/index.html").exists()
    refused = bench.call("report", "out", "--format", "xlsx")
    assert (refused.code, "there is html, csv, jsonl, parquet, png" in refused.err) == (2, True)


def test_report_says_how_it_stands_and_what_is_lost(bench: Bench) -> None:
    fill(bench.out, ["downloaded"] * 8 + ["moderated", "in_doubt"])
    assert "8 downloaded" in bench.call("report", "out", "--format", "csv").err
    for number in range(7):
        (bench.out / f"images/{number}.png").unlink()
    (bench.out / "images/7.png").write_bytes(b"cut")
    ended = bench.call("report", "out", "--format", "csv")
    assert ended.code == 0
    assert "8 pictures cannot be shown" in ended.err
    assert "images/0.png is missing from the output folder" in ended.err
    assert "… and 3 more" in ended.err
    for number in range(7):
        (bench.out / f"images/{number}.png").write_bytes(b"cut")
    bundled = bench.call("report", "out", "--bundle", "-o", "sent.zip", "--format", "jsonl", "--raw")
    assert bundled.out.split() == ["out/report/contact_sheet.jsonl", "sent.zip"]
    assert "images/0.png has 3 bytes, and had " in bundled.err


def test_report_says_when_nothing_is_there(bench: Bench) -> None:
    fill(bench.out, ["planned"])
    assert "No picture is there yet." in bench.call("report", "out", "--format", "csv").err
    with open_journal(bench.root / "fresh") as journal:
        journal.append_now(HEADER)
    assert "the report is empty" in bench.call("report", "fresh", "--format", "csv").err


def test_marks_reach_the_table_and_strange_ones_are_counted(bench: Bench) -> None:
    keys = fill(bench.out, ["downloaded", "downloaded"])
    at = "2026-11-22T20:15:00Z"
    marks = {keys[1]: {"stars": 5, "at": at}, "a" * 64: {"at": at}}
    file = {"format": "fluxsweep marks", "version": 1, "job": "another", "marks": marks}
    (bench.root / "marks.json").write_text(json.dumps(file))
    ended = bench.call("report", "out", "--format", "jsonl", "--marks", "marks.json")
    assert "1 of 2 marks mean no task of this job" in ended.err
    assert "these are marks of 'another'" in ended.err
    lines = (bench.out / "report/contact_sheet.jsonl").read_text().splitlines()
    assert [json.loads(line)["stars"] for line in lines] == [None, 5]
    (bench.root / "marks.json").write_text('{"format": "fluxsweep marks", "version": 1, "marks": {}}')
    refused = bench.call("report", "out", "--marks", "marks.json")
    assert (refused.code, "marks.json:1:1 object missing required field job" in refused.err) == (2, True)


def test_status_tells_what_waits_beside_the_manifest(bench: Bench) -> None:
    key, other = fill(bench.out, ["in_doubt", "in_doubt"])
    assert bench.call("status", "out", "--json").json["waiting"] == {"emergency": False, "webhooks": 0}
    emergency.keep(SYSTEM_DISK, bench.out, [Submitted(key=key, attempt=1, remote_id="late")], 0.0)
    with open_inbox(bench.out) as inbox:
        inbox.keep(Delivery(other, 1, "heard", rendered=True))
    assert bench.call("status", "out", "--json").json["waiting"] == {"emergency": True, "webhooks": 1}
    told = bench.call("status", "out").out
    assert "Ids of paid submits wait" in told
    assert "The inbox holds 1 webhook that tells something new" in told


def test_diff_tells_job_requests_and_pictures_apart(bench: Bench) -> None:
    fill(bench.root / "a", ["downloaded", "downloaded", "downloaded", "planned"])
    fill(bench.root / "b", ["downloaded", "downloaded", "moderated"], steps=30)
    (bench.root / "b/images/1.png").unlink()
    ended = bench.call("diff", "a", "b")
    assert ended.code == 0
    assert "steps: 20 → 30" in ended.out
    assert "0 ask for the same, 3 ask otherwise, 1 only in A, 0 only in B" in ended.out
    assert "Pictures of 3 pairs: 1 identical bytes, 0 identical pixels" in ended.out
    assert "b: images/1.png is missing from the folder" in ended.out
    assert "b: failed, the service's moderation refused it" in ended.out
    tree = bench.call("diff", "a", "b", "--json", "--html", "pairs/index.html").json
    assert [pair["likeness"] for pair in tree["pairs"]] == ["bytes", "missing", "missing"]
    assert [pair["asked"] for pair in tree["pairs"]] == [["steps"]] * 3
    assert tree["pictures"]["counts"] == {"bytes": 1, "pixels": 0, "alike": 0, "changed": 0, "missing": 2}
    page = (bench.root / "pairs/index.html").read_text()
    assert 'src="../a/images/0.png"' in page
    assert str(bench.root) not in page
    assert not (bench.root / "a/report").exists()


@pytest.mark.parametrize(("recoded", "colour", "likeness"), [(True, "#406080", "pixels"), (False, "#426282", "alike")])
def test_diff_looks_at_pixels_where_bytes_differ(bench: Bench, recoded: bool, colour: str, likeness: str) -> None:
    fill(bench.root / "a", ["downloaded"])
    if recoded:
        save: Any = Image.Image.save
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Image.Image, "save", lambda image, path: save(image, path, compress_level=1))
            fill(bench.root / "b", ["downloaded"], colour=colour)
    else:
        fill(bench.root / "b", ["downloaded"], colour=colour)
    assert [pair["likeness"] for pair in bench.call("diff", "a", "b", "--json").json["pairs"]] == [likeness]


def test_diff_of_a_job_file_is_of_what_it_asks_for_now(bench: Bench) -> None:
    job = bench.job()
    assert bench.call("rehearse", job, "-o", "outputs/small").code == 0
    same = bench.call("diff", "outputs/small", job, "--json").json
    assert (same["job"], same["cells"]["same"], same["pictures"]["counts"]["bytes"]) == ([], 4, 4)
    job.write_text(job.read_text().replace("[teapot, cat]", "[teapot, kettle]"))
    edited = bench.call("diff", "outputs/small", job, "--json").json
    assert [change["path"] for change in edited["job"]] == ["matrix.axes.thing.values"]
    long = f"a {'very ' * 40}long prompt of a {{{{ thing }}}}"
    job.write_text(job.read_text().replace("a {{ thing }}", long))
    told = bench.call("diff", job, "outputs/small").out
    assert 'matrix.axes.thing.values: ["teapot","kettle"] → ["teapot","cat"]' in told
    job.write_text(job.read_text().replace("long prompt", "short prompt"))
    (bench.root / "other.yaml").write_text(job.read_text().replace("short prompt", "tall prompt"))
    assert 'very short prompt of a {{ thing }}" → …' in bench.call("diff", job, "other.yaml").out
    assert (edited["cells"]["same"], len(edited["cells"]["removed"]), len(edited["cells"]["added"])) == (2, 2, 2)
    assert bench.call("diff", "outputs/small", "nowhere.yaml").code == 2
