"""A demo as `make start` runs it, and a browser to look at its pages with."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from guazai.demo.credentials import load
from tests.browser.visit import ARGUMENTS, PROGRAM, TIMEOUT_MS, Demo
from tests.platform import platform


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; each looks at pages in a context of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo on real processes, for the tests of one module."""
    state = tmp_path_factory.mktemp("demo")
    with platform("sqlite", state, is_started=False) as found:
        base = ["--state", state, "--port-base", found.port_base]
        found.start("demo", ["-m", "guazai", "start", *map(str, base)])
        found.await_healthy()
        credentials = load(state)
        assert credentials is not None
        running = Demo(credentials)
        yield running
        running.close()


Opener = Callable[..., BrowserContext]


@pytest.fixture
def opened(chromium: Browser) -> Iterator[Opener]:
    """Opens contexts; what a page complains about in the console fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_context(
        width: int = 390, language: str = "zh-CN", **options: object
    ) -> BrowserContext:
        context = chromium.new_context(
            viewport={"width": width, "height": 844},
            locale=language,
            **options,  # type: ignore[arg-type]
        )
        context.set_default_timeout(TIMEOUT_MS)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on(
            "console",
            lambda said: (
                complaints.append(said.text)
                if said.type in {"error", "warning"} and "status of 4" not in said.text
                else None
            ),
        )
        contexts.append(context)
        return context

    yield open_context
    for context in contexts:
        context.close()
    assert complaints == []
