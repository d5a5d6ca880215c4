"""The reviewers' desk: deciding by keyboard, two on one item, changes under one's eyes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visit import Demo

CAPABILITY = "/surfaces/profile_mount/capability/applications"
RECORD = "/mini-programs/tt_porcelain/surfaces/profile_mount/records/porcelain_brand"
Desk = Callable[..., Page]


@pytest.fixture
def desk(console: Callable[..., Page]) -> Desk:
    """Opens the console as a reviewer, each in a browser context of their own."""
    return lambda path, role="reviewer", language="zh-CN": console(role, path, language=language)


def apply(demo: Demo, app_id: str, name: str) -> str:
    """A new mini program's application, and the address of its item."""
    host, developer = demo.as_("host"), demo.as_("outsider")
    program = {"entity_id": "ent_porcelain", "name": name, "is_online": True, "credit_score": 80}
    host.put(f"/host/mini-programs/{app_id}", program)
    host.put(f"/host/mini-programs/{app_id}/versions/1.0.0", {"pages": ["pages/index/index"]})
    made = developer.post(f"/mini-programs/{app_id}{CAPABILITY}", {"apply_reason": "展示器皿"})
    return f"/review/capability_application/{made['id']}"


def submit(demo: Demo, title: str) -> str:
    """A change of the account that shows an entry, and the address of its item."""
    body = {"page_path": "pages/shop/detail", "title": title}
    change = demo.as_("outsider").post(f"{RECORD}/changes", body)
    return f"/review/landing_change/{change['id']}"


def item(demo: Demo, path: str) -> Any:
    return demo.as_("reviewer").get(path.replace("/review/", "/review/items/"))


def held(page: Page) -> None:
    """The page says that its reviewer has the item in hand."""
    expect(page.get_by_role("timer")).to_be_visible()


@contextmanager
def stale(page: Page) -> Iterator[None]:
    """Lets a page see its item as it was: as though the next answer were still on its way."""
    url = page.url.replace("/review/", "/api/v1/review/items/")
    body = page.request.get(url).text()
    page.route(url, lambda route: route.fulfill(body=body, content_type="application/json"))
    yield
    page.unroute(url)


def test_c4_a_reviewer_decides_by_keyboard_alone(demo: Demo, desk: Desk) -> None:
    first, second = (apply(demo, f"tt_key_{n}", f"快捷{n}号") for n in (1, 2))
    page = desk("/review?kind=capability_application&state=free")
    expect(page.get_by_role("link", name="快捷1号")).to_be_visible()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="快捷1号")).to_be_focused()
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="快捷2号")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{demo.url}{first}?kind=capability_application&state=free")
    held(page)
    page.keyboard.press("a")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("请评估该维度")).to_have_count(4)
    for key in "1ggog":
        page.keyboard.press(key)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("已通过：能力申请 · 快捷1号")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("能力申请 · 快捷2号")
    assert item(demo, first)["marks"] == {
        "functional_utility": "good",
        "interface_design": "good",
        "interaction_experience": "acceptable",
        "stability": "good",
    }
    held(page)
    page.keyboard.press("1")
    page.keyboard.press("ArrowRight")
    for key in "234":
        page.keyboard.press(key)
        page.keyboard.press("o")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.get_by_text("当前没有可领取的条目")).to_be_visible()
    expect(page).to_have_url(f"{demo.url}/review?kind=capability_application&state=free")
    expect(page.get_by_text("没有符合筛选条件的条目")).to_be_visible()
    assert item(demo, second)["status"] == "approved"


