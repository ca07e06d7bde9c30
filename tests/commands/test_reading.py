"""What only reads: it needs a manifest, writes where it is asked to, and links to nothing outside."""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

from tests.commands.bench import Bench, clean_environment


def test_a_copy_of_the_manifest_alone_can_be_looked_at(bench: Bench) -> None:
    assert bench.call("rehearse", bench.job(), "-o", "out").code == 0
    alone = bench.root / "alone"
    alone.mkdir()
    shutil.copy(bench.out / "manifest.jsonl", alone)
    assert bench.call("status", "alone", "--json").json == bench.call("status", "out", "--json").json
    assert [file.name for file in alone.iterdir()] == ["manifest.jsonl"]
    assert bench.call("report", "alone").code == 0
    assert len(_table(alone / "report/contact_sheet.csv")) == 4


def test_looking_leaves_no_trace(bench: Bench) -> None:
    assert bench.call("rehearse", bench.job(), "-o", "out").code == 0
    before = {file: file.stat().st_mtime_ns for file in bench.out.rglob("*")}
    for arguments in (["status", "out", "--json"], ["plan", "job.yaml", "-o", "out", "--json"]):
        assert bench.call(*arguments).code == 0
    assert {file: file.stat().st_mtime_ns for file in bench.out.rglob("*")} == before


def test_a_bundle_holds_all_that_it_shows(bench: Bench) -> None:
    assert bench.call("rehearse", bench.job(), "-o", "out").code == 0
    ended = bench.call("report", "out", "--bundle", "-o", "sent")
    assert (ended.code, ended.out) == (0, "sent\n")
    shutil.rmtree(bench.out)
    sent = bench.root / "sent"
    page = (sent / "index.html").read_text()
    named = set(re.findall(r"(?:images|thumbs)/[^$\"'\\<>\s]+?\.(?:png|jpe?g|webp)", page))
    assert len(named) >= 4
    assert [name for name in named if not (sent / unquote(name)).is_file()] == []
    assert not re.search(r"(?:src|href)\s*=\s*[\"']?(?:https?:|/|file:|\.\.)", page)
    assert len(list(sent.glob("images/*.png"))) == 4
    for row in _table(sent / "contact_sheet.csv"):
        assert (sent / row["file"]).is_file()


def test_the_table_has_a_row_a_cell_that_leads_to_its_picture(bench: Bench) -> None:
    assert bench.call("rehearse", bench.job(), "-o", "out").code == 0
    rows = _table(bench.out / "report/contact_sheet.csv")
    assert len(rows) == 4
    assert {(row["thing"], row["seed"]) for row in rows} == {(thing, n) for thing in ("teapot", "cat") for n in "12"}
    for row in rows:
        assert (row["status"], row["width"], row["height"]) == ("downloaded", "256", "256")
        assert (bench.out / row["file"]).stat().st_size == int(row["bytes"])


def test_an_emulator_of_ones_own_says_where_it_is_and_ends_in_order(bench: Bench) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "emulator", "--port", "0", "--painter", "flat", "--latency", "0.05"],
        cwd=bench.root,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    origin = re.findall(r"http://127\.0\.0\.1:\d+", program.stdout.readline())[0]
    assert bench.call("run", bench.job(), "--yes", "-o", "out", **bench.real(origin)).code == 0
    program.terminate()
    assert program.wait(20) == 0
    program.stdout.close()


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))
