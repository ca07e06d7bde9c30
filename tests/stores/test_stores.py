"""What every store promises: nothing partial under a final name."""

from __future__ import annotations

from pathlib import Path

import pytest

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
