"""How a job says where a model is bought: `bfl/flux-2-pro` names the provider, `flux-2-pro` leaves it open (pure)."""

from __future__ import annotations


def split_route(word: str) -> tuple[str, str]:
    """The provider that `word` names (empty: none) and the model."""
    provider, _, model = word.partition("/") if "/" in word else ("", "", word)
    return provider, model
