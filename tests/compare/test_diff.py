"""Pairs of cells and changes of a job: every cell is told once, and what changed is what was changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from pipeline.compare.diff import Likeness, diff, job_changes, likeness_of
from pipeline.images.same import same_pixels
from pipeline.manifest.lines import CellLine, PlanCounts, PlanLine, TaskLine
from pipeline.manifest.state import Manifest, fold_all
from pipeline.rows.rows import Row
from pipeline.task.fingerprint import task_of
from pipeline.task.request import Request

Axes = dict[str, Any]

trees = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=8,
)
places = st.lists(st.fixed_dictionaries({"prompt": st.sampled_from("pq"), "seed": st.integers(1, 3)}), max_size=8)


def unseen(_: Row, __: Row) -> tuple[Likeness, int | None, str]:
    """A judge that sees no picture."""
    return "missing", None, "not there"


def manifest(cells: Sequence[Axes], **params: Any) -> Manifest:
    """A plan of these cells, with `params` in each request."""
    tasks = [task_of(Request("cometapi", "flux-dev", {"prompt": str(axes), **axes, **params})) for axes in cells]
    known = {task.key: task for task in tasks}
    plan = PlanLine(n=1, job={"name": "x", **params}, digest="d", counts=PlanCounts(len(known), len(cells)))
    lines = [
        CellLine(n=1, key=task.key, label=f"cell-{at}", axes=axes)
        for at, (task, axes) in enumerate(zip(tasks, cells, strict=True))
    ]
    return fold_all([plan, *(TaskLine(key=task.key, request=task.request) for task in known.values()), *lines])


@given(old=places, new=places)
def test_every_cell_is_told_once(old: list[Axes], new: list[Axes]) -> None:
    before, after = manifest(old), manifest(new)
    found = diff(before, after, unseen)
    told = [pair.before.label for pair in found.pairs] + [row.label for row in found.removed]
    assert sorted(told) == sorted(cell.label for cell in before.cells)
    told = [pair.after.label for pair in found.pairs] + [row.label for row in found.added]
    assert sorted(told) == sorted(cell.label for cell in after.cells)
    for pair in found.pairs:
        assert all(pair.before.axes[name] == pair.after.axes[name] == pair.axes[name] for name in pair.axes)
        assert bool(pair.asked) == (pair.before.axes != pair.after.axes)
    # A value changed, rather than a cell: only where each job has but that one.
    changed = {name for pair in found.pairs for name in pair.before.axes if name not in pair.axes}
    assert all(len({axes[name] for axes in cells}) == 1 for name in changed for cells in (old, new))
    assert not [1 for row in found.removed if row.axes in [other.axes for other in found.added]]


@given(cells=places)
def test_a_parameter_that_changed_is_named_in_every_pair(cells: list[Axes]) -> None:
    found = diff(manifest(cells, steps=20), manifest(cells, steps=30), unseen)
    assert (len(found.pairs), found.removed, found.added) == (len(cells), [], [])
    assert all(pair.asked == ("steps",) for pair in found.pairs)
    assert [(change.path, change.before, change.after) for change in found.job] == [("steps", 20, 30)]


def test_an_axis_that_one_job_lacks_does_not_part_its_cells_unless_it_varies() -> None:
    plain = [{"seed": 1}, {"seed": 2}]
    one = [axes | {"mood": "low"} for axes in plain]
    assert len(diff(manifest(plain), manifest(one), unseen).pairs) == 2
    two = [axes | {"mood": mood} for axes in plain for mood in ("low", "high")]
    found = diff(manifest(plain), manifest(two), unseen)
    assert (len(found.pairs), len(found.removed), len(found.added)) == (0, 2, 4)


def test_one_value_that_became_another_changes_cells_and_removes_none() -> None:
    old = [{"prompt": prompt, "seed": 1, "mood": "low"} for prompt in "pq"]
    new = [{"prompt": prompt, "seed": 2, "mood": "low"} for prompt in "pq"]
    found = diff(manifest(old), manifest(new), unseen)
    assert [(pair.before.seed, pair.after.seed, "seed" in pair.asked) for pair in found.pairs] == [(1, 2, True)] * 2
    assert [set(pair.axes) for pair in found.pairs] == [{"prompt", "mood"}] * 2
    more = [axes | {"seed": seed} for axes in new for seed in (2, 3)]
    found = diff(manifest(old), manifest(more), unseen)
    assert (len(found.pairs), len(found.removed), len(found.added)) == (0, 2, 4)


@given(before=trees, after=trees)
def test_changes_are_none_exactly_when_the_jobs_read_the_same(before: Any, after: Any) -> None:
    changes = list(job_changes(before, after))
    assert bool(changes) == (repr(_sorted(before)) != repr(_sorted(after)))
    assert len({change.path for change in changes}) == len(changes)


def test_axes_and_prompts_go_by_their_names() -> None:
    def job(*axes: tuple[str, list[int]], text: str = "a cat") -> dict[str, Any]:
        named = [{"name": name, "values": values} for name, values in axes]
        return {"matrix": {"axes": named}, "prompts": [{"id": "p", "text": text}]}

    old = job(("seed", [1]), ("steps", [20]))
    found = {
        change.path: (change.before, change.after) for change in job_changes(old, job(("seed", [2]), text="a dog"))
    }
    assert found == {
        "matrix.axes.seed.values": ([1], [2]),
        "matrix.axes.steps": ({"name": "steps", "values": [20]}, None),
        "prompts.p.text": ("a cat", "a dog"),
    }
    (turned,) = job_changes(old, job(("steps", [20]), ("seed", [1])))
    assert (turned.path, turned.before, turned.after) == ("matrix.axes", ["seed", "steps"], ["steps", "seed"])


def _sorted(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _sorted(tree[name]) for name in sorted(tree)}
    return [_sorted(inner) for inner in tree] if isinstance(tree, list) else tree


@pytest.mark.parametrize(
    ("bits", "same", "expected"), [(0, True, "pixels"), (6, True, "pixels"), (6, False, "alike"), (7, True, "changed")]
)
def test_hashes_say_how_alike_pictures_are(bits: int, same: bool, expected: str) -> None:
    assert likeness_of("0" * 16, f"{2**bits - 1:016x}", lambda: same) == (expected, bits)


def test_pixels_are_compared_whatever_the_files_hold(tmp_path: Any) -> None:
    image = Image.effect_noise((64, 48), 50).convert("RGB")
    signed = PngImagePlugin.PngInfo()
    signed.add_text("provenance", "signed")
    paths = {name: tmp_path / name for name in ("a.png", "b.png", "c.webp", "d.png", "e.png", "f.png")}
    image.save(paths["a.png"])
    image.save(paths["b.png"], pnginfo=signed, compress_level=1)
    image.save(paths["c.webp"], lossless=True)
    image.resize((64, 47)).save(paths["d.png"])
    other = image.copy()
    other.putpixel((5, 5), tuple(255 - value for value in image.getpixel((5, 5))))  # type: ignore[union-attr]
    other.save(paths["e.png"])
    clear = image.convert("RGBA")
    clear.putalpha(254)
    clear.save(paths["f.png"])
    one = paths.pop("a.png")
    assert {name for name, path in paths.items() if same_pixels(one, path)} == {"b.png", "c.webp"}
