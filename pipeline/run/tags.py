"""What only the service that we told it can know: the tags in webhook addresses, and the secret beside them."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from pipeline.errors import DiskError, ManifestError
from pipeline.manifest.disk import SYSTEM_DISK, write_all

FILE_NAME = "webhook.secret"
_BYTES = 32


class Tags:
    """Proofs made with one output folder's own secret, which itself is never sent.

    `run` names the folder, so that one receiver's deliveries are no other's; `webhook_secret` is what a submit tells
    the service to sign its deliveries with. Both stay the same over restarts: a late delivery is understood.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.run = self._code("run")[:16]
        self.webhook_secret = self._code("webhook secret")

    def tag(self, key: str, attempt: int) -> str:
        """Proves that an address was made here, for this attempt of this task."""
        return self._code("tag", key, str(attempt))[:32]

    def holds(self, run: str, key: str, attempt: int, tag: str) -> bool:
        """Whether an address that somebody called was made here."""
        expected = f"{self.run} {self.tag(key, attempt)}"
        return hmac.compare_digest(expected.encode(), f"{run} {tag}".encode())

    def is_secret(self, text: str) -> bool:
        """Whether `text` is the secret that our submits hold."""
        return hmac.compare_digest(self.webhook_secret.encode(), text.encode())

    def signs(self, body: bytes, signature: str) -> bool:
        """Whether `sha256=<hex>` is the signature of `body` by the secret that our submits hold."""
        expected = hmac.new(self.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(f"sha256={expected}".encode(), signature.lower().encode())

    def _code(self, *words: str) -> str:
        return hmac.new(self._secret, "\0".join(words).encode(), hashlib.sha256).hexdigest()


def open_tags(folder: Path) -> Tags:
    """The tags of an output folder. Its secret is made once, and is for this user's eyes only (0600).

    Raises:
        ManifestError: what lies there is no secret.
        DiskError: it cannot be read or made.
    """
    path = folder / FILE_NAME
    try:
        if not path.exists():
            _keep(path, secrets.token_bytes(_BYTES).hex())
        text = path.read_text(encoding="ascii", errors="replace").strip()
    except OSError as error:
        raise DiskError(f"{path}: cannot be kept ({error.strerror}); nothing was sent") from error
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        secret = b""
    if len(secret) != _BYTES:
        raise ManifestError(
            f"{path}: is no webhook secret; once it is deleted a new one is made, and late webhooks are refused"
        )
    return Tags(secret)


def _keep(path: Path, text: str) -> None:
    """All of it or nothing, never readable by others, and never in place of a secret that stands there meanwhile."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        write_all(SYSTEM_DISK, descriptor, f"{text}\n".encode())
        SYSTEM_DISK.sync(descriptor)
    finally:
        os.close(descriptor)
    # A link, unlike a rename, refuses to replace: a run and an inbox may both be the first.
    with contextlib.suppress(FileExistsError):
        os.link(part, path)
    os.unlink(part)
    SYSTEM_DISK.sync_folder(path.parent)
