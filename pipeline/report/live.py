"""The page of a run that goes on. It opens from disk like every other, and asks for `live/now.js` every second.

`live/now.js` says which is the last of `live/1.js`, `live/2.js` …: each holds the cells that changed. A page from disk
may load scripts of its own folder, and nothing else. All of it is written by a process of its own, of low priority: a
run is not slower for being looked at. The report that follows the run takes `live/` away, which is what makes a page
that is still open load that report.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from pipeline.report.put import put

LIVE = "live"
DONE = b"done\n"
SILENT = 40.0  # seconds without a word, after which a run is taken to be gone: as page/live.js has it
START_AFTER = 2.0  # seconds: what is over sooner needs no page on the way
END_WAIT = 3.0


@contextmanager
def live_page(folder: Path) -> Iterator[None]:
    """While this block runs, the page in `folder` fills itself. A block shorter than `START_AFTER` makes none.

    What goes wrong with the page is no matter of the run's.
    """
    follower = _Follower(folder)
    timer = threading.Timer(START_AFTER, follower.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        follower.end()


class Word(msgspec.Struct):
    """What a run said last of its page: its increments so far, and `running`, `done` or `cut`."""

    n: int
    at: int
    state: str


def say(report: Path, n: int, state: str) -> None:
    """Leave word in the folder `report`, for the page that is open and for `is_live`."""
    put(report / LIVE / "now.js", b"liveNow(%b);\n" % msgspec.json.encode(Word(n, round(time.time()), state)))


def is_live(report: Path) -> bool:
    """Whether a run fills the page in the folder `report` at this moment."""
    try:
        said = (report / LIVE / "now.js").read_bytes()
        word = msgspec.json.decode(said.removeprefix(b"liveNow(").removesuffix(b");\n"), type=Word)
    except (OSError, msgspec.DecodeError):
        return False
    return word.state == "running" and time.time() - word.at < SILENT


class _Follower:
    """The process that writes the page, once it has started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        # -P: a folder named `pipeline` where the command is typed must not be taken for this package. A session of
        # its own: the terminal's Ctrl-C is for the run.
        with suppress(OSError):
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", "-m", "pipeline.report.follow", str(self._folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def end(self) -> None:
        if self._process is None:
            return
        try:
            self._process.communicate(DONE, END_WAIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
