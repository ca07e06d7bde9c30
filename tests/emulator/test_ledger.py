"""The ledger survives a cut at any byte, and is held by one emulator."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.emulator import ledger as ledger_module
from pipeline.emulator.ledger import Accepted, Ledger, digest_of
from pipeline.emulator.tasks import is_active, status_of
from pipeline.errors import DiskError, FluxsweepError


def line(n: int, **changes: object) -> Accepted:
    fields: dict[str, object] = {
        "id": f"task{n}",
        "at": 1000.0 + n,
        "shape": "flux",
        "model": "flux-dev",
        "body": {"prompt": f"a téapot {n}", "seed": n},
        "seed": n,
        "prompt": f"a téapot {n}",
        "width": 1024,
        "height": 768,
        "format": "jpeg",
        "input_mp": 0,
        "fate": "ready",
        "latency": 10.0,
        "lag": 0.0,
        "credits": 2.5,
        "billed": True,
    }
    return Accepted(**(fields | changes))  # type: ignore[arg-type]


@given(st.data())
def test_a_cut_anywhere_in_the_last_line_loses_that_line_only(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ledger.jsonl")
        ledger = Ledger(path)
        for n in range(3):
            ledger.append(line(n))
        ledger.close()
        whole = path.read_bytes()
        start = whole.rstrip(b"\n").rfind(b"\n") + 1
        path.write_bytes(whole[: data.draw(st.integers(start, len(whole) - 1))])
        again = Ledger(path)
        assert again.lines == [line(0), line(1)]
        again.append(line(7))
        again.close()
        third = Ledger(path)
        assert third.lines == [line(0), line(1), line(7)]
        third.close()


def test_damage_in_the_middle_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = Ledger(path)
    for n in range(3):
        ledger.append(line(n))
    ledger.close()
    path.write_bytes(path.read_bytes().replace(b'"task1"', b'"task1'))
    with pytest.raises(FluxsweepError, match=r"ledger\.jsonl:2"):
        Ledger(path)


def test_a_second_emulator_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "LOCK_WAIT", 0.05)
    ledger = Ledger(tmp_path / "ledger.jsonl")
    with pytest.raises(FluxsweepError, match="another emulator"):
        Ledger(tmp_path / "ledger.jsonl")
    ledger.close()
    Ledger(tmp_path / "ledger.jsonl").close()


def test_a_ledger_that_cannot_be_opened_is_a_disk_error(tmp_path: Path) -> None:
    with pytest.raises(DiskError):
        Ledger(tmp_path)


@pytest.mark.parametrize("on_disk", [True, False])
def test_an_input_is_kept_once_and_found_again(tmp_path: Path, on_disk: bool) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl" if on_disk else None)
    references = [ledger.keep_input("some base64"), ledger.keep_input("some base64")]
    assert references[0] == references[1]
    assert ledger.input_text(references[0]["sha256"]) == "some base64"
    assert len(list(tmp_path.glob("*.inputs/*"))) == on_disk
    ledger.close()


def test_webhook_fields_do_not_change_what_is_asked_for() -> None:
    asked = {"prompt": "a", "seed": 1}
    assert digest_of("m", asked) == digest_of("m", {"seed": 1, "prompt": "a", "webhook_url": "http://x/"})
    assert digest_of("m", asked) != digest_of("m", asked | {"seed": 2})
    assert digest_of("m", asked) != digest_of("n", asked)


ORDER = ["Task not found", "Pending", "Generating", "Ready"]


@given(st.floats(0, 60), st.floats(0, 60), st.floats(0, 20), st.floats(0, 20))
def test_a_task_only_ever_goes_forward(one: float, other: float, latency: float, lag: float) -> None:
    task = line(0, latency=latency, lag=min(lag, latency))
    early, late = (ORDER.index(status_of(task, task.at + age)) for age in sorted((one, other)))
    assert early <= late


@pytest.mark.parametrize(
    ("fate", "word"),
    [
        ("ready", "Ready"),
        ("request_moderated", "Request Moderated"),
        ("content_moderated", "Content Moderated"),
        ("error", "Error"),
        ("failed", "Failed"),
        ("never", "Generating"),
    ],
)
def test_each_fate_has_its_word_at_the_end(fate: str, word: str) -> None:
    task = line(0, fate=fate)
    assert status_of(task, task.at) == "Pending"
    assert status_of(task, task.at + 9) == "Generating"
    assert status_of(task, task.at + 1000) == word
    assert is_active(task, task.at + 9)
    assert not is_active(task, task.at + 10)
