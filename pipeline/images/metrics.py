"""Figures of one picture: sharpness, brightness, contrast, colour, blank, and a hash that like pictures share.

All are measured on the same small copy (`MEASURED` pixels on the longer side, each the average of those that it
covers), so that they compare over sizes; and from whole numbers, so that every machine finds the same.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    import numpy as np
    from PIL import Image

DEFINITION = 2
"""Goes up whenever one of the figures below would come out differently for the same pixels."""
MEASURED = 256
BLANK_BELOW = 0.01
_HASHED = 32


class Metrics(msgspec.Struct, frozen=True):
    """What was measured of one picture.

    - `sharpness`: variance of the Laplacian of the luma (4-neighbour kernel, luma 0 to 255). Pech-Pacheco et al.,
      Diatom autofocusing in brightfield microscopy, 2000. Of the small copy: it tells a soft picture from a crisp
      one, and says nothing of pixels that the copy no longer has.
    - `brightness`: mean luma (ITU-R 601), 0 black to 1 white.
    - `contrast`: standard deviation of the luma, 0 to 0.5 (RMS contrast: Peli, Contrast in complex images, 1990).
    - `colourfulness`: Hasler and Süsstrunk, Measuring colourfulness in natural images, 2003: 0 is grey, above 45 is
      colourful, above 80 very much so.
    - `colour`: the mean colour, as `#rrggbb`.
    - `blank`: no channel's standard deviation reaches `BLANK_BELOW` of the full scale: nothing is to be seen.
    - `phash`: 64 bits in hex: the 8 × 8 lowest frequencies (without the constant ones) of the cosine transform of a
      32 × 32 luma copy, each against their median. Zauner, Implementation and benchmarking of perceptual image hash
      functions, 2010. Scaling, recoding and a mild grade change few bits.
    """

    sharpness: float
    brightness: float
    contrast: float
    colourfulness: float
    colour: str
    blank: bool
    phash: str


def measure(image: Image.Image) -> Metrics:
    """The metrics of `image`; one larger than `MEASURED` is made small first, transparency is left out."""
    small = _small(image)
    luma = small.convert("L")
    brightness, contrast = _mean_and_deviation(luma.histogram())
    histogram = small.histogram()
    channels = [_mean_and_deviation(histogram[at : at + 256]) for at in (0, 256, 512)]
    return Metrics(
        sharpness=round(_sharpness(luma), 2),
        brightness=round(brightness / 255, 4),
        contrast=round(contrast / 255, 4),
        colourfulness=round(_colourfulness(small), 2),
        colour="#" + "".join(f"{round(mean):02x}" for mean, _ in channels),
        blank=all(deviation < BLANK_BELOW * 255 for _, deviation in channels),
        phash=_phash(luma),
    )


def _small(image: Image.Image) -> Image.Image:
    """At most `MEASURED` on the longer side, by area; `reduce` takes whole factors out in a quarter of the time."""
    from PIL import Image

    if image.mode != "RGB":
        image = image.convert("RGB")
    if factor := max(image.size) // MEASURED:
        image = image.reduce(factor) if factor > 1 else image
    if max(image.size) <= MEASURED:
        return image
    scale = MEASURED / max(image.size)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image.resize(size, Image.Resampling.BOX)


def _mean_and_deviation(histogram: list[int]) -> tuple[float, float]:
    import numpy as np

    counts, values = np.array(histogram), np.arange(256)
    number = int(counts.sum())
    mean = int(counts @ values) / number
    return mean, max(0.0, int(counts @ (values * values)) / number - mean * mean) ** 0.5


def _sharpness(luma: Image.Image) -> float:
    import numpy as np

    y = np.asarray(luma, dtype=np.int16)
    if min(y.shape) < 3:
        return 0.0
    laplacian = y[:-2, 1:-1] + y[2:, 1:-1] + y[1:-1, :-2] + y[1:-1, 2:] - 4 * y[1:-1, 1:-1]
    return _spread(laplacian)[1]


def _colourfulness(image: Image.Image) -> float:
    import numpy as np

    red, green, blue = (np.asarray(channel, dtype=np.int16) for channel in image.split())
    red_green, red_green_variance = _spread(red - green)
    # Twice the yellow-blue difference, to stay with whole numbers.
    yellow_blue, yellow_blue_variance = _spread(red + green - 2 * blue)
    deviation = (red_green_variance + yellow_blue_variance / 4) ** 0.5
    return float(deviation + 0.3 * (red_green**2 + (yellow_blue / 2) ** 2) ** 0.5)


def _spread(values: np.ndarray[Any, np.dtype[np.int16]]) -> tuple[float, float]:
    """Mean and variance. The sums are exact: whole numbers that stay far below 2**53."""
    import numpy as np

    flat = values.astype(np.float64).ravel()
    mean = float(flat.sum()) / flat.size
    # Not `@`: that would wake every core for each picture, where a build has a picture for each core.
    square = float(np.einsum("i,i->", flat, flat)) / flat.size
    return mean, max(0.0, square - mean * mean)


def _phash(luma: Image.Image) -> str:
    import numpy as np
    from PIL import Image

    tiny = np.asarray(luma.resize((_HASHED, _HASHED), Image.Resampling.BOX), dtype=np.float64)
    waves = _waves()
    # What rounding leaves of nothing must not decide a bit.
    low = np.round(waves @ tiny @ waves.T, 6).ravel()
    bits = low > np.median(low)
    return np.packbits(bits).tobytes().hex()


@cache
def _waves() -> np.ndarray[Any, np.dtype[np.float64]]:
    """The cosines of frequencies 1 to 8 over `_HASHED` samples."""
    import numpy as np

    samples, frequencies = np.arange(_HASHED), np.arange(1, 9)
    return np.cos(np.pi * (2 * samples[None] + 1) * frequencies[:, None] / (2 * _HASHED))
