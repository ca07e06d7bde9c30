"""`ClipReader`: embeddings of pictures and texts, by a CLIP model in a folder of yours. Nothing is fetched."""

from __future__ import annotations

import hashlib
import os
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from pipeline.errors import JobError
from pipeline.images.embedding import packed

if TYPE_CHECKING:
    import numpy as np
    from onnxruntime import InferenceSession
    from PIL.Image import Image

DEFINITION = 1
"""Goes up whenever the same files would give other embeddings."""
CONTEXT = 77  # tokens, where the folder does not say: what CLIP was trained with
Shape = TypeVar("Shape")
_NEEDED = ("onnxruntime", "tokenizers")
_PAIRS = (("vision_model.onnx", "text_model.onnx"), ("model.onnx", "model.onnx"))
_FLOATS = {"tensor(float)": "float32", "tensor(float16)": "float16"}


class _Preprocessor(msgspec.Struct):
    """`preprocessor_config.json`, as far as it bears on pixels. The defaults are CLIP's."""

    size: int | dict[str, int] = 224
    crop_size: int | dict[str, int] = 224
    do_resize: bool = True
    do_center_crop: bool = True
    do_rescale: bool = True
    do_normalize: bool = True
    resample: int = 3
    rescale_factor: float = 1 / 255
    image_mean: tuple[float, float, float] = (0.48145466, 0.4578275, 0.40821073)
    image_std: tuple[float, float, float] = (0.26862954, 0.26130258, 0.27577711)


class _TokenizerConfig(msgspec.Struct):
    model_max_length: float = CONTEXT


class ClipReader:
    """Reads `folder`, a CLIP model as Hugging Face's exporters write it for ONNX.

    In it, or in its `onnx/`: `vision_model.onnx` (`image_embeds`) and `text_model.onnx` (`text_embeds`), or one
    `model.onnx` with both; beside them `preprocessor_config.json` and `tokenizer.json`. A text that is longer than the
    model's context (`tokenizer_config.json`, else `CONTEXT`) is cut there, as CLIP does.

    Raises:
        JobError: a package is not installed, or a file is not there or not what it should be.
    """

    name = "clip"
    threads = 2  # of pictures; the model itself takes all cores

    def __init__(self, folder: Path) -> None:
        if any(find_spec(package) is None for package in _NEEDED):
            raise JobError("--clip needs onnxruntime and tokenizers: pip install 'fluxsweep[clip]'")
        self._folder = folder
        self._vision, self._text = _models(folder)
        self._preprocessor = _configured(folder / "preprocessor_config.json", _Preprocessor)
        self._tokenizer = self._read_tokenizer()
        self.digest = self._digest()
        self._sessions = {path: _session(path) for path in {self._vision, self._text}}

    def read(self, picture: Image) -> str:
        """The embedding of `picture`."""
        return self._embedding(self._vision, "image_embeds", {"pixel_values": self._pixels(picture)})

    def read_text(self, text: str) -> str:
        """The embedding of `text`."""
        return self._embedding(self._text, "text_embeds", self._tokens(text))

    def _embedding(self, model: Path, output: str, said: dict[str, Any]) -> str:
        session = self._sessions[model]
        # A model of both wants both: what is not asked for does not change the other's embedding.
        given = self._blank | said if self._vision == self._text else said
        asked = {one.name: given[one.name] for one in session.get_inputs() if one.name in given}
        try:
            (found,) = session.run([output], asked)
        except Exception as error:
            raise JobError(f"{model}: gives no {output}: {' '.join(str(error).split())[:200]}") from None
        return packed(found.reshape(-1))

    @cached_property
    def _blank(self) -> dict[str, Any]:
        from PIL import Image

        side = 224
        return {"pixel_values": self._pixels(Image.new("RGB", (side, side)))} | self._tokens("a")

    def _tokens(self, text: str) -> dict[str, Any]:
        import numpy as np

        ids = self._tokenizer.encode(text).ids
        return {"input_ids": np.array([ids], np.int64), "attention_mask": np.ones((1, len(ids)), np.int64)}

    def _pixels(self, picture: Image) -> np.ndarray[Any, Any]:
        """Resized, cropped to the middle, scaled and normalised as the folder's configuration says."""
        import numpy as np
        from PIL import Image

        how = self._preprocessor
        if how.do_resize:
            picture = picture.resize(_resized(picture.size, how.size), Image.Resampling(how.resample))
        if how.do_center_crop:
            wide, high = _sides(how.crop_size)
            left, top = (picture.width - wide) // 2, (picture.height - high) // 2
            picture = picture.crop((left, top, left + wide, top + high))
        pixels = np.asarray(picture, dtype=np.float32)
        if how.do_rescale:
            pixels = pixels * np.float32(how.rescale_factor)
        if how.do_normalize:
            mean, deviation = np.array([how.image_mean, how.image_std], np.float32)
            pixels = (pixels - mean) / deviation
        taken = next((one.type for one in self._sessions[self._vision].get_inputs() if one.name == "pixel_values"), "")
        return pixels.transpose(2, 0, 1)[None].astype(_FLOATS.get(taken, "float32"))

    def _read_tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        path = _there(self._folder / "tokenizer.json")
        config = self._folder / "tokenizer_config.json"
        # Where a tokenizer has no limit of its own, a huge number stands for that.
        said = _configured(config, _TokenizerConfig) if config.exists() else _TokenizerConfig()
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # it raises nothing more telling
            raise JobError(f"{path}: is no tokenizer: {error}") from None
        tokenizer.no_padding()
        tokenizer.enable_truncation(int(min(said.model_max_length, CONTEXT)))
        return tokenizer

    def _digest(self) -> str:
        content = hashlib.sha256(str(DEFINITION).encode())
        names = ("preprocessor_config.json", "tokenizer.json", "tokenizer_config.json")
        beside = {model.with_name(f"{model.name}_data") for model in (self._vision, self._text)}
        for path in sorted({self._vision, self._text, *beside, *(self._folder / name for name in names)}):
            if path.exists():
                with path.open("rb") as file:
                    content.update(hashlib.file_digest(file, "sha256").digest())
        return content.hexdigest()


