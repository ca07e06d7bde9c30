"""A real Chromium for the pages on which people decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.browser import chromium_path

Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium_path(), args=["--no-sandbox", "--disable-gpu"])
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opened]:
    """`opened(address, **context_options)`: a page at its first pair; any message, error or outside request fails.

    Chromium writes of its own accord about every reply of a bad status; `refused` is one that is meant.
    """
    wrong: list[str] = []
    contexts = []

    def open_page(address: str, reviewer: str = "", refused: int = 0, **options: Any) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1200, "height": 800}, **options})
        contexts.append(context)
        page = context.new_page()
        own = address.removesuffix("index.html")

        def heard(message: ConsoleMessage) -> None:
            if f"status of {refused} " not in message.text:
                wrong.append(f"console: {message.text}")

        page.on("console", heard)
        page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
        page.on("dialog", lambda dialog: wrong.append(f"dialog: {dialog.message}"))
        page.on(
            "request",
            lambda request: None if request.url.startswith((own, "data:", "blob:")) else wrong.append(request.url),
        )
        page.goto(address)
        if reviewer:
            page.fill("#name", reviewer)
        page.click("#go")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert wrong == []
