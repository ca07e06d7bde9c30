"""The loop against an API that refuses, fails, lags, loses replies and never ends; the ledger has the last word."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import ExitCode
from tests.run.stage import SPEC, staged


@pytest.mark.parametrize("knobs", [{"busy": 0.2}, {"busy_retry_after": 0.2}, {"active": 3}], ids=str)
def test_who_is_refused_waits_and_is_not_lost(tmp_path: Path, knobs: dict[str, float]) -> None:
    with staged(tmp_path, **knobs) as stage:
        stage.plan(12)
        assert stage.run(active=8).code == ExitCode.COMPLETE
        assert stage.statuses() == {"downloaded": 12}
        assert stage.stats["rejected"]["429"] >= 1
        assert len(stage.lines) == 12


def test_no_more_are_at_the_provider_than_it_bears(tmp_path: Path) -> None:
    with staged(tmp_path, latency=0.2) as stage:
        stage.plan(20)
        assert stage.run(active=5).code == ExitCode.COMPLETE
        assert 2 <= stage.most_active() <= 5
        assert stage.stats["rejected"] == {}


def test_a_model_with_a_cap_of_its_own_keeps_it_and_lets_others_pass(tmp_path: Path) -> None:
    with staged(tmp_path, latency=0.2) as stage:
        stage.plan(10, "flux-kontext-max", "flux-dev")
        assert stage.run().code == ExitCode.COMPLETE
        assert stage.statuses() == {"downloaded": 20}
        assert stage.stats["rejected"] == {}
        assert stage.most_active() > 6
        # The first of the other model did not wait for the last of the capped one.
        models = [line["model"] for line in stage.lines]
        assert models.index("flux-dev") < len(models) - models[::-1].index("flux-kontext-max") - 1


@pytest.mark.parametrize(
    ("knob", "kind", "charged"),
    [
        ("request_moderated", "moderated", "no"),
        ("content_moderated", "moderated", "no"),
        ("error", "error", "maybe"),
        ("failed", "error", "maybe"),
        ("expired", "expired", "yes"),
    ],
)
def test_what_ends_without_a_picture_is_told_and_not_bought_again(
    tmp_path: Path, knob: str, kind: str, charged: str
) -> None:
    with staged(tmp_path, **{knob: 1.0}) as stage:
        stage.plan(3)
        assert stage.run().code == ExitCode.SOME_FAILED
        failures = {(record.failure.kind, record.failure.charged) for record in stage.records() if record.failure}
        assert failures == {(kind, charged)}
        asked = stage.stats["requests"]
        assert stage.run().code == ExitCode.SOME_FAILED
        assert (stage.statuses(), len(stage.lines)) == ({"failed": 3}, 3)
        assert stage.stats["requests"] == asked + 1


def test_what_never_ends_is_parked_and_polled_first_by_the_next_run(tmp_path: Path) -> None:
    with staged(tmp_path, never=1.0) as stage:
        stage.plan(3)
        assert stage.run(give_up=0.3).code == ExitCode.UNFINISHED
        assert [(record.status, record.parked) for record in stage.records()] == [("submitted", True)] * 3
        polls = stage.stats["polls"]
        assert stage.run(give_up=0.2).code == ExitCode.UNFINISHED
        assert stage.stats["polls"] >= polls + 3
        assert len(stage.lines) == 3


def test_cut_downloads_and_expired_urls_are_fetched_anew(tmp_path: Path) -> None:
    with staged(tmp_path, truncated=0.4, expired=0.2, seed=5) as stage:
        stage.plan(10)
        assert stage.run().code == ExitCode.COMPLETE
        assert stage.statuses() == {"downloaded": 10}
        assert stage.stats["downloads"] > 10


def test_an_id_that_the_provider_does_not_know_yet_is_asked_for_again(tmp_path: Path) -> None:
    with staged(tmp_path, lag=0.4, latency=0.5) as stage:
        stage.plan(4)
        assert stage.run().code == ExitCode.COMPLETE
        assert stage.stats["polls"] > 4


def test_polls_that_fail_cost_nothing_but_time(tmp_path: Path) -> None:
    with staged(tmp_path, poll_500=0.4) as stage:
        stage.plan(6)
        assert stage.run().code == ExitCode.COMPLETE
        assert stage.stats["rejected"]["500"] >= 1


@pytest.mark.parametrize("knob", ["accepted_500", "accepted_drop"])
def test_a_lost_reply_leaves_a_doubt_that_is_never_sent_again(tmp_path: Path, knob: str) -> None:
    with staged(tmp_path, **{knob: 0.25}) as stage:
        stage.plan(12)
        assert stage.run().code == ExitCode.IN_DOUBT
        held = stage.statuses()["in_doubt"]
        assert 0 < held < 12
        assert stage.statuses() == {"downloaded": 12 - held, "in_doubt": held}
        assert stage.run().code == ExitCode.IN_DOUBT
        assert stage.statuses()["in_doubt"] == held
        # Each was accepted, and none twice: that is for `hold_to_truth` to say.
        assert len(stage.lines) == 12


def test_a_refusal_of_the_gateway_is_no_doubt_and_a_bare_500_is(tmp_path: Path) -> None:
    with staged(tmp_path, unavailable_503=0.3) as stage:
        stage.plan(8)
        assert stage.run().code == ExitCode.COMPLETE
        assert stage.stats["rejected"]["503"] >= 1


def test_a_budget_stops_the_run_before_it_is_passed(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        stage.plan(9)
        assert stage.run(budget_images=5).code == ExitCode.BUDGET
        assert stage.statuses() == {"downloaded": 5, "planned": 4}
        assert stage.run(budget_usd=8 * 25_000 - 1).code == ExitCode.BUDGET
        assert stage.statuses() == {"downloaded": 7, "planned": 2}
        assert len(stage.lines) == 7


def test_a_model_that_nobody_serves_holds_up_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with staged(tmp_path) as stage:
        stage.plan(4, "flux-nine", "flux-dev")
        assert stage.run().code == ExitCode.SOME_FAILED
        statuses = stage.statuses()
        assert statuses["downloaded"] == 4
        assert 1 <= statuses["failed"] <= 4
        assert statuses["failed"] + statuses.get("planned", 0) == 4
        assert capsys.readouterr().err.count("does not know the model flux-nine") == 1


def test_a_strange_status_is_waited_out_and_said_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = SPEC.model_copy(update={"statuses": SPEC.statuses.model_copy(update={"running": ("Pending",)})})
    with staged(tmp_path, latency=0.4) as stage:
        stage.plan(3)
        assert stage.run(spec).code == ExitCode.COMPLETE
        assert capsys.readouterr().err.count("'Generating'") == 1


def test_a_provider_that_is_not_there_ends_the_run_and_owes_nothing(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        stage.plan(2)
    assert stage.run().code == ExitCode.UNFINISHED
    assert [(record.status, record.charges_hi) for record in stage.records()] == [("planned", 0)] * 2
