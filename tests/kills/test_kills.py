"""The real program is killed at its system calls, and as the API's ledger grows; then it runs again."""

from __future__ import annotations

import re
import signal
from itertools import count
from pathlib import Path

import pytest

from tests.kills.scene import TASKS, scene
from tests.truth import ledger_lines

CALLS = "write,fdatasync,fsync,rename,unlink,mkdir,openat,connect,sendto,recvfrom,flock"
POINTS = 66
GROUPS = 11
Point = tuple[str, int]


@pytest.fixture(scope="module")
def points(tmp_path_factory: pytest.TempPathFactory) -> list[Point]:
    """System calls of one whole run, from its lock to its report, as names with the number within their thread."""
    root = tmp_path_factory.mktemp("whole")
    with scene(root / "scene") as stage:
        whole = stage.start("strace", "-f", "--seccomp-bpf", "-qq", "-o", str(root / "trace"), "-e", f"trace={CALLS}")
        _, said = whole.communicate(timeout=60)
        assert whole.returncode == 0, said.decode()
    found: dict[Point, str] = {}
    counts: dict[tuple[str, str], count[int]] = {}
    for line in (root / "trace").read_text(errors="replace").splitlines():
        if call := re.match(r"(\d+) +(\w+)\((.*)", line):
            thread, name, arguments = call.groups()
            number = next(counts.setdefault((thread, name), count(1)))
            if found or "manifest.lock" in arguments:
                found.setdefault((name, number), arguments)
    # Of the many files that are opened, those of the job: the others are Python's own modules.
    return [point for point, arguments in found.items() if point[0] != "openat" or "/out/" in arguments]


@pytest.mark.parametrize("group", range(GROUPS))
def test_killed_at_a_system_call_it_goes_on(points: list[Point], tmp_path: Path, group: int) -> None:
    chosen = [points[index * len(points) // POINTS] for index in range(POINTS)]
    assert len(set(chosen)) == POINTS
    for name, number in chosen[group::GROUPS]:
        _kill_at(tmp_path, name, number)


def _kill_at(root: Path, name: str, number: int) -> None:
    """Kill at this call; polls come as they come, so that a run may make a few calls less than another."""
    for when in range(number, 0, -1):
        with scene(root / f"{name}-{when}") as stage:
            inject = f"inject={name}:signal=KILL:when={when}"
            killed = stage.start("strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", inject)
            _, said = killed.communicate(timeout=60)
            assert killed.returncode in (0, -signal.SIGKILL), said.decode()
            stage.recover()
        if killed.returncode:
            return
    raise AssertionError(f"no run was killed at {name} {number}")


@pytest.mark.parametrize(
    "knobs",
    [{}, {"slow": 1.0, "slow_seconds": 0.04}, {"latency": 0.4}, {"truncated": 0.3}],
    ids=["quick", "slow replies", "slow pictures", "cut downloads"],
)
def test_killed_as_the_ledger_grows_it_goes_on(tmp_path: Path, knobs: dict[str, float]) -> None:
    for accepted in (1, 2, 3, 4, 5, 7, TASKS):
        with scene(tmp_path / f"{accepted}", **knobs) as stage:
            stage.killed_when(accepted)
            assert len(ledger_lines(stage.ledger)) >= accepted
            stage.recover()


def test_killed_again_and_again_it_still_pays_once(tmp_path: Path) -> None:
    with scene(tmp_path / "scene", slow=0.5, slow_seconds=0.03) as stage:
        for accepted in range(1, 5):
            stage.killed_when(accepted)
        stage.recover(crashes=4)
