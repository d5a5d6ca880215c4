"""Operators find, revoke, deny, lift by two, set limits, and watch the platform, in the console."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.visit import Demo

Console = Callable[..., Page]
#: How soon what was lifted, or restored, is shown again; takedowns are awaited by the pages.
PATIENCE_SECONDS = 10.0
EVERYWHERE = re.compile(r"已在全部节点隐藏，用时 \d+ 毫秒")
EFFECTIVE = re.compile(r"\d+ 毫秒后生效")


def shows(demo: Demo, page: Page, aweme_id: str) -> bool:
    """Whether the account's profile page shows an entry now."""
    page.goto(f"{demo.url}/p/{aweme_id}")
    return page.locator("a.entry").count() == 1


def await_entry(demo: Demo, page: Page, aweme_id: str) -> None:
    """Open the profile page until the entry is there."""
    began = time.monotonic()
    while not shows(demo, page, aweme_id):
        assert time.monotonic() - began < PATIENCE_SECONDS, page.content()


def confirm(page: Page, verb: str, reason: str = "") -> None:
    """Do what the open dialog asks about, giving a reason where it wants one."""
    dialog = page.get_by_role("dialog")
    button = dialog.get_by_role("button", name=verb)
    if reason:
        expect(button).to_be_disabled()
        dialog.get_by_label("原因").fill(reason)
    button.click()
    expect(dialog).to_have_count(0)


def test_c7_what_is_found_is_revoked_with_its_impact_and_restored(
    demo: Demo, console: Console, opened: Opener
) -> None:
    visitor = opened().new_page()
    await_entry(demo, visitor, "porcelain_brand")
    page = console("operator", "/operate/system")

    # One box, focused when the page opens; Enter opens the only hit, and the way back leads here.
    page.get_by_role("link", name="查找", exact=True).click()
    box = page.get_by_label("查找任意对象")
    expect(box).to_be_focused()
    page.keyboard.type("tt_porce")
    expect(page.get_by_role("link", name="瓷上生活")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="瓷上生活", level=1)).to_be_visible()
    page.go_back()
    expect(box).to_have_value("tt_porce")
    page.get_by_role("link", name="瓷上生活").click()

    page.get_by_role("button", name="收回能力").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("将立即隐藏 1 个线上生效的入口")).to_be_visible()
    confirm(page, "收回能力", "内容与申请不符")
    expect(page.get_by_text(EVERYWHERE)).to_be_visible()
    assert not shows(demo, visitor, "porcelain_brand")
    expect(page.get_by_text("内容与申请不符")).to_be_visible()

    page.get_by_role("button", name="恢复能力").click()
    confirm(page, "恢复能力", "已改正")
    expect(page.get_by_role("button", name="收回能力")).to_be_visible()
    await_entry(demo, visitor, "porcelain_brand")

    # Whose entries these are stands below, each leading to its account.
    bound = page.get_by_role("row").filter(has_text="品牌号").filter(has_text="已绑定")
    expect(bound.get_by_role("link", name="瓷上生活旗舰店")).to_be_visible()

    # The revocation stands among the takedowns, and leads to its records.
    page.get_by_role("link", name="下线记录").click()
    row = page.get_by_role("row").filter(has_text="收回能力")
    expect(row.get_by_text(EFFECTIVE)).to_be_visible()


def test_g1_one_operator_denies_an_account_and_lifts_it(
    demo: Demo, console: Console, opened: Opener
) -> None:
    visitor = opened().new_page()
    await_entry(demo, visitor, "porcelain_brand")
    page = console("operator", "/operate/denies")
    page.get_by_role("button", name="新增封禁").click()
    dialog = page.get_by_role("dialog")
    target = dialog.get_by_role("textbox", name="抖音号")
    target.fill("no_such_account")
    expect(dialog.get_by_text("没有这个编号或名称的对象")).to_be_visible()
    target.fill("porcelain")
    dialog.get_by_role("button", name="瓷上生活旗舰店").click()
    expect(dialog.get_by_text("将立即隐藏 1 个线上生效的入口")).to_be_visible()
    confirm(page, "封禁入口", "号主投诉")
    row = page.get_by_role("row").filter(has_text="porcelain_brand")
    expect(row.get_by_text(EFFECTIVE)).to_be_visible()
    assert not shows(demo, visitor, "porcelain_brand")

    # Its page says why nothing is shown, by which rule values, and lets one person lift it.
    row.get_by_role("link", name="porcelain_brand").click()
    expect(page.get_by_role("heading", name="瓷上生活旗舰店", level=1)).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="抖音号被封禁")).to_be_visible()
    followers = page.get_by_role("row").filter(has_text="有效粉丝数")
    expect(followers).to_contain_text("36,000")
    expect(followers).to_contain_text("≥ 500")
    page.get_by_role("button", name="解除封禁").click()
    confirm(page, "解除封禁", "误封")
    expect(page.get_by_text("展示中", exact=True)).to_be_visible()
    await_entry(demo, visitor, "porcelain_brand")


