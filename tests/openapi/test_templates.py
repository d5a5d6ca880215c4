"""绑定模板: what an account would be told if it were asked for, and what is to be sent."""

from __future__ import annotations

from typing import Any

import pytest

from guazai.control.binding import actions
from guazai.control.binding.models import Binding
from guazai.control.directory.models import DouyinAccount
from guazai.control.directory.states import AccountType
from guazai.control.journal.models import AuditEvent
from guazai.control.surfaces.registry import BindingKind
from tests.openapi.calling import Told
from tests.openapi.scene import CAPACITY, KEYS, Scene
from tests.world import HOST, SURFACE


def templates(scene: Scene, account: DouyinAccount, type_: str = "brand", **more: Any) -> Told:
    body = {"aweme_id": account.pk, "capacity_list": KEYS, "type": type_}
    return scene.wire.post(f"{CAPACITY}/get_aweme_bind_template_list/", {**body, **more})


def info(scene: Scene, account: DouyinAccount, **more: Any) -> Told:
    body = {"aweme_id": account.pk, "template_id": [1], "type": "brand"}
    return scene.wire.post(f"{CAPACITY}/get_aweme_bind_template_info/", {**body, **more})


def only(told: Told) -> dict[str, Any]:
    (found,) = told.data["template_map"]["profile_mount"]
    return dict(found)


@pytest.mark.parametrize(
    ("type_", "template_id", "title"), [("brand", 1, "绑定品牌号"), ("employee", 2, "绑定员工号")]
)
def test_b1_an_account_that_can_be_bound(
    scene: Scene, type_: str, template_id: int, title: str
) -> None:
    scene.grant()
    account = scene.brand() if type_ == "brand" else scene.employee()
    told = templates(scene, account, type_)
    assert told.data == {
        "template_map": {
            "profile_mount": [
                {
                    "template_id": template_id,
                    "category_id": 0,
                    "category_name": "",
                    "title": title,
                    "can_apply": True,
                    "reason": "",
                }
            ]
        }
    }
    assert scene.bind(account, type_).err_no == 0


def untied(scene: Scene) -> DouyinAccount:
    return scene.world.account()


def enterprise(scene: Scene) -> DouyinAccount:
    return scene.brand(AccountType.ENTERPRISE)


def over_quota(scene: Scene) -> DouyinAccount:
    scene.bound(scene.brand())
    return scene.brand()


def already_bound(scene: Scene) -> DouyinAccount:
    account = scene.brand()
    scene.bound(account)
    return account


def in_progress(scene: Scene) -> DouyinAccount:
    account = scene.brand()
    scene.bind(account)
    return account


def cooling_down(scene: Scene) -> DouyinAccount:
    account = in_progress(scene)
    actions.refuse(scene.world.owner_of(account), Binding.objects.get(account=account))
    return account


def blocked(scene: Scene) -> DouyinAccount:
    account = in_progress(scene)
    actions.block(scene.world.owner_of(account), Binding.objects.get(account=account))
    return account


def too_many(scene: Scene) -> DouyinAccount:
    account = scene.brand()
    for _ in range(3):
        app = scene.world.grant(scene.world.mini_program(scene.entity))
        actions.request(HOST, app, SURFACE, account.pk, BindingKind.BRAND)
    return account


@pytest.mark.parametrize(
    ("make", "err_no"),
    [
        (untied, 28005034),
        (enterprise, 28005034),
        (over_quota, 28005036),
        (already_bound, 28005038),
        (in_progress, 28005039),
        (cooling_down, 28005034),
        (blocked, 28005034),
        (too_many, 28005034),
    ],
)
def test_the_template_says_what_binding_says(scene: Scene, make: Any, err_no: int) -> None:
    scene.grant()
    account = make(scene)
    events = AuditEvent.objects.count()
    said = only(templates(scene, account))
    assert said["can_apply"] is False
    assert AuditEvent.objects.count() == events
    told = scene.bind(account)
    assert told.err_no == err_no
    assert told.body["err_msg"].startswith(said["reason"])


def test_28005035_before_the_capability_and_28001019_after_it(scene: Scene) -> None:
    account = scene.brand()
    assert templates(scene, account).err_no == 28005035
    scene.grant()
    scene.revoke()
    assert templates(scene, account).err_no == 28001019


def test_28005037_for_an_account_that_is_not_there(scene: Scene) -> None:
    scene.grant()
    account = DouyinAccount(aweme_id="nobody")
    assert templates(scene, account).err_no == 28005037
    assert info(scene, account).err_no == 28005037


def test_templates_go_on_while_the_app_is_offline(scene: Scene) -> None:
    scene.grant()
    account = scene.brand()
    scene.sync(is_online=False)
    assert only(templates(scene, account))["can_apply"] is True


def test_the_fields_of_a_brand_s_template(scene: Scene) -> None:
    (found,) = info(scene, scene.brand()).data["template_info"].items()
    assert found[0] == "1"
    assert (found[1]["id"], found[1]["title"]) == (1, "绑定品牌号")
    (content,) = found[1]["template_content"]
    assert content["materiel_id"] == "co_subject"
    assert content["val_example"] == ["true"]
    assert (content["val_type"], content["children"]) == (2, {})
    assert content["mainTitle"] == content["name"] == "是否同主体"


@pytest.mark.parametrize("template_id", [[2], ["2"], [2, 2]])
def test_the_fields_of_an_employee_s_template(scene: Scene, template_id: list[Any]) -> None:
    told = info(scene, scene.employee(), type="employee", template_id=template_id)
    content = told.data["template_info"]["2"]["template_content"]
    assert [each["materiel_id"] for each in content] == [
        "real_name",
        "identity_number",
        "relation_expire_date",
    ]
    assert all(isinstance(each["val_example"], list) for each in content)


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "cooperation"},
        {"type": "friend"},
        {"type": ""},
        {"type": 1},
        {"type": None},
        {"capacity_list": []},
        {"capacity_list": ["no_such"]},
        {"capacity_list": "profile_mount"},
        {"capacity_list": [1]},
        {"capacity_list": ["profile_mount"] * 21},
        {"aweme_id": ""},
        {"aweme_id": 7},
        {"aweme_id": "x" * 65},
    ],
)
def test_28001007_for_what_names_no_templates(scene: Scene, wrong: dict[str, Any]) -> None:
    scene.grant()
    assert templates(scene, scene.brand(), **wrong).err_no == 28001007


@pytest.mark.parametrize(
    "wrong",
    [
        {"template_id": [2]},
        {"template_id": [3]},
        {"template_id": []},
        {"template_id": 1},
        {"template_id": ["one"]},
        {"template_id": [1.5]},
        {"template_id": [True]},
        {"template_id": [2**63]},
        {"type": "employee"},
        {"type": "cooperation"},
    ],
)
def test_28001007_for_templates_that_are_not_there(scene: Scene, wrong: dict[str, Any]) -> None:
    assert info(scene, scene.brand(), **wrong).err_no == 28001007
