"""A wrong value, in plain words."""

from __future__ import annotations

from pipeline.source.problem import clip


def described(value: object) -> str:
    """What stands there: `the text '12'`, `the number 3`, `nothing`."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return f"the number {clip(str(value))}" if abs(value) < 1e60 else "a very large number"
    if isinstance(value, str):
        return f"the text '{clip(value)}'"
    return "a list" if isinstance(value, list) else "a mapping"


def written(value: object) -> str:
    """A scalar as a job writes it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value)


def shown(value: object) -> str:
    """A scalar as a job writes it, cut short for a message."""
    return clip(written(value))
