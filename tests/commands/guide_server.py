"""A second server of the API, written from the gateway's guide alone: no code and no data of the program is in it.

It takes `POST /flux/v1/{model}` and `GET /flux/v1/get_result?id=`, and keeps its pictures on a host of their own.
What a client does against the guide is written down in `wrong`.
"""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from PIL import Image

MODELS = {
    "flux-pro-1.1-ultra",
    "flux-pro-1.1",
    "flux-pro",
    "flux-dev",
    "flux-pro-1.0-fill",
    "flux-pro-1.0-canny",
    "flux-pro-1.0-depth",
    "flux-kontext-pro",
    "flux-kontext-max",
    "flux-2-pro",
    "flux-2-flex",
}
FIELDS = {
    "prompt": str,
    "image_prompt": str,
    "width": int,
    "height": int,
    "prompt_upsampling": bool,
    "seed": int,
    "safety_tolerance": int,
    "output_format": str,
    "webhook_url": str,
    "webhook_secret": str,
}
PENDING_POLLS = 2


@dataclass
class Job:
    """A submit that was taken. `polls` counts how often it was asked for."""

    model: str
    body: dict[str, Any]
    started: float
    polls: int = 0


@dataclass
class GuideServer:
    """What was asked of the server. A prompt that begins with the word Error or Failed ends so."""

    key: str
    origin: str = ""
    images: str = ""
    jobs: dict[str, Job] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def submit(self, model: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """The guide's first endpoint."""
        if model not in MODELS or not isinstance(body.get("prompt"), str):
            return 400, {"error": "Bad Request"}
        with self.lock:
            self.wrong += [
                f"{name}={value!r}" for name, value in body.items() if not isinstance(value, FIELDS.get(name, object))
            ]
            remote_id = f"{len(self.jobs):04x}n6vvx3ykhrm80cphgnafcmvgg"
            self.jobs[remote_id] = Job(model, body, time.time())
        return 200, {"id": remote_id, "status": "Pending"}

    def get_result(self, remote_id: str) -> tuple[int, dict[str, Any]]:
        """The guide's second endpoint."""
        job = self.jobs.get(remote_id)
        if job is None:
            return 400, {"error": "Bad Request"}
        job.polls += 1
        if job.polls <= PENDING_POLLS:
            return 200, {"id": remote_id, "status": "Pending"}
        for status in ("Error", "Failed"):
            if job.body["prompt"].startswith(status):
                return 200, {"id": remote_id, "status": status}
        now = time.time()
        result = {
            "seed": job.body.get("seed", 42),
            "prompt": job.body["prompt"],
            "sample": f"{self.images}/{remote_id}?sig=hidden",
            "duration": now - job.started,
            "end_time": now,
            "start_time": job.started,
        }
        return 200, {"id": remote_id, "result": result, "status": "Ready"}

    def picture(self, remote_id: str) -> bytes:
        """The picture of a job, of the size and in the format that it asked for."""
        body = self.jobs[remote_id].body
        size = (body.get("width", 1024), body.get("height", 768))
        image = Image.new("RGB", size, (body.get("seed", 42) * 40 % 256, 90, 140))
        encoded = io.BytesIO()
        image.save(encoded, body.get("output_format", "jpeg"))
        return encoded.getvalue()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, server: GuideServer, *arguments: Any) -> None:
        self.guide = server
        super().__init__(*arguments)

    def log_message(self, *_: object) -> None:
        """The tests look at `requests`."""

    def answer(self, status: int, content: bytes, media_type: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class _Api(_Handler):
    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        head, _, model = self.path.rpartition("/")
        if not self.is_allowed():
            return
        if head != "/flux/v1" or self.headers.get_content_type() != "application/json":
            self.guide.wrong.append(f"{self.path} {self.headers.get_content_type()}")
        status, tree = self.guide.submit(model, json.loads(content))
        self.answer(status, json.dumps(tree).encode())

    def do_GET(self) -> None:
        if not self.is_allowed():
            return
        url = urlsplit(self.path)
        if url.path != "/flux/v1/get_result":
            self.guide.wrong.append(self.path)
        status, tree = self.guide.get_result(parse_qs(url.query)["id"][0])
        self.answer(status, json.dumps(tree).encode())

    def is_allowed(self) -> bool:
        self.guide.requests.append(f"{self.command} {self.path}")
        if self.headers.get("Authorization") == f"Bearer {self.guide.key}":
            return True
        self.guide.wrong.append(f"Authorization: {self.headers.get('Authorization')}")
        self.answer(401, b'{"error": "Unauthorized"}')
        return False


class _Images(_Handler):
    def do_GET(self) -> None:
        if "Authorization" in self.headers or self.guide.key in str(self.headers):
            self.guide.wrong.append("the key came to the image host")
        self.answer(200, self.guide.picture(urlsplit(self.path).path[1:]), "application/octet-stream")


@contextmanager
def serving(key: str) -> Iterator[GuideServer]:
    """A running server of both hosts, on loopback."""
    guide = GuideServer(key)
    api = ThreadingHTTPServer(("127.0.0.1", 0), lambda *arguments: _Api(guide, *arguments))
    images = ThreadingHTTPServer(("127.0.0.1", 0), lambda *arguments: _Images(guide, *arguments))
    guide.origin, guide.images = (f"http://127.0.0.1:{server.server_port}" for server in (api, images))
    threads = [threading.Thread(target=server.serve_forever, args=(0.02,)) for server in (api, images)]
    for thread in threads:
        thread.start()
    try:
        yield guide
    finally:
        for server in (api, images):
            server.shutdown()
            server.server_close()
        for thread in threads:
            thread.join()
