"""From votes to scores: what counts, for whom, and what a person is told."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.compare.differences import differences
from pipeline.compare.pairs import pair_up
from pipeline.compare.score import Score
from pipeline.compare.scoring import score_all, score_votes
from pipeline.compare.sitting import seat
from pipeline.compare.table import difference_lines, score_lines
from pipeline.errors import JobError
from tests.compare.gallery import Gallery, teapots
from tests.compare.voting import vote_on


def scored(gallery: Gallery, winners: list[str | None]) -> Score:
    pairing = pair_up(gallery.rows(), "prompt")
    votes = [vote_on(pair, winner, at) for at, (pair, winner) in enumerate(zip(pairing.pairs, winners, strict=False))]
    return score_votes(votes, pairing, "")


@pytest.fixture(scope="module")
def pots(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    return teapots(tmp_path_factory.mktemp("pots"), prompts=3, seeds=4)


@settings(max_examples=30)
@given(choices=st.lists(st.sampled_from([0, 1, None]), min_size=1, max_size=24))
def test_what_one_arm_wins_another_loses_and_nothing_is_lost(pots: Gallery, choices: list[int | None]) -> None:
    pairs = pair_up(pots.rows(), "prompt").pairs
    winners = [None if side is None else pair.arms[side] for pair, side in zip(pairs, choices, strict=False)]
    score = scored(pots, winners)
    assert score.votes == len(choices)
    assert sum(arm.wins for arm in score.arms) == sum(arm.losses for arm in score.arms)
    assert sum(arm.wins + arm.losses + arm.ties + arm.bad for arm in score.arms) == 2 * score.votes
    assert sum(duel.wins + duel.losses + duel.ties + duel.bad for duel in score.duels) == score.votes
    for arm in score.arms:
        if arm.win_interval is not None and arm.win_rate is not None:
            assert arm.win_interval[0] <= arm.win_rate <= arm.win_interval[1]
    assert all(duel.p is None or duel.p_holm is None or duel.p <= duel.p_holm <= 1 for duel in score.duels)


def test_votes_follow_their_pictures_through_new_labels(tmp_path: Path) -> None:
    before, after = Gallery(tmp_path / "a"), Gallery(tmp_path / "b")
    for seed in range(1, 5):
        for old, new, words in (("plain", "first", "a pot"), ("lit", "second", "a lit pot")):
            before.add({"prompt": old, "seed": seed}, words)
            after.add({"prompt": new, "seed": seed}, words)
    pairs = pair_up(before.rows(), "prompt").pairs
    votes = [vote_on(pair, "lit", at) for at, pair in enumerate(pairs)]
    (score,) = score_all(votes, after.rows())
    assert {arm.arm: arm.wins for arm in score.arms} == {"first": 0, "second": 4}
    after.cells.pop()
    (fewer,) = score_all(votes, after.rows())
    assert (fewer.votes, fewer.outdated) == (3, 1)


def test_each_criterion_has_a_score_of_its_own_and_a_lost_axis_none(pots: Gallery) -> None:
    first, second = pair_up(pots.rows(), "prompt").pairs[:2]
    votes = [vote_on(first, first.arms[0], 1, ask="sharper"), vote_on(second, None, 2, ask="calmer")]
    assert [score.ask for score in score_all(votes, pots.rows())] == ["sharper", "calmer"]
    gone = Gallery(pots.folder)
    gone.cells = [cell for cell in pots.cells if cell.axes["prompt"] == "plain"]
    gone.tasks = pots.tasks
    assert score_all(votes, gone.rows()) == []


def test_the_test_is_over_subjects_not_over_votes(tmp_path: Path) -> None:
    pairing = pair_up(teapots(tmp_path, seeds=3).rows(), "prompt")
    votes = [vote_on(pair, "lit", f"{pair.id}{who}", who) for pair in pairing.pairs for who in ("anna", "ben", "cy")]
    score = score_votes(votes, pairing, "")
    assert (score.votes, score.clusters, score.duels[0].clusters_lost) == (18, 6, 6)
    assert score.duels[0].p == pytest.approx(2 / 2**6)
    assert (score.agreement.pairs, score.agreement.raw) == (6, 1)
    assert any("only 6 clusters" in warning for warning in score.warnings)


def test_a_habit_for_one_side_is_said(tmp_path: Path) -> None:
    pairing = pair_up(teapots(tmp_path, seeds=12).rows(), "prompt")
    sitting = seat(pairing.pairs, "prompt", "", "anna", "chance")
    votes = [
        msgspec.structs.replace(
            vote_on(sight.pair, None, at),
            left=sight.left.key,
            right=sight.right.key,
            arms=sight.arms,
            choice="left",
        )
        for at, sight in enumerate(sitting.sights)
    ]
    score = score_votes(votes, pairing, "")
    assert score.left_rate == 1
    assert {arm.win_rate for arm in score.arms} == {0.5}
    assert any("habit" in warning for warning in score.warnings)
    assert score.leaders is not None
    assert score.leaders.more_votes is None


def test_the_lines_say_rate_interval_test_and_what_is_still_needed(pots: Gallery) -> None:
    pairs = pair_up(pots.rows(), "prompt").pairs
    text = "\n".join(score_lines(scored(pots, [pair.arms[at % 3 == 0] for at, pair in enumerate(pairs)])))
    for words in (
        "24 votes on 8 clusters",
        "% [",
        "sign test p =",
        "strength",
        "the first shown won",
        "no pair was judged",
    ):
        assert words in text


def test_differences_are_within_pairs(tmp_path: Path) -> None:
    gallery = teapots(tmp_path, seeds=4)
    rows = gallery.rows()
    # The gallery's latency is a cell's place: the second arm's cells stand 8 places later.
    (one,) = differences(rows, pair_up(rows, "prompt"), "latency")
    assert (one.first, one.second, one.pairs, one.clusters) == ("plain", "lit", 8, 8)
    assert (one.mean, one.interval, one.higher) == (8.0, (8.0, 8.0), 1.0)
    assert "+8 [+8, +8]" in "\n".join(difference_lines("prompt", "latency", [one]))
    with pytest.raises(JobError, match=r"--metric glow.*latency"):
        differences(rows, pair_up(rows, "prompt"), "glow")


def test_equal_pictures_count_as_a_difference_of_nothing(tmp_path: Path) -> None:
    rows = teapots(tmp_path, seeds=4).rows()
    half = len(rows) // 2
    sharp = [msgspec.structs.replace(row, metrics={"sharpness": 4.0 * (at >= half)}) for at, row in enumerate(rows)]
    equal = [
        *sharp[:half],
        *(
            msgspec.structs.replace(second, sha256=first.sha256, metrics=first.metrics) if at % 2 else second
            for at, (first, second) in enumerate(zip(sharp[:half], sharp[half:], strict=True))
        ),
    ]
    (one,) = differences(equal, pair_up(equal, "prompt"), "sharpness")
    assert (one.pairs, one.mean, one.higher) == (8, 2.0, 0.5)


def test_who_leads_over_all_and_loses_to_the_second_is_not_said_to_lead_it(tmp_path: Path) -> None:
    pairing = pair_up(teapots(tmp_path, prompts=3, seeds=12).rows(), "prompt")
    winners = {("plain", "lit"): ("lit", 16), ("plain", "moonlit"): ("plain", 24), ("lit", "moonlit"): ("moonlit", 13)}
    votes = []
    for arms, (winner, times) in winners.items():
        loser = arms[winner == arms[0]]
        of_arms = [pair for pair in pairing.pairs if pair.arms == arms]
        votes += [vote_on(pair, winner if at < times else loser, f"{arms}{at}") for at, pair in enumerate(of_arms)]
    score = score_votes(votes, pairing, "")
    assert score.leaders is not None
    assert score.leaders.first == "plain"
    assert (score.leaders.second, score.leaders.more_votes) == ("lit", None)
    assert "plain leads lit" not in "\n".join(score_lines(score))
