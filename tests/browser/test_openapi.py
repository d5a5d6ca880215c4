"""Credentials, service providers, webhooks and the API reference, in the console."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_console_accessible import faults
from tests.browser.visit import Demo, running_demo
from tests.platform import within
from tests.webhooks.sink import Sink, sink

Console = Callable[..., Page]
APP = "/apps/tt_tea"
CREDENTIAL = f"{APP}/credential"
WEBHOOK = f"{APP}/webhook"
LONG_MS = 30_000
TOKEN_KEY_WRONG, ADDRESS_NOT_LISTED = 10013, 40006
CALL_ADDRESS_NOT_LISTED, NOT_IN_SCOPE, NOT_PERMITTED = 28005079, 28001018, 40036
TOKEN_INVALID = 28001003


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo that tries a delivery anew after a second, once, and then gives it up."""
    state = tmp_path_factory.mktemp("demo")
    with running_demo(state, GUAZAI_WEBHOOK_GAPS="1") as running:
        running.gain_capability()
        yield running


class Client:
    """A developer's server, which speaks to the OpenAPI."""

    def __init__(self, demo: Demo) -> None:
        self.http = httpx.Client(base_url=demo.url, timeout=10, trust_env=False)

    def token(self, client_key: str, client_secret: str) -> tuple[int, str]:
        """The error code, and the token."""
        body = {"client_key": client_key, "client_secret": client_secret}
        answer = self.http.post(
            "/oauth/client_token/", json={**body, "grant_type": "client_credential"}
        )
        data = answer.json()["data"]
        return data["error_code"], data.get("access_token", "")

    def get(self, path: str, token: str) -> dict[str, Any]:
        """What a call answers."""
        answer = self.http.get(path, headers={"access-token": token})
        return dict(answer.json())

    def capabilities(self, token: str) -> int:
        """The error code of a call."""
        return int(self.get("/api/apps/v1/capacity/query_capacity_list/", token)["err_no"])


@pytest.fixture
def client(demo: Demo) -> Iterator[Client]:
    made = Client(demo)
    yield made
    made.http.close()


def look(page: Page) -> None:
    """Nothing grave is wrong with the page; the mouse is elsewhere, as what it is over is paler."""
    page.mouse.move(0, 0)
    assert list(faults(page)) == []


def dialog(page: Page) -> Locator:
    """The open dialog, which nothing grave is wrong with."""
    shown = page.get_by_role("dialog")
    # One that was closed a moment ago is on its way out.
    expect(shown).to_have_count(1)
    look(page)
    return shown


def code(page: Page, label: str) -> str:
    """What stands in a block to be copied."""
    return page.get_by_label(label, exact=True).inner_text()


def make_secret(page: Page) -> str:
    """A new secret, as it is shown once."""
    page.get_by_role("button", name="新建密钥").click()
    dialog(page).get_by_role("button", name="生成密钥").click()
    expect(page.get_by_text("请立即复制")).to_be_visible()
    made = code(page, "client_secret")
    page.keyboard.press("Escape")
    dialog(page).get_by_role("button", name="我已保存").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert made not in page.content()
    return made


def test_a_secret_is_made_used_rotated_and_ended(console: Console, client: Client) -> None:
    page = console("developer", CREDENTIAL)
    expect(page.get_by_text("还没有密钥")).to_be_visible()
    first = make_secret(page)
    refused, token = client.token("tt_tea", first)
    assert (refused, client.capabilities(token)) == (0, 0)
    page.reload()
    row = page.get_by_role("row").filter(has_text=f"…{first[-4:]}")
    expect(row.get_by_role("time")).to_have_count(2)
    expect(row).not_to_contain_text("从未使用")

    # A second one beside it; two are the most.
    page.get_by_role("button", name="新建密钥").click()
    dialog(page).get_by_text("让另一个到时自动停用").click()
    page.get_by_label("多少小时后停用").fill("200")
    page.get_by_label("多少小时后停用").blur()
    expect(page.get_by_label("多少小时后停用")).to_have_value("168")
    page.get_by_label("多少小时后停用").fill("2")
    dialog(page).get_by_role("button", name="生成密钥").click()
    expect(page.get_by_text("请立即复制")).to_be_visible()
    second = code(page, "client_secret")
    page.get_by_role("button", name="我已保存").click()
    expect(page.get_by_text("最多两个密钥同时有效")).to_be_visible()
    expect(page.get_by_role("button", name="新建密钥")).to_have_count(0)
    expect(row.get_by_role("time")).to_have_count(3)

    # Ended by hand: it and its token are refused at once, the other goes on.
    page.get_by_role("button", name=f"停用密钥 …{first[-4:]}").click()
    expect(dialog(page)).to_contain_text("28001003")
    dialog(page).get_by_role("button", name="停用", exact=True).click()
    expect(row).to_have_count(0)
    assert client.token("tt_tea", first)[0] == TOKEN_KEY_WRONG
    assert client.capabilities(token) == TOKEN_INVALID
    refused, token = client.token("tt_tea", second)
    assert (refused, client.capabilities(token)) == (0, 0)
    page.get_by_role("button", name=f"停用密钥 …{second[-4:]}").click()
    expect(dialog(page)).to_contain_text("这是最后一个密钥")


