"""个人页挂载管理: an entry is named, submitted, decided, replaced, removed, and explained."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from guazai.demo.tour import SHANGHAI
from tests.browser.conftest import Opener
from tests.browser.visit import APP, Demo
from tests.platform import within

PROMISE_SECONDS = 1.0
PROGRAM = APP.removesuffix("/surfaces/profile_mount")
PAGES = "/apps/tt_tea/pages"
#: A staff account for each test that changes one; tea_staff is the demo's own, and fails the rules.
STAFF = {"tea_path": "茶艺师阿岚", "tea_link": "采茶人老周", "tea_gone": "茶馆日记"}
FACTS = {
    "effective_followers": 3200,
    "has_serious_violation": False,
    "is_verified_adult": True,
    "meets_regulatory_requirements": True,
}
Console = Callable[..., Page]


@pytest.fixture(scope="module", autouse=True)
def bound(demo: Demo) -> None:
    """The capability, and accounts that are bound."""
    demo.gain_capability()
    host, today = demo.as_("host"), datetime.now(SHANGHAI).date()
    for aweme_id, nickname in STAFF.items():
        account = {"nickname": nickname, "account_type": "personal", "owner_login": "creator-chen"}
        host.put(f"/host/accounts/{aweme_id}", account)
        until = {"ends_on": str(today + timedelta(days=200))}
        host.put(f"/host/legal-entities/ent_tea/employments/{aweme_id}", until)
        facts = {"as_of": str(today - timedelta(days=1)), "facts": FACTS}
        host.put(f"/host/accounts/{aweme_id}/facts", facts)
    for aweme_id in (*STAFF, "tea_staff"):
        code = demo.code(demo.request(aweme_id, "employee"))
        raw, number = code["url"].rpartition("/")[2], {"match_number": code["match_number"]}
        demo.as_("owner").post(f"/owner/consent/{raw}", number)


@pytest.fixture
def developer(demo: Demo, opened: Opener) -> Console:
    """Opens a page of the console as the tea shop's developer."""

    def open_console(path: str, language: str = "zh-CN") -> Page:
        context = opened(width=1440, language=language)
        demo.enter(context, "developer")
        page = context.new_page()
        page.goto(f"{demo.url}{path}")
        expect(page.locator("main h1")).to_be_visible()
        return page

    return open_console


def row(page: Page, aweme_id: str) -> Locator:
    return page.get_by_role("row").filter(has_text=aweme_id)


def profile(demo: Demo, aweme_id: str) -> str:
    return httpx.get(f"{demo.url}/p/{aweme_id}").raise_for_status().text


def approve(demo: Demo, aweme_id: str) -> None:
    reviewer = demo.as_("reviewer")
    change = demo.as_("developer").get(f"{APP}/records/{aweme_id}")["latest_change"]
    item = f"/review/items/landing_change/{change['id']}"
    reviewer.post(f"{item}/claim")
    reviewer.post(f"{item}/approve", {"content_hash": reviewer.get(item)["content_hash"]})


def test_l1_l2_a_path_is_refused_in_place_kept_submitted_and_live(
    demo: Demo, developer: Console
) -> None:
    page = developer(PAGES)
    expect(row(page, "tea_path")).to_contain_text("线上无生效信息")
    row(page, "tea_path").get_by_role("link", name="配置落地页").click()
    path = page.get_by_role("textbox", name="页面路径")
    for wrong, reason in {
        "https://pages/index/index": "不要带协议",
        "pages/../index": "不能包含 . 或 ..",
        "pages/nowhere/index": "线上版本没有该页面",
    }.items():
        path.fill(wrong)
        expect(page.get_by_role("alert")).to_contain_text(reason)
    page.get_by_role("button", name="提交审核").click()
    expect(path).to_be_focused()

    page.get_by_role("textbox", name="入口标题").fill("阿岚的茶单")
    expect(page.get_by_text("5/20")).to_be_visible()
    preview = page.frame_locator("iframe")
    expect(preview.get_by_text("阿岚的茶单")).to_be_visible()
    page.reload()
    expect(page.get_by_text("未提交的草稿已保留")).to_be_visible()
    expect(path).to_have_value("pages/nowhere/index")

    page.get_by_role("combobox", name="从线上版本选择").click()
    page.keyboard.type("coupon")
    page.get_by_role("option").filter(has_text="pages/coupon/list").click()
    expect(path).to_have_value("pages/coupon/list")
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_role("heading", name="个人页挂载管理")).to_be_visible()
    expect(row(page, "tea_path")).to_contain_text("审核中")
    expect(row(page, "tea_path")).to_contain_text(re.compile(r"预计 \d{4}-\d\d-\d\d 前完成审核"))

    approve(demo, "tea_path")
    shown = "阿岚的茶单"
    within(PROMISE_SECONDS, lambda: shown in profile(demo, "tea_path") or None, "it is shown")
    expect(row(page, "tea_path")).to_contain_text("生效于")
    expect(row(page, "tea_path")).to_contain_text("已通过")