def _configured(path: Path, shape: type[Shape]) -> Shape:
    try:
        return msgspec.json.decode(_there(path).read_bytes(), type=shape)
    except (msgspec.DecodeError, OSError) as error:
        raise JobError(f"{path}: cannot be read: {error}") from None


def _models(folder: Path) -> tuple[Path, Path]:
    """Where the model of pictures and that of texts lie."""
    for within in (folder / "onnx", folder):
        for vision, text in _PAIRS:
            if (within / vision).is_file() and (within / text).is_file():
                return within / vision, within / text
    raise JobError(f"{folder}: there is no vision_model.onnx with text_model.onnx, and no model.onnx, nor in onnx/")


def _there(path: Path) -> Path:
    if not path.is_file():
        raise JobError(f"{path}: is missing; the folder of a CLIP model exported to ONNX has it")
    return path


def _session(path: Path) -> InferenceSession:
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = os.cpu_count() or 1
    try:
        return InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no base of their own
        raise JobError(f"{path}: onnxruntime cannot load it: {' '.join(str(error).split())[:200]}") from None


def _sides(size: int | dict[str, int]) -> tuple[int, int]:
    return (size, size) if isinstance(size, int) else (size["width"], size["height"])


def _resized(sides: tuple[int, int], size: int | dict[str, int]) -> tuple[int, int]:
    """A number is the shorter side, and the longer one follows."""
    shortest = size if isinstance(size, int) else size.get("shortest_edge")
    if shortest is None:
        return _sides(size)
    short, wide, high = min(sides), *sides
    return int(shortest * wide / short), int(shortest * high / short)
