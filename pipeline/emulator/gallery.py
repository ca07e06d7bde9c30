"""The pictures of ready tasks: painted off the event loop, the latest kept encoded."""

from __future__ import annotations

import asyncio
import importlib
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from pipeline.emulator.ledger import Accepted, Ledger, digest_of
from pipeline.emulator.painters.picture import Picture
from pipeline.emulator.settings import Settings

KEPT_BYTES = 64 * 2**20
IMAGE_FIELDS = ("image", "image_prompt", "control_image", "preprocessed_image")


class Gallery:
    """Encoded pictures by task id. A picture that fell out of memory is painted again, to the same pixels."""

    def __init__(self, settings: Settings, ledger: Ledger) -> None:
        self._painter = settings.painter
        self._ledger = ledger
        self._threads = ThreadPoolExecutor(2, "painter")
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._under_way: dict[str, asyncio.Future[bytes]] = {}

    async def fetch(self, task: Accepted) -> bytes:
        """The encoded picture of a task."""
        if task.id in self._kept:
            self._kept.move_to_end(task.id)
            return self._kept[task.id]
        if task.id not in self._under_way:
            loop = asyncio.get_running_loop()
            painting = loop.run_in_executor(self._threads, self._paint, task)
            painting.add_done_callback(partial(self._painted, task.id))
            self._under_way[task.id] = painting
        # Shielded: a client that goes away must not spoil the picture for another that waits for it.
        return await asyncio.shield(self._under_way[task.id])

    def close(self) -> None:
        """Waits for the pictures under way."""
        self._threads.shutdown(cancel_futures=True)

    def _painted(self, remote_id: str, painting: asyncio.Future[bytes]) -> None:
        del self._under_way[remote_id]
        if not painting.cancelled() and painting.exception() is None:
            self._keep(remote_id, painting.result())

    def _keep(self, remote_id: str, data: bytes) -> None:
        self._kept[remote_id] = data
        self._size += len(data)
        while self._size > KEPT_BYTES and len(self._kept) > 1:
            self._size -= len(self._kept.popitem(last=False)[1])

    def _paint(self, task: Accepted) -> bytes:
        # Pillow and numpy take a while to import: the program is up before its first picture needs them.
        painter = importlib.import_module(f"pipeline.emulator.painters.{self._painter}")
        paint: Callable[[Picture], bytes] = painter.paint
        return paint(self._picture(task))

    def _picture(self, task: Accepted) -> Picture:
        inputs = tuple(
            value if isinstance(value, str) else self._ledger.input_text(value["sha256"])
            for name, value in sorted(task.body.items())
            if name in IMAGE_FIELDS or name.startswith("input_image")
            if value
        )
        return Picture(
            digest=digest_of(task.model, task.body),
            model=task.model,
            prompt=task.prompt,
            seed=task.seed,
            width=task.width,
            height=task.height,
            format=task.format,
            inputs=inputs,
        )
