"""Mistakes gathered over all cells: the same one is said once, with the models that it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pipeline.source.problem import Path
from pipeline.sweep.cell import Finding

_NAMED = 4  # models in a message


@dataclass
class _Mistake:
    """What is expected of each model that makes the mistake, and how to mend it there (in the order first met)."""

    expected: dict[str, dict[str, None]] = field(default_factory=dict)
    hints: dict[str, dict[str, None]] = field(default_factory=dict)
    models: dict[str, None] = field(default_factory=dict)


class Mistakes:
    """What is wrong with the job, in the order in which it came to light."""

    def __init__(self) -> None:
        self._seen: dict[tuple[Path, str], _Mistake] = {}

    def add(self, path: Path, message: str, expected: str = "", hint: str = "", *, model: str | None = None) -> None:
        """Note a mistake at `path`; one that only some models make names its `model`."""
        mistake = self._seen.setdefault((path, message), _Mistake())
        concerned = {} if model is None else {model: None}
        mistake.models.update(concerned)
        mistake.expected.setdefault(expected, {}).update(concerned)
        mistake.hints.setdefault(hint, {}).update(concerned)

    def findings(self) -> list[Finding]:
        """Each mistake once."""
        return [
            Finding(
                path,
                f"{message} on {_named(mistake.models)}" if mistake.models else message,
                _by_model(mistake.expected),
                _by_model(mistake.hints),
            )
            for (path, message), mistake in self._seen.items()
        ]


def _by_model(texts: Mapping[str, Iterable[str]]) -> str:
    """The text, where all models have the same; else each with the first of its models."""
    if len(texts) == 1:
        return next(iter(texts))
    return ", ".join(f"{text} ({_first(models)})" for text, models in texts.items() if text)


def _first(models: Iterable[str]) -> str:
    first, *others = models
    return f"`{first}`, …" if others else f"`{first}`"


def _named(models: Iterable[str]) -> str:
    every = [f"`{model}`" for model in models]
    return ", ".join(every[:_NAMED]) + (f" and {len(every) - _NAMED} more" if len(every) > _NAMED else "")
