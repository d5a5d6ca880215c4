"""An owner with a phone: from somebody's QR code to an entry on the profile page, and back.

The pages are used without scripts, at the width of a phone, by the words that stand on them.
"""

from __future__ import annotations

import time

from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.visit import APP, Demo

PROMISE_SECONDS = 1.0


def _await_entry(page: Page, url: str, *, is_shown: bool) -> None:
    """Open the profile until the entry is there, or gone, within the promise (V3)."""
    began = time.monotonic()
    while True:
        page.goto(url)
        if page.locator("a.entry").count() == is_shown:
            return
        assert time.monotonic() - began < PROMISE_SECONDS, page.content()


def test_b5_an_owner_consents_at_390_px_without_scripts(demo: Demo, opened: Opener) -> None:
    demo.gain_capability()
    code = demo.code(demo.request("tea_brand", "brand"))
    page = opened(java_script_enabled=False).new_page()

    # The link asks for a login, and leads back.
    page.goto(code["url"])
    expect(page.get_by_role("heading", name="登录挂载")).to_be_visible()
    demo.log_in(page, "owner")
    assert page.url == code["url"]
    for told in ("山间好茶", "tt_tea", "山间茶业有限公司", "山间好茶官方", "品牌号"):
        assert told in page.inner_text("main")
    expect(page.get_by_text("如果二维码来自直播间")).to_be_visible()

    # By keyboard alone: into the field, type, send.
    page.get_by_label("输入开发者屏幕上的两位数字").focus()
    page.keyboard.type(code["match_number"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="已绑定")).to_be_visible()
    page.goto(code["url"])
    expect(page.get_by_role("heading", name="授权码无效")).to_be_visible()

    # Approved, it is on the profile; the owner takes it away, and it is gone.
    profile = f"{demo.url}/p/tea_brand"
    _await_entry(page, profile, is_shown=False)
    demo.go_live("tea_brand", "尝新茶")
    _await_entry(page, profile, is_shown=True)
    expect(page.get_by_text("尝新茶")).to_be_visible()
    page.get_by_role("link", name="我的抖音号").first.click()
    expect(page.get_by_text("展示中")).to_be_visible()
    page.get_by_role("link", name="山间好茶官方").click()
    page.get_by_role("link", name="解除绑定").click()
    expect(page.get_by_text("现在生效的入口会消失")).to_be_visible()
    page.get_by_role("button", name="确认解除").click()
    expect(page.get_by_role("heading", name="已解除")).to_be_visible()
    _await_entry(page, profile, is_shown=False)


def test_b5_an_owner_blocks_a_mini_program_and_lifts_it_in_english(
    demo: Demo, opened: Opener
) -> None:
    demo.gain_capability()
    code = demo.code(demo.request("tea_staff", "employee"))
    page = opened(java_script_enabled=False).new_page()
    page.goto(code["url"])
    page.get_by_role("button", name="EN", exact=True).click()
    expect(page.get_by_role("heading", name="Log in to Guazai")).to_be_visible()
    demo.log_in(page, "owner")
    page.get_by_role("link", name="Block").click()
    page.get_by_role("button", name="Block it").click()
    expect(page.get_by_role("heading", name="Refused")).to_be_visible()
    page.get_by_role("link", name="茶师小陈").click()
    expect(page.get_by_text("At least 500 effective followers")).to_be_visible()
    page.get_by_role("button", name="Unblock 山间好茶").click()
    expect(page.get_by_role("button", name="Unblock")).to_have_count(0)
    page.get_by_role("link", name="Messages").click()
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_role("button", name="Mark all as read")).to_have_count(0)
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in to Guazai")).to_be_visible()


def test_b5_a_wrong_number_binds_nothing_and_says_what_to_do(demo: Demo, opened: Opener) -> None:
    demo.gain_capability()
    asked = demo.request("tea_brand", "brand")
    code = demo.code(asked)
    page = opened(java_script_enabled=False).new_page()
    page.goto(code["url"])
    demo.log_in(page, "owner")
    page.fill("#match_number", f"{(int(code['match_number']) + 1) % 100:02}")
    page.get_by_role("button", name="同意绑定").click()
    expect(page.get_by_role("heading", name="数字不一致")).to_be_visible()
    expect(page.get_by_text("没有绑定任何小程序")).to_be_visible()
    page.goto(code["url"])
    expect(page.get_by_role("heading", name="授权码无效")).to_be_visible()
    page.goto(demo.code(asked)["url"])
    expect(page.get_by_role("button", name="同意绑定")).to_be_visible()
    demo.as_("developer").post(f"{APP}/bindings/{asked}/cancel")
