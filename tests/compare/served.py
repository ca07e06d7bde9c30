"""The real program, serving a review, and a reviewer without a browser."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: Message
    body: bytes


@dataclass
class Served:
    """A review that listens at `address`; every reply is kept."""

    program: subprocess.Popen[str]
    address: str
    replies: list[Reply] = field(default_factory=list)

    def get(self, path: str = "", **headers: str) -> Reply:
        """Ask for a part of the review."""
        return self._ask(urllib.request.Request(self.address + path, headers=headers))

    def post(self, path: str, body: dict[str, Any], **headers: str) -> Reply:
        """Send something."""
        headers = {"Content-Type": "application/json", **headers}
        return self._ask(urllib.request.Request(self.address + path, json.dumps(body).encode(), headers))

    def seat(self) -> dict[str, Any]:
        """What the page is told."""
        found = re.search(rb'<script type="application/json" id="sitting">(.*?)</script>', self.get().body, re.DOTALL)
        assert found
        seat: dict[str, Any] = json.loads(found[1])
        return seat

    def _ask(self, request: urllib.request.Request) -> Reply:
        try:
            with urllib.request.urlopen(request) as answer:
                reply = Reply(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                reply = Reply(error.code, error.headers, error.read())
        self.replies.append(reply)
        return reply


@contextmanager
def serving(folder: Path, *options: str, axis: str = "prompt") -> Iterator[Served]:
    """`fluxsweep review` on `folder`, until the context ends; then it has left with 0, unless it was killed."""
    arguments = ["review", str(folder), "--axis", axis, "--no-browser", *options]
    program = subprocess.Popen(
        [sys.executable, "-m", "pipeline", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    try:
        yield Served(program, program.stdout.readline().strip())
    finally:
        program.terminate()
        _, said = program.communicate()
    assert program.returncode in (0, -9), said