def test_scopes_and_addresses_are_narrowed(console: Console, client: Client, demo: Demo) -> None:
    path = "/mini-programs/tt_tea/credential/secrets"
    secret = demo.as_("developer").post(path, {"keep_hours": 0})["secret"]
    refused, token = client.token("tt_tea", secret)
    assert refused == 0
    page = console("developer", CREDENTIAL)
    scopes = page.get_by_role("region", name="接口权限")
    networks = page.get_by_role("region", name="IP 白名单")
    page.get_by_text("能力列表、申请与状态").click()
    page.get_by_role("button", name="保存权限").click()
    expect(scopes.get_by_text("已保存")).to_be_visible()
    assert client.capabilities(token) == NOT_IN_SCOPE
    page.get_by_text("能力列表、申请与状态").click()
    page.get_by_role("button", name="保存权限").click()
    expect(scopes.get_by_text("已保存")).to_be_visible()
    assert client.capabilities(token) == 0

    # What is no network is named before it is sent; what would shut out everybody is told.
    addresses = page.get_by_label("IP 或网段，每行一个")
    addresses.fill("203.0.113.7\n10.0.0.1/8")
    expect(page.get_by_text("不是有效的 IP 或网段：10.0.0.1/8")).to_be_visible()
    expect(page.get_by_role("button", name="保存白名单")).to_be_disabled()
    addresses.fill("203.0.113.7")
    expect(page.get_by_text("所有调用都会被拒绝")).to_be_visible()
    page.get_by_role("button", name="保存白名单").click()
    expect(networks.get_by_text("已保存")).to_be_visible()
    assert client.capabilities(token) == CALL_ADDRESS_NOT_LISTED
    assert client.token("tt_tea", secret)[0] == ADDRESS_NOT_LISTED
    addresses.fill("203.0.113.7, 127.0.0.0/8")
    expect(page.get_by_text("只有 Guazai 所在机器上的程序")).to_be_visible()
    page.get_by_role("button", name="保存白名单").click()
    expect(networks.get_by_text("已保存")).to_be_visible()
    expect(addresses).to_have_value("203.0.113.7\n127.0.0.0/8")
    assert client.capabilities(token) == 0
    addresses.fill("")
    expect(page.get_by_text("保存后不再限制来源")).to_be_visible()
    page.get_by_role("button", name="保存白名单").click()
    expect(networks.get_by_text("已保存")).to_be_visible()


