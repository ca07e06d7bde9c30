"""A CLIP model so small that its embeddings are known: the mean colour of a picture, the sum of the colours named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from tokenizers.processors import TemplateProcessing

COLOURS = {"red": (1, 0, 0), "green": (0, 1, 0), "blue": (0, 0, 1)}
WORDS = ("?", "<s>", "</s>", *COLOURS)
SIDE = 32
CONTEXT = 4  # two words between the marks of start and end


def make(folder: Path, *, parts: bool = True, within: str = "onnx") -> Path:
    """The folder, as an exporter of Hugging Face's writes it: two models, or one of both."""
    (folder / within).mkdir(parents=True, exist_ok=True)
    if parts:
        _save(folder / within / "vision_model.onnx", [_PIXELS], [_VISION], ["image_embeds"])
        _save(folder / within / "text_model.onnx", [_IDS], [_LOOK_UP, _ADD], ["text_embeds"])
    else:
        nodes = [_VISION, _LOOK_UP, _ADD]
        _save(folder / within / "model.onnx", [_IDS, _PIXELS, _MASK], nodes, ["text_embeds", "image_embeds"])
    plain = {"image_mean": [0, 0, 0], "image_std": [1, 1, 1], "resample": 3, "rescale_factor": 1 / 255}
    sizes = {"size": {"shortest_edge": SIDE}, "crop_size": {"height": SIDE, "width": SIDE}}
    (folder / "preprocessor_config.json").write_text(json.dumps(plain | sizes))
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": CONTEXT}))
    tokenizer = Tokenizer(WordLevel({word: at for at, word in enumerate(WORDS)}, unk_token="?"))
    tokenizer.pre_tokenizer = Whitespace()
    marks = [("<s>", 1), ("</s>", 2)]
    tokenizer.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=marks)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def _save(path: Path, inputs: list[onnx.ValueInfoProto], nodes: list[onnx.NodeProto], outputs: list[str]) -> None:
    table = np.array([COLOURS.get(word, (0, 0, 0)) for word in WORDS], np.float32)
    constants = [numpy_helper.from_array(table, "table"), numpy_helper.from_array(np.array([1]), "words")]
    needed = {name for node in nodes for name in node.input}
    made = helper.make_graph(
        nodes,
        "tiny",
        inputs,
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3]) for name in outputs],
        [one for one in constants if one.name in needed],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


_PIXELS = helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, [1, 3, "height", "width"])
_IDS = helper.make_tensor_value_info("input_ids", TensorProto.INT64, [1, "sequence"])
_MASK = helper.make_tensor_value_info("attention_mask", TensorProto.INT64, [1, "sequence"])
_VISION = helper.make_node("ReduceMean", ["pixel_values"], ["image_embeds"], axes=[2, 3], keepdims=0)
_LOOK_UP = helper.make_node("Gather", ["table", "input_ids"], ["words_of"], axis=0)
_ADD = helper.make_node("ReduceSum", ["words_of", "words"], ["text_embeds"], keepdims=0)
