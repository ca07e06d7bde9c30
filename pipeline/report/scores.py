"""Win rates for the bar of arms: what `fluxsweep score` left in the report's folder, if it did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from pipeline.compare.score import FORMAT, PLACE, Scores


def read_scores(folder: Path) -> list[dict[str, Any]]:
    """The scores of the job in `folder`; none where there is no such file, or one that this version cannot read."""
    try:
        found = msgspec.json.decode((folder / PLACE).read_bytes(), type=Scores)
    except (OSError, msgspec.DecodeError):
        return []
    return [msgspec.to_builtins(score) for score in found.scores] if found.format == FORMAT else []
