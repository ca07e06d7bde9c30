"""Bradley-Terry strengths (Bradley & Terry 1952) by Hunter's MM iteration (2004), for many tables at once (pure)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_CLOSE = 1e-9
_ROUNDS = 5000


def bradley_terry(wins: Floats) -> Floats:
    """Log strengths, of mean 0, for each table of `wins[..., winner, loser]`.

    Where some arms were never beaten by the rest no finite strengths fit best: every two arms of such a table get half
    a win each way, as if they had met once more and tied.
    """
    arms = wins.shape[-1]
    apart = 1 - np.eye(arms)
    wins = wins * apart + 0.5 * apart * ~_is_bound(wins)[..., None, None]
    met, won = wins + np.swapaxes(wins, -1, -2), wins.sum(-1)
    strength = np.ones_like(won)
    for _ in range(_ROUNDS):
        shares = met / (strength[..., :, None] + strength[..., None, :])
        better = won / shares.sum(-1)
        better /= np.exp(np.log(better).mean(-1, keepdims=True))
        moved = np.abs(np.log(better / strength)).max()
        strength = better
        if moved < _CLOSE:
            break
    logs: Floats = np.log(strength)
    return logs


def _is_bound(wins: Floats) -> npt.NDArray[np.bool_]:
    """Whether a chain of wins leads from every arm to every other: only then a finite best fit exists (Ford 1957)."""
    reach = np.minimum(wins + np.eye(wins.shape[-1]), 1)
    for _ in range(wins.shape[-1].bit_length()):
        reach = np.sign(reach @ reach)
    return np.asarray((reach > 0).all((-1, -2)))
