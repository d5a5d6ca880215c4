"""Every page: no violation that axe-core knows, nothing cut off, targets that a thumb can hit."""

from __future__ import annotations

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page

from tests.browser.conftest import Opener
from tests.browser.visit import APP, Demo

#: What a thumb misses at 44 px; links inside a sentence or a row are excepted, as in WCAG.
TOO_SMALL = """() => [...document.querySelectorAll("button, input:not([type=hidden]), a")]
  .filter((e) => !e.matches("p a, .skip, .row-words a"))
  .map((e) => [e.outerHTML.slice(0, 120), e.getBoundingClientRect()])
  .filter(([, box]) => box.height < 44 || box.width < 44)
  .map(([html, box]) => `${Math.round(box.width)}x${Math.round(box.height)} ${html}`)"""
CUT_OFF = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
#: WCAG 2.2 AA, and what axe-core holds to be good practice.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}


@pytest.fixture(scope="module")
def paths(demo: Demo) -> dict[str, str]:
    """Addresses of pages with something on them, by what they show."""
    demo.gain_capability()
    bound = demo.request("tea_brand", "brand")
    code = demo.code(bound)
    raw, number = code["url"].rpartition("/")[2], {"match_number": code["match_number"]}
    demo.as_("owner").post(f"/owner/consent/{raw}", number)
    demo.go_live("tea_brand", "尝新茶")
    title = {"page_path": "pages/shop/detail", "title": "春茶上新"}
    change = demo.as_("developer").post(f"{APP}/records/tea_brand/changes", title)["id"]
    asked = demo.request("tea_staff", "employee")
    return {
        "accounts": "/me",
        "shown": "/me/accounts/tea_brand",
        "hidden": "/me/accounts/tea_staff",
        "past": "/me/accounts/tea_brand?past=1",
        "release": "/me/accounts/tea_brand/surfaces/profile_mount/release",
        "bound": f"/me/bindings/{bound}",
        "end": f"/me/bindings/{bound}/end",
        "refuse": f"/me/bindings/{asked}/refuse",
        "block": f"/me/bindings/{asked}/block",
        "messages": "/me/messages",
        "consent": f"/c/{demo.code(asked)['url'].rpartition('/')[2]}",
        "no such code": "/c/made-up",
        "profile": "/p/tea_brand",
        "profile without entry": "/p/tea_staff",
        "not found": "/nowhere",
        "draft": "/p/tea_brand/draft?app_id=tt_tea&title=New",
        "no draft": "/p/tea_brand/draft?app_id=tt_porcelain&title=New",
        "change": f"/p/tea_brand/changes/{change}",
    }


def _check(page: Page, what: str) -> None:
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, f"{what}: {found.generate_report()}"
    assert page.evaluate(CUT_OFF) <= 0, what
    assert page.evaluate(TOO_SMALL) == [], what


@pytest.mark.parametrize(
    ("width", "scheme", "language"),
    [
        (320, "light", "en"),
        (390, "light", "zh-CN"),
        (390, "dark", "en"),
        (1440, "light", "en"),
        (1440, "dark", "zh-CN"),
    ],
)
def test_every_page_is_accessible(
    demo: Demo,
    paths: dict[str, str],
    opened: Opener,
    width: int,
    scheme: Literal["light", "dark"],
    language: str,
) -> None:
    page = opened(width, language, color_scheme=scheme).new_page()
    page.goto(f"{demo.url}/login")
    _check(page, "login")
    demo.enter(page.context, "owner")
    for what, path in paths.items():
        if what == "draft":
            demo.enter(page.context, "developer")
        page.goto(demo.url + path)
        _check(page, what)


def test_the_keyboard_reaches_the_content_first_and_is_seen(demo: Demo, opened: Opener) -> None:
    page = opened().new_page()
    page.goto(f"{demo.url}/p/porcelain_brand")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    box = page.locator(".skip").bounding_box()
    assert box is not None
    assert box["y"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    outline = "getComputedStyle(document.activeElement).outlineWidth"
    assert page.evaluate(outline) == "3px"
