"""Replicate's words for the same service: model names, input fields, the predictions' body (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pipeline.catalog.model import Model
from pipeline.emulator.checks import ratio_of
from pipeline.emulator.sizes import MEGAPIXEL, shape_size

NAMES = {
    "flux-1.1-pro": "flux-pro-1.1",
    "flux-1.1-pro-ultra": "flux-pro-1.1-ultra",
    "flux-fill-pro": "flux-pro-1.0-fill",
    "flux-canny-pro": "flux-pro-1.0-canny",
    "flux-depth-pro": "flux-pro-1.0-depth",
}
WAIT = re.compile(r"wait(?:=(\d+))?")
LONGEST_WAIT = 60
GRID = 32


def catalog_name(name: str) -> str:
    """The catalog's name of a model that Replicate may call otherwise."""
    return NAMES.get(name, name)


def flat_body(model: Model, prediction: Mapping[str, Any]) -> dict[str, Any]:
    """A prediction's `input` and `webhook` as the service's flat body.

    Translated: `jpg`, `input_images`, and `aspect_ratio` for a model that takes width and height.
    """
    body = dict(prediction.get("input") or {})
    if body.get("output_format") == "jpg":
        body["output_format"] = "jpeg"
    images = body.pop("input_images", None)
    if isinstance(images, list):
        body |= {f"input_image_{n}" if n > 1 else "input_image": image for n, image in enumerate(images, 1)}
    if model.size_control == "width_height" and not {"width", "height"} & body.keys():
        ratio = ratio_of(str(body.get("aspect_ratio")))
        if ratio is not None:
            body["width"], body["height"] = shape_size(ratio, MEGAPIXEL, GRID)
    elif body.get("aspect_ratio") == "match_input_image":
        del body["aspect_ratio"]
    if webhook := prediction.get("webhook"):
        body["webhook_url"] = webhook
    return body


def seconds_to_wait(prefer: str) -> int:
    """How long `Prefer: wait` or `wait=n` lets the reply wait for the end; 0 without it."""
    match = WAIT.search(prefer)
    return min(int(match[1] or LONGEST_WAIT), LONGEST_WAIT) if match else 0
