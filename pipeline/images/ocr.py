"""`TextReader`: the words in a picture, by the PP-OCR models that lie in the package `rapidocr`. Nothing is fetched."""

from __future__ import annotations

import hashlib
import os
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from threading import local
from typing import TYPE_CHECKING, Any

from pipeline.errors import JobError

if TYPE_CHECKING:
    from PIL.Image import Image

DEFINITION = 1
"""Goes up whenever another text would be read in the same pixels by the same models."""
_STAGES = {"Det": "*_det_*.onnx", "Cls": "*_cls_*.onnx", "Rec": "*_rec_*.onnx"}
_MOST_THREADS = 4  # each has models of its own, which take half a gigabyte
_NEEDED = ("rapidocr", "onnxruntime", "cv2")


class TextReader:
    """Finds lines of text and reads them, from top to bottom; a space stands between two.

    Raises:
        JobError: what it needs is not installed.
    """

    name = "text"

    def __init__(self) -> None:
        if any(find_spec(package) is None for package in _NEEDED):
            raise JobError("reading text needs rapidocr, which is not installed: pip install 'fluxsweep[text]'")
        self._models = _bundled()
        self.threads = min(os.cpu_count() or 1, _MOST_THREADS)
        content = hashlib.sha256(f"{DEFINITION} {version('rapidocr')}".encode())
        for model in self._models.values():
            content.update(model.read_bytes())
        self.digest = content.hexdigest()
        self._own = local()

    def read(self, picture: Image) -> str:
        """The lines that are in `picture`; an empty text where none is."""
        import numpy as np

        if not hasattr(self._own, "engine"):
            self._own.engine = self._engine()
        # It takes arrays as OpenCV has them: blue first.
        found = self._own.engine(np.ascontiguousarray(np.asarray(picture)[:, :, ::-1]))
        return " ".join(found.txts or ())

    def _engine(self) -> Any:
        """One a thread: it keeps notes on the picture at hand in itself."""
        from rapidocr import RapidOCR

        # A model that is named by its path is not looked up, so that nothing can be downloaded.
        paths = {f"{stage}.model_path": str(model) for stage, model in self._models.items()}
        one_core = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
        return RapidOCR(params={"Global.log_level": "critical", **one_core, **paths})


def _bundled() -> dict[str, Path]:
    """The model of each stage, as the package brings it."""
    package = find_spec("rapidocr")
    folder = Path(package.origin).parent / "models" if package and package.origin else Path()
    models = {stage: next(iter(sorted(folder.glob(pattern))), None) for stage, pattern in _STAGES.items()}
    found = {stage: model for stage, model in models.items() if model is not None}
    if len(found) < len(models):
        raise JobError(f"{folder}: the models of rapidocr are not there: pip install --force-reinstall rapidocr")
    return found
