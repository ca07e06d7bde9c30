"""Pairs differ in the compared axis alone; what cannot be paired is counted; a choice of pairs is balanced."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.compare.pairs import Pair, choose, choose_unlike, pair_up
from pipeline.errors import JobError
from tests.compare.gallery import Gallery, teapots

FATES = st.sampled_from(["downloaded", "downloaded", "moderated", "planned", "absent"])


@st.composite
def matrices(draw: st.DrawFn) -> list[tuple[dict[str, Any], str]]:
    """Cells with their fates: some are excluded, some failed."""
    prompts = draw(st.integers(2, 4))
    return [
        ({"prompt": f"p{prompt}", "model": model, "seed": seed}, fate)
        for prompt in range(prompts)
        for model in ("flux-dev", "flux-2-pro")
        for seed in (1, 2)
        if (fate := draw(FATES)) != "absent"
    ]


@settings(max_examples=40)
@given(matrices())
def test_every_two_arms_meet_at_each_point_once_or_are_counted(cells: list[tuple[dict[str, Any], str]]) -> None:
    arms = {cell["prompt"] for cell, _ in cells}
    if len(arms) < 2:
        return
    with TemporaryDirectory() as folder:
        gallery = Gallery(Path(folder), size=(8, 8))
        for axes, fate in cells:
            gallery.add(axes, f"by {axes['prompt']}", fate)
        pairing = pair_up(gallery.rows(), "prompt")
    for pair in pairing.pairs:
        first, second = dict(pair.first.axes), dict(pair.second.axes)
        assert (first.pop("prompt"), second.pop("prompt")) == pair.arms
        assert first == second
    fates = {(cell["prompt"], cell["model"], cell["seed"]): fate for cell, fate in cells}
    expected: Counter[str] = Counter()
    ordered = list(dict.fromkeys(cell["prompt"] for cell, _ in cells))
    for at, one in enumerate(ordered):
        for other in ordered[at + 1 :]:
            for point in {(model, seed) for _, model, seed in fates}:
                sides = [fates.get((one, *point)), fates.get((other, *point))]
                lacking = [side for side in sides if side != "downloaded"]
                if sides != [None, None]:
                    expected["no such cell" if None in sides else str(lacking[0]) if lacking else "pair"] += 1
    assert Counter(pairing.lacking) + Counter(pair=len(pairing.pairs)) == expected


def test_one_picture_on_both_sides_is_left_out_and_counted(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path)
    for arm in ("a", "b"):
        gallery.add({"prompt": arm, "seed": 1}, "the same words")
        gallery.add({"prompt": arm, "seed": 2}, f"words of {arm}")
    pairing = pair_up(gallery.rows(), "prompt")
    assert (len(pairing.pairs), pairing.shared, pairing.identical) == (1, 1, [])


def test_equal_files_of_two_tasks_are_told_from_one_task_and_are_no_pair(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path)
    for arm in ("a", "b"):
        for seed in (1, 2):
            gallery.add({"prompt": arm, "seed": seed}, f"words of {arm}")
    one, *others, last = gallery.rows()
    rows = [one, *others, msgspec.structs.replace(last, sha256=others[0].sha256)]
    pairing = pair_up(rows, "prompt")
    assert [pair.first.seed for pair in pairing.pairs] == [1]
    assert [pair.first.seed for pair in pairing.identical] == [2]
    assert pairing.shared == 0


def test_what_only_one_side_has_is_no_part_of_the_subject(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path)
    gallery.add({"model": "flux-dev", "seed": 1, "place": "oak"}, "a cat")
    for mood in ("low", "high"):
        gallery.add({"model": "flux-2-pro", "seed": 1, "place": "oak", "mood": mood}, f"a {mood} cat")
    pairs = pair_up(gallery.rows(), "model").pairs
    assert [(pair.subject, pair.cluster) for pair in pairs] == [({"place": "oak"}, "place oak · seed 1")] * 2


def test_a_parameter_that_some_cells_leave_out_stays_one(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path)
    for arm in ("a", "b"):
        gallery.add({"prompt": arm, "seed": 1, "steps": None}, f"by {arm}")
        gallery.add({"prompt": arm, "seed": 1, "steps": 20}, f"by {arm}", steps=20)
    assert {pair.cluster for pair in pair_up(gallery.rows(), "prompt").pairs} == {"seed 1"}


def test_an_axis_that_only_one_arm_has_keeps_no_pair_from_being(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path)
    gallery.add({"model": "flux-dev", "seed": 1})
    for steps in (20, 50):
        gallery.add({"model": "flux-2-flex", "seed": 1, "steps": steps}, steps=steps)
    assert len(pair_up(gallery.rows(), "model").pairs) == 2


def test_a_compound_axis_is_compared_with_all_its_parts(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path)
    for scene in ("marble", "oak"):
        gallery.add({"scene": {"id": scene, "surface": scene, "light": scene}, "seed": 1}, f"on {scene}")
    assert [pair.arms for pair in pair_up(gallery.rows(), "scene").pairs] == [("marble", "oak")]


def test_a_cluster_is_what_is_drawn_with_its_seed_and_not_how(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path)
    for prompt in ("a", "b"):
        for model in ("flux-dev", "flux-2-pro"):
            for steps in (20, 50):
                for subject in ("cat", "dog"):
                    axes = {"prompt": prompt, "model": model, "steps": steps, "subject": subject, "seed": 7}
                    gallery.add(axes, f"{prompt} {subject}", steps=steps)
    pairs = pair_up(gallery.rows(), "prompt").pairs
    assert len(pairs) == 8
    assert {pair.cluster for pair in pairs} == {"subject cat · seed 7", "subject dog · seed 7"}


def test_a_picture_that_is_gone_lacks_a_side(tmp_path: Path) -> None:
    gallery = teapots(tmp_path, seeds=1)
    gone = gallery.rows()[0]
    pairing = pair_up(gallery.rows(), "prompt", lambda row: row.file != gone.file)
    assert pairing.lacking == {"picture missing or cut": 1}


@pytest.mark.parametrize(
    ("axis", "words"),
    [("promt", "did you mean `prompt`"), ("colour", "it has prompt, seed, surface"), ("size", "one value")],
)
def test_an_axis_that_tells_nothing_apart_is_a_mistake(tmp_path: Path, axis: str, words: str) -> None:
    gallery = teapots(tmp_path)
    if axis == "size":
        gallery.add({"prompt": "plain", "size": "square", "seed": 9})
    with pytest.raises(JobError, match=words):
        pair_up(gallery.rows(), axis)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], list[Pair]]:
    pairs = pair_up(teapots(tmp_path_factory.mktemp("many"), prompts=3, seeds=6).rows(), "prompt").pairs
    return lambda: pairs


@given(n=st.integers(1, 40), salt=st.text(max_size=5))
def test_a_choice_is_balanced_over_arms_and_clusters_repeats_and_grows(
    many: Callable[[], list[Pair]], n: int, salt: str
) -> None:
    pairs = many()
    chosen = choose(pairs, n, salt)
    assert len({pair.id for pair in chosen}) == len(chosen) == min(n, len(pairs))
    # Near the end an arm takes what it has left, so that a cluster may be one ahead.
    assert _spread(chosen, pairs, lambda pair: pair.arms) <= 1
    assert _spread(chosen, pairs, lambda pair: pair.cluster) <= 2
    again = choose(list(reversed(pairs)), n, salt)
    assert [pair.id for pair in again] == [pair.id for pair in chosen]
    assert choose(pairs, n + 1, salt)[:n] == chosen


@given(n=st.integers(1, 40), same=st.sets(st.integers(0, 35)))
def test_pairs_that_look_the_same_are_made_up_for_and_few_are_looked_at(
    many: Callable[[], list[Pair]], n: int, same: set[int]
) -> None:
    pairs = many()
    alike = {pair.id for at, pair in enumerate(pairs) if at in same}
    asked: list[str] = []

    def is_same(pair: Pair) -> bool:
        asked.append(pair.id)
        return pair.id in alike

    chosen, left_out = choose_unlike(pairs, n, "salt", is_same)
    assert len(chosen) == min(n, len(pairs) - len(alike))
    assert not alike & {pair.id for pair in chosen}
    assert len(asked) == len(set(asked))
    assert alike & set(asked) or len(asked) == len(chosen)
    assert {pair.id for pair in left_out} == alike & set(asked)


def _spread(chosen: list[Pair], pairs: list[Pair], kind: Callable[[Pair], object]) -> int:
    """How much more often the most chosen kind is there than the least."""
    shares = Counter(map(kind, chosen))
    counts = [shares[value] for value in set(map(kind, pairs))]
    return max(counts) - min(counts)
