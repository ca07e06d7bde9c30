"""The sheet's own choice of rows and columns, and the job's."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline.report.layout import choose_layout
from pipeline.rows.rows import rows_of


@pytest.mark.parametrize(
    ("columns", "lines", "expected"),
    [
        (None, None, (["model", "size"], ["prompt"], ["seed"])),
        (["seed"], None, (["seed"], ["prompt", "model", "size"], [])),
        (None, ["seed"], (["model", "size"], ["seed"], ["prompt"])),
        (["size", "model"], ["prompt"], (["size", "model"], ["prompt"], ["seed"])),
        ([], [], ([], [], ["prompt", "model", "seed", "size"])),
        (["prompt"], ["prompt", "model"], (["prompt"], ["model"], ["seed", "size"])),
        (["nothing"], None, ([], ["prompt", "model", "size"], ["seed"])),
    ],
)
def test_what_the_job_names_stands_there_and_the_rest_is_chosen(
    teapot: Any, columns: list[str] | None, lines: list[str] | None, expected: tuple[list[str], ...]
) -> None:
    assert tuple(choose_layout(rows_of(teapot.manifest()), columns, lines)) == expected


def test_an_axis_of_one_value_stands_only_where_the_job_names_it(sheet: Any) -> None:
    for seed in (1, 2):
        sheet.add({"prompt": "plain", "model": "flux-dev", "seed": seed, "scene": {"id": "oak", "surface": "oak"}})
    rows = rows_of(sheet.manifest())
    assert choose_layout(rows, None, None) == ([], [], ["seed"])
    assert choose_layout(rows, ["model"], ["scene"]) == (["model"], ["scene"], ["seed"])


def test_the_parts_of_a_compound_axis_take_no_place_of_their_own(sheet: Any) -> None:
    for surface in ("oak", "marble"):
        sheet.add({"seed": 1, "scene": {"id": surface, "surface": surface}}, f"a teapot on {surface}")
    assert choose_layout(rows_of(sheet.manifest()), None, None) == ([], ["scene"], [])