def test_l1_l3_l5_a_share_link_replaces_what_is_in_review(demo: Demo, developer: Console) -> None:
    link = {"name": "春茶专场", "page_path": "pages/shop/detail", "query": "from=profile"}
    demo.as_("developer").post(f"{PROGRAM}/share-links", link)
    first = {"page_path": "pages/index/index", "title": "老周的茶"}
    demo.as_("developer").post(f"{APP}/records/tea_link/changes", first)

    page = developer(f"{PAGES}/tea_link")
    page.get_by_text("选择分享链接").click()
    choice = page.get_by_role("combobox", name="分享链接")
    choice.click()
    page.get_by_role("option", name=re.compile("春茶专场")).click()
    expect(choice).to_contain_text("春茶专场")
    page.get_by_role("button", name="提交审核").click()
    asked = page.get_by_role("dialog", name="替换审核中的变动？")
    expect(asked).to_contain_text("提交后它会被撤销")
    expect(asked).to_contain_text("老周的茶")
    asked.get_by_role("button", name="撤销并提交").click()
    expect(row(page, "tea_link")).to_contain_text("分享链接：春茶专场")

    row(page, "tea_link").get_by_role("link", name="变动历史").click()
    changes = page.get_by_role("list", name="变动历史").get_by_role("listitem")
    expect(changes).to_have_count(2)
    expect(changes.nth(0)).to_contain_text("审核中")
    for part in ("页面路径", "页面参数", "分享链接"):
        expect(changes.nth(0).get_by_role("row", name=part)).to_contain_text("有变化")
    expect(changes.nth(0).get_by_role("row", name="入口标题")).not_to_contain_text("有变化")
    expect(changes.nth(1)).to_contain_text("已撤销")
    page.keyboard.press("Escape")
    expect(changes).to_have_count(0)
    assert page.url == f"{demo.url}{PAGES}"

    page.goto(f"{demo.url}{PAGES}/tea_link?history=1")
    changes.nth(0).get_by_role("button", name="撤销").click()
    confirm = page.get_by_role("dialog", name="撤销审核中的变动？")
    confirm.get_by_role("button", name="撤销").click()
    expect(changes.nth(0)).to_contain_text("已撤销")


def test_l6_a_removed_entry_is_gone(demo: Demo, developer: Console) -> None:
    demo.go_live("tea_gone", "茶馆的茶")
    page = developer(PAGES, "en")
    row(page, "tea_gone").get_by_role("button", name="Remove").click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("disappears from the profile page at once")
    expect(asked).to_contain_text("茶馆的茶")
    asked.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Visitors do not see it any more")).to_be_visible()
    assert "茶馆的茶" not in profile(demo, "tea_gone")
    expect(row(page, "tea_gone")).to_contain_text("Nothing is live")


def test_e4_an_account_that_fails_the_rules_says_so_where_it_is_configured(
    developer: Console,
) -> None:
    page = developer(PAGES)
    short = "该账号暂不展示挂载入口"
    long = "该账号暂不满足《抖音经营规范》,故无法在「抖音APP-个人页」展示挂载入口"
    for text in (short, long):
        expect(row(page, "tea_staff")).to_contain_text(text)
    row(page, "tea_staff").get_by_role("link", name="配置落地页").click()
    for text in (short, long):
        expect(page.get_by_text(text, exact=True)).to_be_visible()


def test_v2_e5_why_an_entry_is_hidden_and_the_owner_reminded_once(developer: Console) -> None:
    page = developer(f"{PAGES}/tea_staff/why", "en")
    expect(page.get_by_text("The entry is hidden: 3 conditions are not met")).to_be_visible()
    unmet = page.get_by_role("region", name="To be mended").get_by_role("listitem")
    expect(unmet).to_have_count(3)
    rules = unmet.filter(has_text="The account meets the creator rules")
    expect(rules).to_contain_text("Mended by the account's owner.")
    expect(rules).to_contain_text(re.compile(r"Data of \d{4}-\d\d-\d\d"))
    expect(page.get_by_role("region", name="Met").get_by_role("listitem")).to_have_count(8)
    page.get_by_role("button", name="Remind the owner").click()
    expect(page.get_by_text("Last reminded on")).to_be_visible()
    expect(page.get_by_role("button", name="Remind the owner")).to_have_count(0)
    unmet.first.get_by_role("link", name="Configure the landing page").click()
    expect(page.get_by_role("heading", name="Configure the landing page")).to_be_visible()


def test_v2_an_entry_that_is_shown_leads_to_the_live_page(demo: Demo, opened: Opener) -> None:
    context = opened(width=1440, language="en")
    demo.enter(context, "outsider")
    page = context.new_page()
    page.goto(f"{demo.url}/apps/tt_porcelain/pages/porcelain_brand/why")
    expect(page.get_by_text("The entry is shown on the profile page")).to_be_visible()
    link = page.get_by_role("link", name="See the profile page")
    expect(link).to_have_attribute("href", "/p/porcelain_brand")


def test_b7_what_comes_first_is_said_where_nothing_can_be_configured(developer: Console) -> None:
    page = developer("/apps/tt_tea_lab/pages")
    expect(page.get_by_text("先开通抖音个人页挂载能力")).to_be_visible()
    expect(page.get_by_role("link", name="去开通能力")).to_have_attribute(
        "href", "/apps/tt_tea_lab/mount"
    )
