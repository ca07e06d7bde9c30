"""Pictures in other folders: found where they are what they were, and passed over wherever anything does not hold."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from pipeline.manifest.journal import open_journal
from pipeline.manifest.lines import (
    AnyLine,
    Artifact,
    CellLine,
    Downloaded,
    Header,
    PlanCounts,
    PlanLine,
    Ready,
    Submitted,
    Submitting,
    TaskLine,
)
from pipeline.manifest.read import read_manifest
from pipeline.run.elsewhere import find_elsewhere, intact, take_over
from pipeline.stores.local import LocalStore
from pipeline.task.fingerprint import task_of
from pipeline.task.request import Request, Task

HOST = "https://api.example.com"
TASKS = [task_of(Request("cometapi", "flux-dev", {"prompt": "a cat", "seed": seed})) for seed in range(4)]
WANTED = {task.key: ("cometapi", HOST) for task in TASKS}


def content_of(task: Task) -> bytes:
    return f"the picture of {task.key}".encode()


def artifact_of(task: Task, path: str = "") -> Artifact:
    content = content_of(task)
    name = path or f"images/x-{task.key[:8]}.png"
    return Artifact(name, hashlib.sha256(content).hexdigest(), len(content), "image/png", 1, 1)


def bought(task: Task, artifact: Artifact) -> list[AnyLine]:
    return [
        Submitting(key=task.key, attempt=1),
        Submitted(key=task.key, attempt=1, remote_id="id"),
        Ready(key=task.key),
        Downloaded(key=task.key, artifact=artifact),
    ]


def make_folder(
    folder: Path,
    *,
    origin: str = HOST,
    origins: Mapping[str, str] | None = None,
    rehearsal: bool = False,
    done: int = len(TASKS),
    path: str = "",
) -> Path:
    """An output folder in which the first `done` tasks are downloaded."""
    (folder / "images").mkdir(parents=True)
    with open_journal(folder) as journal:
        journal.append_now(Header(format=1, tool="test", created="2026", origin=origin, rehearsal=rehearsal))
        counts = PlanCounts(len(TASKS), len(TASKS))
        journal.append_now(
            PlanLine(n=1, job={"name": "a"}, digest="d", counts=counts, origins=dict(origins or {})),
            *(TaskLine(key=task.key, request=task.request) for task in TASKS),
            *(CellLine(n=1, key=task.key, label=f"s{place}", axes={}) for place, task in enumerate(TASKS)),
        )
        for task in TASKS[:done]:
            artifact = artifact_of(task, path)
            journal.append_now(*bought(task, artifact))
            if not path:
                (folder / artifact.path).write_bytes(content_of(task))
    return folder


def keys(folder: Path) -> set[str]:
    """What a run with the output folder `folder` would take over."""
    return set(intact(find_elsewhere(folder, WANTED)))


def test_what_lies_intact_beside_is_found_and_nothing_else(tmp_path: Path) -> None:
    make_folder(tmp_path / "one", done=2)
    make_folder(tmp_path / "deep" / "two")
    assert keys(tmp_path / "new") == {task.key for task in TASKS[:2]}
    assert not (tmp_path / "new").exists()
    assert find_elsewhere(tmp_path / "new", {}) == {}
    assert keys(tmp_path / "one") == set()


@pytest.mark.parametrize(
    "made",
    [{"origin": "https://other.example.com"}, {"origin": "emulator"}, {"rehearsal": True, "origin": "emulator"}],
    ids=["another host", "the emulator", "a rehearsal"],
)
def test_a_picture_from_elsewhere_is_another_picture(tmp_path: Path, made: dict[str, object]) -> None:
    make_folder(tmp_path / "one", **made)  # type: ignore[arg-type]
    assert keys(tmp_path / "new") == set()


def test_a_rehearsal_is_not_reused_for_the_emulator_either(tmp_path: Path) -> None:
    make_folder(tmp_path / "one", origin="emulator", rehearsal=True)
    assert find_elsewhere(tmp_path / "new", dict.fromkeys(WANTED, ("cometapi", "emulator"))) == {}


def test_of_several_providers_each_is_where_the_plan_says(tmp_path: Path) -> None:
    make_folder(tmp_path / "one", origin=f"{HOST} https://bfl", origins={"cometapi": HOST, "bfl": "https://bfl"})
    assert keys(tmp_path / "new") == set(WANTED)
    make_folder(tmp_path / "b" / "one", origins={"cometapi": "https://moved"})
    assert keys(tmp_path / "b" / "new") == set()


@pytest.mark.parametrize("spoil", ["changed", "cut", "gone", "a link", "a folder"])
def test_a_file_that_is_not_what_was_recorded_is_passed_over_and_another_taken(tmp_path: Path, spoil: str) -> None:
    file = make_folder(tmp_path / "one") / artifact_of(TASKS[0]).path
    content = file.read_bytes()
    file.unlink()
    if spoil == "changed":
        file.write_bytes(content[::-1])
    elif spoil == "cut":
        file.write_bytes(content[:-1])
    elif spoil == "a link":
        (tmp_path / "there").write_bytes(content)
        file.symlink_to(tmp_path / "there")
    elif spoil == "a folder":
        file.mkdir()
    assert keys(tmp_path / "new") == set(WANTED) - {TASKS[0].key}
    make_folder(tmp_path / "two")
    found = intact(find_elsewhere(tmp_path / "new", WANTED))
    assert (found[TASKS[0].key].folder, found[TASKS[1].key].folder) == ("two", "one")


@pytest.mark.parametrize("path", ["../secret.png", "/etc/hostname", "images/../../x.png"])
def test_a_recorded_name_does_not_lead_out_of_its_folder(tmp_path: Path, path: str) -> None:
    make_folder(tmp_path / "one", path=path)
    for name in ("secret.png", "x.png"):
        (tmp_path / name).write_bytes(content_of(TASKS[0]))
    assert find_elsewhere(tmp_path / "new", WANTED) == {}


def test_damage_costs_only_what_it_touches(tmp_path: Path) -> None:
    manifest = make_folder(tmp_path / "one") / "manifest.jsonl"
    whole = manifest.read_bytes()
    for place in range(0, len(whole), 7):
        spoilt = bytearray(whole)
        spoilt[place] ^= 4
        manifest.write_bytes(bytes(spoilt))
        assert len(keys(tmp_path / "new")) in (0, len(TASKS) - 1, len(TASKS))
    for length in range(0, len(whole), 31):
        manifest.write_bytes(whole[:length])
        assert keys(tmp_path / "new") <= set(WANTED)
    for content in (b"", b"\0" * 5000, b"x" * 100_000, whole.replace(b'"format":1', b'"format":9')):
        manifest.write_bytes(content)
        assert keys(tmp_path / "new") == set()


def test_folders_that_cannot_be_read_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "odd" / "manifest.jsonl").mkdir(parents=True)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    make_folder(tmp_path / "one")
    assert keys(tmp_path / "new") == set(WANTED)


def test_what_is_taken_over_is_recorded_as_reused_and_costs_nothing(tmp_path: Path) -> None:
    one, new = make_folder(tmp_path / "one", done=3), make_folder(tmp_path / "new", done=0)
    pictures = intact(find_elsewhere(new, WANTED))
    with open_journal(new) as journal:
        assert take_over(journal, LocalStore(new), pictures) == 3
    manifest = read_manifest(new / "manifest.jsonl").manifest
    for place, task in enumerate(TASKS[:3]):
        record = manifest.record(task.key)
        assert (record.status, record.reused_from, record.charges_hi) == ("downloaded", "one", 0)
        assert record.artifact is not None
        assert record.artifact.path == f"images/s{place}-{task.key[:8]}.png"
        assert (new / record.artifact.path).samefile(one / artifact_of(task).path)
    assert manifest.record(TASKS[3].key).status == "planned"
    make_folder(tmp_path / "third", done=0)
    chain = intact(find_elsewhere(tmp_path / "third", WANTED))
    assert {picture.folder for picture in chain.values()} == {"new"}


def test_what_changes_after_it_was_looked_at_stays_planned(tmp_path: Path) -> None:
    one, new = make_folder(tmp_path / "one"), make_folder(tmp_path / "new", done=0)
    pictures = intact(find_elsewhere(new, WANTED))
    (one / artifact_of(TASKS[0]).path).write_bytes(b"something else")
    (one / artifact_of(TASKS[1]).path).unlink()
    with open_journal(new) as journal:
        assert take_over(journal, LocalStore(new), pictures) == 2
        assert journal.manifest.record(TASKS[0].key).status == "planned"
    assert len(list((new / "images").iterdir())) == 2
