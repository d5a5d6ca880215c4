"""能力: the list, how an application stands, applying."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from guazai.control.capability import actions, queries
from guazai.control.capability.models import CapabilityApplication
from guazai.control.journal import queries as journal
from guazai.control.kernel.reasons import Reason
from tests.openapi.calling import Told
from tests.openapi.scene import CAPACITY, Scene
from tests.world import MARKS, SURFACE, World

BODY = {"capacity_key": "profile_mount", "apply_reason": "访客需要入口", "apply_info": {}}


def apply(scene: Scene, **more: Any) -> Told:
    return scene.wire.post(f"{CAPACITY}/apply_capacity/", {**BODY, **more})


def status(scene: Scene) -> tuple[int, str]:
    query = {"capacity_key": "profile_mount"}
    data = scene.wire.get(f"{CAPACITY}/query_apply_status/", query).data
    assert set(data) == {"status", "reason"}
    return data["status"], data["reason"]


def reviewer(scene: Scene) -> Any:
    return scene.world.actor(scene.world.reviewer())


def test_c1_the_list_has_every_capability_under_both_spellings(scene: Scene) -> None:
    scene.sync(credit_score=59)
    told = scene.wire.get(f"{CAPACITY}/query_capacity_list/")
    assert (told.body["err_no"], told.body["err_msg"]) == (0, "success")
    (found,) = told.data["app_capacity_info_list"]
    assert told.data["AppCapacityInfoList"] == [found]
    assert found == {
        "capacity_key": "profile_mount",
        "capacity_name": "抖音个人页挂载",
        "description": "在抖音个人页展示小程序的入口",
        "status": 7,
        "is_can_apply": False,
        "is_auth_permission": True,
        "is_lab": 0,
        "lab_description": "",
        "host_app": "douyin",
        "permission_list": [3],
        "apply_condition": [
            [
                {
                    "condition_name": "小程序已上线",
                    "condition_description": "要求:是;当前:是",
                    "satisfied": True,
                }
            ],
            [
                {
                    "condition_name": "小程序信用分 ≥ 60",
                    "condition_description": "要求:60;当前:59",
                    "satisfied": False,
                }
            ],
        ],
        "apply_field_list": [],
    }


def test_c3_the_status_follows_the_application(scene: Scene) -> None:
    assert status(scene) == (6, "")
    assert apply(scene).body["data"] == {}
    assert status(scene) == (1, "")
    application = queries.pending().get()
    reasons = [Reason("unstable", "经常崩溃", "修复", ""), Reason("empty", "没有内容", "补充", "")]
    actions.reject(reviewer(scene), application, MARKS, reasons)
    assert status(scene) == (3, "经常崩溃; 没有内容")
    assert apply(scene).err_no == 0
    actions.withdraw(scene.operator, queries.pending().get())
    assert status(scene) == (6, "")
    scene.sync(is_online=False)
    assert status(scene) == (7, "")
    scene.sync()
    apply(scene)
    actions.approve(reviewer(scene), queries.pending().get(), MARKS)
    assert status(scene) == (2, "")
    scene.revoke()
    assert status(scene) == (5, "违规挂载")


def test_c1_an_application_is_the_client_s_own_act(scene: Scene) -> None:
    told = apply(scene)
    (event,) = journal.search(verb="capability.apply")
    assert event.actor_id == scene.app.pk
    assert event.request_id == told.body["log_id"]
    assert CapabilityApplication.objects.get().apply_reason == "访客需要入口"


def test_28005034_names_every_unmet_condition(scene: Scene) -> None:
    scene.sync(is_online=False, credit_score=10)
    told = apply(scene)
    assert told.err_no == 28005034
    assert "小程序已上线" in told.body["err_msg"]
    assert "信用分 ≥ 60" in told.body["err_msg"]
    assert not CapabilityApplication.objects.exists()


def test_28005032_while_it_is_in_review_and_once_it_is_granted(scene: Scene) -> None:
    apply(scene)
    assert apply(scene).err_no == 28005032
    actions.approve(reviewer(scene), queries.pending().get(), MARKS)
    assert apply(scene).err_no == 28005032


def test_28001019_once_it_is_revoked(scene: Scene) -> None:
    scene.grant()
    scene.revoke()
    assert apply(scene).err_no == 28001019


@time_machine.travel(datetime(2026, 5, 6, 4, tzinfo=UTC), tick=False)
def test_28005033_after_five_in_a_day(world: World) -> None:
    scene = Scene(world)
    for _ in range(5):
        assert apply(scene).err_no == 0
        actions.withdraw(scene.operator, queries.pending().get())
    told = apply(scene)
    assert told.err_no == 28005033
    assert "2026-05-07 00:00 之后可再试" in told.body["err_msg"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"capacity_key": "no_such"},
        {"capacity_key": ""},
        {"capacity_key": 1},
        {"capacity_key": "x" * 65},
        {"capacity_key": None},
        {"apply_reason": ""},
        {"apply_reason": "   "},
        {"apply_reason": "x" * 501},
        {"apply_reason": ["x"]},
        {"apply_info": []},
        {"apply_info": None},
        {"apply_info": {"a": "b"}},
        {"apply_info": {"a": ["b"]}},
    ],
)
def test_28001007_for_what_is_no_application(scene: Scene, wrong: dict[str, Any]) -> None:
    assert apply(scene, **wrong).err_no == 28001007
    assert not CapabilityApplication.objects.exists()


@pytest.mark.parametrize("missing", BODY)
def test_28001007_names_what_is_missing(scene: Scene, missing: str) -> None:
    body = {key: value for key, value in BODY.items() if key != missing}
    told = scene.wire.post(f"{CAPACITY}/apply_capacity/", body)
    assert (told.err_no, told.body["err_msg"]) == (28001007, f"缺少参数 {missing}")


def test_28001007_names_fields_that_no_capability_has(scene: Scene) -> None:
    told = apply(scene, apply_info={"license": ["x"]})
    assert "license" in told.body["err_msg"]


@pytest.mark.parametrize("query", ["", "capacity_key=", "capacity_key=no_such"])
def test_28001007_for_the_status_of_nothing(scene: Scene, query: str) -> None:
    assert scene.wire.get(f"{CAPACITY}/query_apply_status/", query).err_no == 28001007


def test_unknown_fields_are_ignored(scene: Scene) -> None:
    assert apply(scene, more={"a": 1}).err_no == 0
    assert queries.overview(scene.app, SURFACE).status == "in_review"
