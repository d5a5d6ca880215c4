"""The official Node.js SDK, unmodified, against a running Guazai."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.scene import BRAND_NAME, REASON, Scene
from tests.clients.talking import Client, ClientError, official

pytestmark = pytest.mark.slow
KEY = "profile_mount"
PAGE = {"type": "brand", "pageNum": "1", "pageSize": "20"}
DAY_SECONDS = 86400


def brand_to_bind(scene: Scene) -> dict[str, Any]:
    """The account to bind, as the SDK is told."""
    return {
        "awemeId": scene.brand,
        "type": "brand",
        "capacityList": [KEY],
        "coSubject": True,
        "auditTemplateInfo": {},
    }


class Calls:
    """The SDK's calls with one token."""

    def __init__(self, client: Client, token: str) -> None:
        self.client, self.token = client, token

    def __call__(self, name: str, **given: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.call(name, accessToken=self.token, **given)
        assert (answer["errNo"], answer["errMsg"]) == (0, "success")
        assert len(answer["logId"]) == 34
        return dict(answer.get("data") or {})

    def refused(self, name: str, **given: Any) -> str:
        """The code of the error that the SDK throws."""
        with pytest.raises(ClientError) as caught:
            self(name, **given)
        assert "logid is" in str(caught.value)
        return caught.value.code

    def status(self) -> int:
        return int(self("capacityQueryApplyStatus", capacityKey=KEY)["status"])

    def relation(self) -> dict[str, Any]:
        (row,) = self("queryAwemeRelationList", **PAGE)["list"]
        return dict(row)


@pytest.fixture
def sdk(scene: Scene, address: str) -> Iterator[Client]:
    with official(scene.platform, address, scene.app, scene.issue_secret()) as client:
        yield client


def test_the_official_sdk_walks_from_a_token_to_an_unbound_account(
    scene: Scene, sdk: Client
) -> None:
    call = Calls(sdk, sdk.call("token"))
    assert call.token.startswith("clt.")
    assert call.token == sdk.call("token")

    (offered,) = call("capacityQueryCapacityList")["appCapacityInfoList"]
    assert (offered["capacityKey"], offered["status"], offered["isCanApply"]) == (KEY, 6, True)
    assert (offered["isAuthPermission"], offered["isLab"], offered["hostApp"]) == (
        True,
        0,
        "douyin",
    )
    conditions = [one["satisfied"] for group in offered["applyCondition"] for one in group]
    assert conditions == [True, True]

    applying = {"capacityKey": KEY, "applyReason": REASON, "applyInfo": {}}
    assert call("capacityApplyCapacity", **applying) == {}
    assert call.status() == 1
    assert call.refused("capacityApplyCapacity", **applying) == "28005032"
    assert call.refused("capacityBindAwemeRelation", **brand_to_bind(scene)) == "28005035"
    scene.approve()
    assert call.status() == 2

    templates = call(
        "getAwemeBindTemplateList", awemeId=scene.brand, type="brand", capacityList=[KEY]
    )["templateMap"][KEY]
    chosen = [str(each["template_id"]) for each in templates]
    info = call("getAwemeBindTemplateInfo", awemeId=scene.brand, type="brand", templateId=chosen)
    assert list(info["templateInfo"]) == chosen

    assert call("capacityBindAwemeRelation", **brand_to_bind(scene)) == {}
    assert (call.relation()["bindStatus"], call.relation()["capacityList"][0]["status"]) == (1, 1)
    assert call.refused("capacityBindAwemeRelation", **brand_to_bind(scene)) == "28005039"
    asked = {"type": "brand", "capacityList": [KEY], "coSubject": True}
    code = call("getAwemeRelationBindQrcode", **asked)
    scene.consent(code["qrcodeUrl"], code["qrcodeParseContent"])

    page = call("queryAwemeRelationList", **PAGE)
    assert page["totalCount"] == "1"
    bound = call.relation()
    assert (bound["awemeId"], bound["userName"]) == (scene.brand, BRAND_NAME)
    assert (bound["accountType"], bound["bindStatus"], bound["reason"]) == (2, 2, "")
    assert bound["unbindFrequencyInfo"] == {
        "limitFrequency": "5",
        "limitPeriod": "1",
        "unboundCount": "0",
        "firstUnbindTime": "0",
    }
    assert call.refused("capacityBindAwemeRelation", **brand_to_bind(scene)) == "28005038"
    second = {**brand_to_bind(scene), "awemeId": scene.second}
    assert call.refused("capacityBindAwemeRelation", **second) == "28005036"

    assert call("capacityUnbindAwemeRelation", awemeId=scene.brand, type="brand") == {}
    ended = call.relation()
    assert (ended["bindStatus"], ended["unbindFrequencyInfo"]["unboundCount"]) == (4, "1")
    assert abs(int(ended["unbindFrequencyInfo"]["firstUnbindTime"]) - time.time()) < 60


def test_the_official_sdk_makes_links_and_checks_a_mount(scene: Scene, sdk: Client) -> None:
    call = Calls(sdk, sdk.call("token"))
    ends = str(int(time.time()) + DAY_SECONDS)
    page = {
        "appId": scene.app,
        "path": "pages/gift/list",
        "query": '{"from":"sdk"}',
        "expireTime": ends,
    }
    assert call("urlLinkGenerate", appName="douyin", **page)["urlLink"].startswith("http")
    assert "://" in call("urlGenerateSchema", noExpire=False, **page)["schema"]
    legal = sdk.call("devtoolGetMountLegal", accessToken=call.token, micappId=scene.app)["data"]
    assert legal["data"]["isLegal"] is False


def test_the_official_sdk_throws_the_codes_it_is_answered(scene: Scene, sdk: Client) -> None:
    call = Calls(sdk, sdk.call("token"))
    unknown = {**brand_to_bind(scene), "awemeId": "nobody"}
    assert call.refused("capacityQueryApplyStatus", capacityKey="no_such_capacity") == "28001007"
    assert call.refused("queryAwemeRelationList", **{**PAGE, "pageSize": "51"}) == "28001007"
    call("capacityApplyCapacity", capacityKey=KEY, applyReason=REASON, applyInfo={})
    scene.approve()
    assert call.refused("capacityBindAwemeRelation", **unknown) == "28005037"
    assert Calls(sdk, "clt.garbage").refused("capacityQueryCapacityList") == "28001003"
    assert Calls(sdk, "").refused("capacityQueryCapacityList") == "28001003"

    given = {"clientKey": scene.app, "clientSecret": "gzs_wrong", "grantType": "client_credential"}
    wrong = sdk.call("oauthClientToken", **given)["data"]
    assert (wrong["errorCode"], wrong["accessToken"]) == ("10013", "")
    stranger = sdk.call("oauthClientToken", **{**given, "clientKey": "tt_nobody"})["data"]
    assert stranger["errorCode"] == "10003"
    odd = sdk.call("oauthClientToken", **{**given, "grantType": "password"})["data"]
    assert odd["errorCode"] == "10002"

    scene.age_tokens()
    assert call.refused("capacityQueryCapacityList") == "28001008"


def test_the_official_sdks_own_credential_refuses_a_wrong_secret(
    scene: Scene, address: str
) -> None:
    scene.issue_secret()
    with (
        official(scene.platform, address, scene.app, "gzs_wrong") as client,
        pytest.raises(ClientError, match="code=10013"),
    ):
        client.call("token")
