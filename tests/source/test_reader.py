"""The strict YAML reader: scalars, marks, refusals, and files that mean harm."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.errors import JobError
from pipeline.source.document import Document
from pipeline.source.problem import Mark, Problem
from pipeline.source.reader import file_bytes, parse_yaml, read_yaml


def problems(text: str | bytes) -> list[str]:
    with pytest.raises(JobError) as caught:
        read_yaml(text, "job.yaml")
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("16:9", "16:9"),
        ("no", "no"),
        ("off", "off"),
        ("on", "on"),
        ("yes", "yes"),
        ("y", "y"),
        ("2024-01-01", "2024-01-01"),
        ("12:30:45", "12:30:45"),
        ("0b11", "0b11"),
        ("1..4", "1..4"),
        ("=", "="),
        ("1e3", 1000.0),
        ("-1.5E-2", -0.015),
        (".5", 0.5),
        ("5.", 5.0),
        ("0", 0),
        ("-0", 0),
        ("+7", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("true", True),
        ("TRUE", True),
        ("False", False),
        ("tRUE", "tRUE"),
        ("null", None),
        ("~", None),
        ("", None),
        ("'12'", "12"),
        ('"null"', "null"),
        ("|\n  a\n  b", "a\nb\n"),
    ],
)
def test_a_scalar_means_what_yaml_1_2_says(written: str, meant: object) -> None:
    value = read_yaml(f"key: {written}\n", "job.yaml").value["key"]
    assert value == meant
    assert type(value) is type(meant)


@pytest.mark.parametrize("written", ["012", "-07", "1_000", "1_0.5", ".inf", "-.INF", ".nan", "1e999", "9" * 400])
def test_an_ambiguous_number_is_refused_with_a_hint(written: str) -> None:
    (problem,) = problems(f"a: 1\nkey: [{written}]\n")
    assert problem.startswith("job.yaml:2:7 key[0]: ")
    assert "quote" in problem


def test_an_ambiguous_number_can_be_read_as_the_likely_one() -> None:
    document = parse_yaml("seed: 012\nlimit: 1_000\n", "job.yaml")
    assert document.value == {"seed": 12, "limit": 1000}
    assert len(document.problems) == 2


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", "3:1", "at line 1"),
        ("a: &x 1\n", "1:4", "anchors (`&x`)"),
        ("a: !!int '1'\n", "1:4", "tags"),
        ("a: !thing x\n", "1:4", "tags (`!thing`)"),
        ("a:\n  <<: {b: 1}\n", "2:3", "merge keys"),
        ("x: {subject: a cat, sitting}\n", "1:21", "quote text that has a comma, or write `sitting: null`"),
        ("x: {{ product }} on oak\n", "1:5", "quote a text that holds `{{ … }}`"),
        ("x: {a: the {{ product }}}\n", "1:12", "quote a text that holds `{{ … }}`"),
        ("a:\n\tb: 1\n", "2:1", "a tab in the indentation; indent with spaces"),
        ("a: @x\n", "1:4", "a text cannot begin with `@`; quote it"),
        ("a: *bold* x\n", "1:9", "a text cannot begin with `*` or `&`; quote it"),
        ("a: b: c\n", "1:5", "quote text that holds a colon"),
        ("a: 'x\nb: 1\n", "1:4", "a quote is not closed"),
        ("a: [1, 2\n", "2:1", "a `[ … ]` is not closed (begun at line 1)"),
        ("a: 1\n---\nb: 2\n", "2:1", "a second document"),
        ("1: x\n", "1:1", 'quote it: "1"'),
        ("null: x\n", "1:1", "the key `null` is not a text"),
        ("? [a]\n: b\n", "1:3", "a key must be a text"),
        ('a: "x\\0y"\n', "1:4", "NUL"),
        ("a: x\x00y\n", "1:5", "U+0000"),
        (b"ok: 1\nname: caf\xe9\n", "2:1", "byte 0xe9 at offset 15"),
        ("a: \ud800\n", "1:1", "surrogate"),
        ("a: " + "[" * 33, "1:35", "nested more than 32 deep"),
        ("x" * (1 << 20) + "y", "1:1", "larger than 1 MiB"),
    ],
)
def test_what_yaml_may_do_and_a_job_may_not_is_refused_in_one_line(text: str | bytes, place: str, words: str) -> None:
    (problem,) = problems(text)
    assert problem.startswith(f"job.yaml:{place} ")
    assert words in problem
    assert "\n" not in problem


@pytest.mark.parametrize("bracket", ["[", "{a: ", "- ", "? ", "[a: "])
def test_fifty_thousand_brackets_are_refused_without_a_crash(bracket: str) -> None:
    assert problems(bracket * 50_000)


def test_an_alias_bomb_is_never_expanded() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    found = problems("\n".join(lines))
    assert len(found) == 30
    assert all(f"anchors (`&a{n}`) are not read; write the value out" in one for n, one in enumerate(found))


def test_the_mistakes_of_a_file_are_told_together_in_order() -> None:
    found = problems("a: 012\nb: &x 1\na: 2\n")
    assert [problem.split()[0] for problem in found] == ["job.yaml:1:4", "job.yaml:2:4", "job.yaml:3:1"]


def test_marks_lead_to_values_and_keys() -> None:
    document = read_yaml("matrix:\n  seed: [1, 22]\n", "job.yaml")
    assert document.mark(("matrix", "seed", 1)) == Mark(2, 13)
    assert document.mark(("matrix", "seed"), at_key=True) == Mark(2, 3)
    assert document.problem(("matrix", "seed", 1), "wrong") == Problem(
        "job.yaml", 2, 13, ("matrix", "seed", 1), "wrong"
    )


def test_a_path_that_is_not_in_the_file_falls_back_to_its_parent() -> None:
    document = read_yaml("a: 1\nmatrix:\n  seed: 1..4\n", "job.yaml")
    assert document.mark(("matrix", "seed", 3)) == Mark(3, 9)
    assert document.mark(("matrix", "sed", 3)) == Mark(2, 1)
    assert document.mark(("nowhere",)) == Mark(1, 1)


def test_problems_sort_by_place_though_their_paths_do_not_compare() -> None:
    document = Document("job.yaml")
    first, second = document.problem((1,), "one"), document.problem(("a",), "two")
    assert sorted([second, first]) == sorted([first, second])


def test_a_file_is_named_as_it_was_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("job.yaml").write_text("a: [\n")
    with pytest.raises(JobError, match=r"^job\.yaml:2:1 "):
        read_yaml(file_bytes(Path("job.yaml")), "job.yaml")
    with pytest.raises(JobError, match=r"^absent\.yaml:1:1 cannot be read: no such file"):
        file_bytes(Path("absent.yaml"))
    with pytest.raises(JobError, match="is a directory"):
        file_bytes(Path())


def test_a_byte_order_mark_and_crlf_are_nothing_special() -> None:
    assert read_yaml(b"\xef\xbb\xbfa: |\r\n  x\r\n  y\r\n", "job.yaml").value == {"a": "x\ny\n"}


letters = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="\ufeff\ufffe\uffff")
keys = st.text("abcz_", min_size=1, max_size=6)
plain = st.one_of(
    st.none(), st.booleans(), st.integers(-9999, 9999), st.text(letters, max_size=12), st.floats(-1e6, 1e6)
)
trees = st.recursive(plain, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4))


@given(trees)
def test_every_json_value_reads_back_as_itself(tree: object) -> None:
    assert read_yaml(json.dumps({"tree": tree}, ensure_ascii=False), "job.yaml").value == {"tree": tree}


@given(st.text("ab:-[]{}#&*!|>'\"% \n\t,?@`0_.", max_size=60))
@example("?")
def test_any_text_is_a_document_or_a_job_error(text: str) -> None:
    found: list[object] = []
    try:
        read_yaml(text, "job.yaml")
    except JobError as error:
        found = list(error.problems)
    assert all(str(problem).startswith("job.yaml:") for problem in found)
