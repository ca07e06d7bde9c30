"""One cell taken apart: why it exists, where each of its values comes from, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from pipeline.commands.flow.opening import Planned
from pipeline.commands.flow.overview import WORDS, cells_tree
from pipeline.errors import JobError
from pipeline.manifest.lines import CellLine
from pipeline.manifest.state import Manifest
from pipeline.plan.forecast import Forecast
from pipeline.rows.reason import reason_of
from pipeline.source.nearest import did_you_mean
from pipeline.source.problem import breadcrumbs, clip

if TYPE_CHECKING:
    from pipeline.source.document import Document
    from pipeline.source.problem import Path
    from pipeline.spec.read import Loaded
    from pipeline.sweep.explain import Explanation, Source

_SHORTEST_KEY = 6
_WIDTH = 100
_TABLES = ("axes", "sent", "read", "left_out")


def explained(loaded: Loaded, planned: Planned, name: str, ahead: Forecast, manifest: Manifest) -> dict[str, Any]:
    """The cell that `name` means (its label, or the first digits of its key), as `plan --explain --json` prints it.

    Raises:
        JobError: no cell is called so.
    """
    from pipeline.sweep.explain import explain

    place = _place_of(planned.cells, name)
    cell = planned.cells[place]
    assert loaded.spec is not None
    why = explain(loaded.spec, planned.catalog, place)
    return {
        **cells_tree(planned, ahead)[place],
        "exists": list(_existence(why, loaded)),
        "shared": sum(other.key == cell.key for other in planned.cells),
        "reseeded": bool(cell.replaces),
        "reason": reason_of(manifest.record(cell.key)),
        "axes": _sources(why.axes, loaded.document),
        "sent": _sources(why.sent, loaded.document),
        "read": _sources(why.read, loaded.document),
        "left_out": _sources(why.left_out, loaded.document),
        "defaults": why.defaults,
    }


def explained_lines(tree: dict[str, Any]) -> list[str]:
    """What `explained` gives, for people."""
    reason = f": {tree['reason']}" if tree["reason"] else ""
    price = "unknown" if tree["price"] is None else f"${tree['price']} ({tree['source']})"
    lines = [f"{tree['label']}  {tree['key']}"]
    lines += [f"  exists      {words}" for words in tree["exists"]]
    lines += [f"  shared      {tree['shared']} cells have this request: it is bought once"] * (tree["shared"] > 1)
    lines += ["  reseeded    another seed than the job's is sent (`retry --reseed`)"] * tree["reseeded"]
    lines += [f"  step        {WORDS.get(tree['step'], tree['step'])}{reason}", f"  price       {price}"]
    for title in _TABLES:
        lines += [f"  {title.replace('_', ' ')}"] if tree[title] else []
        for told in tree[title]:
            over = "".join(f", over {_shown(weaker['value'])} by {weaker['from']}" for weaker in told["over"])
            lines.append(f"    {told['name']:<18} {_shown(told['value']):<24} {told['from']}{over}".rstrip())
    lines += ["  not sent: the service's own default holds"] if tree["defaults"] else []
    return lines + [f"    {parameter:<18} {_shown(value)}" for parameter, value in tree["defaults"].items()]


def _place_of(cells: list[CellLine], name: str) -> int:
    found = [place for place, cell in enumerate(cells) if cell.label == name]
    if not found and len(name) >= _SHORTEST_KEY:
        found = [place for place, cell in enumerate(cells) if cell.key.startswith(name)]
    if not found:
        hint = did_you_mean(name, [cell.label for cell in cells]) or "`fluxsweep plan JOB --all` lists the labels"
        raise JobError(f"--explain {clip(name)}: no cell's label, nor the first 6 digits or more of a key; {hint}")
    if len({cells[place].key for place in found}) > 1:
        raise JobError(f"--explain {clip(name)}: begins {len(found)} keys; type more digits")
    return found[0]


def _existence(why: Explanation, loaded: Loaded) -> Iterator[str]:
    from pipeline.sweep.matrix import written

    assert loaded.spec is not None
    matrix, document = loaded.spec.matrix, loaded.document
    if why.include is None:
        yield "the product of the axes makes it"
    else:
        adds = written(matrix.include[why.include])
        yield f"{_at(('matrix', 'include', why.include), document)} adds it: {adds}"
    for number in why.excludes:
        cuts = written(matrix.exclude[number])
        yield f"{_at(('matrix', 'exclude', number), document)} would cut it from the product: {cuts}"


def _sources(sources: Sequence[Source], document: Document) -> list[dict[str, Any]]:
    return [
        {
            "name": source.name,
            "value": msgspec.to_builtins(source.value),
            "from": "; ".join(text for text in (_at(source.path, document), source.why) if text),
            "over": [{"value": msgspec.to_builtins(value), "from": _at(path, document)} for path, value in source.over],
        }
        for source in sources
    ]


def _at(path: Path, document: Document) -> str:
    """`overrides[0].set.steps (jobs/a.yaml:38)`; what the job does not say is a default."""
    if not path:
        return ""
    if path[:2] not in document.marks and path[:2] not in document.key_marks:
        return "default of fluxsweep"
    there = document.problem(path, "")
    place = f"{there.file}:{there.line}" if there.line else there.file
    return f"{breadcrumbs(there.path)} ({place})"


def _shown(value: object) -> str:
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    text = " ".join(str(value).split())
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…"
