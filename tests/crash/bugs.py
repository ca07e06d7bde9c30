"""Twelve bugs that such a program is likely to have, each as the smallest change that plants it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pipeline.manifest import codec, journal, read
from pipeline.manifest.disk import Disk
from pipeline.manifest.lines import AnyEvent, AnyLine, Failed, Parked, Submitting
from pipeline.providers.base import Doubt, NotSent, Provider, SubmitOutcome
from pipeline.run.floor import Floor
from pipeline.stores.base import Store
from pipeline.stores.local import LocalStore
from pipeline.task.request import Request
from tests.crash.disk import SimDisk
from tests.crash.server import Server
from tests.crash.world import Bug


class _Through:
    """Stands before another object, and passes on what it does not change."""

    def __init__(self, behind: Any) -> None:
        self._behind = behind

    def __getattr__(self, name: str) -> Any:
        return getattr(self._behind, name)


class _NoImageSync(_Through):
    def sync(self, descriptor: int) -> None:
        path, _ = self._behind._open[descriptor]
        if path.parent.name != "images":
            self._behind.sync(descriptor)


class _NoFolderSync(_Through):
    def sync_folder(self, path: Path) -> None:
        pass


class _SyncRetried(_Through):
    def sync(self, descriptor: int) -> None:
        try:
            self._behind.sync(descriptor)
        except OSError:
            self._behind.sync(descriptor)


class _NoPart(LocalStore):
    def _part(self, name: str) -> Path:
        return self._folder / f"{name}.png"


class _LateRename(LocalStore):
    """Renames a picture when the next one is kept."""

    _late: tuple[str, str] | None = None

    def keep(self, name: str, final: str) -> str:
        if self._late is not None:
            super().keep(*self._late)
        self._late = name, final
        return final


class _DoubtIsUnpaid(_Through):
    async def submit(self, *args: Any) -> SubmitOutcome:
        outcome: SubmitOutcome = await self._behind.submit(*args)
        return NotSent(outcome.why) if isinstance(outcome, Doubt) else outcome


class _Slots(asyncio.Semaphore):
    """Given back by the provider below, and not by who took it."""

    async def __aexit__(self, *_: object) -> None:
        pass


class _SlotFreedByReply(_Through):
    def __init__(self, behind: Server, slots: _Slots) -> None:
        super().__init__(behind)
        self._slots = slots

    async def submit(self, request: Request, inputs: Mapping[str, bytes], *rest: object) -> SubmitOutcome:
        outcome: SubmitOutcome = await self._behind.submit(request, inputs, *rest)
        self._slots.release()
        await asyncio.sleep(0.01)
        return outcome


def _free_slots_early(server: Server, floor: Floor | None) -> Provider:
    assert floor is not None
    slots = _Slots(4)
    floor.submits = slots
    return _SlotFreedByReply(server, slots)


def _recording(change: Callable[[Floor, Any], Any]) -> Callable[[Floor], None]:
    """A bug in what a floor records: `change` makes another `record` of its own."""

    def plant(floor: Floor) -> None:
        floor.record = change(floor, floor.record)  # type: ignore[method-assign]

    return plant


def _intent_late(floor: Floor, record: Any) -> Any:
    held: dict[str, AnyEvent] = {}

    async def late(key: str, event: AnyEvent) -> None:
        if isinstance(event, Submitting):
            held[key] = event
            return
        if key in held:
            await record(key, held.pop(key))
        await record(key, event)

    return late


def _parked_is_failed(floor: Floor, record: Any) -> Any:
    async def failing(key: str, event: AnyEvent) -> None:
        gave_up = Failed(key=key, kind="error", charged="maybe", detail="gave up")
        await record(key, gave_up if isinstance(event, Parked) else event)

    return failing


@contextmanager
def _intents_unsynced() -> Any:
    real = journal.Journal._write

    def write(self: journal.Journal, encoded: bytes) -> None:
        unsynced = b'"type":"submitting"' in encoded
        with patch.object(self, "_disk", _NoSync(self._disk)) if unsynced else ExitStack():
            real(self, encoded)

    with patch.object(journal.Journal, "_write", write):
        yield


class _NoSync(_Through):
    def sync(self, descriptor: int) -> None:
        pass


def _tail_left() -> AbstractContextManager[object]:
    return patch.object(journal, "_mend_tail", lambda _path, _reading, _disk: None)


def _any_line(raw: bytes) -> AnyLine:
    return codec._decoder.decode(raw)


@contextmanager
def _no_checksum() -> Any:
    """The format is still asked for, only the seal is not."""

    def decode(raw: bytes) -> AnyLine:
        try:
            return _any_line(raw)
        except Exception as error:
            raise ValueError(str(error)) from None

    with patch.object(read, "decode_line", decode):
        yield


def _on_disk(bug: Callable[[SimDisk], Any]) -> Bug:
    return Bug(disk=bug)


def _stored(store: Callable[..., Store]) -> Bug:
    def make(folder: Path, disk: Disk) -> Store:
        return store(folder, disk=disk)

    return Bug(store=make)


BUGS: dict[str, Bug] = {
    "no fsync on intent": Bug(patched=_intents_unsynced),
    "intent after the POST": Bug(floor=_recording(_intent_late)),
    "slot freed before the outcome is on disk": Bug(provider=_free_slots_early),
    "record before rename": _stored(_LateRename),
    "no .part": _stored(_NoPart),
    "no image fsync": _on_disk(_NoImageSync),
    "no folder fsync": _on_disk(_NoFolderSync),
    "no truncation": Bug(patched=_tail_left),
    "fsync retried": _on_disk(_SyncRetried),
    "no CRC": Bug(patched=_no_checksum),
    "resubmit on doubt": Bug(provider=lambda server, _floor: _DoubtIsUnpaid(server)),
    "poll timeout treated as failure": Bug(floor=_recording(_parked_is_failed)),
}
