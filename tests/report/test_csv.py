"""The CSV reads back as what the manifest knows, and does no harm in a spreadsheet."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.manifest.lines import Artifact, CellLine, PlanCounts, PlanLine, TaskLine
from pipeline.manifest.state import Manifest, fold_all
from pipeline.report.csv import FORMULA_STARTS, contact_sheet_csv
from pipeline.rows.rows import rows_of
from pipeline.task.fingerprint import task_of
from pipeline.task.request import Request


def _read(manifest: Manifest, **options: Any) -> pd.DataFrame:
    frame: pd.DataFrame = pd.read_csv(BytesIO(contact_sheet_csv(rows_of(manifest))), **options)
    return frame


def _planned(axes: dict[str, Any], prompt: str = "x") -> Manifest:
    task = task_of(Request("cometapi", "flux-dev", {"prompt": prompt, "seed": 1}))
    cell = CellLine(n=1, key=task.key, label="one", axes=axes, price=40_000, price_source="list")
    plan = PlanLine(n=1, job={"name": "x"}, digest="d", counts=PlanCounts(tasks=1, cells=1))
    return fold_all([plan, TaskLine(key=task.key, request=task.request), cell])


def test_columns_stand_in_their_order_with_the_axes_between(teapot: Any) -> None:
    frame = _read(teapot.manifest())
    expected = "label key status prompt prompt_returned axis_prompt size model seed seed_returned width height file"
    expected += (
        " sha256 bytes charge price_usd price_source latency_s remote_id attempts reused_from error replaces sharpness"
    )
    expected += " brightness contrast colourfulness colour phash flags near_duplicate_of diversity"
    assert list(frame.columns) == expected.split()
    assert len(frame) == 18
    assert list(frame["axis_prompt"].unique()) == ["plain", "lit"]
    assert frame["prompt"].iloc[-1] == "a teapot\nin low light\nfrom above"


def test_whole_numbers_stay_whole_where_some_are_missing(sheet: Any) -> None:
    sheet.add({"seed": 2**53 + 1, "steps": 20})
    sheet.add({"seed": 2, "steps": None}, fate="planned")
    text = contact_sheet_csv(rows_of(sheet.manifest())).decode()
    frame = _read(sheet.manifest(), dtype={"seed": "Int64", "seed_returned": "Int64", "steps": "Int64"})
    assert ".0," not in text.replace("2.5,", "")
    assert list(frame["seed"]) == [2**53 + 1, 2]
    assert list(frame["seed_returned"].dropna()) == [2**53 + 1]
    assert list(frame["steps"].isna()) == [False, True]


def test_sums_over_rows_are_right_where_cells_share_a_task(sheet: Any) -> None:
    for name in ("a", "b"):
        sheet.add({"seed": 1, "note": name})
    sheet.add({"seed": 2, "note": "a"}, fate="in_doubt")
    frame = _read(sheet.manifest(), dtype={"charge": "str"})
    assert list(frame["charge"]) == ["1", "0", "0..1"]
    assert list(frame["price_usd"]) == [0.04, 0.04, 0.04]
    assert frame["error"].iloc[2].startswith("the connection was reset")


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_a_formula_is_made_harmless(start: str) -> None:
    prompt = f"{start}HYPERLINK(1)"
    frame = _read(_planned({"note": prompt}, prompt), keep_default_na=False)
    assert frame["prompt"].iloc[0] == f"'{prompt}"
    assert frame["note"].iloc[0] == f"'{prompt}"


def test_a_negative_number_stays_a_number() -> None:
    frame = _read(_planned({"shift": -5, "strength": -0.5}))
    assert (frame["shift"].iloc[0], frame["strength"].iloc[0]) == (-5, -0.5)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)


@given(prompt=texts)
def test_any_prompt_reads_back_as_it_was_sent(prompt: str) -> None:
    frame = _read(_planned({}, prompt), keep_default_na=False, dtype="str")
    read = frame["prompt"].iloc[0]
    assert read == (f"'{prompt}" if prompt.startswith(FORMULA_STARTS) else prompt)


def test_a_job_without_cells_is_a_header_line() -> None:
    assert contact_sheet_csv([]).startswith(b"label,key,status,")


def test_an_artifact_is_named_with_its_content(sheet: Any) -> None:
    task = sheet.add({"seed": 1})
    artifact = sheet.manifest().record(task.key).artifact
    assert isinstance(artifact, Artifact)
    frame = _read(sheet.manifest())
    assert tuple(frame[["file", "sha256", "bytes", "width", "height"]].iloc[0]) == (
        artifact.path,
        artifact.sha256,
        artifact.bytes,
        96,
        64,
    )