def test_g1_a_wider_deny_is_lifted_by_two(demo: Demo, console: Console) -> None:
    one = console("operator", "/operate/mini-programs/tt_tea_lab")
    one.get_by_role("button", name="封禁此小程序").click()
    expect(one.get_by_role("dialog").get_by_text("没有线上生效的入口受影响")).to_be_visible()
    confirm(one, "封禁入口", "名称侵权")
    one.get_by_role("button", name="提议解除").click()
    confirm(one, "提议解除", "已更名")
    expect(one.get_by_text("operator-zhou 提议解除：已更名")).to_be_visible()
    expect(one.get_by_role("button", name="确认解除")).to_have_count(0)

    other = console("operator2", "/operate/denies?status=active&target=tt_tea_lab")
    expect(other.get_by_text("operator-zhou 提议解除：已更名")).to_be_visible()
    other.get_by_role("button", name="确认解除").click()
    expect(other.get_by_role("dialog").get_by_text("operator-zhou 提议解除")).to_be_visible()
    confirm(other, "确认解除")
    expect(other.get_by_text("没有符合条件的封禁")).to_be_visible()

    # The first one's page follows by itself, and both stand in the list.
    expect(one.get_by_text("operator-zhou 提议解除")).to_have_count(0)
    one.goto(f"{demo.url}/operate/denies?target=tt_tea_lab")
    row = one.get_by_role("row").filter(has_text="名称侵权")
    for told in ("已解除", "operator-zhou", "operator-xu"):
        expect(row).to_contain_text(told)


def test_g1_everything_is_denied_only_after_a_typed_word(console: Console) -> None:
    page = console("operator", "/operate/denies")
    page.get_by_role("button", name="新增封禁").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox", name="封禁范围").click()
    page.get_by_role("option", name="全部入口").click()
    dialog.get_by_label("原因").fill("演练")
    button = dialog.get_by_role("button", name="封禁入口")
    expect(dialog.get_by_text("个线上生效的入口")).to_be_visible()
    expect(button).to_be_disabled()
    dialog.get_by_role("textbox", name="请输入「全部封禁」以确认").fill("全部封禁")
    expect(button).to_be_enabled()
    dialog.get_by_role("button", name="取消").click()
    expect(dialog).to_have_count(0)


def test_b4_a_quota_below_what_is_used_is_refused_in_place(console: Console) -> None:
    page = console("operator", "/operate/mini-programs/tt_porcelain")
    page.get_by_role("button", name="修改品牌号绑定上限").click()
    dialog = page.get_by_role("dialog")
    quota = dialog.get_by_role("spinbutton", name="新的上限")
    quota.fill("0")
    expect(dialog.get_by_text("低于已用的 1 个，不能保存")).to_be_visible()
    dialog.get_by_label("原因").fill("缩减")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog.get_by_text("新的上限低于当前已使用的数量").first).to_be_visible()
    expect(dialog.get_by_label("原因")).to_have_value("缩减")
    quota.fill("3")
    dialog.get_by_role("button", name="保存").click()
    expect(dialog).to_have_count(0)
    row = page.get_by_role("row").filter(has_text="品牌号绑定")
    expect(row.get_by_role("cell").nth(2)).to_have_text("3")


def test_b2_support_clears_an_enterprise_account_and_takes_it_back(console: Console) -> None:
    page = console("operator", "/operate/clearances")
    page.get_by_role("button", name="新增放行").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="抖音号").fill("tea_company")
    dialog.get_by_role("textbox", name="小程序编号").fill("tt_tea")
    expect(dialog.get_by_text("即「山间茶业企业号」")).to_be_visible()
    expect(dialog.get_by_text("即「山间好茶」")).to_be_visible()
    confirm(page, "放行", "工单 3321")
    row = page.get_by_role("row").filter(has_text="tea_company")
    expect(row).to_contain_text("operator-zhou")
    row.get_by_role("button", name="取消放行").click()
    confirm(page, "取消放行")
    expect(page.get_by_text("没有符合条件的放行")).to_be_visible()


def test_v3_the_system_page_says_how_the_platform_does_in_english(console: Console) -> None:
    page = console("operator", "/operate/system", language="en-US")
    expect(page.get_by_role("heading", name="System", level=1)).to_be_visible()
    expect(page.get_by_text("All is well")).to_be_visible()
    node = page.get_by_role("row").filter(has_text="In rotation")
    expect(node).to_contain_text("0 revisions behind")
    page.get_by_role("region", name="Open takedowns").get_by_role("link").click()
    expect(page.get_by_text("No open takedowns")).to_be_visible()
    page.get_by_role("link", name="Capabilities").click()
    page.get_by_role("link", name="瓷上生活").click()
    expect(page.get_by_role("button", name="Revoke")).to_be_visible()
