"""`fluxsweep models`: who serves a model, for how much, in which ranges; and those that a job brings."""

from __future__ import annotations

from pathlib import Path

from tests.commands.bench import Bench

OWN = Path(__file__).parents[2] / "docs" / "own-provider" / "job.yaml"


def test_a_model_shows_its_price_its_ranges_and_who_serves_it(bench: Bench) -> None:
    said = bench.call("models", "flux-2-pro").out
    assert "$0.03 the first MP, $0.015 each further, $0.015 of input (vendor's list)" in said
    assert "an integer from 0 to 5, default 2" in said
    assert "served by   emulator: free; 24 tasks at once" in said
    assert "replicate: the vendor's list price; Replicate bills its own; without disable_pup" in said


def test_a_model_by_one_provider_shows_what_that_one_takes(bench: Bench) -> None:
    said = bench.call("models", "replicate/flux-2-pro").out
    assert "an integer from 1 to 5, default 2" in said
    assert "disable_pup  " not in said
    assert "cometapi" not in said


def test_what_a_job_brings_is_shown_too(bench: Bench) -> None:
    shown = bench.call("models", "sketch", "--job", OWN)
    assert shown.code == 0
    assert "served by   atelier: $0.01 the first MP, $0.005 each further" in shown.out
    tree = bench.call("models", "--json", "--job", OWN).json
    assert tree["sketch"]["providers"] == ["atelier"]


def test_a_name_that_nobody_has_is_mended(bench: Bench) -> None:
    for name, mend in (("flux-2-por", "flux-2-pro"), ("bfl/flux-2-por", "flux-2-pro"), ("blf/flux-2-pro", "bfl")):
        ended = bench.call("models", name)
        assert ended.code == 2
        assert f"there is no model {name!r}; did you mean `{mend}`?" in ended.err


def test_the_emulator_names_the_painters_that_it_has(bench: Bench) -> None:
    ended = bench.call("emulator", "--painter", "oils")
    assert ended.code == 2
    assert ended.err.splitlines() == ["fluxsweep emulator: painter is scene or flat, not oils"]