def test_c4_a_rejection_takes_templates_and_asks_for_what_they_leave_open(
    demo: Demo, desk: Desk
) -> None:
    path = apply(demo, "tt_reject", "待驳回")
    page = desk(path)
    held(page)
    for key in "1gggp":
        page.keyboard.press(key)
    page.keyboard.press("a")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("评估为差时不能通过，请驳回并说明原因")).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("请至少选择一条原因")).to_be_visible()
    page.keyboard.press("Space")
    page.get_by_label("证据").fill("结算页打不开")
    page.get_by_text("其他", exact=True).click()
    page.keyboard.press("Control+Enter")
    alert = page.get_by_role("alert").filter(has_text="请写明原因")
    expect(alert).to_be_visible()
    page.get_by_role("textbox", name="原因", exact=True).last.fill("价格与结算页不一致")
    expect(alert).to_have_count(0)
    page.reload()
    expect(page.get_by_role("textbox", name="原因", exact=True).last).to_have_value(
        "价格与结算页不一致"
    )
    held(page)
    page.get_by_role("button", name="仅驳回").click()
    expect(page.get_by_text("已驳回：能力申请 · 待驳回")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("审核队列")
    first, other = item(demo, path)["reasons"]
    assert (first["code"], first["evidence"]) == ("functions_incomplete", "结算页打不开")
    assert (other["code"], other["text"]) == ("other", "价格与结算页不一致")
    page.goto(f"{demo.url}{path}")
    expect(page.get_by_text("价格与结算页不一致")).to_be_visible()


def test_l3_of_two_reviewers_the_one_who_took_over_decides(demo: Demo, desk: Desk) -> None:
    path = submit(demo, "双人")
    early = desk(path)
    held(early)
    late = desk(path, "reviewer2")
    told = late.get_by_role("alert").filter(has_text="另一位审核员正在处理该条目")
    expect(told).to_contain_text("reviewer-lin 于")
    expect(late.get_by_role("button", name="仅提交")).to_be_disabled()
    with stale(early):
        told.get_by_role("button", name="接管").click()
        late.get_by_label("原因").fill("对方已下班")
        late.get_by_role("dialog").get_by_role("button", name="接管").click()
        held(late)
        early.keyboard.press("a")
        early.keyboard.press("Control+Enter")
        refused = early.get_by_role("alert").filter(has_text="您未领取该条目或领取已到期").first
        expect(refused).to_be_visible()
    taken = early.get_by_role("alert").filter(has_text="该条目已被另一位审核员接管")
    expect(taken).to_contain_text("reviewer-wu 于")
    expect(early.get_by_role("button", name="通过并处理下一条")).to_be_disabled()
    late.keyboard.press("a")
    late.get_by_role("button", name="仅通过").click()
    expect(late.get_by_text("已通过：落地页 · 瓷上生活")).to_be_visible()
    expect(early.get_by_role("alert").filter(has_text="已由其他审核员通过")).to_be_visible()
    assert item(demo, path)["status"] == "approved"


def test_l3_what_is_submitted_again_is_told_at_once(demo: Demo, desk: Desk) -> None:
    path = submit(demo, "第一次提交")
    page = desk(path)
    held(page)
    expect(page.frame_locator("iframe").get_by_text("第一次提交")).to_be_visible()
    page.keyboard.press("r")
    page.get_by_text("落地页无法打开或显示异常").click()
    page.get_by_role("textbox", name="原因", exact=True).fill("打开后白屏")
    newer = submit(demo, "第二次提交")
    told = page.get_by_role("alert").filter(has_text="该修改已被开发者的新提交取代")
    expect(told).to_be_visible()
    expect(page.get_by_role("button", name="驳回并处理下一条")).to_be_disabled()
    expect(page.get_by_role("textbox", name="原因", exact=True)).to_have_value("打开后白屏")
    told.get_by_role("link", name="打开新的提交").click()
    expect(page).to_have_url(f"{demo.url}{newer}")
    held(page)
    changed = page.get_by_role("row", name="入口标题")
    expect(changed).to_contain_text("第二次提交")
    page.get_by_role("button", name="放回队列").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("审核队列")


def test_an_approval_asks_about_what_was_not_on_the_screen(demo: Demo, desk: Desk) -> None:
    path = submit(demo, "没看完")
    page = desk("/review")
    page.set_viewport_size({"width": 1440, "height": 200})
    page.goto(f"{demo.url}{path}")
    held(page)
    page.keyboard.press("a")
    page.keyboard.press("Control+Enter")
    asked = page.get_by_role("dialog").filter(has_text="有内容还没有看过")
    expect(asked).to_contain_text("个人页预览")
    page.keyboard.press("Escape")
    expect(asked).to_have_count(0)
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(page.frame_locator("iframe").get_by_text("没看完")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("已通过：落地页 · 瓷上生活")).to_be_visible()
    assert item(demo, path)["status"] == "approved"


def test_filters_stand_in_the_address_and_outlive_a_reload(demo: Demo, desk: Desk) -> None:
    submit(demo, "Filters")
    page = desk("/review", language="en")
    page.get_by_text("Free", exact=True).first.click()
    page.get_by_label("Mini program ID").fill("tt_porcelain")
    expect(page).to_have_url(f"{demo.url}/review?state=free&app_id=tt_porcelain")
    link = page.get_by_role("link", name="Landing page · 瓷上生活")
    expect(link).to_be_visible()
    page.reload()
    expect(page.get_by_role("radio", name="Free")).to_be_checked()
    expect(page.get_by_label("Mini program ID")).to_have_value("tt_porcelain")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Claim the next free item and open it")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("n")
    held(page)
    expect(page.get_by_text("Differences from what is live")).to_be_visible()
    expect(page.get_by_text("extended while you are on this page")).to_be_visible()
    page.keyboard.press("u")
    expect(page).to_have_url(f"{demo.url}/review?state=free&app_id=tt_porcelain")
    expect(page.get_by_text("Nothing fits these filters")).to_be_visible()
    page.get_by_role("button", name="Clear filters").first.click()
    expect(page.get_by_role("row", name="Landing page · 瓷上生活")).to_contain_text("Mine")


def test_c8_nobody_decides_on_their_own_entity(demo: Demo, desk: Desk) -> None:
    path = apply(demo, "tt_own", "自家器皿")
    demo.as_("host").put(
        "/host/legal-entities/ent_porcelain/members/reviewer-wu", {"role": "member"}
    )
    page = desk("/review?app_id=tt_own", "reviewer2")
    expect(page.get_by_role("row", name="自家器皿")).to_contain_text("本人所属主体")
    page.keyboard.press("n")
    expect(page.get_by_text("当前没有可领取的条目")).to_be_visible()
    page.get_by_role("link", name="自家器皿").click()
    told = page.get_by_role("alert").filter(has_text="这是您所属主体的小程序")
    expect(told).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="仅通过")).to_be_disabled()
    assert item(demo, path)["claim"]["state"] == "free"
