"""A demo as `make start` runs it, and a browser to look at its pages with."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.visit import ARGUMENTS, PROGRAM, TIMEOUT_MS, Demo, running_demo

expect.set_options(timeout=TIMEOUT_MS)
#: What the content security policy refuses becomes an error in the console, which fails the test.
TELL_CSP = """document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`))"""


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
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


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
        context.add_init_script(TELL_CSP)
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


@pytest.fixture
def console(demo: Demo, opened: Opener) -> Callable[..., Page]:
    """Opens the console as somebody of the demo, each in a browser context of their own."""

    def open_console(role: str, path: str = "/", **options: object) -> Page:
        context = opened(**{"width": 1440, **options})
        demo.enter(context, role)
        page = context.new_page()
        page.goto(f"{demo.url}{path}")
        expect(page.locator("main h1")).to_be_visible()
        return page

    return open_console
