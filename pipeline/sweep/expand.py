"""`expand`: a job becomes its cells and tasks, or every mistake that keeps it from that (pure, deterministic)."""

from __future__ import annotations

from collections.abc import Collection

from pipeline.catalog.load import Catalog
from pipeline.source.problem import Path, breadcrumbs
from pipeline.spec.job import JobSpec
from pipeline.sweep.cell import Cell, Finding, Sweep, Value
from pipeline.sweep.choice import Choice, Point
from pipeline.sweep.compose import Composed, Composer
from pipeline.sweep.labels import labels
from pipeline.sweep.matrix import Expansion, Matrix
from pipeline.sweep.mistakes import Mistakes
from pipeline.sweep.remarks import idle_axes, notes
from pipeline.task.request import ImageRef, Request, Task


def expand(spec: JobSpec, catalog: Catalog) -> tuple[Sweep | None, list[Finding]]:
    """The sweep of `spec`, and no findings; or None, and every mistake found, each once.

    Cells stand in the order of the product (axes in job order, the last one fastest), then of the includes; unless the
    job's order is `depth`, seeds and repeats change last. A matrix of more than `max_tasks` cells is counted, priced
    and refused before it is expanded.
    """
    matrix = Matrix(spec)
    expansion = matrix.expand()
    mistakes = Mistakes()
    composer = Composer(spec, catalog, matrix, mistakes)
    if expansion.too_big:
        return None, [*expansion.findings, _too_big(spec, matrix, composer, *expansion.too_big)]
    composed = [composer.compose(point) for point in expansion.points]
    findings = [*expansion.findings, *mistakes.findings()]
    whole = [one for one in composed if one is not None]
    if not expansion.findings:
        findings += _unmatched(spec, composer)
    if len(whole) == len(composed):
        findings += idle_axes(spec, expansion.points, [one.task.key for one in whole])
    if findings:
        return None, findings
    if not whole:
        return None, [Finding(("matrix",), "no cell is left", hint="mend `exclude`", of_matrix=True)]
    return _sweep(spec, expansion, whole, composer, catalog), []


def _too_big(spec: JobSpec, matrix: Matrix, composer: Composer, path: Path, count: int) -> Finding:
    """So many cells, and what they would cost if each model had as many as any other."""
    one_each = [composed for point in matrix.one_of_each("model") if (composed := composer.compose(point))]
    prices = [one.price.micro_usd for one in one_each if one.price.micro_usd is not None]
    usd = sum(prices) / len(prices) * count / 1e6 if prices else 0
    cost = f", about ${usd:,.{0 if usd >= 100 else 2}f}" if usd else ""
    hint = "shorten an axis, pair values in a compound axis, draw some by `random`, or raise `max_tasks`"
    return Finding(path, f"this comes to {count:,} cells{cost}", f"at most {spec.max_tasks:,}", hint)


def _sweep(
    spec: JobSpec, expansion: Expansion, composed: list[Composed], composer: Composer, catalog: Catalog
) -> Sweep:
    covered = [] if spec.matrix.only or spec.matrix.sample else composer.covered()
    named = labels(expansion.points, [one.task.key for one in composed], spec.images)
    tasks: dict[str, Task] = {}
    cells = [
        Cell(
            label=label,
            task=tasks.setdefault(one.task.key, one.task),
            axes=_recorded(point, one.task.request, spec.images),
            price=one.price,
            sent_size=one.sent_size,
            expect=one.expect,
        )
        for label, point, one in zip(named, expansion.points, composed, strict=True)
    ]
    said = [f"{breadcrumbs(path)} reaches no request: what stands above it is set in every cell" for path in covered]
    said += [f"`{name}` is left out on {', '.join(models)}" for name, models in composer.dropped.items()]
    return Sweep(cells, expansion.steps, [*said, *notes(expansion.points, composed, catalog)], composer.inputs)


def _recorded(point: Point, request: Request, files: Collection[str]) -> dict[str, Value | dict[str, Value]]:
    """A point's values by axis; a base64 input image by its content's name, for its bytes are kept once."""
    axes: dict[str, Value | dict[str, Value]] = {choice.axis: choice.value for choice in point if choice.sets}
    for name, sent in request.params.items():
        if isinstance(sent, ImageRef):
            setting = [choice for choice in point if name in choice.sets and choice.sets[name] not in files]
            axes |= {choice.axis: _named(choice, name, sent) for choice in setting}
    return axes


def _named(choice: Choice, name: str, image: ImageRef) -> Value | dict[str, Value]:
    shown = f"sha256:{image.sha256}"
    return choice.value | {name: shown} if isinstance(choice.value, dict) else shown


def _unmatched(spec: JobSpec, composer: Composer) -> list[Finding]:
    """The overrides that match no cell; where only a part of the cells is kept, nobody knows."""
    if spec.matrix.only or spec.matrix.sample:
        return []
    message, hint = "this override matches no cell", "remove it, or mend its values"
    return [
        Finding(("overrides", number, "match"), message, hint=hint, of_matrix=True) for number in composer.unmatched()
    ]
