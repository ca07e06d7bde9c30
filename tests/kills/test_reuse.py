"""The real program is killed while it takes over what another folder has; running again completes it for nothing."""

from __future__ import annotations

import hashlib
import shutil
import signal
from pathlib import Path

import pytest

from pipeline.manifest.read import FILE_NAME, read_manifest
from tests.kills.scene import TASKS, Scene, scene
from tests.truth import ledger_lines


def hold_reused(stage: Scene, folder: Path) -> None:
    """Every picture is here, whole and unpaid, and nothing else; where it came from nothing has changed."""
    manifest = read_manifest(folder / FILE_NAME).manifest
    records = [manifest.record(key) for key in manifest.planned_keys()]
    assert [record.reused_from for record in records] == ["out"] * TASKS
    assert sum(record.charges_hi for record in records) == 0
    for record in records:
        assert record.artifact is not None
        content = (folder / record.artifact.path).read_bytes()
        assert hashlib.sha256(content).hexdigest() == record.artifact.sha256
    assert len(list((folder / "images").iterdir())) == len(list((stage.out / "images").iterdir())) == TASKS
    assert len(ledger_lines(stage.ledger)) == TASKS


@pytest.mark.parametrize("call", ["linkat", "rename", "fdatasync", "fsync"])
def test_killed_at_a_system_call_it_takes_over_the_rest(tmp_path: Path, call: str) -> None:
    with scene(tmp_path / "scene") as stage:
        whole = stage.start()
        whole.communicate(timeout=60)
        assert whole.returncode == 0
        killed = 0
        for when in (3, 7):
            inject = ("-e", f"inject={call}:signal=KILL:when={when}")
            program = stage.start("strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", *inject, out="two")
            _, said = program.communicate(timeout=60)
            assert program.returncode in (0, -signal.SIGKILL), said.decode()
            killed += program.returncode != 0
            again = stage.start(out="two")
            _, said = again.communicate(timeout=60)
            assert again.returncode == 0, said.decode()
            hold_reused(stage, stage.root / "two")
            shutil.rmtree(stage.root / "two")
        assert killed == 2
