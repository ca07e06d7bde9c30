"""Prompts that stand in files: tables, lines, and files by a pattern."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pyarrow
import pytest
from pyarrow.parquet import write_table

from pipeline.spec.job import Compound

if TYPE_CHECKING:
    from tests.spec.conftest import Bench

HEAD = "version: 1\nname: a\nprovider: emulator\nmatrix: {model: flux-dev, animal: [cat, dog]}\n"
ROWS = [("big", "a big {{ animal }}", 3), ("small", "a small {{ animal }}, sitting", 5)]
CSV = "name,prompt,stars\n" + "".join(f'{name},"{text}",{stars}\n' for name, text, stars in ROWS)


def prompts(bench: Bench, sources: str) -> dict[str, str]:
    return {prompt.id: prompt.text for prompt in bench.spec(f"{HEAD}prompts: {sources}\n").prompts}


def put(bench: Bench, name: str, content: str) -> None:
    path = bench.root / "jobs" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet"])
def test_a_table_holds_a_prompt_a_row(bench: Bench, kind: str) -> None:
    rows = [{"name": name, "prompt": text, "stars": stars} for name, text, stars in ROWS]
    put(bench, "p.csv", CSV)
    put(bench, "p.tsv", "".join("\t".join(map(str, row)) + "\n" for row in [("name", "prompt", "stars"), *ROWS]))
    put(bench, "p.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    write_table(pyarrow.Table.from_pylist(rows), bench.root / "jobs" / "p.parquet")
    both = {name: text for name, text, _ in ROWS}
    assert prompts(bench, f"[{{file: p.{kind}, id: name}}]") == both
    assert prompts(bench, f"[{{file: p.{kind}, id: name, where: {{stars: 5}}}}]") == {"small": both["small"]}
    assert prompts(bench, f"[{{file: p.{kind}, id: stars, text: prompt, limit: 1}}]") == {"3": both["big"]}


def test_lines_and_files_hold_prompts_too(bench: Bench) -> None:
    put(bench, "lines.txt", "an {{ animal }}\n\nthe {{ animal }}\n")
    put(bench, "more/tall.txt", "\na tall\n{{ animal }}\n")
    put(bench, "more/wide.txt", "a wide {{ animal }}\n")
    put(bench, "studio.j2", "a lit {{ animal }}\n")
    assert prompts(bench, "[{file: lines.txt}, {file: more/*.txt}, {file: studio.j2}]") == {
        "lines-1": "an {{ animal }}",
        "lines-3": "the {{ animal }}",
        "tall": "a tall\n{{ animal }}",
        "wide": "a wide {{ animal }}",
        "studio": "a lit {{ animal }}",
    }


def test_a_job_need_not_use_every_prompt_of_a_file(bench: Bench) -> None:
    put(bench, "p.csv", CSV + "odd,a {{ thing }},1\n")
    text = HEAD.replace("{model:", "{prompt: [small], model:") + "prompts: [{file: p.csv, id: name}]\n"
    assert [prompt.id for prompt in bench.spec(text).prompts] == ["small"]


def test_a_mapping_in_a_row_is_a_prompt_in_json_and_raw_ones_are_no_templates(bench: Bench) -> None:
    put(bench, "p.jsonl", '{"id": "j", "prompt": {"mood": "{{ sad }}"}}\n{"id": "t", "prompt": "{{ animal }}"}\n')
    put(bench, "raw.txt", "{{ not one }}\n")
    spec = bench.spec(HEAD + "prompts: [{file: p.jsonl}, {file: raw.txt, raw: true}]\n")
    assert [(prompt.id, prompt.text, prompt.raw) for prompt in spec.prompts] == [
        ("j", '{"mood": "{{ sad }}"}', True),
        ("t", "{{ animal }}", False),
        ("raw-1", "{{ not one }}", True),
    ]


def test_the_role_of_every_column_is_told(bench: Bench) -> None:
    put(bench, "p.csv", CSV)
    loaded = bench.load(HEAD + "prompts: [{file: p.csv, id: name}]\n")
    assert loaded.notes == ["prompts: p.csv: name labels, prompt is the prompt, stars is not used"]


@pytest.mark.parametrize(
    ("sources", "content", "said"),
    [
        ("{file: p.csv, id: name}", CSV + "big,x {{ animal }},1\n", "prompts.big: the prompt `big` stands here and at"),
        ("{file: p.csv, id: name}, {file: big.txt}, {file: b*.txt}", CSV, "jobs/big.txt:1:1 prompts.big: the prompt "),
        ("{file: p.csv, id: name}", CSV + "odd,{{ anmal }},1\n", "jobs/p.csv:4:1 prompts.odd: nothing sets `anmal` fo"),
        ("{file: p.csv, id: name}", CSV + 'odd,"{{ animal }",1\n', "jobs/p.csv:4:1 prompts.odd: not a template: "),
        ("{file: p.csv, id: name}", CSV + "odd,,1\n", "jobs/p.csv:4:1 prompts.odd: not a template: the prompt is empt"),
        ("{file: p.csv, id: name}", CSV + ",{{ animal }},1\n", "jobs/p.csv:4:1 prompts: `name` is empty here"),
        ("{file: p.csv, id: nam}", CSV, "jobs/job.yaml:5:29 prompts[0].id: `p.csv` has no column `nam`; did you mean "),
        ("{file: p.csv, text: promt}", CSV, "prompts[0].text: `p.csv` has no column `promt`; did you mean `prompt`?"),
        ("{file: p.csv, where: {star: 5}}", CSV, "prompts[0].where.star: `p.csv` has no column `star`; did you mean"),
        ("{file: p.csv, where: {stars: 9}}", CSV, "prompts[0].where: no row of `p.csv` is left"),
        ("{file: p.csv}", CSV.replace("prompt", "words"), "which column of `p.csv` holds the prompts?; write `text: C"),
        ("{file: p.csv, tetx: prompt}", CSV, "5:25 prompts[0].tetx: unknown key `tetx`; did you mean `text`?"),
        ("{file: q.csv}", CSV, "prompts[0].file: there is no file `q.csv`; did you mean `p.csv`?"),
        ("{file: q/*.txt}", CSV, "prompts[0].file: no file matches `q/*.txt`; name files from the job's folder on"),
        ("{id: name}", CSV, "prompts[0]: `file` is missing"),
        ("a cat", CSV, "prompts[0]: got the text 'a cat'; expected a mapping"),
        ("{file: bad.parquet}", CSV, "jobs/bad.parquet:1:1 cannot be read as Parquet: "),
        ("{file: tall.j2}", CSV, "jobs/tall.j2:3:1 prompts.tall: nothing sets `thing` for the template `tall`"),
    ],
    ids=range(18),
)  # fmt: skip
def test_what_is_wrong_is_told_once_where_it_stands(bench: Bench, sources: str, content: str, said: str) -> None:
    put(bench, "p.csv", content)
    put(bench, "big.txt", "big {{ animal }}\n")
    put(bench, "tall.j2", "a\n{{ animal }}\n{{ thing }}\n")
    put(bench, "bad.parquet", "hello")
    found = bench.problems(f"{HEAD}prompts: [{sources}]\n")
    assert len(found) == 1, found
    assert said in found[0]


def test_parquet_rows_are_an_axis(bench: Bench) -> None:
    rows: dict[str, list[Any]] = {
        "animal": ["cat", "owl"],
        "steps": [20, None],
        "photo": [b"\x89PNG", None],
        "kit": [{"lens": "35mm"}] * 2,
    }
    write_table(pyarrow.table(rows), bench.root / "jobs" / "rows.parquet")
    text = HEAD.replace("animal: [cat, dog]", "row: {file: rows.parquet}")
    (axis,) = [
        a for a in bench.spec(text + "prompts: {p: '{{ animal }} {{ kit.lens }}'}\n").matrix.axes if a.name == "row"
    ]
    assert [value.sets for value in axis.values if isinstance(value, Compound)] == [
        {"animal": "cat", "steps": 20, "kit": '{"lens": "35mm"}'},
        {"animal": "owl", "steps": None, "kit": '{"lens": "35mm"}'},
    ]


def test_what_reads_parquet_is_named_where_it_is_missing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    put(bench, "p.parquet", "PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert bench.problems(f"{HEAD}prompts: [{{file: p.parquet}}]\n") == [
        'jobs/p.parquet:1:1 reading Parquet needs pyarrow; pip install "fluxsweep[parquet]"'
    ]
