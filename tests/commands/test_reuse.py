"""What lies in a folder beside is linked, not bought: the plan says so, the run proves it, and the ledger agrees."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.manifest.read import read_manifest
from tests.commands.bench import Bench
from tests.commands.conftest import Emulate
from tests.commands.terminal import answered
from tests.truth import ledger_lines

PRICED = "prices: {flux-dev: 0.02}"


@pytest.fixture
def real(bench: Bench, emulate: Emulate) -> dict[str, str]:
    """A job of four pictures, bought into the folder `one`; then the job has six."""
    real = bench.real(emulate())
    ended = bench.call("run", bench.job(more=PRICED), "--yes", "-o", "one", **real)
    assert ended.code == 0, ended.err
    bench.job(seeds="1..3", more=PRICED)
    return real


def pictures(folder: Path) -> list[Path]:
    return sorted((folder / "images").iterdir())


def test_only_the_difference_is_bought(bench: Bench, real: dict[str, str]) -> None:
    plan = bench.call("plan", "job.yaml", "-o", "two", **real)
    assert "  to buy      2, 4 reused, at most $0.04 (yours)\n" in plan.out
    told = bench.call("plan", "job.yaml", "-o", "two", "--json", **real).json
    assert (told["submit"], told["reused"], told["cost"]["known"]) == (2, 4, 0.04)
    assert not (bench.root / "two").exists()
    ended = bench.call("run", "job.yaml", "--yes", "-o", "two", **real)
    assert ended.code == 0, ended.err
    assert f"2 to buy from {real['COMETAPI_BASE_URL']}, 4 reused, at most $0.04 (yours)" in ended.err
    assert "4 reused from one: linked, not bought" in ended.err
    assert "2 charges, $0.04" in ended.err
    assert len(ledger_lines(bench.ledger)) == 6
    ours = pictures(bench.root / "two")
    assert len(ours) == 6
    assert sum(file.stat().st_nlink == 2 for file in ours) == 4
    manifest = read_manifest(bench.root / "two" / "manifest.jsonl").manifest
    assert sum(record.reused_from == "one" for record in manifest.records.values()) == 4
    again = bench.call("plan", "job.yaml", "-o", "two", "--json", **real).json
    assert (again["submit"], again["reused"], again["done"]) == (0, 4, 2)


def test_all_of_a_job_can_be_reused_without_a_key(bench: Bench, real: dict[str, str]) -> None:
    bench.job(more=PRICED)
    keyless = {"COMETAPI_BASE_URL": real["COMETAPI_BASE_URL"]}
    ended = bench.call("run", "job.yaml", "-o", "two", **keyless)
    assert ended.code == 0, ended.err
    assert len(ledger_lines(bench.ledger)) == 4
    assert (bench.root / "two" / "report" / "index.html").exists()
    assert "Nothing to do." in bench.call("run", "job.yaml", "-o", "two", **keyless).err


def test_no_reuse_and_a_rerun_buy_all(bench: Bench, real: dict[str, str]) -> None:
    told = bench.call("plan", "job.yaml", "-o", "two", "--json", "--no-reuse", **real).json
    assert (told["submit"], told["reused"]) == (6, 0)
    assert bench.call("run", "job.yaml", "--yes", "-o", "two", "--no-reuse", **real).code == 0
    assert len(ledger_lines(bench.ledger)) == 10
    assert bench.call("rerun", "one", "--yes", "-o", "three", **real).code == 0
    assert len(ledger_lines(bench.ledger)) == 14


def test_a_spoilt_picture_is_bought_with_consent_and_never_linked(bench: Bench, real: dict[str, str]) -> None:
    spoilt = pictures(bench.root / "one")[0]
    content = bytearray(spoilt.read_bytes())
    content[len(content) // 2] ^= 1
    spoilt.write_bytes(content)
    plan = bench.call("plan", "job.yaml", "-o", "two", "--json", **real).json
    assert plan["reused"] == 4  # a plan looks at the length alone
    ended = bench.call("run", "job.yaml", "--yes", "-o", "two", **real)
    assert ended.code == 0, ended.err
    assert "3 to buy from" in ended.err
    assert "3 reused, at most $0.06" in ended.err
    assert len(ledger_lines(bench.ledger)) == 7


def test_a_rehearsal_and_the_emulator_give_nothing_to_a_real_run_and_take_nothing(
    bench: Bench, real: dict[str, str]
) -> None:
    assert bench.call("rehearse", "job.yaml", "-o", "two").code == 0
    assert len(ledger_lines(bench.root / "two" / "emulator" / "ledger.jsonl")) == 6
    assert bench.call("rehearse", "job.yaml", "-o", "three").code == 0
    assert len(ledger_lines(bench.root / "three" / "emulator" / "ledger.jsonl")) == 6
    told = bench.call("plan", "job.yaml", "-o", "four", "--json", **real).json
    assert (told["submit"], told["reused"]) == (2, 4)
    elsewhere = {**real, "COMETAPI_BASE_URL": "https://api.example.invalid"}
    assert bench.call("plan", "job.yaml", "-o", "four", "--json", **elsewhere).json["reused"] == 0


def test_what_is_reused_needs_no_word_and_no_budget(bench: Bench, real: dict[str, str]) -> None:
    bench.job(seeds="1..3", more=f"{PRICED}\nbudget: {{images: 2, usd: 0.04}}")
    ended = bench.call("run", "job.yaml", "-o", "two", **real)
    assert ended.code == 0, ended.err


def test_a_damaged_or_locked_folder_beside_is_no_hindrance(bench: Bench, real: dict[str, str]) -> None:
    from pipeline.manifest.lock import lock

    manifest = bench.root / "one" / "manifest.jsonl"
    lines = manifest.read_bytes().splitlines(keepends=True)
    lines[len(lines) // 3] = b"spoilt\n"
    manifest.write_bytes(b"".join(lines))
    with lock(bench.root / "one"):
        told = bench.call("plan", "job.yaml", "-o", "two", "--json", **real)
        assert told.code == 0, told.err
        assert told.json["reused"] >= 3
        assert bench.call("run", "job.yaml", "--yes", "-o", "two", **real).code == 0


def test_the_answer_no_takes_nothing_over(bench: Bench, real: dict[str, str]) -> None:
    (bench.root / ".env").write_text("".join(f"{name}={value}\n" for name, value in real.items()))
    ended = answered(bench, "n", "run", "job.yaml", "-o", "two")
    assert ended.code == 75, ended.err
    assert not (bench.root / "two").exists()
