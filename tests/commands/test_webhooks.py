"""A job with webhooks, run by the real program: what was taken is found though its reply was lost."""

from __future__ import annotations

import pytest

from pipeline.manifest.read import FILE_NAME, read_manifest
from pipeline.run.tags import FILE_NAME as SECRET
from tests.commands.bench import Bench
from tests.commands.conftest import Emulate
from tests.run.receiving import free_port
from tests.truth import hold_to_truth, ledger_lines

LOSSY = {"accepted_drop": 0.35, "latency": 0.3}


def told(bench: Bench, run: str, seeds: str = "1..4") -> str:
    """The bench's job with `run` as the words of its `run` section."""
    job = bench.job(seeds=seeds)
    job.write_text(job.read_text().replace("run: {submits: 4, poll: {min: 0.05s}}", f"run: {{{run}}}"))
    return job.name


def webhook(url: str = "http://127.0.0.1:{port}/flux") -> str:
    port = free_port()
    return f"webhook: {{url: '{url.format(port=port)}', port: {port}}}"


def test_a_submit_whose_reply_was_lost_is_proven_and_collected(bench: Bench, emulate: Emulate) -> None:
    job = told(bench, f"poll: {{min: 0.05s}}, {webhook()}")
    ended = bench.call("run", job, "--yes", "-o", "out", **bench.real(emulate(**LOSSY)))
    assert ended.code == 0, ended.err
    assert len(ledger_lines(bench.ledger)) == 8
    manifest = hold_to_truth(bench.out, bench.ledger)
    content = (bench.out / FILE_NAME).read_bytes()
    assert content.count(b'"resolved"') > 0
    assert {record.status for record in manifest.records.values()} == {"downloaded"}
    assert b"webhook_secret" not in content
    assert b"tag=" not in content
    assert (bench.out / SECRET).read_bytes().strip() not in content


def test_a_hint_ends_the_wait_for_the_next_poll(bench: Bench, emulate: Emulate) -> None:
    job = told(bench, f"poll: {{min: 10m, max: 20m}}, give_up: 1h, {webhook()}", "[1]")
    ended = bench.call("run", job, "--yes", "-o", "out", **bench.real(emulate()))
    assert ended.code == 0, ended.err


@pytest.mark.parametrize(("verb", "provider"), [("rehearse", "cometapi"), ("run", "emulator")])
def test_the_emulator_calls_this_machine_whatever_the_job_says(bench: Bench, verb: str, provider: str) -> None:
    job = told(bench, f"poll: {{min: 10m, max: 20m}}, give_up: 1h, {webhook('https://api.nowhere.invalid/x')}", "[1]")
    text = (bench.root / job).read_text()
    (bench.root / job).write_text(text.replace("provider: cometapi", f"provider: {provider}"))
    ended = bench.call(verb, job, "-o", "out")
    assert ended.code == 0, ended.err


def test_the_run_listens_for_a_last_proof_and_then_ends_in_doubt(bench: Bench, emulate: Emulate) -> None:
    job = told(bench, f"give_up: 1s, {webhook()}", "[1]")
    ended = bench.call("run", job, "--yes", "-o", "out", **bench.real(emulate(error_500=1.0)))
    assert ended.code == 6, ended.err
    assert "Waiting for webhooks" in ended.err


@pytest.mark.parametrize(("usd", "again"), [("0.05", 2), ("0", 0)])
def test_doubts_are_bought_again_within_the_money_set_aside(
    bench: Bench, emulate: Emulate, usd: str, again: int
) -> None:
    job = told(bench, f"poll: {{min: 0.05s}}, on_doubt: {{resubmit: {{usd: {usd}}}}}")
    ended = bench.call("run", job, "--yes", "-o", "out", **bench.real(emulate(**LOSSY)))
    assert ended.code == 6, ended.err
    manifest = read_manifest(bench.out / FILE_NAME).manifest
    records = manifest.records.values()
    assert sum(record.bought_again for record in records) == again
    assert len(ledger_lines(bench.ledger)) == 8 + again
    assert sum(record.charges_lo for record in records) <= 8 + again <= sum(record.charges_hi for record in records)
