"""A damaged manifest: refused by every verb, made usable by `repair`, and nothing is bought twice for it."""

from __future__ import annotations

from tests.commands.bench import Bench
from tests.commands.conftest import Emulate
from tests.truth import hold_to_truth, ledger_lines


def test_a_damaged_manifest_is_refused_repaired_and_run_to_its_end(bench: Bench, emulate: Emulate) -> None:
    job = bench.job(seeds="1..4")
    real = bench.real(emulate())
    assert bench.call("run", job, "--yes", "-o", "out", **real).code == 0
    paid = ledger_lines(bench.ledger)
    path = bench.out / "manifest.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lost = next(place for place, line in enumerate(lines) if b'"submitted"' in line)
    damaged = b"".join([*lines[:lost], b"?" * 20 + lines[lost][20:], *lines[lost + 1 :]])
    path.write_bytes(damaged)
    for verb in ("status", "run"):
        refused = bench.call(verb, bench.out if verb == "status" else job, *(["-o", "out"] if verb == "run" else []))
        assert refused.code == 5
        assert f"line {lost + 1}" in refused.err
        assert "fluxsweep repair" in refused.err
    repaired = bench.call("repair", "out")
    assert (repaired.code, repaired.out) == (0, "")
    assert "1 lost" in repaired.err
    assert (bench.out / "manifest.jsonl.damaged-1").read_bytes() == damaged
    assert bench.call("run", job, "--yes", "-o", "out", **real).code == 0
    hold_to_truth(bench.out, bench.ledger)
    assert ledger_lines(bench.ledger) == paid
    assert "nothing was changed" in bench.call("repair", "out").err