def test_a_provider_is_registered_authorised_and_shut_out(
    console: Console, client: Client, demo: Demo
) -> None:
    operator = console("operator", "/operate/providers")
    operator.get_by_role("button", name="登记服务商").click()
    dialog(operator).get_by_label("名称").fill("茶云科技")
    dialog(operator).get_by_role("button", name="登记", exact=True).click()
    expect(operator.get_by_text("请立即复制")).to_be_visible()
    key, secret = code(operator, "client_key"), code(operator, "client_secret")
    assert re.fullmatch("tp[0-9a-f]{16}", key)
    operator.get_by_role("button", name="我已保存").click()
    refused, token = client.token(key, secret)
    assert refused == 0

    page = console("developer", f"{APP}/providers", language="en")
    page.get_by_role("button", name="Authorise a provider").click()
    shown = dialog(page)
    expect(shown.get_by_role("button", name="Authorise", exact=True)).to_be_disabled()
    shown.get_by_role("combobox", name="Service provider").click()
    page.get_by_role("option", name="茶云科技").click()
    shown.get_by_text("Operation", exact=True).click()
    shown.get_by_role("button", name="Authorise", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="茶云科技")).to_contain_text("Operation")

    # The provider fetches its code by itself, and calls for the mini program.
    base = "/api/tpapp/v2/auth"
    listed = client.get(f"{base}/query_auth_app_list/?page_num=1&page_size=10", token)
    (mine,) = listed["data"]["list"]
    grant = (
        f"grant_type=app_to_tp_authorization_code&authorization_code={mine['authorization_code']}"
    )
    acting = client.get(f"{base}/get_auth_token/?{grant}", token)["data"]["authorizer_access_token"]
    assert client.capabilities(acting) == 0

    page.get_by_role("button", name="Revoke what “茶云科技” may do").click()
    dialog(page).get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_text("No service provider is authorised")).to_be_visible()
    assert client.capabilities(acting) == NOT_PERMITTED

    # Its allow list, another secret, and the switch are the operators'.
    operator.get_by_role("button", name="管理「茶云科技」").click()
    expect(operator.get_by_role("heading", name="IP 白名单")).to_be_visible()
    operator.get_by_label("IP 或网段，每行一个").fill("203.0.113.7")
    operator.get_by_role("button", name="保存白名单").click()
    expect(operator.get_by_text("已保存")).to_be_visible()
    assert client.token(key, secret)[0] == ADDRESS_NOT_LISTED
    operator.get_by_role("button", name="停用", exact=True).click()
    operator.get_by_text("它的所有 token 立即被拒绝").wait_for()
    operator.get_by_role("dialog").last.get_by_role("button", name="停用", exact=True).click()
    expect(operator.get_by_role("button", name="启用", exact=True)).to_be_visible()
    page.get_by_role("button", name="Authorise a provider").click()
    page.get_by_role("combobox", name="Service provider").click()
    expect(page.get_by_text("No service provider is registered")).to_be_visible()


@pytest.fixture
def receiver() -> Iterator[Sink]:
    with sink() as opened:
        yield opened


def test_a_webhook_is_verified_tested_broken_mended_and_replayed(
    console: Console, demo: Demo, receiver: Sink
) -> None:
    demo.as_("developer").post("/mini-programs/tt_tea/credential/secrets", {"keep_hours": 0})
    page = console("developer", WEBHOOK)
    page.get_by_role("textbox", name="地址").fill("http://10.0.0.1/hook")
    page.get_by_role("button", name="保存并验证").click()
    expect(page.get_by_role("alert").first).to_be_visible()

    # A server that does not give the number back is told so, with what it should do.
    receiver.answer_headers = {"X-Broken": "1"}
    page.get_by_role("textbox", name="地址").fill(receiver.url)
    page.get_by_role("button", name="保存并验证").click()
    expect(page.get_by_text("地址验证未通过").first).to_be_visible(timeout=LONG_MS)
    expect(page.get_by_text("没有原样返回 challenge")).to_be_visible()
    expect(page.get_by_text("verify_webhook")).to_be_visible()
    receiver.answer_headers = {}
    page.get_by_role("button", name="重新验证").click()
    expect(page.get_by_role("button", name="发送测试")).to_be_visible(timeout=LONG_MS)
    look(page)

    page.get_by_role("button", name="发送测试").click()
    outcome = page.get_by_role("status").filter(has_text="HTTP 200")
    expect(outcome).to_be_visible(timeout=LONG_MS)
    expect(outcome).to_contain_text("已收到")
    (first,) = receiver.events
    assert first.told["event"] == "TEST"

    # Broken: each attempt is kept with its answer, and then it is given up.
    receiver.answer = lambda _: (500, b"<h1>out of tea</h1>")
    page.get_by_role("button", name="发送测试").click()
    expect(page.get_by_role("status").filter(has_text="HTTP 500")).to_be_visible(timeout=LONG_MS)
    row = page.get_by_role("row").filter(has_text="已放弃")
    expect(row).to_be_visible(timeout=LONG_MS)
    row.get_by_role("button", name=re.compile("详情")).click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_text("<h1>out of tea</h1>")).to_have_count(2)
    expect(drawer.get_by_text("服务器返回的状态码不是 2xx").first).to_be_visible()
    sent = receiver.events[-1]
    assert json.loads(code(page, "请求体（逐字节一致）")) == json.loads(sent.body)
    expect(drawer.get_by_text(sent.headers["Msg-Id"]).first).to_be_visible()
    look(page)

    # Mended: it is pushed again by hand, with the same name.
    receiver.answer = lambda _: (200, b"{}")
    drawer.get_by_role("button", name="重新推送").click()
    expect(drawer.get_by_text("已收到").first).to_be_visible(timeout=LONG_MS)
    assert receiver.events[-1].headers["Msg-Id"] == sent.headers["Msg-Id"]
    drawer.get_by_role("button", name="close").click()
    expect(page.get_by_role("row").filter(has_text="已放弃")).to_have_count(0)


