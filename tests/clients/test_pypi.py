"""`bytedance` of PyPI, unmodified, against a running Guazai: what it parses, what it raises."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.scene import BRAND_NAME, REASON, Scene
from tests.clients.talking import Client, ClientError, pypi

pytestmark = pytest.mark.slow
KEY = "profile_mount"
APPLICATION = "operation.apply_capacity"
RELATION = "basic.aweme_bind"
PAGE = {"type": "brand", "page_num": 1, "page_size": 20}
DAY_SECONDS = 86400


@pytest.fixture
def client(scene: Scene, address: str) -> Iterator[Client]:
    with pypi(scene.platform, address, scene.app, scene.issue_secret()) as client:
        yield client


def brand_to_bind(scene: Scene) -> dict[str, Any]:
    """The account to bind."""
    given = {"aweme_id": scene.brand, "type": "brand", "co_subject": True}
    return {**given, "capacity_list": [KEY]}


def call(client: Client, name: str, **given: Any) -> dict[str, Any]:
    """What the client parsed, of the envelope's data."""
    answer: dict[str, Any] = client.call(name, **given)
    assert (answer["err_no"], answer["err_msg"]) == (0, "success")
    return dict(answer.get("data") or {})


def refused(client: Client, name: str, **given: Any) -> str:
    """The code of the error that the client raises, with what was logged."""
    with pytest.raises(ClientError) as caught:
        client.call(name, **given)
    assert len(caught.value.log_id) == 34
    return caught.value.code


def test_the_client_walks_from_a_token_to_an_unbound_account(scene: Scene, client: Client) -> None:
    token = client.call("token")
    assert token.startswith("clt.")

    (offered,) = call(client, f"{APPLICATION}.capacity_list")["app_capacity_info_list"]
    assert (offered["capacity_key"], offered["status"], offered["is_can_apply"]) == (KEY, 6, True)
    applying = {"capacity_key": KEY, "apply_reason": REASON, "apply_info": {}}
    call(client, f"{APPLICATION}.apply_capacity", body=applying)
    asked = {"query": {"capacity_key": KEY}}
    assert call(client, f"{APPLICATION}.query_capacity_apply_status", **asked)["status"] == 1
    assert refused(client, f"{APPLICATION}.apply_capacity", body=applying) == "28005032"
    scene.approve()
    assert call(client, f"{APPLICATION}.query_capacity_apply_status", **asked)["status"] == 2

    bind = f"{RELATION}.bind_aweme_relation"
    call(client, bind, body=brand_to_bind(scene), token=token)
    assert refused(client, bind, body=brand_to_bind(scene), token=token) == "28005039"
    scan = {"type": "brand", "capacity_list": [KEY], "co_subject": True}
    code = call(client, f"{RELATION}.get_aweme_relation_bind_qrcode", token=token, query=scan)
    scene.consent(code["qrcode_url"], code["qrcode_parse_content"])

    listed = f"{RELATION}.query_aweme_relation_list"
    page = call(client, listed, query=PAGE, token=token)
    (bound,) = page["list"]
    assert (page["total_count"], bound["aweme_id"], bound["user_name"]) == (
        1,
        scene.brand,
        BRAND_NAME,
    )
    assert (bound["account_type"], bound["bind_status"], bound["reason"]) == (2, 2, "")
    assert bound["capacity_list"][0]["status"] == 2
    assert bound["unbind_frequency_info"]["unbound_count"] == 0
    assert refused(client, bind, body=brand_to_bind(scene), token=token) == "28005038"
    second = {**brand_to_bind(scene), "aweme_id": scene.second}
    assert refused(client, bind, body=second, token=token) == "28005036"

    ended = {"aweme_id": scene.brand, "type": "brand"}
    call(client, f"{RELATION}.unbind_aweme_relation", body=ended, token=token)
    (row,) = call(client, listed, query=PAGE, token=token)["list"]
    assert (row["bind_status"], row["unbind_frequency_info"]["unbound_count"]) == (4, 1)


def test_the_client_makes_links_and_checks_a_mount(scene: Scene, client: Client) -> None:
    ends = int(time.time()) + DAY_SECONDS
    page = {"path": "pages/gift/list", "query": '{"from":"pypi"}', "expire_time": ends}
    made = call(
        client, "basic.url_and_qrcode.link.url_link_generate", body={"app_name": "douyin", **page}
    )
    assert made["url_link"].startswith("http")
    schema = call(client, "basic.url_and_qrcode.schema.generate_schema_v2", body=page)
    assert "://" in schema["schema"]
    checked = {"micapp_id": scene.app}
    legal = call(client, "marketing.mount.mount_permission_validation", query=checked)
    assert legal["data"]["is_legal"] is False


def test_the_client_raises_the_codes_it_is_answered(
    scene: Scene, client: Client, address: str
) -> None:
    token = client.call("token")
    capacities = f"{APPLICATION}.capacity_list"
    listed = f"{RELATION}.query_aweme_relation_list"
    assert refused(client, listed, query={**PAGE, "page_size": 51}, token=token) == "28001007"
    assert refused(client, capacities, token="clt.garbage") == "28001003"
    applying = {"capacity_key": KEY, "apply_reason": REASON, "apply_info": {}}
    call(client, f"{APPLICATION}.apply_capacity", body=applying)
    scene.approve()
    unknown = {**brand_to_bind(scene), "aweme_id": "nobody"}
    bind = f"{RELATION}.bind_aweme_relation"
    assert refused(client, bind, body=unknown, token=token) == "28005037"
    scene.age_tokens()
    assert refused(client, capacities, token=token) == "28001008"
    with (
        pypi(scene.platform, address, scene.app, "gzs_wrong") as stranger,
        pytest.raises(ClientError) as caught,
    ):
        stranger.call("token")
    assert caught.value.code == "10013"
