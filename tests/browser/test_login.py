"""One click enters a demo as somebody, without scripts, and comes back to where one was going."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.visit import Demo


def test_one_click_enters_and_comes_back(demo: Demo, opened: Opener) -> None:
    page = opened(java_script_enabled=False).new_page()
    page.goto(f"{demo.url}/me/messages")
    expect(page.get_by_role("heading", name="一键登录")).to_be_visible()
    page.get_by_role("button", name="creator-chen").click()
    expect(page.get_by_role("heading", name="站内信")).to_be_visible()
    assert page.url == f"{demo.url}/me/messages"
    page.get_by_role("button", name="退出").click()
    page.get_by_role("button", name="creator-luo").click()
    expect(page.get_by_role("heading", name="我的抖音号")).to_be_visible()
    assert page.url == f"{demo.url}/me"
