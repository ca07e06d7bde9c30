"""A loopback server that answers as a test says, byte for byte, and remembers what it was sent."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Answer = bytes | None


@dataclass
class Scripted:
    """`answer` maps a request line to raw bytes; None: the connection is cut after the request was read."""

    answer: Callable[[str], Answer]
    origin: str = ""
    requests: list[str] = field(default_factory=list)
    received: asyncio.Event = field(default_factory=asyncio.Event)
    bodies: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                text = head.decode()
                length = next(
                    (
                        int(line.split(":")[1])
                        for line in text.splitlines()
                        if line.lower().startswith("content-length")
                    ),
                    0,
                )
                self.bodies.append(await reader.readexactly(length))
                self.requests.append(text)
                self.received.set()
                answer = self.answer(text.splitlines()[0])
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
                if _is_cut(answer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


def _is_cut(answer: bytes) -> bool:
    """Whether less follows the head than it announces: then the connection must end."""
    head, _, body = answer.partition(b"\r\n\r\n")
    announced = re.search(rb"Content-Length: (\d+)", head)
    return announced is not None and int(announced[1]) > len(body)


def http(status: int, body: bytes | str = b"", **headers: str) -> bytes:
    """A raw HTTP reply; header names with `_` for `-`."""
    raw = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(raw)}", "Content-Type: application/json"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw


@asynccontextmanager
async def scripted(answer: Callable[[str], Answer] | bytes | None) -> AsyncIterator[Scripted]:
    """A running server; a fixed answer may be given as it is."""
    server = Scripted(answer if callable(answer) else lambda _line: answer)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.origin = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
