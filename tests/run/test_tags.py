"""A folder's tags: the same over restarts, different for all that they name, and made from no secret that is sent."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import DiskError, ManifestError
from pipeline.run.tags import FILE_NAME, Tags, open_tags

TAGS = Tags(b"s" * 32)
texts = st.text(max_size=20)


@given(texts, st.integers(0, 9), texts, st.integers(0, 9), texts, texts)
def test_a_tag_holds_for_what_it_was_made_for_and_for_nothing_else(
    key: str, attempt: int, other: str, other_attempt: int, run: str, tag: str
) -> None:
    made = TAGS.tag(key, attempt)
    assert TAGS.holds(TAGS.run, key, attempt, made)
    assert TAGS.holds(TAGS.run, other, other_attempt, made) == ((other, other_attempt) == (key, attempt))
    assert not TAGS.holds(run, key, attempt, made)
    assert not TAGS.holds(TAGS.run, key, attempt, tag)


@given(st.binary(max_size=50), texts)
def test_only_the_signature_of_the_very_body_holds(body: bytes, signature: str) -> None:
    assert not TAGS.signs(body, signature)
    assert not TAGS.is_secret(signature)


def test_the_secret_is_made_once_for_this_user_only_and_never_sent(tmp_path: Path) -> None:
    first, again = open_tags(tmp_path), open_tags(tmp_path)
    assert first.tag("k", 1) == again.tag("k", 1)
    assert (first.run, first.webhook_secret) == (again.run, again.webhook_secret)
    file = tmp_path / FILE_NAME
    assert file.stat().st_mode & 0o777 == 0o600
    assert first.webhook_secret != file.read_text().strip()
    (tmp_path / "other").mkdir()
    assert not open_tags(tmp_path / "other").holds(first.run, "k", 1, first.tag("k", 1))
    assert [lying.name for lying in tmp_path.iterdir() if lying.is_file()] == [FILE_NAME]


@pytest.mark.parametrize("content", ["", "abc", "zz" * 32, "ab" * 31])
def test_what_is_no_secret_is_refused_and_kept(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE_NAME).write_text(content)
    with pytest.raises(ManifestError, match="is no webhook secret"):
        open_tags(tmp_path)
    assert (tmp_path / FILE_NAME).read_text() == content


def test_a_folder_that_is_gone_is_a_disk_error(tmp_path: Path) -> None:
    with pytest.raises(DiskError, match="cannot be kept"):
        open_tags(tmp_path / "gone")


OPENING = """
import sys
from pathlib import Path
from pipeline.run.tags import open_tags
print("ready", flush=True)
sys.stdin.readline()
print(open_tags(Path(".")).run)
"""


def test_all_who_come_first_at_once_have_the_same_secret(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OPENING]
    opening = [
        subprocess.Popen(command, cwd=tmp_path, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    for process in opening:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in opening:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    runs = [process.communicate()[0] for process in opening]
    assert runs[0].strip()
    assert set(runs) == {runs[0]}
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]
