"""Input images beside the manifest: kept once under a name that tells their kind, and read wherever they lie."""

from __future__ import annotations

import hashlib
from io import BytesIO

from PIL import Image

from tests.commands.bench import Bench

JOB = """\
version: 1
name: edits
provider: emulator
prompts: {snow: let it snow, night: make it night}
matrix: {model: flux-kontext-pro, input_image: [photo.jpg]}
"""


def test_a_run_goes_on_with_the_images_that_lie_beside_it(bench: Bench) -> None:
    stream = BytesIO()
    Image.new("RGB", (300, 256), "teal").save(stream, "JPEG")
    (bench.root / "photo.jpg").write_bytes(stream.getvalue())
    job = bench.root / "edits.yaml"
    job.write_text(JOB)
    sha256 = hashlib.sha256(stream.getvalue()).hexdigest()

    assert bench.call("run", job, "-o", "out", "--limit", "1").code == 75
    (kept,) = (bench.out / "inputs").iterdir()
    assert (kept.name, kept.read_bytes()) == (f"{sha256}.jpg", stream.getvalue())

    kept.rename(kept.with_name(sha256))  # as folders had it before names told the kind
    done = bench.call("run", job, "-o", "out")
    assert done.code == 0, done.err
    assert len(list((bench.out / "images").iterdir())) == 2
