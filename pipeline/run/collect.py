"""From a URL to an artifact: bytes to `.part`, checked, synced, renamed. Data before record."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from hashlib import sha256

import msgspec

from pipeline.errors import DiskError
from pipeline.images.check import BadPicture, check_content
from pipeline.images.sniff import extension
from pipeline.manifest.lines import Artifact
from pipeline.providers.base import Again, Fetched, Gone, Provider
from pipeline.stores.base import Store


class Spoilt(msgspec.Struct, frozen=True):
    """The bytes that came are no whole picture."""

    why: str


async def collect(
    provider: Provider, store: Store, executor: Executor, url: str, name: str
) -> Artifact | Gone | Again | Spoilt:
    """Download `url`, check it, and keep it as `<name>.<extension by its bytes>`.

    Raises:
        DiskError: the store cannot write or sync. Nothing stands under the final name.
    """
    digest, total = sha256(), 0
    try:
        with store.begin(name) as append:

            def write(chunk: bytes) -> None:
                nonlocal total
                total += len(chunk)
                digest.update(chunk)
                append(chunk)

            outcome = await provider.download(url, write)
        if not isinstance(outcome, Fetched):
            store.drop(name)
            return outcome
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(executor, _keep, store, name, digest.hexdigest(), total)
    except OSError as error:
        raise DiskError(f"{name}: cannot be stored ({error.strerror or error}); nothing more is submitted") from error


def _keep(store: Store, name: str, digest: str, total: int) -> Artifact | Spoilt:
    try:
        picture = check_content(store.begun(name))
    except BadPicture as bad:
        store.drop(name)
        return Spoilt(str(bad))
    final = store.keep(name, f"{name}.{extension(picture.media_type)}")
    return Artifact(final, digest, total, picture.media_type, picture.width, picture.height)
