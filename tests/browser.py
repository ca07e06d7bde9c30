"""Which Chromium the page's tests drive. `python -m tests.browser` says whether there is one that works."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator

from playwright.sync_api import sync_playwright

VARIABLE = "FLUXSWEEP_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium_path() -> str | None:
    """The first Chromium that starts: the one that `FLUXSWEEP_CHROMIUM` names, or of the PATH, or Playwright's own."""
    return next((path for path in _candidates() if _starts(path)), None)


def _candidates() -> Iterator[str]:
    if named := os.environ.get(VARIABLE):
        yield named
        return
    for name in NAMES:
        if found := shutil.which(name):
            yield found
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    yield own


def _starts(path: str) -> bool:
    """Some systems put a stub of that name on the PATH which only says how to install it, so it is asked."""
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


if __name__ == "__main__":
    if chromium_path() is None:
        sys.exit(f"No Chromium that starts: tried {VARIABLE}, {', '.join(NAMES)} and Playwright's own.")
