"""What each parameter does, in words (`parameters.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from pipeline.source.reader import read_yaml


@cache
def parameter_words() -> Mapping[str, str]:
    """A line for each parameter of the shipped models, by name."""
    file = files("pipeline.catalog").joinpath("parameters.yaml")
    return MappingProxyType(read_yaml(file.read_bytes(), file.name).value)
