"""Fates: pure, repeatable, and as frequent as the rates say."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.emulator.fates import broken_reply, chance, fate_of, happens, latency_of, picked_seed, refusal
from pipeline.emulator.settings import RATES, Settings

ids = st.text(min_size=1, max_size=30)
IDS = [f"id{n}" for n in range(3000)]


@given(st.integers(), st.lists(ids, max_size=4))
def test_chance_is_a_share_and_repeats(seed: int, words: list[str]) -> None:
    assert 0 <= chance(seed, *words) < 1
    assert chance(seed, *words) == chance(seed, *words)


@given(ids, st.integers(1, 50))
def test_nothing_happens_without_knobs(remote_id: str, arrival: int) -> None:
    settings = Settings()
    assert refusal(settings, remote_id, arrival) is None
    assert broken_reply(settings, remote_id) is None
    assert fate_of(settings, remote_id) == "ready"


@given(st.sampled_from(RATES), ids)
def test_a_rate_of_one_always_happens(knob: str, remote_id: str) -> None:
    assert happens(msgspec.convert({knob: 1.0}, Settings), knob, remote_id)


def test_rates_of_ends_add_up() -> None:
    settings = Settings(request_moderated=0.1, content_moderated=0.1, error=0.1, failed=0.1, never=0.1)
    fates = [fate_of(settings, remote_id) for remote_id in IDS]
    assert 0.47 < fates.count("ready") / len(IDS) < 0.53
    for fate in ("request_moderated", "content_moderated", "error", "failed", "never"):
        assert 0.07 < fates.count(fate) / len(IDS) < 0.13


def test_another_seed_means_other_fates() -> None:
    one, two = ([fate_of(Settings(seed=seed, error=0.5), remote_id) for remote_id in IDS] for seed in (1, 2))
    assert one != two


def test_a_refused_body_may_pass_when_it_comes_again() -> None:
    settings = Settings(busy=0.5)
    assert {refusal(settings, "body", arrival) for arrival in range(1, 30)} == {"busy", None}


def test_latency_is_fixed_or_lognormal_about_its_median() -> None:
    assert latency_of(Settings(latency=2.0, latency_sigma=0.0), "a") == 2.0
    drawn = sorted(latency_of(Settings(latency=2.0, latency_sigma=0.5), remote_id) for remote_id in IDS)
    assert 1.9 < drawn[len(drawn) // 2] < 2.1
    assert drawn[-1] > 4.0 > 1.0 > drawn[0] > 0


@given(ids)
def test_a_picked_seed_has_32_bits(remote_id: str) -> None:
    assert 0 <= picked_seed(remote_id) < 2**32


@pytest.mark.parametrize("knob", [*RATES, "latency", "lag", "slow_seconds"])
def test_a_knob_out_of_range_is_named(knob: str) -> None:
    with pytest.raises(ValueError, match=knob):
        msgspec.convert({knob: -0.5}, Settings)


@pytest.mark.parametrize("knobs", [{"url_lifetime": 0.0}, {"active": 0}, {"active_per_model": {"flux-dev": 0}}])
def test_limits_must_be_positive(knobs: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(knobs)).partition("_per")[0]):
        msgspec.convert(knobs, Settings)
