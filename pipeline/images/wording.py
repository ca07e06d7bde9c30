"""How much of an expected text was read in a picture (pure)."""

from __future__ import annotations

from functools import lru_cache
from unicodedata import normalize


@lru_cache(maxsize=65_536)
def shown(expected: str, read: str) -> float | None:
    """1 where all of `expected` stands somewhere in `read`, 0 where nothing of it does; None where nothing is expected.

    It is 1 - d / n: d is the least number of characters to put in, leave out or exchange so that `expected`, of n
    characters, becomes some part of `read` (Sellers, The theory and computation of evolutionary distances, 1980: the
    Levenshtein distance with a free start and end in the longer text). So other text in the picture costs nothing.

    Case, width and compatibility forms (Unicode NFKC) do not count, nor does white space: where a line breaks, and how
    far letters stand apart, is layout.
    """
    wanted, text = _plain(expected), _plain(read)
    if not wanted:
        return None
    if wanted in text:
        return 1.0
    return round(1 - _least_edits(wanted, text) / len(wanted), 4)


def _plain(text: str) -> str:
    # Folding may undo what normalising did.
    return "".join(normalize("NFKC", normalize("NFKC", text).casefold()).split())


def _least_edits(wanted: str, text: str) -> int:
    """From `wanted` to the nearest part of `text`.

    The columns of the table of distances as two whole numbers: the bits of `up` say where a distance is one more than
    that above it, those of `down` where it is one less (Myers, A fast bit-vector algorithm for approximate string
    matching based on dynamic programming, 1999). A sheet of 10,000 signs takes a quarter of a second, not eight.
    """
    places: dict[str, int] = {}
    for at, letter in enumerate(wanted):
        places[letter] = places.get(letter, 0) | 1 << at
    whole, last = (1 << len(wanted)) - 1, 1 << len(wanted) - 1
    up, down = whole, 0
    edits = least = len(wanted)
    for letter in text:
        same = places.get(letter, 0)
        diagonal = (((same & up) + up) ^ up) | same
        more, less = (down | ~(diagonal | up)) & whole, up & diagonal
        edits += bool(more & last) - bool(less & last)
        least = min(least, edits)
        more, less, same = more << 1, less << 1, same | down
        up, down = (less | ~(same | more)) & whole, more & same & whole
    return least
