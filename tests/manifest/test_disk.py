"""Real disks: full ones, ones that cannot lock, folders that are moved or must not be written."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import ManifestError
from pipeline.manifest.journal import BALLAST_BYTES, open_journal
from pipeline.manifest.lines import RunEnd, Submitting
from pipeline.manifest.read import read_manifest
from tests.manifest.conftest import HEADER, plan_lines, tasks

COMMON = """
import os, resource, sys
from pathlib import Path
from pipeline.errors import DiskError
from pipeline.manifest.journal import open_journal
from pipeline.manifest.lines import Submitted, Submitting
from pipeline.manifest.read import read_manifest
from tests.manifest.conftest import HEADER, plan_lines, tasks

folder, planned = Path(sys.argv[1]) / "out", tasks(3)
first, second, third = (task.key for task in planned)

def begin(journal):
    journal.append_now(HEADER)
    journal.append_now(*plan_lines(planned))
    journal.append_now(Submitting(key=first, attempt=1), Submitting(key=second, attempt=1))

def statuses():
    manifest = read_manifest(folder / "manifest.jsonl").manifest
    return [manifest.record(task.key).status for task in planned]
"""

FULL = (
    COMMON
    + """
with open_journal(folder) as journal:
    begin(journal)
    filler = os.open(folder / "filler", os.O_WRONLY | os.O_CREAT)
    try:
        while os.write(filler, bytes(1000)):
            pass
    except OSError as error:
        assert error.errno == 28, error
    journal.append_now(Submitted(key=first, attempt=1, remote_id="a" * 9000))
    journal.append_now(Submitted(key=second, attempt=1, remote_id="b" * 9000))
    try:
        journal.append_now(Submitting(key=third, attempt=1))
    except DiskError as error:
        print(error)
print(statuses())
"""
)

LIMITED = (
    COMMON
    + """
with open_journal(folder) as journal:
    begin(journal)
    size = journal.path.stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, resource.RLIM_INFINITY))
    try:
        journal.append_now(Submitted(key=first, attempt=1, remote_id="id-of-the-first"))
    except DiskError as error:
        print(error)
    print(journal.path.stat().st_size == size)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
with open_journal(folder) as journal:
    print(statuses(), journal.manifest.record(first).remote_id)
"""
)


def _python(script: str, folder: Path, *before: str) -> str:
    root = Path(__file__).parents[2]
    command = [*before, sys.executable, "-c", script, str(folder)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=root)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")
def test_on_a_full_disk_the_ballast_makes_room_for_paid_ids_and_no_intent_follows(tmp_path: Path) -> None:
    mount = f'mount -t tmpfs -o size={BALLAST_BYTES + 400_000} none {tmp_path} && exec "$@"'
    namespace = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-r", "-m"]
    said = _python(FULL, tmp_path, *namespace, "sh", "-c", mount, "sh")
    assert "the disk is full; nothing more is submitted" in said
    assert said.endswith("['submitted', 'submitted', 'planned']\n")


def test_an_id_that_does_not_fit_is_said_kept_elsewhere_and_taken_in(tmp_path: Path) -> None:
    told, cut_back, after = _python(LIMITED, tmp_path).splitlines()
    assert "nothing more is submitted" in told
    assert "id-of-the-first" in told
    assert str(tmp_path / "out" / "manifest.emergency.jsonl") in told
    assert cut_back == "True"
    assert after == "['submitted', 'submitting', 'planned'] id-of-the-first"
    assert (tmp_path / "out" / "manifest.emergency.jsonl.taken").exists()
    assert not (tmp_path / "out" / "manifest.emergency.jsonl").exists()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def test_a_file_system_that_cannot_lock_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def flock(descriptor: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(ManifestError, match="cannot lock files"), open_journal(tmp_path / "out"):
        pass
    assert not (tmp_path / "out" / "manifest.jsonl").exists()


def test_a_reader_writes_nothing(finished: Path) -> None:
    def standing() -> dict[str, tuple[int, int]]:
        return {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in [finished, *finished.iterdir()]}

    (finished / "manifest.jsonl").write_bytes((finished / "manifest.jsonl").read_bytes()[:-9])
    before = standing()
    assert read_manifest(finished / "manifest.jsonl").torn > 0
    assert standing() == before


def test_a_moved_folder_goes_on(finished: Path) -> None:
    moved = shutil.move(finished, finished.parent / "elsewhere")
    with open_journal(Path(moved)) as journal:
        assert journal.manifest.last_end is not None
        journal.append_now(RunEnd(exit_code=75))
    ended = read_manifest(Path(moved) / "manifest.jsonl").manifest.last_end
    assert ended is not None
    assert ended.exit_code == 75


def test_the_ballast_lies_there_only_while_a_writer_does(tmp_path: Path) -> None:
    (task,) = tasks(1)
    with open_journal(tmp_path) as journal:
        journal.append_now(HEADER)
        journal.append_now(*plan_lines([task]))
        journal.append_now(Submitting(key=task.key, attempt=1))
        assert (tmp_path / "manifest.ballast").stat().st_size == BALLAST_BYTES
    assert sorted(path.name for path in tmp_path.iterdir()) == ["manifest.jsonl", "manifest.lock"]


def test_the_intact_prefix_of_a_torn_batch_is_kept_and_written_on_from(tmp_path: Path) -> None:
    planned = tasks(2)
    with open_journal(tmp_path) as journal:
        journal.append_now(HEADER)
        journal.append_now(*plan_lines(planned))
        journal.append_now(*(Submitting(key=task.key, attempt=1) for task in planned))
    path = tmp_path / "manifest.jsonl"
    path.write_bytes(path.read_bytes()[:-9])
    for _ in range(2):
        with open_journal(tmp_path) as journal:
            assert [journal.manifest.record(task.key).status for task in planned] == ["submitting", "planned"]
            journal.append_now(RunEnd(exit_code=75))
    assert read_manifest(path).is_whole
