"""A real ONNX model whose embeddings are known: what reaches it, and what comes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from pipeline.errors import JobError
from pipeline.images.clip import ClipReader
from pipeline.images.embedding import cosine, unpacked
from tests.images.tiny_clip import make


def angle(reader: ClipReader, picture: Image.Image, text: str) -> float:
    return cosine(unpacked(reader.read(picture)), unpacked(reader.read_text(text)))


@pytest.mark.parametrize(("parts", "within"), [(True, "onnx"), (True, "."), (False, "onnx"), (False, ".")])
def test_a_picture_is_as_near_to_a_text_as_the_model_says(tmp_path: Path, parts: bool, within: str) -> None:
    reader = ClipReader(make(tmp_path, parts=parts, within=within))
    red, grey = Image.new("RGB", (64, 48), "#ff0000"), Image.new("RGB", (48, 64), "#808080")
    assert [angle(reader, red, text) for text in ("red", "green", "red green")] == [1.0, 0.0, round(0.5**0.5, 4)]
    assert [angle(reader, grey, text) for text in ("red", "green blue")] == [0.5774, 0.8165]


def test_the_middle_is_looked_at_after_the_shorter_side_was_resized(tmp_path: Path) -> None:
    wide = Image.new("RGB", (300, 100), "#0000ff")
    wide.paste("#ff0000", (100, 0, 200, 100))
    assert angle(ClipReader(make(tmp_path)), wide, "red") > 0.999


def test_pixels_are_scaled_and_normalised_as_the_folder_says(tmp_path: Path) -> None:
    make(tmp_path)
    file = tmp_path / "preprocessor_config.json"
    said = json.loads(file.read_text()) | {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.25, 0.25]}
    file.write_text(json.dumps(said | {"size": 32, "crop_size": 32}))
    embedding = unpacked(ClipReader(tmp_path).read(Image.new("RGB", (40, 40), "#ff0000")))
    assert embedding.tolist() == pytest.approx([1 / 3, -2 / 3, -2 / 3])


def test_a_text_is_cut_at_the_context_of_the_model(tmp_path: Path) -> None:
    reader = ClipReader(make(tmp_path))
    assert reader.read_text("red green blue") == reader.read_text("red green") != reader.read_text("red")


def test_the_digest_is_of_all_that_bears_on_what_is_read(tmp_path: Path) -> None:
    digests = {ClipReader(make(tmp_path)).digest, ClipReader(make(tmp_path / "again")).digest}
    assert len(digests) == 1
    (tmp_path / "tokenizer_config.json").write_text('{"model_max_length": 3}')
    assert ClipReader(tmp_path).digest not in digests


def spoil(name: str, content: bytes | None) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        if content is None:
            (folder / name).unlink()
        else:
            (folder / name).write_bytes(content)

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (spoil("onnx/text_model.onnx", None), r"there is no vision_model.onnx with text_model.onnx"),
        (spoil("onnx/vision_model.onnx", b"no model"), r"vision_model.onnx: onnxruntime cannot load it"),
        (spoil("tokenizer.json", None), r"tokenizer.json: is missing"),
        (spoil("tokenizer.json", b"{}"), r"tokenizer.json: is no tokenizer"),
        (spoil("preprocessor_config.json", b'{"size": "big"}'), r"preprocessor_config.json: cannot be read: Expected"),
    ],
)
def test_what_is_wrong_with_a_folder_is_named(tmp_path: Path, change: Callable[[Path], None], said: str) -> None:
    change(make(tmp_path))
    with pytest.raises(JobError, match=said):
        ClipReader(tmp_path)


def test_a_model_of_something_else_is_refused_when_it_is_asked(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "onnx" / "text_model.onnx").write_bytes((tmp_path / "onnx" / "vision_model.onnx").read_bytes())
    with pytest.raises(JobError, match=r"text_model.onnx: gives no text_embeds"):
        ClipReader(tmp_path).read_text("red")


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("pipeline.images.clip.find_spec", lambda _: None)
    with pytest.raises(JobError, match=r"pip install 'fluxsweep\[clip\]'"):
        ClipReader(tmp_path)
