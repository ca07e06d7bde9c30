"""Reading: a torn tail is cut, damage is refused, and nothing in between is taken for true."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import ManifestDamaged, ManifestError, ManifestNewer
from pipeline.manifest.codec import decode_line, encode_batch
from pipeline.manifest.journal import open_journal
from pipeline.manifest.lines import Artifact, CellLine, Downloaded, Reused, RunEnd, Submitting, TaskLine
from pipeline.manifest.read import read_manifest
from pipeline.task.request import ImageRef
from tests.manifest.conftest import HEADER, plan_lines, story, tasks

keep_fixtures = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)


def test_a_finished_manifest_reads_back_whole(finished: Path) -> None:
    reading = read_manifest(finished / "manifest.jsonl")
    assert reading.torn == 0
    assert [reading.manifest.record(key).status for key in reading.manifest.planned_keys()] == ["downloaded"] * 3
    assert reading.manifest.last_end is not None


def test_no_manifest_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="there is no manifest"):
        read_manifest(tmp_path / "manifest.jsonl")


def test_a_newer_format_is_refused_before_its_checksums_are_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_bytes(b'{"seq":1,"batch":1,"left":0,"at":1.0,"type":"header","format":2,"seal":"?"}\n')
    with pytest.raises(ManifestNewer, match="format 2 is newer"):
        read_manifest(path)


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x"])
def test_no_name_in_a_manifest_leads_out_of_its_folder(name: str) -> None:
    """A manifest may come from a stranger, and a rerun of it writes files under the names that it gives."""
    _, task, cell = plan_lines(tasks(1))
    assert isinstance(task, TaskLine)
    assert isinstance(cell, CellLine)
    image = ImageRef(name, "image/png")
    request = msgspec.structs.replace(task.request, params={"prompt": "a cat", "image_prompt": image})
    stored = Artifact(name, "0" * 64, 1, "image/png", 1, 1)
    for line in (
        msgspec.structs.replace(cell, label=name),
        msgspec.structs.replace(cell, key=name),
        msgspec.structs.replace(task, key=name),
        msgspec.structs.replace(task, request=request),
        Downloaded(key=task.key, artifact=stored),
        Reused(key=task.key, source="there", artifact=stored),
    ):
        with pytest.raises(ValueError, match="not a line of this format"):
            decode_line(encode_batch([line], seq=1, batch=1, at=1.0)[:-1])


@keep_fixtures
@given(data=st.data())
def test_a_file_cut_anywhere_keeps_its_intact_lines(finished: Path, data: st.DataObject) -> None:
    content = (finished / "manifest.jsonl").read_bytes()
    cut = data.draw(st.integers(0, len(content) - 1))
    path = finished.parent / "cut.jsonl"
    path.write_bytes(content[:cut])
    reading = read_manifest(path)
    whole_lines = content[:cut].count(b"\n")
    # A last line that lacks only its newline is whole too: its checksum says so.
    assert reading.seq - whole_lines in (0, 1)
    assert reading.intact + reading.torn == cut
    assert reading.open_line == (reading.seq > whole_lines)


@keep_fixtures
@given(data=st.data())
def test_no_flipped_bit_is_ever_silently_accepted(finished: Path, data: st.DataObject) -> None:
    content = bytearray((finished / "manifest.jsonl").read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    path = finished.parent / "flipped.jsonl"
    path.write_bytes(content)
    last_line = bytes(content).rstrip(b"\n").rfind(b"\n")
    if place <= last_line:
        with pytest.raises((ManifestDamaged, ManifestNewer)):
            read_manifest(path)
    else:
        # Of the last batch nothing says that it had been acknowledged: it counts as torn, and is shown as such.
        reading = read_manifest(path)
        assert reading.torn > 0 or reading.manifest.last_end is not None


def test_damage_is_named_by_line_and_byte(finished: Path) -> None:
    path = finished / "manifest.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[4] = lines[4].replace(b'"type"', b'"tYpe"')
    path.write_bytes(b"".join(lines))
    with pytest.raises(ManifestDamaged, match=f"line 5, byte {sum(map(len, lines[:4]))}: its checksum"):
        read_manifest(path)


def test_a_missing_line_in_the_middle_is_damage(finished: Path) -> None:
    path = finished / "manifest.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:9] + lines[10:]))
    with pytest.raises(ManifestDamaged, match="its seq is 11, not 10"):
        read_manifest(path)


def test_the_intact_prefix_of_a_torn_batch_is_kept_though_later_blocks_of_it_survived(tmp_path: Path) -> None:
    planned = tasks(2)
    whole = encode_batch([HEADER, *plan_lines(planned)], seq=1, batch=1, at=1.0)
    last = encode_batch(
        [Submitting(key=planned[0].key, attempt=1), Submitting(key=planned[1].key, attempt=1)], seq=7, batch=2, at=2.0
    ).splitlines(keepends=True)
    path = tmp_path / "manifest.jsonl"
    path.write_bytes(whole + b"\0" * len(last[0]) + last[1])
    assert read_manifest(path).intact == len(whole)
    path.write_bytes(whole + last[0] + b"\0" * len(last[1]))
    kept = read_manifest(path)
    assert kept.manifest.record(planned[0].key).status == "submitting"
    assert kept.manifest.record(planned[1].key).status == "planned"


def test_a_bad_line_before_an_acknowledged_batch_is_damage_also_when_it_ends_its_own(tmp_path: Path) -> None:
    planned = tasks(1)
    path = tmp_path / "manifest.jsonl"
    first = encode_batch([HEADER, *plan_lines(planned)], seq=1, batch=1, at=1.0)
    second = encode_batch([RunEnd(exit_code=0)], seq=5, batch=2, at=2.0)
    spoilt = bytearray(first)
    spoilt[-5] ^= 1
    path.write_bytes(bytes(spoilt) + second)
    with pytest.raises(ManifestDamaged, match="line 4"):
        read_manifest(path)


def test_an_event_of_an_unknown_task_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "manifest.jsonl"
    path.write_bytes(encode_batch([HEADER, *story("f" * 64)], seq=1, batch=1, at=1.0))
    with pytest.raises(ManifestDamaged, match="which no line before it defines"):
        read_manifest(path)


def test_a_plan_rules_only_when_all_of_it_is_there(finished: Path) -> None:
    path = finished / "manifest.jsonl"
    more = tasks(5)
    with open_journal(finished) as journal:
        journal.append_now(*plan_lines(more, n=2, new=more[3:]))
    lines = path.read_bytes().splitlines(keepends=True)
    assert read_manifest(path).manifest.planned_keys() == [task.key for task in more]
    path.write_bytes(b"".join(lines[:-1]))
    assert read_manifest(path).manifest.planned_keys() == [task.key for task in more[:3]]


@given(st.integers(1, 10**9), st.integers(1, 10**6), st.floats(0, 4e9))
def test_a_line_comes_back_as_it_was_written(seq: int, batch: int, at: float) -> None:
    (raw,) = encode_batch([RunEnd(exit_code=75)], seq=seq, batch=batch, at=at).splitlines()
    line = decode_line(raw)
    assert (line.seq, line.batch, line.left, line.at) == (seq, batch, 0, round(at, 3))
    assert isinstance(line, RunEnd)
    assert line.exit_code == 75
