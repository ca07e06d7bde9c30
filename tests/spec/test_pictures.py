"""Input images in files: checked when the job is read, asked for by content, and axes of their own."""

from __future__ import annotations

import base64
import hashlib
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from pipeline.catalog.load import load_catalog
from pipeline.sweep.cell import Sweep
from pipeline.sweep.expand import expand
from pipeline.task.request import ImageRef

if TYPE_CHECKING:
    from tests.spec.conftest import Bench

HEAD = "version: 1\nname: a\nprovider: cometapi\n"
EDITS = HEAD + (
    "prompts: {edit: 'make {{ input_image.stem }} ({{ input_image.caption }}) {{ mood }}'}\n"
    "matrix: {model: flux-kontext-pro, mood: [sad, glad], input_image: {folder: refs/*.png}}\n"
)


def picture(width: int = 300, height: int = 400, kind: str = "PNG", shade: int = 7) -> bytes:
    stream = BytesIO()
    Image.new("RGB", (width, height), (shade, 80, 90)).save(stream, kind)
    return stream.getvalue()


def put(bench: Bench, name: str, content: bytes) -> None:
    path = bench.root / "jobs" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def sweep_of(bench: Bench, text: str) -> Sweep:
    sweep, findings = expand(bench.spec(text), load_catalog())
    assert findings == []
    assert sweep is not None
    return sweep


def test_a_folder_is_an_axis_of_images(bench: Bench) -> None:
    for shade, name in enumerate(["tom", "anna"]):
        put(bench, f"refs/{name}.png", picture(shade=shade))
        put(bench, f"refs/{name}.txt", f"{name} smiling\n".encode())
    put(bench, "refs/other.jpg", b"no picture, and not asked for")
    cells = sweep_of(bench, EDITS).cells
    assert [cell.task.request.params["prompt"] for cell in cells] == [
        f"make {name} ({name} smiling) {mood}" for mood in ("sad", "glad") for name in ("anna", "tom")
    ]
    assert [cell.axes["input_image"] for cell in cells[:2]] == ["refs/anna.png", "refs/tom.png"]
    assert cells[0].label == "edit_flux-kontext-pro_s1_auto_sad_anna"
    sha256 = hashlib.sha256(picture(shade=1)).hexdigest()
    assert cells[0].task.request.params["input_image"] == ImageRef(sha256, "image/png")
    assert bench.load(EDITS).images[sha256] == picture(shade=1)


def test_a_picture_is_known_by_content_wherever_it_lies(bench: Bench) -> None:
    job = HEAD + "prompts: {p: a cat}\nmatrix: {model: flux-dev}\nparams: {image_prompt: one.jpg}\n"
    put(bench, "one.jpg", picture(kind="JPEG"))
    put(bench, "two.png", picture(kind="JPEG"))
    keys = {cell.task.key for cell in sweep_of(bench, job).cells}
    assert keys == {cell.task.key for cell in sweep_of(bench, job.replace("one.jpg", "two.png")).cells}
    put(bench, "one.jpg", picture(kind="JPEG", shade=90))
    assert keys.isdisjoint(cell.task.key for cell in sweep_of(bench, job).cells)


def test_a_price_by_the_megapixel_counts_input_images_in_files(bench: Bench) -> None:
    put(bench, "big.png", picture(2048, 1024))
    job = HEAD + "prompts: {p: a cat}\nmatrix: {model: flux-2-pro, size: 1024x1024}\nparams: {input_image: big.png}\n"
    alone = sweep_of(bench, job.replace("params: {input_image: big.png}\n", "")).cells[0].price.micro_usd
    with_image = sweep_of(bench, job).cells[0].price.micro_usd
    assert alone is not None
    assert with_image == alone + 2 * 15_000


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (picture(300, 255), "it is 300x255, with a side under 256"),
        (picture(5000, 4001), "it is 5000x4001, more than 20 MP"),
        (picture()[:-20], "PNG cut short"),
        (b"hello", "not a JPEG, PNG or WebP picture"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20 << 20), "it has more than 20 MB"),
    ],
)
def test_a_picture_that_the_service_would_refuse_is_refused(bench: Bench, content: bytes, said: str) -> None:
    put(bench, "refs/anna.png", content)
    put(bench, "refs/anna.txt", b"anna")
    found = bench.problems(EDITS)
    assert len(found) == 1, found
    assert found[0].startswith("jobs/job.yaml:5:")
    assert "matrix.input_image[0]: the image `refs/anna.png` cannot be used: " in found[0]
    assert said in found[0]


def test_a_mask_has_the_size_of_its_image(bench: Bench) -> None:
    put(bench, "room.png", picture(512, 512))
    put(bench, "good.png", picture(512, 512, shade=1))
    put(bench, "small.png", picture(256, 512))
    inline = base64.b64encode(picture(300, 300)).decode()
    job = HEAD + "prompts: {p: a cat}\nmatrix: {model: flux-pro-1.0-fill}\nparams: {image: room.png, mask: MASK}\n"
    sweep_of(bench, job.replace("MASK", "good.png"))
    for mask, sides in (("small.png", "256x512"), (inline, "300x300")):
        _, findings = expand(bench.spec(job.replace("MASK", mask)), load_catalog())
        assert [(found.path, found.message) for found in findings] == [
            (("params", "mask"), f"`mask` is {sides}, `image` is 512x512 on `flux-pro-1.0-fill`")
        ]


def test_canny_needs_one_of_its_two_images(bench: Bench) -> None:
    job = HEAD + "prompts: {p: a cat}\nmatrix: {model: flux-pro-1.0-canny}\n"
    _, findings = expand(bench.spec(job), load_catalog())
    assert [finding.message for finding in findings] == [
        "`control_image` or `preprocessed_image` is missing on `flux-pro-1.0-canny`"
    ]
    put(bench, "edges.png", picture())
    sweep_of(bench, job + "params: {preprocessed_image: edges.png}\n")
