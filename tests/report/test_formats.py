"""Tables in every format hold the rows; marks reach them; what lacks is refused before anything is written."""

from __future__ import annotations

import sys
from io import BytesIO
from typing import Any

import msgspec
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import JobError
from pipeline.images.metrics import DEFINITION
from pipeline.report.csv import contact_sheet_csv
from pipeline.report.formats import JSONL, PARQUET, rows_parquet, write_formats
from pipeline.report.metrics import FILE_NAME
from pipeline.rows.marks import Mark, Marks
from pipeline.rows.rows import Row, rows_of


def test_jsonl_holds_every_row_exactly(teapot: Any) -> None:
    report = write_formats(teapot.folder, teapot.manifest(), ["jsonl"])
    lines = (teapot.folder / "report" / JSONL).read_bytes().splitlines()
    assert [msgspec.json.decode(line, type=Row) for line in lines] == list(report.rows)
    assert report.rows[0].metrics["phash"]
    assert not (teapot.folder / "report" / "contact_sheet.csv").exists()


def test_parquet_has_the_columns_of_the_csv_with_their_types(sheet: Any) -> None:
    sheet.add({"prompt": "a", "seed": 1, "steps": 20, "strength": 0.5, "upsampled": True, "mixed": 1}, "=1+1")
    sheet.add({"prompt": "a", "seed": 2, "steps": None, "strength": 1, "upsampled": False, "mixed": "x"}, "=1+1")
    sheet.add({"prompt": "a", "seed": 3}, fate="moderated")
    report = write_formats(sheet.folder, sheet.manifest(), ["parquet"])
    table = pq.read_table(sheet.folder / "report" / PARQUET)
    assert table.column_names[:-1] == list(pd.read_csv(BytesIO(contact_sheet_csv(report.rows))).columns)
    kinds = {name: str(table.schema.field(name).type) for name in ("steps", "strength", "upsampled", "mixed", "bytes")}
    assert kinds == {"steps": "int64", "strength": "double", "upsampled": "bool", "mixed": "string", "bytes": "int64"}
    columns = table.to_pydict()
    assert (columns["prompt"][0], columns["steps"], columns["mixed"]) == ("=1+1", [20, None, None], ["1", "x", None])
    assert msgspec.json.decode(columns["params"][1])["seed"] == 2


def test_tables_of_a_job_with_pictures_and_one_without_are_read_as_one(sheet: Any) -> None:
    sheet.add({"prompt": "a", "seed": 1}, "=1+1")
    sheet.add({"prompt": "b", "seed": 1}, fate="planned")
    whole = rows_of(sheet.manifest())
    tables = [pq.read_table(BytesIO(rows_parquet(rows))) for rows in (whole, whole[1:])]
    together = pa.concat_tables(tables, promote_options="default").to_pydict()
    assert (together["width"], together["file"][1:]) == ([96, None, None], [None, None])
    assert together["latency_s"][0] == whole[0].latency


def test_a_seed_beyond_64_bits_is_kept_as_text(sheet: Any) -> None:
    sheet.add({"seed": 2**64}, fate="planned")
    rows = rows_of(sheet.manifest())
    assert pq.read_table(BytesIO(rows_parquet(rows)))["seed"].to_pylist() == [str(2**64)]
    assert str(2**64).encode() in contact_sheet_csv(rows)


def test_without_pyarrow_it_says_what_to_install_and_writes_nothing(
    teapot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(JobError, match=r"pip install 'fluxsweep\[parquet\]'"):
        write_formats(teapot.folder, teapot.manifest(), ["csv", "parquet"])
    assert not (teapot.folder / "report").exists()


def test_marks_are_columns_where_some_were_read(sheet: Any) -> None:
    kept, rejected = sheet.add({"seed": 1}), sheet.add({"seed": 2})
    at = "2026-11-22T20:15:00Z"
    marks = Marks("x", {rejected.key: Mark(at=at, reject=True, tags=("hand", "blur"), note="=six fingers")})
    write_formats(sheet.folder, sheet.manifest(), ["csv"], marks=marks)
    frame = pd.read_csv(sheet.folder / "report" / "contact_sheet.csv", keep_default_na=False, dtype="str")
    rows = [tuple(row) for row in frame[["key", "stars", "reject", "tags", "note"]].itertuples(index=False)]
    assert rows == [(kept.key, "", "False", "", ""), (rejected.key, "", "True", "hand blur", "'=six fingers")]
    write_formats(sheet.folder, sheet.manifest(), ["csv"], marks=marks, raw=True)
    assert b",=six fingers" in (sheet.folder / "report" / "contact_sheet.csv").read_bytes()


def test_a_picture_is_measured_once_whatever_befell_the_cache(sheet: Any) -> None:
    for seed in (1, 2, 3):
        sheet.add({"seed": seed})
    manifest, counted = sheet.manifest(), list[int]()

    def build() -> list[Row]:
        counted.clear()
        report = write_formats(sheet.folder, manifest, ["csv"], progress=lambda _, total: counted.append(total))
        return list(report.rows)

    first = build()
    assert (len(counted), build() == first, counted) == (3, True, [])
    cache = sheet.folder / "report" / FILE_NAME
    whole = cache.read_bytes()
    cache.write_bytes(whole[:-20])
    assert (build() == first, counted) == (True, [1])
    # What a torn line left is not glued to the next one, and nothing is measured again.
    assert (build() == first, counted) == (True, [])
    cache.write_bytes(whole.replace(b'"definition":%d' % DEFINITION, b'"definition":0'))
    assert (build() == first, len(counted)) == (True, 3)
