"""Jobs for the sweep, as the reader of job files hands them over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from pipeline.catalog.load import load_catalog
from pipeline.spec.job import Axis, Compound, JobSpec, Matrix, Override, Prompt

MakeJob = Callable[..., JobSpec]
RESERVED = ("prompt", "model", "seed", "size", "repeat", "provider")
STANDING: dict[str, list[Any]] = {"model": ["flux-2-flex"], "seed": [1], "size": ["1024x1024"]}


@pytest.fixture(scope="session")
def job() -> MakeJob:
    """Makes a job: `prompts` as texts by id, an axis a keyword argument of `axes`, everything else as `JobSpec`.

    A mapping as a value is a compound one, its `id` the label; an axis that is a mapping has `values` and `when`.
    prompt, model, seed and size always stand.
    """
    params = {name for model in load_catalog().models.values() for name in model.params}

    def axis(name: str, values: Sequence[Any] | Mapping[str, Any]) -> Axis:
        if isinstance(values, Mapping):
            return axis(name, values["values"]).model_copy(update={"when": lines([values["when"]])[0]})
        if isinstance(values[0], dict):
            compounds = [
                Compound(id=value["id"], sets={k: v for k, v in value.items() if k != "id"}) for value in values
            ]
            return Axis(name=name, kind="compound", values=tuple(compounds))
        kind = name if name in RESERVED else "param" if name in params else "variable"
        return Axis.model_validate({"name": name, "kind": kind, "values": tuple(values)})

    def lines(written: Sequence[Mapping[str, Any]]) -> tuple[dict[str, tuple[Any, ...]], ...]:
        return tuple(
            {name: tuple(value) if isinstance(value, list) else (value,) for name, value in line.items()}
            for line in written
        )

    def make(
        prompts: Mapping[str, str] | None = None,
        axes: Mapping[str, Sequence[Any] | Mapping[str, Any]] | None = None,
        exclude: Sequence[Mapping[str, Any]] = (),
        include: Sequence[Mapping[str, Any]] = (),
        overrides: Sequence[tuple[Mapping[str, Any], dict[str, Any]]] = (),
        **more: Any,
    ) -> JobSpec:
        texts = {"plain": "a teapot"} if prompts is None else prompts
        given = axes or {}
        lists = [values for values in given.values() if not isinstance(values, Mapping)]
        parts = {part for values in lists for value in values if isinstance(value, dict) for part in value}
        standing = {"prompt": list(texts)} | STANDING
        every = {name: values for name, values in standing.items() if name not in parts} | dict(given)
        return JobSpec(
            name="test",
            provider=more.pop("provider", "cometapi"),
            prompts=tuple(Prompt(id=name, text=text) for name, text in texts.items()),
            matrix=Matrix(
                axes=tuple(axis(name, values) for name, values in every.items()),
                exclude=lines(exclude),
                include=lines(include),
                order="depth",
            ),
            overrides=tuple(Override(match=lines([match])[0], set=dict(values)) for match, values in overrides),
            **more,
        )

    return make
