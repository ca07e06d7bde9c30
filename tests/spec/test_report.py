"""The places of the contact sheet that a job gives to its axes."""

from __future__ import annotations

import pytest

from tests.spec.conftest import TEAPOT, Bench

ASKED = "report: {columns: [model, size], rows: [prompt, scene]}"


def test_every_place_takes_axes_one_or_several(bench: Bench) -> None:
    report = bench.spec(
        TEAPOT.replace(ASKED, "report: {group_rows: prompt, columns: [model, size], cell: [seed]}")
    ).report
    assert (report.group_rows, report.columns, report.cell) == (("prompt",), ("model", "size"), ("seed",))
    assert (report.rows, report.group_columns) == (None, None)


@pytest.mark.parametrize(
    ("report", "words"),
    [
        ("{group_rows: [promt]}", "did you mean `prompt`"),
        ("{cell: [seed], columns: [seed]}", "laid out twice"),
        ("{group: [seed]}", "group"),
    ],
)
def test_a_place_that_cannot_be_is_refused_where_it_stands(bench: Bench, report: str, words: str) -> None:
    problem = bench.problem(ASKED, f"report: {report}")
    assert problem.startswith(f"jobs/job.yaml:{len(TEAPOT.splitlines())}:")
    assert words in problem
