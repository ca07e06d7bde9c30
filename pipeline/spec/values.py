"""One value of an axis: whether it may stand there, and what it means."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from pipeline.catalog.model import Param
from pipeline.catalog.route import split_route
from pipeline.source.nearest import listed, nearest
from pipeline.source.problem import Path, clip
from pipeline.spec.draft import Draft
from pipeline.spec.job import Scalar
from pipeline.spec.keys import RESERVED
from pipeline.spec.pictures import PICTURES, Pictures
from pipeline.spec.units import SIZE_FORMS, size_meaning
from pipeline.spec.words import described

_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic")
LARGEST = (1 << 63) - 1
_SHORTEST_BASE64 = 24


class Unusable(Exception):
    """A value that was reported and stands for nothing."""


@dataclass(frozen=True)
class Values:
    """What each kind of value may be in this job."""

    draft: Draft
    folder: FilePath
    provider: str
    prompts: Collection[str]
    models: Collection[str]
    providers: Mapping[str, Collection[str]]
    lost: Collection[str]
    sizes: Mapping[str, str]
    params: Mapping[str, Param]
    pictures: Pictures

    def read(self, name: str, value: Any, path: Path) -> Scalar | None:
        """`value` of `name`; a misspelt id is reported and read as the one meant.

        Raises:
            Unusable: it is wrong, and reported.
        """
        if isinstance(value, (dict, list)):
            self.draft.report(path, f"got {described(value)}", "one value")
            raise Unusable
        match name:
            case "prompt":
                return self._one_of("prompt", value, self.prompts, path)
            case "model":
                return self._model(value, path)
            case "provider":
                return self._one_of("provider", value, self.providers, path)
            case "seed":
                return self._whole(value, 0, path, "seeds are chosen here, so that arms can be compared")
            case "repeat":
                return self._whole(value, 1, path, "")
            case "size":
                return self._size(value, path)
        if name in self.params:
            return self.param(name, value, path)
        if value is None:
            self.draft.report(path, "got nothing", "a text, a number, true or false")
            raise Unusable
        return self._plain(value)

    def counts(self, name: str) -> bool:
        """Whether a range stands for all of its numbers where `name` is set: not where a text is wanted."""
        if name in RESERVED:
            return name in ("seed", "repeat")
        return name not in self.params or self.params[name].type in ("integer", "number")

    def param(self, name: str, value: Any, path: Path) -> Scalar | None:
        """A parameter's value; its range is each model's own affair, and the sweep's."""
        if self.params[name].image and value is not None:
            self._image(value, path)
        return None if value is None else self._plain(value)

    def meaning(self, name: str, value: Scalar | None) -> Hashable:
        """Equal for two values that ask for the same: `square` and 1024x1024, 2 and 2.0, but not 1 and true."""
        if name == "size" and isinstance(value, str):
            return size_meaning(self.sizes.get(value, value)) or value
        return (isinstance(value, bool), value)

    def _plain(self, value: Any) -> Scalar:
        scalar: Scalar = value
        return scalar

    def _model(self, value: Any, path: Path) -> str:
        """A model, or `provider/model`."""
        provider, model = split_route(value) if isinstance(value, str) else ("", value)
        if provider in self.lost or model in self.lost:
            raise Unusable
        if provider in self.providers:
            return f"{provider}/{self._one_of(f'model of `{provider}`', model, self.providers[provider], path)}"
        noun = f"model of `{clip(self.provider)}`" if self.provider else "model"
        return self._one_of(noun, value, self.models, path)

    def _one_of(self, noun: str, value: Any, known: Collection[str], path: Path) -> str:
        if isinstance(value, str) and value in known:
            return value
        if value in self.lost or (noun == "prompt" and self.draft.lost("prompts")):
            raise Unusable
        likely = nearest(value.rpartition("/")[2], known) if isinstance(value, str) else None
        hint = (
            f"did you mean `{clip(likely)}`?"
            if likely
            else f"there is {listed(clip(word) for word in known)}"
            if known
            else ""
        )
        shown = f"`{clip(value)}`" if isinstance(value, str) else described(value)
        self.draft.report(path, f"{shown} is no {noun}", hint=hint)
        if likely is None:
            raise Unusable
        return likely

    def _whole(self, value: Any, least: int, path: Path, why: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            hint = "remove the quotes" if isinstance(value, str) and value.isdecimal() else ""
            self.draft.report(path, f"got {described(value)}", "a whole number, or a range such as 1..4", hint)
        elif not least <= value <= LARGEST:
            self.draft.report(path, f"got {described(value)}", f"{least} or more, at most {LARGEST}", why)
        else:
            return value
        raise Unusable

    def _size(self, value: Any, path: Path) -> str:
        if isinstance(value, str) and (value in self.sizes or size_meaning(value) is not None):
            return value
        if self.draft.lost("sizes"):
            raise Unusable
        likely = nearest(value, [*self.sizes, "auto"]) if isinstance(value, str) else None
        forms = f"{SIZE_FORMS}, or a name from `sizes`"
        self.draft.report(path, f"got {described(value)}", forms, f"did you mean `{clip(likely)}`?" if likely else "")
        if likely is None:
            raise Unusable
        return likely

    def _image(self, value: Any, path: Path) -> None:
        hint = "give a file, a URL, or the image as base64"
        if not isinstance(value, str):
            self.draft.report(path, f"got {described(value)}", "a file, a URL or base64")
        elif value.startswith(("http://", "https://")) or _is_base64(value):
            return
        elif _looks_like_a_path(value, self.folder):
            wrong = self.pictures.take(value)
            if not wrong:
                return
            self.draft.report(path, f"the image `{clip(value)}` cannot be used: {wrong}", PICTURES)
        else:
            self.draft.report(path, f"`{clip(value)}` is neither a file, a URL nor base64", hint=hint)
        raise Unusable


def _is_base64(text: str) -> bool:
    head, comma, body = text.partition(",") if text.startswith("data:") else ("", "", text)
    if comma and not head.endswith(";base64"):
        return False
    packed = "".join(body.split())
    try:
        return len(packed) >= _SHORTEST_BASE64 and bool(base64.b64decode(packed, validate=True))
    except (binascii.Error, ValueError):
        return False


def _looks_like_a_path(text: str, folder: FilePath) -> bool:
    if text.lower().endswith(_SUFFIXES) or text.startswith(("/", "./", "../", "~", "file:")) or "\\" in text:
        return True
    try:
        return (folder / text).exists()
    except (OSError, ValueError):
        return False
