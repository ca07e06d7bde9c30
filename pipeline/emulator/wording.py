"""The prompt as the service works with it: rewritten where the request (or the model's default) asks for that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.catalog.model import Model
from pipeline.emulator.fates import chance

FLOURISHES = (
    "in exquisite detail, balanced composition, natural colours",
    "softly lit, rich textures, shallow depth of field",
    "crisp and vivid, elegant framing, fine grain",
    "atmospheric, layered depth, painterly finish",
)


def is_rewritten(model: Model, fields: Mapping[str, Any]) -> bool:
    """Whether the service rewrites this prompt: `prompt_upsampling`, or the lack of `disable_pup`."""
    if upsampling := model.params.get("prompt_upsampling"):
        return bool(fields.get("prompt_upsampling", upsampling.default))
    return "disable_pup" in model.params and not fields.get("disable_pup", False)


def returned_prompt(model: Model, fields: Mapping[str, Any], seed: int) -> str:
    """The prompt that the picture is made from: as sent, or with a flourish of the seed's choice."""
    prompt = str(fields.get("prompt", ""))
    if not prompt.strip() or not is_rewritten(model, fields):
        return prompt
    choice = int(chance(seed, "flourish", prompt) * len(FLOURISHES))
    return f"{prompt.rstrip(' .')}, {FLOURISHES[choice]}"
