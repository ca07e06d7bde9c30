"""What every store promises: nothing partial under a final name."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from pipeline.manifest.disk import SystemDisk
from pipeline.stores.base import Store
from pipeline.stores.local import LocalStore


@pytest.fixture(params=["local"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return {"local": LocalStore}[request.param](tmp_path)


def test_what_is_kept_can_be_read_and_what_is_begun_cannot(store: Store) -> None:
    with store.begin("images/a") as append:
        append(b"pic")
        append(b"ture")
    assert store.begun("images/a") == b"picture"
    with pytest.raises(FileNotFoundError):
        store.read("images/a.png")
    assert store.keep("images/a", "images/a.png") == "images/a.png"
    assert store.read("images/a.png") == b"picture"
    with pytest.raises(FileNotFoundError):
        store.begun("images/a")


def test_beginning_again_forgets_the_bytes_of_before(store: Store) -> None:
    for content in (b"a long first try", b"second"):
        with store.begin("images/a") as append:
            append(content)
    store.keep("images/a", "images/a.png")
    assert store.read("images/a.png") == b"second"


def test_dropping_is_harmless_twice(store: Store) -> None:
    with store.begin("images/a") as append:
        append(b"pic")
    store.drop("images/a")
    store.drop("images/a")
    with pytest.raises(FileNotFoundError):
        store.keep("images/a", "images/a.png")


def test_put_keeps_what_stands_there(store: Store) -> None:
    store.put("inputs/x", b"first")
    store.put("inputs/x", b"second")
    assert store.read("inputs/x") == b"first"


def test_the_room_that_is_left_is_told_in_bytes(store: Store) -> None:
    store.put("inputs/x", b"first")
    assert 0 < store.room_left() < 2**62


SHA256 = hashlib.sha256(b"picture").hexdigest()


def _elsewhere(tmp_path: Path, content: bytes = b"picture") -> Path:
    source = tmp_path / "elsewhere" / "a.png"
    source.parent.mkdir()
    source.write_bytes(content)
    return source


def test_a_picture_that_lies_elsewhere_is_taken_over_and_stays_there(store: Store, tmp_path: Path) -> None:
    source = _elsewhere(tmp_path)
    for _ in range(2):  # what a crash left is no hindrance
        assert store.take_over(source, "images/a.png", SHA256)
        assert store.read("images/a.png") == source.read_bytes() == b"picture"
    assert [file.name for file in (tmp_path / "images").iterdir()] == ["a.png"]


def test_what_is_taken_over_goes_in_place_of_what_stands_there(store: Store, tmp_path: Path) -> None:
    store.put("images/a.png", b"something else")
    assert store.take_over(_elsewhere(tmp_path), "images/a.png", SHA256)
    assert store.read("images/a.png") == b"picture"


def test_a_download_after_a_take_over_leaves_the_other_folder_alone(store: Store, tmp_path: Path) -> None:
    source = _elsewhere(tmp_path)
    assert store.take_over(source, "images/a.png", SHA256)
    with store.begin("images/a") as append:
        append(b"new")
    store.keep("images/a", "images/a.png")
    store.put("images/b.png", b"new")
    assert (store.read("images/a.png"), source.read_bytes()) == (b"new", b"picture")


@pytest.mark.parametrize("content", [b"another picture", b"pictur", b""])
def test_what_is_not_that_picture_is_not_taken_over(store: Store, tmp_path: Path, content: bytes) -> None:
    assert not store.take_over(_elsewhere(tmp_path, content), "images/a.png", SHA256)
    assert list((tmp_path / "images").iterdir()) == []


def test_what_is_gone_is_not_taken_over(store: Store, tmp_path: Path) -> None:
    assert not store.take_over(tmp_path / "gone.png", "images/a.png", SHA256)


class _NoLinks(SystemDisk):
    def link(self, source: Path, target: Path) -> None:
        raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))


def test_where_no_link_can_be_it_is_a_copy(tmp_path: Path) -> None:
    source = _elsewhere(tmp_path)
    assert LocalStore(tmp_path, disk=_NoLinks()).take_over(source, "images/a.png", SHA256)
    copy = tmp_path / "images" / "a.png"
    assert (copy.read_bytes(), copy.stat().st_nlink, source.stat().st_nlink) == (b"picture", 1, 1)
    assert LocalStore(tmp_path).take_over(source, "images/a.png", SHA256)
    assert source.stat().st_nlink == 2
