"""Waiting that a cancellation does not cut short."""

from __future__ import annotations

import asyncio
from typing import TypeVar

_T = TypeVar("_T")


async def see_through(task: asyncio.Future[_T]) -> _T:
    """The outcome of `task`, however often the caller is cancelled; the cancellation is passed on after it."""
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    return task.result()
