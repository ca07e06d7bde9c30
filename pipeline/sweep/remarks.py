"""What people should know about a sweep: axes that change nothing, what is shared, sizes that were chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pipeline.catalog.load import Catalog
from pipeline.spec.job import JobSpec
from pipeline.sweep.cell import Finding
from pipeline.sweep.choice import Choice, Point
from pipeline.sweep.compose import Composed


def idle_axes(spec: JobSpec, points: Sequence[Point], keys: Sequence[str]) -> list[Finding]:
    """A finding for each axis of two or more values whose exchange changes no request.

    Only cells that differ on that axis alone tell: an axis of which no two are left says nothing, and is not idle.
    """
    return [
        Finding(
            ("matrix", axis.name),
            f"the {len(axis.values)} values of `{axis.name}` change no request",
            hint="keep one of them, or let a template read it",
            of_matrix=True,
        )
        for place, axis in enumerate(spec.matrix.axes)
        if len(axis.values) > 1 and _is_idle(place, points, keys)
    ]


def notes(points: Sequence[Point], composed: Sequence[Composed], catalog: Catalog) -> list[str]:
    """Lines for the plan, in a fixed order."""
    tasks = len({one.task.key for one in composed})
    sharing = [*_shared(composed, tasks), *_alike(points, composed)] if tasks < len(composed) else []
    return [*sharing, *_shapes(composed), *_deprecated(composed, catalog)]


def _is_idle(place: int, points: Sequence[Point], keys: Sequence[str]) -> bool:
    first: dict[tuple[Choice, ...], str] = {}
    for point, key in zip(points, keys, strict=True):
        if first.setdefault(point[:place] + point[place + 1 :], key) != key:
            return False
    return len(first) < len(points)


def _shared(composed: Sequence[Composed], tasks: int) -> Iterable[str]:
    yield f"{len(composed)} cells come to {tasks} tasks: a request that cells share is bought once"


def _alike(points: Sequence[Point], composed: Sequence[Composed]) -> Iterable[str]:
    prompts: dict[str, dict[str, None]] = {}
    for point, one in zip(points, composed, strict=True):
        prompt = next(str(choice.sets["prompt"]) for choice in point if "prompt" in choice.sets)
        prompts.setdefault(one.task.key, {})[prompt] = None
    groups: dict[tuple[str, ...], int] = {}
    for sharing in prompts.values():
        if len(sharing) > 1:
            groups[tuple(sharing)] = groups.get(tuple(sharing), 0) + 1
    for group, tasks in groups.items():
        names = " and ".join(f"`{prompt}`" for prompt in group)
        yield f"prompts {names} render alike in {tasks} {'task' if tasks == 1 else 'tasks'}"


def _shapes(composed: Sequence[Composed]) -> Iterable[str]:
    chosen = ((one.shape, one.task.request.model, one.sent_size) for one in composed if one.shape)
    for shape, model, size in dict.fromkeys(chosen):
        yield f"{shape} on {model} → {'aspect_ratio ' if ':' in size else ''}{size}"


def _deprecated(composed: Sequence[Composed], catalog: Catalog) -> Iterable[str]:
    for model in dict.fromkeys(one.task.request.model for one in composed):
        if catalog.model(model).deprecated:
            yield f"{model} is deprecated by its vendor"
