"""Axes that are files: rows become values, columns become what their names say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.catalog.load import load_catalog
from pipeline.spec.chance import sampled
from pipeline.spec.job import Axis, Compound
from pipeline.sweep.expand import expand

if TYPE_CHECKING:
    from tests.spec.conftest import Bench

CSV = """\
name,caption,steps,seed,note
Anna,"a sailor, laughing",20,7,first
Ben,"a ""quiet"" baker",,8,
Cleo,a pilot,40,9,x
"""
HEAD = "version: 1\nname: a\nprovider: emulator\nprompts: {one: '{{ caption }} by {{ model }}'}\n"
JOB = HEAD + "matrix:\n  model: flux-dev\n  subject: {file: subjects.csv}\n"


def subjects(bench: Bench, more: str = "", file: str = "subjects.csv", content: str = CSV) -> Axis:
    (bench.root / "jobs" / file).write_text(content)
    spec = bench.spec(HEAD + f"matrix:\n  model: flux-dev\n  subject: {{file: {file}{more}}}\n")
    return next(axis for axis in spec.matrix.axes if axis.name == "subject")


def sets_of(axis: Axis) -> list[object]:
    return [value.sets for value in axis.values if isinstance(value, Compound)]


def test_a_column_sets_what_its_name_says_and_one_that_nobody_reads_is_left_out(bench: Bench) -> None:
    axis = subjects(bench)
    assert axis.kind == "compound"
    assert sets_of(axis) == [
        {"caption": "a sailor, laughing", "steps": 20, "seed": 7},
        {"caption": 'a "quiet" baker', "steps": None, "seed": 8},
        {"caption": "a pilot", "steps": 40, "seed": 9},
    ]


def test_id_labels_and_where_limit_and_columns_choose(bench: Bench) -> None:
    axis = subjects(bench, ", id: name, columns: [caption], where: {steps: [20, 40]}")
    assert [value.id for value in axis.values if isinstance(value, Compound)] == ["Anna", "Cleo"]
    assert sets_of(axis) == [{"caption": "a sailor, laughing"}, {"caption": "a pilot"}]
    assert len(subjects(bench, ", limit: 2").values) == 2


def test_as_gives_a_column_another_name(bench: Bench) -> None:
    axis = subjects(
        bench, ", as: {text: caption}, columns: [text]", "s.jsonl", '{"text": "a cat"}\n\n{"text": "a dog"}'
    )
    assert sets_of(axis) == [{"caption": "a cat"}, {"caption": "a dog"}]


def test_json_lines_keep_their_types(bench: Bench) -> None:
    rows = '{"caption": "a cat", "steps": 3, "tags": ["x"]}\n{"caption": "a dog", "steps": null, "tags": []}\n'
    assert sets_of(subjects(bench, "", "s.jsonl", rows)) == [
        {"caption": "a cat", "steps": 3},
        {"caption": "a dog", "steps": None},
    ]


def test_the_role_of_every_column_is_told(bench: Bench) -> None:
    (bench.root / "jobs" / "subjects.csv").write_text(CSV)
    assert bench.load(JOB).notes == [
        "subject: subjects.csv: name is not used, caption is read by templates, steps sets the parameter, "
        "seed sets the axis, note is not used"
    ]


def test_labels_and_choices_are_roles_too(bench: Bench) -> None:
    (bench.root / "jobs" / "subjects.csv").write_text(CSV)
    more = "{file: subjects.csv, id: name, where: {note: [first, x]}, columns: [caption, steps]}"
    assert bench.load(JOB.replace("{file: subjects.csv}", more)).notes == [
        "subject: subjects.csv: name labels, note chooses rows, caption is read by templates, steps sets the parameter"
    ]


def test_a_text_file_sets_the_variable_of_its_axis(bench: Bench) -> None:
    (bench.root / "jobs" / "caption.txt").write_text("a cat\n\n a dog \n")
    spec = bench.spec(HEAD + "matrix:\n  model: flux-dev\n  caption: {file: caption.txt}\n")
    assert next(axis for axis in spec.matrix.axes if axis.name == "caption").values == ("a cat", "a dog")


def test_a_row_that_no_model_takes_is_told_at_its_own_line(bench: Bench) -> None:
    (bench.root / "jobs" / "subjects.csv").write_text(CSV.replace("40", "4000"))
    loaded = bench.load(JOB)
    assert loaded.spec is not None
    assert loaded.problems == []
    _, findings = expand(loaded.spec, load_catalog())
    (problem,) = [str(loaded.document.problem(one.path, one.message, one.expected)) for one in findings]
    assert problem.startswith("jobs/subjects.csv:4:1 matrix.subject[2].steps: `4000` is out of range on `flux-dev`")


@pytest.mark.parametrize(
    ("more", "content", "said"),
    [
        ("", "name,name\na,b\n", "jobs/subjects.csv:1:1 two columns are called `name`"),
        ("", "name,caption\nAnna,a sailor, laughing\n", "jobs/subjects.csv:2:1 3 fields under 2 columns; quote"),
        ("", "caption\n", "jobs/subjects.csv:1:1 the file holds no row"),
        ("", "caption,seed\na,012\n", "jobs/subjects.csv:2:1 matrix.subject: `012` is octal to some"),
        ("", "caption,seed\na,x\n", "jobs/subjects.csv:2:1 matrix.subject[0].seed: got the text 'x'; expected a whole"),
        ("", "caption\na\nb\na\n", "jobs/subjects.csv:4:1 matrix.subject[2]: sets the same as value 0"),
        ("", 'caption\n"a\n', "not a table: unexpected end of data"),
        ("", "name\na\n", "no template reads a column of this file"),
        (", id: nam", CSV, "jobs/job.yaml:7:37 matrix.subject.id: `subjects.csv` has no column `nam`; did you mean"),
        (", columns: [captoin]", CSV, "matrix.subject.columns[0]: `subjects.csv` has no column `captoin`; did you"),
        (", columns: [caption, note]", CSV, "matrix.subject[0].note: `note` is read by no template"),
        (", as: {note: caption}", CSV, "two columns would be called `caption`"),
        (", where: {steps: 21}", CSV, "7:33 matrix.subject.where: no row of `subjects.csv` is left"),
        (", limit: 0", CSV, "matrix.subject.limit: got the number 0; expected 1 or more"),
        (", sample: {from: 3}", CSV, "matrix.subject.sample: `n` is missing"),
        (", sample: {n: 3, form: 3}", CSV, "matrix.subject.sample.form: unknown key `form`"),
        (", wher: {steps: 21}", CSV, "an axis with `file` takes no `wher`; did you mean `when`?"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_once(bench: Bench, more: str, content: str, said: str) -> None:
    (bench.root / "jobs" / "subjects.csv").write_text(content)
    found = [one for one in bench.problems(JOB.replace("csv}", f"csv{more}}}")) if "nothing sets `caption`" not in one]
    assert len(found) == 1, found
    assert said in found[0]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"caption": "a cat", "caption": "a dog"}', "2:1 not JSON: `caption` stands twice; one object a line"),
        ('{"caption": NaN}', "2:1 not JSON: it knows no NaN; one object a line"),
        ('["a cat"]', "2:1 got "),
    ],
)
def test_a_line_that_is_no_object_is_told_by_its_number(bench: Bench, line: str, said: str) -> None:
    (bench.root / "jobs" / "s.jsonl").write_text(f'{{"caption": "a bird"}}\n{line}\n')
    problem = bench.problems(JOB.replace("subjects.csv", "s.jsonl"))[-1]
    assert problem.startswith(f"jobs/s.jsonl:{said}")


@pytest.mark.parametrize("file", ["nowhere.csv", "table.xlsx", "there.xlsx", "../jobs"])
def test_a_file_that_is_no_table_is_told_where_the_job_names_it(bench: Bench, file: str) -> None:
    (bench.root / "jobs" / "there.xlsx").write_text("PK")
    found = bench.problems(JOB.replace("subjects.csv", file))
    said = "no table is read from `.xlsx`; expected .csv, " if file == "there.xlsx" else f"there is no file `{file}`; "
    assert any(one.startswith(f"jobs/job.yaml:7:19 matrix.subject.file: {said}") for one in found), found


def test_an_axis_named_after_a_column_reads_as_that_column(bench: Bench) -> None:
    (bench.root / "jobs" / "s.csv").write_text("id,subject,caption\nx,cat,asleep\ny,dog,awake\n")
    prompt = "prompts: {one: '{% if subject == \"dog\" %}A {% endif %}{{ subject }}, {{ subject.caption }}'}\n"
    head = f"version: 1\nname: a\nprovider: emulator\n{prompt}"
    job = f"{head}matrix: {{model: flux-dev, subject: {{file: s.csv, id: id}}"
    sweep, _ = expand(bench.spec(job + "}\n"), load_catalog())
    assert sweep is not None
    assert [asked.params["prompt"] for asked in sweep.tasks().values()] == ["cat, asleep", "A dog, awake"]
    cut, _ = expand(bench.spec(job + ", exclude: [{subject: cat}]}\n"), load_catalog())
    assert cut is not None
    assert len(cut.cells) == 1
    (said,) = bench.problems(job + ", exclude: [{subject: x}]}\n")
    assert "`x` stands nowhere on `subject`; there is cat, dog" in said


@given(st.sets(st.text(max_size=5), min_size=1), st.integers(1, 10), st.integers(0, 5), st.text(max_size=5))
def test_a_sample_repeats_and_a_new_value_moves_at_most_one(words: set[str], n: int, salt: int, new: str) -> None:
    values = sorted(words)
    drawn = sampled(values, n, salt, str)
    assert len(drawn) == min(n, len(values))
    assert drawn == sampled(values[::-1], n, salt, str)[::-1]
    more = sampled(sorted(words | {new}), n, salt, str)
    assert len(set(drawn) - set(more)) <= 1
    assert set(more) - set(drawn) <= {new} | (words if n > len(values) else set())
