"""`Ballot`: a choice as the page tells it, before anybody knows what it was between."""

from __future__ import annotations

from typing import Annotated

import msgspec

from pipeline.compare.votes import Choice

DAY = 86_400.0


class Ballot(msgspec.Struct, frozen=True, kw_only=True):
    """A vote as the page has it: on the pair of that opaque name. Sent twice under one id, it counts once."""

    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    name: str
    choice: Choice
    seconds: Annotated[float, msgspec.Meta(ge=0, le=DAY)]
