"""Every page of the console: nothing serious that axe-core knows, light and dark, at a desk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

from tests.browser.conftest import Opener
from tests.browser.pages import CONSOLE, DESK
from tests.browser.telling import tell
from tests.browser.visit import Demo

pytestmark = pytest.mark.slow
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
GRAVE = {"serious", "critical"}
#: What Semi's own parts do, by axe's rule and the part that does it.
LIBRARYS = {
    # Select names the option that is active also while its list is not there.
    "aria-valid-attr-value": 'role="combobox"',
    # The arrow of Select is an image with an empty name.
    "role-img-alt": "semi-icon",
    # SideSheet takes a label and gives it to an element around the dialog.
    "aria-dialog-name": "semi-sidesheet-inner",
}
CUT_OFF = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def ids(demo: Demo) -> dict[str, str]:
    """The told state's ids, which the addresses name."""
    return tell(demo)


def faults(page: Page) -> Iterator[str]:
    """The grave violations on a page, each with where it is."""
    for found in Axe().run(page, options=RULES).response["violations"]:
        for node in found["nodes"]:
            is_librarys = LIBRARYS.get(found["id"], "\0") in node["html"]
            if node["impact"] in GRAVE and not is_librarys:
                yield f"{found['id']}: {node['html'][:200]} ({node['failureSummary'][:200]})"


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "zh-CN")])
@pytest.mark.parametrize("role", sorted({shot.role for shot in CONSOLE}))
def test_every_page_is_accessible(
    demo: Demo,
    ids: dict[str, str],
    opened: Opener,
    role: str,
    scheme: Literal["light", "dark"],
    language: str,
) -> None:
    context = opened(DESK, language, color_scheme=scheme, reduced_motion="reduce")
    demo.enter(context, role)
    page = context.new_page()
    found: list[str] = []
    for shot in CONSOLE:
        if shot.role == role:
            page.goto(demo.url + shot.path.format_map(ids), wait_until="networkidle")
            found += [f"{shot.name}: {fault}" for fault in faults(page)]
            if page.evaluate(CUT_OFF) > 0:
                found.append(f"{shot.name}: wider than the screen")
    assert found == [], "\n".join(found)


def test_twin_a_page_without_names_is_found(demo: Demo, opened: Opener) -> None:
    context = opened(DESK)
    demo.enter(context, "developer")
    page = context.new_page()
    page.goto(f"{demo.url}/apps", wait_until="networkidle")
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert [fault for fault in faults(page) if fault.startswith("button-name")]
