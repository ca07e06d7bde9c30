"""Signs that a job asks for, rehearsed, read and held to what it expects: from the job file to the score."""

from __future__ import annotations

import csv
import json

from tests.commands.bench import Bench
from tests.images.tiny_clip import make

JOB = """\
version: 1
name: signs
provider: cometapi
prompts: {plain: "a shop with a sign that reads {{ word }}"}
matrix: {model: flux-dev, seed: 1, size: 512x512, word: [Bakery, Museum]}
params: {output_format: png}
expect: {text: "{{ word }}"}
"""


def rows_of(bench: Bench) -> dict[str, dict[str, str]]:
    with (bench.out / "report" / "contact_sheet.csv").open(newline="") as file:
        return {row["word"]: row for row in csv.DictReader(file)}


def rehearsed(bench: Bench, job: str = JOB) -> None:
    (bench.root / "signs.yaml").write_text(job)
    assert bench.call("rehearse", "signs.yaml", "-o", "out").code == 0


def test_a_sign_is_read_scored_and_compared(bench: Bench) -> None:
    rehearsed(bench)
    assert [row["text_expected"] for row in rows_of(bench).values()] == ["Bakery", "Museum"]
    assert "text" not in rows_of(bench)["Bakery"]
    early = bench.call("score", "out", "--axis", "word", "--metric", "text")
    assert early.code == 2
    assert "`fluxsweep report --measure text`" in early.err
    (bench.root / "signs.yaml").unlink()
    assert bench.call("report", "out", "--measure", "text", "--format", "csv,jsonl").code == 0
    read = rows_of(bench)
    assert [(row["text"], row["text_expected"] in row["text_read"]) for row in read.values()] == [("1.0", True)] * 2
    (difference,) = bench.call("score", "out", "--axis", "word", "--metric", "text", "--json").json["differences"]
    assert (difference["pairs"], difference["mean"]) == (1, 0.0)
    lines = (bench.out / "report" / "contact_sheet.jsonl").read_text().splitlines()
    cells = [json.loads(line) for line in lines]
    assert [cell["expect"] for cell in cells] == [{"text": "Bakery"}, {"text": "Museum"}]


def test_what_was_read_is_held_to_an_expectation_that_comes_later_and_nothing_is_bought(bench: Bench) -> None:
    rehearsed(bench, JOB.replace('expect: {text: "{{ word }}"}\n', ""))
    ended = bench.call("report", "out", "--measure", "text")
    assert (ended.code, "expects no text" in ended.err) == (0, True)
    assert "Bakery" in rows_of(bench)["Bakery"]["text_read"]
    assert {"text", "text_expected"} & set(rows_of(bench)["Bakery"]) == set()
    rehearsed(bench, JOB.replace('"{{ word }}"}', '"{{ word }} ΩΩΩΩΩΩ"}'))
    assert [(row["text_expected"], row["text"]) for row in rows_of(bench).values()] == [
        ("Bakery ΩΩΩΩΩΩ", "0.5"),
        ("Museum ΩΩΩΩΩΩ", "0.5"),
    ]
    assert bench.call("status", "out", "--json").json["charges"] == {"lo": 2, "hi": 2}


def test_what_nothing_measures_is_refused(bench: Bench) -> None:
    ended = bench.call("report", "out", "--measure", "txet")
    assert (ended.code, "--measure txet: there is text" in ended.err) == (2, True)


def test_a_model_of_ones_own_says_how_well_pictures_follow_their_prompts(bench: Bench) -> None:
    rehearsed(bench)
    model = make(bench.root / "model")
    assert bench.call("report", "out", "--clip", "model").code == 0
    rows = list(rows_of(bench).values())
    assert all(-1 <= float(row["clip"]) <= 1 for row in rows)
    differences = bench.call("score", "out", "--axis", "word", "--metric", "clip", "--json").json["differences"]
    assert [one["pairs"] for one in differences] == [1]
    (model / "tokenizer.json").unlink()
    ended = bench.call("report", "out", "--clip", "model")
    assert (ended.code, "tokenizer.json: is missing" in ended.err) == (2, True)
