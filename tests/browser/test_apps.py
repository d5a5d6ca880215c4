"""A developer's way from the application to a bound account, each line of it in the console."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Opener
from tests.browser.visit import APP, MARKS, Demo

APPLICATIONS = f"{APP}/capability/applications"
Seat = Callable[..., Page]


@pytest.fixture
def seat(console: Callable[..., Page]) -> Seat:
    """Opens the console as a developer, each in a browser context of their own."""
    return lambda path, role="developer", language="zh-CN": console(role, path, language=language)


def applications(demo: Demo) -> list[dict[str, Any]]:
    return list(demo.as_("developer").get(APPLICATIONS)["items"])


def decide(demo: Demo, verb: str, **body: Any) -> None:
    """What a reviewer does with the newest application."""
    item = f"/review/items/capability_application/{applications(demo)[0]['id']}"
    demo.as_("reviewer").post(f"{item}/claim")
    demo.as_("reviewer").post(f"{item}/{verb}", body)


def confirm(page: Page, verb: str) -> None:
    """Press `verb`, and again in the dialog that asks."""
    page.get_by_role("button", name=verb, exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name=verb, exact=True).click()


def heading(page: Page, name: str) -> Locator:
    return page.get_by_role("heading", name=name, exact=True)


def test_c1_to_c6_from_the_first_application_to_the_capability(demo: Demo, seat: Seat) -> None:
    page = seat("/apps")
    page.get_by_role("link", name="山间好茶").click()
    expect(heading(page, "抖音个人页挂载")).to_be_visible()
    expect(page.get_by_text("当前：92")).to_be_visible()

    # A double click applies once; the success page outlives a reload, and going back does no harm.
    page.get_by_label("申请理由").fill("茶叶购买与售后")
    page.get_by_role("button", name="申请开通").dblclick()
    expect(heading(page, "申请已提交")).to_be_visible()
    due_on = applications(demo)[0]["due_on"]
    page.reload()
    expect(page.get_by_text(f"预计 {due_on} 前完成审核")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("button", name="撤销申请")).to_be_visible()
    expect(page.get_by_label("申请理由")).to_have_count(0)
    assert len(applications(demo)) == 1

    confirm(page, "撤销申请")
    expect(page.get_by_text("已撤销").first).to_be_visible()

    # A login that ran out asks for the password over the page; what was typed is sent afterwards.
    page.get_by_label("申请理由").fill("茶叶购买、品鉴与售后")
    page.context.clear_cookies()
    page.get_by_role("button", name="申请开通").click()
    expect(page.get_by_text("登录已过期")).to_be_visible()
    page.get_by_label("密码").fill(demo.credentials.login_of("developer").password)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_text("登录已过期")).to_have_count(0)
    expect(page.get_by_label("申请理由")).to_have_value("茶叶购买、品鉴与售后")
    page.get_by_role("button", name="申请开通").click()
    expect(heading(page, "申请已提交")).to_be_visible()
    assert [each["status"] for each in applications(demo)] == ["in_review", "withdrawn"]

    # Rejected, each reason says how to mend it; then it is applied for again, and granted.
    reason = {
        "code": "interface_disordered",
        "text": "首页商品图不显示",
        "how_to_fix": "请修复图片后重新提交",
        "evidence": "https://example.com/blank.png",
    }
    decide(demo, "reject", reasons=[reason], marks=MARKS | {"stability": "poor"})
    page.reload()
    expect(page.get_by_text("首页商品图不显示").first).to_be_visible()
    expect(page.get_by_text(reason["how_to_fix"])).to_be_visible()
    expect(page.get_by_text(reason["evidence"])).to_be_visible()
    page.get_by_label("申请理由").fill("图片已修复")
    page.get_by_role("button", name="申请开通").click()
    expect(heading(page, "申请已提交")).to_be_visible()
    decide(demo, "approve", marks=MARKS)
    page.reload()
    expect(page.get_by_text("能力已开通")).to_be_visible()
    expect(heading(page, "历次申请")).to_be_visible()
    page.get_by_role("link", name="绑定抖音号").click()
    expect(heading(page, "添加抖音号")).to_be_visible()


def test_c1_an_unmet_condition_says_how_to_mend_it(seat: Seat) -> None:
    page = seat("/apps/tt_tea_lab/mount", language="en")
    expect(page.get_by_text("Now: 45")).to_be_visible()
    expect(page.get_by_text("the score recovers")).to_be_visible()
    expect(page.get_by_role("button", name="Apply")).to_have_count(0)


def test_b1_to_b6_an_account_is_bound_by_its_owner_and_unbound(
    demo: Demo, seat: Seat, opened: Opener
) -> None:
    demo.gain_capability()
    page = seat("/apps/tt_tea/accounts", language="en")
    page.get_by_role("link", name="Add an account").first.click()
    field = page.get_by_label("Douyin id")

    def refused(aweme_id: str, why: str, kind: str = "Brand") -> None:
        page.get_by_text(kind, exact=True).click()
        field.fill(aweme_id)
        page.get_by_role("button", name="Request the binding").click()
        expect(page.get_by_role("alert").filter(has_text=why)).to_be_visible()
        expect(field).to_have_value(aweme_id)

    refused("no_such_account", "There is no Douyin account “no_such_account”")
    refused("tea_company", "enterprise account, which support has to clear first")
    refused("porcelain_brand", "is not tied to the legal entity", "Employee")

    page.get_by_text("Brand", exact=True).click()
    field.fill("tea_brand")
    page.get_by_role("button", name="Request the binding").click()
    page.get_by_role("button", name="Show QR code").click()
    expect(page.get_by_role("img", name="QR code for the account's owner")).to_be_visible()
    expect(page.get_by_role("timer")).to_have_text(re.compile(r"0[12]:\d\d left"))

    # The owner consents on another device, and this page follows by itself.
    link = page.get_by_text(f"{demo.url}/c/").inner_text().strip()
    phone = opened(java_script_enabled=False).new_page()
    phone.goto(link)
    demo.log_in(phone, "owner")
    phone.fill("#match_number", page.locator(".match-number").inner_text())
    phone.locator("main form button").first.click()
    expect(page.get_by_text("The account is bound")).to_be_visible()

    # The quota of one brand account is used up now, which the form says in place.
    other = {"nickname": "山间好茶二号", "account_type": "institution", "entity_id": "ent_tea"}
    demo.as_("host").put("/host/accounts/tea_second", other)
    page.goto(f"{demo.url}/apps/tt_tea/accounts/new")
    refused("tea_second", "The quota of this kind is used up")
    refused("tea_brand", "is bound to this mini program already")
    page.get_by_role("link", name="See the bound accounts").click()
    expect(page).to_have_url(re.compile(r"\?kind=brand&status=active|\?status=active"))
    demo.go_live("tea_brand", "尝新茶")

    # Unbinding tells what it takes away, and that it is gone.
    page.get_by_role("link", name="Open the binding with “山间好茶官方”").click()
    page.get_by_role("button", name="Unbind", exact=True).click()
    asking = page.get_by_role("dialog")
    expect(asking.get_by_text("the live entry “尝新茶”")).to_be_visible()
    expect(asking.get_by_text("one of this month's unbinds (5 left)")).to_be_visible()
    asking.get_by_role("button", name="Unbind", exact=True).click()
    expect(page.get_by_text("no node shows the entry any more")).to_be_visible()


def test_b5_a_refusal_and_a_cancelled_request_are_told(demo: Demo, seat: Seat) -> None:
    demo.gain_capability()
    asked = demo.request("tea_staff", "employee")
    page = seat(f"/apps/tt_tea/accounts/{asked}")
    confirm(page, "取消请求")
    expect(page.get_by_text("绑定请求已取消")).to_be_visible()
    asked = demo.request("tea_staff", "employee")
    page.goto(f"{demo.url}/apps/tt_tea/accounts?kind=employee&status=awaiting_consent")
    page.get_by_role("link", name="查看与「茶师小陈」的绑定").click()
    expect(page.get_by_role("button", name="出示二维码")).to_be_visible()
    demo.as_("owner").post(f"/owner/bindings/{asked}/refuse")
    expect(page.get_by_text("号主拒绝了绑定")).to_be_visible()
    page.get_by_role("link", name="重新发起绑定").click()
    page.get_by_role("button", name="发起绑定").click()
    expect(page.get_by_text("可再次发起的时间")).to_be_visible()


def test_l1_share_links_are_named_and_removed(demo: Demo, seat: Seat) -> None:
    page = seat("/apps/tt_tea_lab/links")
    page.get_by_role("link", name="新建分享链接").first.click()
    page.get_by_label("名称").fill("新品首页")
    page.get_by_role("combobox", name="页面路径").click()
    page.get_by_role("option", name="pages/coupon/list").click()
    page.get_by_label("参数").fill("from")
    page.get_by_role("button", name="新建分享链接").click()
    expect(page.get_by_role("alert").filter(has_text="key=value").first).to_be_visible()
    page.get_by_label("参数").fill("from=profile")
    page.get_by_role("button", name="新建分享链接").click()
    expect(page.get_by_text("pages/coupon/list")).to_be_visible()

    # A version without its page says so in the list.
    version = "/host/mini-programs/tt_tea_lab/versions/2.0.0"
    demo.as_("host").put(version, {"pages": ["pages/index/index"]})
    page.reload()
    expect(page.get_by_text("线上版本没有该页面")).to_be_visible()
    page.get_by_role("button", name="删除「新品首页」").click()
    page.get_by_role("dialog").get_by_role("button", name="删除", exact=True).click()
    expect(page.get_by_text("还没有分享链接")).to_be_visible()


def test_members_are_listed_and_strangers_find_nothing(seat: Seat) -> None:
    page = seat("/apps/tt_tea/members")
    expect(page.get_by_role("gridcell", name="tea-teammate").first).to_be_visible()
    expect(page.get_by_text("成员由抖音开放平台同步")).to_be_visible()
    page = seat("/apps/tt_tea/mount", role="outsider", language="en")
    expect(heading(page, "No such mini program")).to_be_visible()


def test_without_a_network_a_bar_says_so_and_reads_go_on_by_themselves(seat: Seat) -> None:
    page = seat("/apps/tt_tea_lab/mount")
    expect(page.get_by_text("当前：45")).to_be_visible()
    page.get_by_role("link", name="我的应用").first.click()
    expect(page.get_by_role("link", name="山间好茶")).to_be_visible()
    page.context.set_offline(offline=True)
    bar = page.get_by_text("网络已断开")
    expect(bar).to_be_visible()
    # What is not known yet is waited for, and comes when the network is back.
    page.get_by_role("link", name="山间好茶").click()
    expect(page).to_have_url(re.compile("/apps/tt_tea$"))
    expect(page.get_by_text("当前：92")).to_have_count(0)
    page.context.set_offline(offline=False)
    expect(bar).to_have_count(0)
    expect(page.get_by_text("当前：92")).to_be_visible()
