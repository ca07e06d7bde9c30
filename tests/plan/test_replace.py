"""Replacements: another seed and nothing else, never one that was used, and kept by every later plan of the job."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import product
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from pipeline.manifest.lines import (
    AnyEvent,
    AnyLine,
    Artifact,
    AxisValue,
    CellLine,
    Downloaded,
    Failed,
    PlanCounts,
    PlanLine,
    Ready,
    Submitted,
    Submitting,
    TaskLine,
)
from pipeline.manifest.state import Manifest
from pipeline.plan.replace import Replaced, carried, reseeded, to_replace
from pipeline.task.fingerprint import fingerprint
from pipeline.task.request import Request

PICTURE = Artifact("images/a.png", "0" * 64, 1, "image/png", 1, 1)


class Job:
    """A job of prompts × seeds, and the manifest that planning it again and again comes to."""

    def __init__(self, prompts: Sequence[str], seeds: Sequence[int]) -> None:
        self.manifest = Manifest()
        self.asked: list[CellLine] = []
        self.tasks: dict[str, Request] = {}
        for prompt, seed in product(prompts, seeds):
            request = Request("cometapi", "flux-dev", {"prompt": prompt, "seed": seed})
            self.tasks[fingerprint(request)] = request
            label, axes = f"{prompt}_flux-dev_s{seed}_square", dict[str, AxisValue](prompt=prompt, seed=seed)
            self.asked.append(CellLine(n=0, key=fingerprint(request), label=label, axes=axes, price=25_000))

    def write(self, cells: Sequence[CellLine], tasks: dict[str, Request]) -> None:
        """A plan, as it is written down."""
        n = self.manifest.plan.n + 1 if self.manifest.plan else 1
        new = [TaskLine(key=key, request=tasks[key]) for key in tasks if key not in self.manifest.tasks]
        numbered = [msgspec.structs.replace(cell, n=n) for cell in cells]
        counts = PlanCounts(tasks=len(new), cells=len(cells))
        self.fold(PlanLine(n=n, job={"name": "x"}, digest="d", counts=counts), *new, *numbered)

    def plan(self) -> Replaced:
        """The job planned once more, as `run` does it."""
        found = carried(self.asked, self.tasks, self.manifest)
        self.write(found.cells, found.tasks)
        return found

    def reseed(self, keys: Collection[str]) -> Replaced:
        found = reseeded(self.manifest, keys)
        self.write(found.cells, found.tasks)
        return found

    def fold(self, *lines: AnyLine) -> None:
        for line in lines:
            self.manifest.fold(line)

    def end(self, key: str, *ends: AnyEvent) -> None:
        self.fold(Submitting(key=key, attempt=1), Submitted(key=key, attempt=1, remote_id=f"r{key[:8]}"), *ends)

    def download(self, key: str) -> None:
        self.end(key, Ready(key=key), Downloaded(key=key, artifact=PICTURE))

    def moderate(self, key: str) -> None:
        self.end(key, Failed(key=key, kind="moderated", charged="no"))

    def present(self) -> list[str]:
        return [cell.key for cell in self.manifest.cells]

    def seeds(self) -> list[Any]:
        return [self.manifest.tasks[key].params["seed"] for key in self.present()]


def planned(prompts: Sequence[str] = ("a", "b"), seeds: Sequence[int] = (1, 2, 3)) -> Job:
    job = Job(prompts, seeds)
    job.plan()
    return job


def but_seed(request: Request) -> Any:
    return request.provider, request.model, {**request.params, "seed": None}


@given(data=st.data(), rounds=st.integers(1, 4))
def test_rounds_of_replacing_never_use_a_seed_twice_and_survive_planning(data: st.DataObject, rounds: int) -> None:
    job = planned()
    own, used = job.present(), set(job.present())
    for _ in range(rounds):
        chosen = data.draw(st.sets(st.sampled_from(job.present())))
        before = job.present()
        job.reseed(chosen)
        for was, is_now, asked, cell in zip(before, job.present(), own, job.manifest.cells, strict=True):
            assert (was == is_now) == (was not in chosen)
            assert but_seed(job.manifest.tasks[is_now]) == but_seed(job.manifest.tasks[asked])
            assert cell.axes["seed"] == job.manifest.tasks[is_now].params["seed"]
            assert (*cell.replaces, cell.key)[0] == asked
            if was in chosen:
                assert is_now not in used
                assert cell.replaces[-1] == was
        used |= set(job.present())
        assert len({cell.label.casefold() for cell in job.manifest.cells}) == len(job.present())
        replaced = job.manifest.cells
        job.plan()
        assert [msgspec.structs.replace(cell, n=0) for cell in job.manifest.cells] == [
            msgspec.structs.replace(cell, n=0) for cell in replaced
        ]


def test_the_next_seed_is_the_first_that_no_plan_used() -> None:
    job = planned(["a"], [1, 2, 4])
    job.reseed([job.present()[0]])
    assert job.seeds() == [3, 2, 4]
    job.reseed([job.present()[1], job.present()[2]])
    assert job.seeds() == [3, 5, 6]
    job.reseed([job.present()[0]])
    assert job.seeds() == [7, 5, 6]


def test_the_largest_seed_is_followed_by_the_smallest() -> None:
    job = planned(["a"], [2**32 - 1])
    job.reseed(job.present())
    assert job.seeds() == [0]


def test_labels_follow_the_seed_and_stay_apart() -> None:
    job = planned(["a"], [1, 2])
    job.asked[1] = msgspec.structs.replace(job.asked[1], label="a_flux-dev_s3_square")
    job.plan()
    job.reseed([job.present()[0]])
    key = job.present()[0]
    assert [cell.label for cell in job.manifest.cells] == [f"a_flux-dev_s3_square-{key[:8]}", "a_flux-dev_s3_square"]


def test_a_label_without_the_seed_gets_it() -> None:
    job = planned(["a"], [1])
    job.asked[0] = msgspec.structs.replace(job.asked[0], label="x" * 80)
    job.plan()
    job.reseed(job.present())
    assert job.manifest.cells[0].label == "x" * 77 + "-s2"


def test_the_seed_within_a_compound_axis_is_replaced_there() -> None:
    job = Job(["a"], [1])
    job.asked[0] = msgspec.structs.replace(job.asked[0], axes={"take": {"id": "one", "seed": 1, "mood": "low"}})
    job.plan()
    job.reseed(job.present())
    assert job.manifest.cells[0].axes == {"take": {"id": "one", "seed": 2, "mood": "low"}}


def test_cells_that_share_a_task_share_its_replacement() -> None:
    job = Job(["a"], [1])
    job.asked.append(msgspec.structs.replace(job.asked[0], label="other", axes={"prompt": "b", "seed": 1}))
    job.plan()
    job.reseed([job.present()[0]])
    assert len(set(job.present())) == 1
    assert job.seeds() == [2, 2]


def test_an_edited_cell_begins_with_its_own_seed_and_comes_back_to_its_replacement() -> None:
    job = planned(["a", "b"], [1])
    job.reseed([job.present()[0]])
    edited = Job(["c", "b"], [1])
    edited.manifest = job.manifest
    edited.plan()
    assert edited.seeds() == [1, 1]
    job.plan()
    assert job.seeds() == [2, 1]


def test_only_the_rejected_and_the_moderated_are_replaced() -> None:
    job = planned(["a"], [1, 2, 3, 4])
    one, two, three, four = job.present()
    job.download(one)
    job.download(two)
    job.moderate(three)
    job.end(four, Failed(key=four, kind="error", charged="maybe"))
    assert to_replace(job.manifest, {two}) == [two, three]
    assert to_replace(job.manifest, {"of another job"}) == [three]


def test_keep_replaces_only_what_lacks_in_each_cell() -> None:
    job = planned(["a", "b"], [1, 2, 3, 4])
    for key in job.present():
        job.download(key)
    first, second = job.present()[:4], job.present()[4:]
    rejected = {*first[1:], second[0]}
    assert to_replace(job.manifest, rejected, keep=3) == first[1:3]
    assert to_replace(job.manifest, rejected, keep=1) == []
    job.reseed(first[1:3])
    # What is to come counts: nothing more is wanted before it is looked at.
    assert to_replace(job.manifest, rejected, keep=3) == []
    job.moderate(job.present()[1])
    assert to_replace(job.manifest, rejected, keep=3) == [job.present()[1]]


def test_a_model_without_seeds_is_left() -> None:
    job = Job(["a"], [1])
    request = Request("cometapi", "flux-x", {"prompt": "a"})
    key = fingerprint(request)
    job.write([CellLine(n=1, key=key, label="a", axes={"prompt": "a"})], {key: request})
    job.moderate(key)
    assert to_replace(job.manifest, {key}) == []
