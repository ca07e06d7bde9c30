"""What an inbox keeps is there for the next run, whatever a crash leaves of its end, and says what a run would have."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import DiskError, ManifestLocked
from pipeline.manifest.disk import SystemDisk
from pipeline.manifest.journal import open_journal
from pipeline.manifest.lines import (
    AnyEvent,
    Downloaded,
    Failed,
    Ready,
    Resolved,
    Submitted,
    Submitting,
    Unpaid,
)
from pipeline.manifest.record import Record
from pipeline.plan.policy import WebhookSettings
from pipeline.run.inbox import FILE_NAME, is_unread, open_inbox, read_inbox, take_in
from pipeline.run.listener import Delivery
from pipeline.run.tags import open_tags
from pipeline.run.tail import InboxTail
from tests.run.receiving import KEY, SPEC, receiving
from tests.run.test_doubt import ONE, PICTURE, bench, doubt

FIRST, SECOND, THIRD = (Delivery(KEY, attempt, f"id-{attempt}", attempt % 2 == 0) for attempt in (1, 2, 3))
DELIVERIES = st.lists(
    st.builds(
        Delivery,
        st.sampled_from(["a" * 64, "b" * 64]),
        st.integers(1, 3),
        st.text('abc-\\"\u00e9\U0001f600', min_size=1, max_size=8),
        st.booleans(),
    ),
    max_size=6,
)


class FullDisk(SystemDisk):
    """Takes half of what it is given, once, and then nothing."""

    took = False

    def write(self, descriptor: int, content: bytes) -> int:
        if self.took:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.took = True
        return super().write(descriptor, content[: len(content) // 2])


def keep(folder: Path, *deliveries: Delivery) -> bytes:
    """An inbox opens, keeps these, and ends; gives what lies on disk then."""
    with open_inbox(folder) as inbox:
        for delivery in deliveries:
            inbox.keep(delivery)
    return (folder / FILE_NAME).read_bytes()


@settings(max_examples=60, deadline=None)
@given(DELIVERIES, DELIVERIES, st.integers(0, 400))
def test_a_crash_at_any_byte_costs_only_the_line_under_way(
    before: Sequence[Delivery], after: Sequence[Delivery], cut: int
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        content = keep(folder, *before)
        (folder / FILE_NAME).write_bytes(content[:cut])
        # A line that lacks only its newline is whole; the first one stands before the first line.
        ends = [place for place, byte in enumerate(content) if byte == ord("\n") and place > 0]
        kept = list(dict.fromkeys(before))[: sum(end <= cut for end in ends)]
        assert read_inbox(folder) == kept
        keep(folder, *after)
        assert read_inbox(folder) == list(dict.fromkeys([*kept, *after]))


def test_a_line_that_was_changed_proves_nothing_and_hides_no_other(tmp_path: Path) -> None:
    content = keep(tmp_path, FIRST, SECOND, THIRD)
    for place in range(content.index(b'"attempt":2'), content.rindex(b"\n", 0, -1)):
        spoilt = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        (tmp_path / FILE_NAME).write_bytes(spoilt)
        assert read_inbox(tmp_path) == [FIRST, THIRD]


def test_what_stands_there_already_is_not_written_again(tmp_path: Path) -> None:
    content = keep(tmp_path, FIRST, FIRST)
    assert content.count(b"id-1") == 1
    assert keep(tmp_path, FIRST).count(b"id-1") == 1
    assert keep(tmp_path, Delivery(KEY, 1, "id-1", rendered=True)).count(b"id-1") == 2


def test_a_disk_that_is_full_is_told_and_the_next_inbox_goes_on(tmp_path: Path) -> None:
    with open_inbox(tmp_path, disk=FullDisk()) as inbox, pytest.raises(DiskError, match="cannot be written"):
        inbox.keep(FIRST)
    assert read_inbox(tmp_path) == []
    keep(tmp_path, FIRST, SECOND)
    assert read_inbox(tmp_path) == [FIRST, SECOND]


def test_one_listens_while_another_writes_the_manifest(tmp_path: Path) -> None:
    with (
        open_inbox(tmp_path),
        open_journal(tmp_path),
        pytest.raises(ManifestLocked, match=r"\(process \d+\) is listening for webhooks here"),
        open_inbox(tmp_path),
    ):
        pass


async def test_a_delivery_is_answered_when_it_is_kept(tmp_path: Path) -> None:
    async with receiving(tmp_path, pause=0.05, kept_first=True) as ear:
        assert await ear.post(ear.fields()[0], {"id": "id-1"}) == 200
        assert ear.heard == [Delivery(KEY, 1, "id-1", False)]


async def test_a_tail_hands_on_once_what_grows_and_wakes_for_what_is_rendered(tmp_path: Path) -> None:
    heard: asyncio.Queue[Delivery] = asyncio.Queue()
    hook = WebhookSettings("https://example.com/", 8123)
    tail = InboxTail(hook, SPEC, open_tags(tmp_path), heard.put, tmp_path, interval=0.01)
    content = keep(tmp_path, FIRST, SECOND)
    half = len(content) - 40
    (tmp_path / FILE_NAME).write_bytes(content[:half])
    await tail.start()
    async with asyncio.timeout(20):
        assert await heard.get() == FIRST
        assert not await tail.wait(KEY, 0)
        with (tmp_path / FILE_NAME).open("ab") as file:
            file.write(content[half:])
        assert await heard.get() == SECOND
        assert await tail.wait(KEY, 60)
        keep(tmp_path, THIRD)
        assert await heard.get() == THIRD
        await tail.close()
    assert heard.empty()


LATER: list[AnyEvent] = [Submitting(key=ONE, attempt=2), Submitted(key=ONE, attempt=2, remote_id="id-2")]
HISTORIES: dict[str, list[AnyEvent]] = {
    "never sent": [],
    "refused": [Submitting(key=ONE, attempt=1), Unpaid(key=ONE, attempt=1, why="busy")],
    "in doubt": doubt(),
    "taken": [Submitting(key=ONE, attempt=1), Submitted(key=ONE, attempt=1, remote_id="id-1")],
    "bought again": [*doubt(), Resolved(key=ONE, how="buy_again"), *LATER],
    "bought again and done": [
        *doubt(),
        Resolved(key=ONE, how="buy_again"),
        *LATER,
        Ready(key=ONE),
        Downloaded(key=ONE, artifact=PICTURE),
    ],
    "twice in doubt": [*doubt(), Resolved(key=ONE, how="buy_again"), *doubt(attempt=2)],
    "written off": [*doubt(), Resolved(key=ONE, how="write_off")],
    "failed": [
        Submitting(key=ONE, attempt=1),
        Submitted(key=ONE, attempt=1, remote_id="id-1"),
        Failed(key=ONE, kind="moderated", charged="no"),
    ],
}


def essence(record: Record) -> tuple[object, ...]:
    """A record without its times."""
    return record.status, record.attempt, record.remote_id, record.ids, record.charges_lo, record.charges_hi


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
async def test_what_the_next_run_reads_comes_to_what_a_run_would_have_heard(
    tmp_path: Path, history: list[AnyEvent]
) -> None:
    told = [(1, "id-1", True), (1, "id-9", True), (1, "id-9", False), (2, "id-2", True), (2, "id-9", False)]
    for number, (attempt, remote_id, rendered) in enumerate([*told, (3, "id-9", True)]):
        delivery = Delivery(ONE, attempt, remote_id, rendered)
        ends = []
        for way in ("heard", "read"):
            folder = tmp_path / f"{way}{number}"
            async with bench(folder) as at:
                await at.write(*history)
                if way == "heard":
                    await at.doubts.delivered(delivery)
                else:
                    before = essence(at.floor.known(ONE))
                    keep(folder, delivery, Delivery("f" * 64, 1, "id-1", True))
                    unread = is_unread(at.floor.journal.manifest, folder)
                    assert take_in(at.floor.journal, folder) == unread
                    assert unread == (essence(at.floor.known(ONE)) != before)
                    assert take_in(at.floor.journal, folder) == 0
            ends.append(essence(at.record()))
        assert ends[0] == ends[1], delivery


async def test_a_proof_of_what_a_killed_run_left_open_gives_it_its_id(tmp_path: Path) -> None:
    async with bench(tmp_path) as at:
        await at.write(Submitting(key=ONE, attempt=1), *doubt(key=at.floor.journal.manifest.planned_keys()[1]))
        keep(tmp_path, Delivery(ONE, 1, "id-1", False))
        assert take_in(at.floor.journal, tmp_path) == 1
        assert (at.record().status, at.record().remote_id) == ("submitted", "id-1")
