"""The JSON Schemas (2020-12) of the files by which a job brings a provider or a model of its own."""

from __future__ import annotations

from typing import Any

from pipeline.catalog.model import Model
from pipeline.catalog.provider import ProviderSpec

_GIVEN = ("name", "title")  # by the job that names the file


def catalog_schema(kind: str) -> dict[str, Any]:
    """What a file may hold that describes a `provider` or a `model`."""
    shape: type[ProviderSpec | Model] = ProviderSpec if kind == "provider" else Model
    made = shape.model_json_schema()
    made["required"] = [name for name in made["required"] if name not in _GIVEN]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": f"A fluxsweep {kind}"}
