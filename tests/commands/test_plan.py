"""What `plan` tells of a job, and what it puts out for a script."""

from __future__ import annotations

import csv
import io

from tests.commands.bench import Bench


def test_the_table_has_a_row_a_cell_with_what_a_run_would_do(bench: Bench) -> None:
    ended = bench.call("plan", bench.job(more="prices: {flux-dev: 0.02}"), "-o", "out", "--csv")
    assert ended.code == 0
    rows = list(csv.DictReader(io.StringIO(ended.out)))
    assert [(row["seed"], row["thing"], row["rendered_prompt"]) for row in rows] == [
        ("1", "teapot", "a teapot"),
        ("1", "cat", "a cat"),
        ("2", "teapot", "a teapot"),
        ("2", "cat", "a cat"),
    ]
    assert {(row["step"], row["price_usd"], row["price_source"]) for row in rows} == {("submit", "0.02", "yours")}


def test_the_matrix_is_told_line_by_line_and_a_file_column_by_column(bench: Bench) -> None:
    (bench.root / "things.csv").write_text("thing,note\nteapot,1\ncat,2\n")
    job = bench.job(seeds="1..3", more="max_tasks: 50")
    job.write_text(job.read_text().replace("thing: [teapot, cat]", "row: {file: things.csv}\n  only: [{seed: 2}]"))
    ended = bench.call("plan", job, "-o", "out")
    assert ended.code == 0
    assert "row 2: +6" in ended.out
    assert "only seed: 2: -4" in ended.out
    assert "row: things.csv: thing is read by templates, note is not used" in ended.out
    job.write_text(job.read_text().replace("max_tasks: 50", "max_tasks: 5").replace("  only: [{seed: 2}]\n", ""))
    refused = bench.call("plan", job, "-o", "out")
    assert refused.code == 2
    assert "job.yaml:6:3 matrix: this comes to 6 cells, about $0.15; expected at most 5" in refused.err
