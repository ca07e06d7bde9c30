"""The sheet's own choice of rows and columns, and the job's."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.report.layout import choose_layout
from pipeline.rows.rows import rows_of


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, (["model", "size"], ["prompt"], ([], []), ["seed"])),
        ({"columns": ["seed"]}, (["seed"], ["prompt", "model", "size"], ([], []), [])),
        ({"rows": ["seed"]}, (["model", "size"], ["seed"], ([], []), [])),
        ({"columns": ["size", "model"], "rows": ["prompt"]}, (["size", "model"], ["prompt"], ([], []), ["seed"])),
        ({"columns": ["size"], "rows": ["model"]}, (["size"], ["model"], ([], []), ["seed"])),
        ({"columns": [], "rows": []}, ([], [], ([], []), ["seed"])),
        ({"columns": [], "rows": [], "cell": []}, ([], [], ([], []), [])),
        ({"columns": ["prompt"], "rows": ["prompt", "model"]}, (["prompt"], ["model"], ([], []), ["seed"])),
        ({"columns": ["nothing"]}, ([], ["prompt", "model", "size"], ([], []), ["seed"])),
        (
            {"group_rows": ["size"], "group_columns": ["prompt"], "cell": ["model", "size"]},
            ([], ["seed"], (["size"], ["prompt"]), ["model"]),
        ),
    ],
)
def test_what_the_job_names_stands_there_and_the_rest_is_chosen(
    teapot: Any, asked: dict[str, list[str]], expected: tuple[Any, ...]
) -> None:
    assert tuple(choose_layout(rows_of(teapot.manifest()), asked)) == expected


def test_an_axis_of_one_value_stands_only_where_the_job_names_it(sheet: Any) -> None:
    for seed in (1, 2):
        sheet.add({"prompt": "plain", "model": "flux-dev", "seed": seed, "scene": {"id": "oak", "surface": "oak"}})
    rows = rows_of(sheet.manifest())
    assert choose_layout(rows, {}) == ([], [], ([], []), ["seed"])
    asked = {"columns": ["model"], "rows": ["scene"]}
    assert choose_layout(rows, asked) == (["model"], ["scene"], ([], []), ["seed"])


def test_the_parts_of_a_compound_axis_take_no_place_of_their_own(sheet: Any) -> None:
    for surface in ("oak", "marble"):
        sheet.add({"seed": 1, "scene": {"id": surface, "surface": surface}}, f"a teapot on {surface}")
    assert choose_layout(rows_of(sheet.manifest()), {}) == ([], ["scene"], ([], []), [])