def test_everything_given_up_is_replayed_and_the_switch_holds(
    console: Console, demo: Demo, receiver: Sink
) -> None:
    developer = demo.as_("developer")
    receiver.answer = lambda _: (503, b"")
    developer.put("/mini-programs/tt_tea/webhook", {"url": receiver.url})
    status = "/mini-programs/tt_tea/webhook"
    within(30, lambda: developer.get(status)["status"] == "enabled" or None, "verified")
    for _ in range(2):
        developer.post(f"{status}/test")
    within(30, lambda: developer.get(status)["dead"] == 2 or None, "both are given up")
    page = console("developer", f"{WEBHOOK}?status=dead", language="en")
    expect(page.get_by_role("row").filter(has_text="Given up")).to_have_count(2)
    receiver.answer = lambda _: (200, b"{}")
    page.get_by_role("button", name="Push all given up again").click()
    dialog(page).get_by_role("button", name="Push all given up again").click()
    expect(page.get_by_text("Nothing matches these filters")).to_be_visible(timeout=LONG_MS)
    within(30, lambda: developer.get(status)["waiting"] == 0 or None, "all is delivered")

    page.get_by_role("button", name="Disable").click()
    dialog(page).get_by_role("button", name="Disable").click()
    expect(page.get_by_role("button", name="Enable")).to_be_visible()
    expect(page.get_by_role("button", name="Send a test")).to_have_count(0)
    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_text("Bindings of accounts", exact=True).click()
    page.get_by_role("button", name="Save and verify").click()
    expect(page.get_by_role("button", name="Send a test")).to_be_visible(timeout=LONG_MS)
    told = {each["key"]: each["is_subscribed"] for each in developer.get(status)["events"]}
    assert told.pop("BIND_AWEME_USER") is False
    assert all(told.values())
    page.get_by_role("button", name="Remove", exact=True).first.click()
    dialog(page).get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_role("button", name="Save and verify")).to_be_visible()


def test_without_a_mail_server_the_page_says_so(console: Console) -> None:
    page = console("developer", WEBHOOK)
    expect(page.get_by_text("平台没有开通邮件")).to_be_visible()


def test_the_reference_is_searched_and_says_how_a_call_is_made(console: Console) -> None:
    page = console("developer", "/reference")
    expect(page).to_have_url(re.compile("/reference/open-platform$"))
    search = page.get_by_label("搜索接口、路径或错误码")
    search.fill("28005036")
    calls = page.get_by_role("navigation", name="接口文档")
    expect(calls.get_by_role("link", name="bind_aweme_relation")).to_be_visible()
    expect(calls.get_by_role("link", name="query_capacity_list")).to_have_count(0)
    calls.get_by_role("link", name="bind_aweme_relation").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("bind_aweme_relation")
    expect(page.get_by_role("rowheader", name="28005036")).to_be_visible()
    expect(page.get_by_role("rowheader", name="aweme_id")).to_be_visible()
    assert "-H 'access-token: …'" in code(page, "curl")
    # A reload keeps the call; the other document stands beside it.
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("bind_aweme_relation")
    page.get_by_role("link", name="Guazai 接口").click()
    page.get_by_label("搜索接口、路径或错误码").fill("share-links post")
    page.get_by_role("link", name="Create Share Link").first.click()
    expect(page.get_by_role("rowheader", name="page_path").first).to_be_visible()
    assert "authorization: Bearer" in code(page, "curl")
    page.goto(page.url.rpartition("/")[0] + "/no_such_call")
    expect(page.get_by_text("没有这个接口")).to_be_visible()
