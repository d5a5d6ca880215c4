"""`get_mount_legal`: whether the mini program may be mounted now."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine

from guazai.feed.records import Scope
from tests.openapi.calling import Told
from tests.openapi.scene import Scene
from tests.world import World

PATH = "/api/apps/v1/devtool/get_mount_legal/"


def check(scene: Scene) -> Told:
    return scene.wire.get(PATH, {"micapp_id": scene.app.pk})


def test_the_older_answer_inside_of_the_envelope(world: World) -> None:
    with time_machine.travel(datetime(2026, 5, 6, 4, tzinfo=UTC), tick=False):
        scene = Scene(world)
        scene.grant()
        told = check(scene)
    assert told.data == {
        "extra": {
            "error_code": 0,
            "description": "",
            "sub_error_code": 0,
            "sub_description": "",
            "logid": told.body["log_id"],
            "now": int(datetime(2026, 5, 6, 4, tzinfo=UTC).timestamp()) * 1000,
        },
        "data": {"error_code": 0, "description": "", "is_legal": True},
    }


def test_legal_is_granted_online_and_not_denied(scene: Scene) -> None:
    def is_legal() -> bool:
        found = check(scene).data["data"]["is_legal"]
        assert type(found) is bool
        return found

    assert not is_legal()
    scene.grant()
    assert is_legal()
    scene.sync(is_online=False)
    assert not is_legal()
    scene.sync()
    scene.deny(Scope.MINI_PROGRAM, scene.app.pk)
    assert not is_legal()


def test_not_legal_once_revoked(scene: Scene) -> None:
    scene.grant()
    scene.revoke()
    assert check(scene).data["data"]["is_legal"] is False


@pytest.mark.parametrize("query", ["", "micapp_id=", "micapp_id=none", "micapp_id=a&micapp_id=a"])
def test_28001007_for_what_is_not_the_caller_s(scene: Scene, query: str) -> None:
    assert scene.wire.get(PATH, query).err_no == 28001007


def test_28001007_for_another_s_as_for_an_unknown_one(scene: Scene) -> None:
    foreign = scene.wire.get(PATH, {"micapp_id": scene.world.mini_program().pk})
    unknown = scene.wire.get(PATH, {"micapp_id": "none"})
    assert foreign.err_no == 28001007
    assert foreign.body["err_msg"] == unknown.body["err_msg"]
