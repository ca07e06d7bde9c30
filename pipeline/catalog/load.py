"""`load_catalog()`: the shipped providers and models, read from their YAML files once a process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from pipeline.catalog.model import Model
from pipeline.catalog.provider import ProviderSpec
from pipeline.source.reader import read_yaml


@dataclass(frozen=True)
class Catalog:
    """What can be asked for, and of whom: read-only mappings by name."""

    providers: Mapping[str, ProviderSpec]
    models: Mapping[str, Model]

    def provider(self, name: str) -> ProviderSpec:
        """The provider of that name; `KeyError` when there is none."""
        return self.providers[name]

    def model(self, name: str) -> Model:
        """The model of that name; `KeyError` when there is none."""
        return self.models[name]

    def beside(self, providers: Mapping[str, ProviderSpec], models: Mapping[str, Model]) -> Catalog:
        """This catalog, and what a job describes itself; what ships keeps its name."""
        return Catalog(MappingProxyType({**providers, **self.providers}), MappingProxyType({**models, **self.models}))


@cache
def load_catalog() -> Catalog:
    """Every provider and model that ships with fluxsweep, models in the order of their families' files.

    Raises `pydantic.ValidationError` (or `JobError`) when a shipped file does not hold: a defect of the package.
    """
    providers = [_provider(tree) for tree in _trees("providers")]
    models = [_model(name, tree) for family in _trees("models") for name, tree in family.items()]
    return Catalog(
        MappingProxyType({provider.name: provider for provider in providers}),
        MappingProxyType({model.name: model for model in models}),
    )


def _trees(folder: str) -> Iterator[dict[str, Any]]:
    for file in sorted(files("pipeline.catalog").joinpath(folder).iterdir(), key=lambda file: file.name.split(".")[0]):
        if file.name.endswith(".yaml"):
            yield read_yaml(file.read_bytes(), f"{folder}/{file.name}").value


def _provider(tree: dict[str, Any]) -> ProviderSpec:
    return ProviderSpec.model_validate(tree)


def _model(name: str, tree: dict[str, Any]) -> Model:
    return Model.model_validate({"name": name, **tree})
