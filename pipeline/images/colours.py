"""The colours that a picture means: its pixels as sRGB, whatever profile the file names them in."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

_CLEAR = {"RGBA": "RGB", "LA": "L", "PA": "RGB"}


def in_srgb(image: Image) -> Image:
    """`image` in RGB, or RGBA where it is transparent, without a profile. A profile that cannot be used is passed over:
    such pixels are taken for sRGB, as browsers do.
    """
    mode = "RGBA" if image.has_transparency_data else "RGB"
    profile = image.info.get("icc_profile")
    plain = (_converted(image, profile) if profile else None) or image.convert(mode)
    plain.info.pop("icc_profile", None)
    return plain


def _converted(image: Image, profile: bytes) -> Image | None:
    from PIL import ImageCms

    clear = image.convert("RGBA").getchannel("A") if image.has_transparency_data else None
    opaque = image.convert(_CLEAR.get(image.mode, "RGB" if image.mode == "P" else image.mode))
    try:
        found = ImageCms.profileToProfile(opaque, BytesIO(profile), ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError):
        return None
    if found is not None and clear is not None:
        found.putalpha(clear)
    return found
