"""Words that were really drawn are read, in several threads, without a word to the network."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from pipeline.errors import JobError
from pipeline.images.ocr import TextReader
from pipeline.images.reader import read_file
from pipeline.images.wording import shown

WORDS = ("Fresh Bread", "Harbour Museum", "Closed Sunday", "Coffee & Books")


def sign(words: str, size: int = 56) -> Image.Image:
    picture = Image.new("RGB", (640, 360), (40, 60, 90))
    ImageDraw.Draw(picture).text((40, 120), words, font=ImageFont.load_default(size), fill=(245, 235, 200))
    return picture


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader()


def test_words_are_read_whole_and_others_are_not_found_in_them(reader: TextReader) -> None:
    signs = [sign(words) for words in WORDS]
    pictures = [*signs[:2], signs[2].rotate(8), signs[3].filter(ImageFilter.GaussianBlur(2))]
    with ThreadPoolExecutor(2) as pool:
        read = list(pool.map(reader.read, pictures))
    assert [shown(words, text) for words, text in zip(WORDS, read, strict=True)] == [1.0] * len(WORDS)
    others = [shown(words, text) for words, text in zip(WORDS[1:], read, strict=False)]
    assert max(score for score in others if score is not None) < 0.5


def test_where_nothing_is_written_nothing_is_read(reader: TextReader) -> None:
    assert reader.read(Image.new("RGB", (320, 320), "green")) == ""
    assert reader.read(Image.new("RGB", (8, 8))) == ""


def test_a_file_is_read_upright_and_without_its_transparency(reader: TextReader, tmp_path: Path) -> None:
    lying = sign("Library").rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees to the right
    lying.save(tmp_path / "lying.jpg", exif=exif)
    clear = sign("Station").convert("RGBA")
    clear.save(tmp_path / "clear.png")
    assert [read_file(reader, tmp_path / name) for name in ("lying.jpg", "clear.png")] == ["Library", "Station"]


NO_NETWORK = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.gethostbyname"):
        raise SystemExit(f"{event} {arguments}")
sys.addaudithook(refuse)
from tests.images.test_ocr import TextReader, sign
print(TextReader().read(sign("Welcome")))
"""


def test_nothing_is_asked_of_the_network() -> None:
    root = Path(__file__).parents[2]
    ended = subprocess.run([sys.executable, "-c", NO_NETWORK], cwd=root, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "Welcome\n", "")


def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.images.ocr.find_spec", lambda _: None)
    with pytest.raises(JobError, match=r"pip install 'fluxsweep\[text\]'"):
        TextReader()
