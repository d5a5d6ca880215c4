"""The owner's block, and lifting it."""

from __future__ import annotations

import pytest

from guazai.control.binding import actions
from guazai.control.kernel.errors import Problem
from tests.binding.scene import Scene, events


def test_b5_blocking_refuses_what_waits_and_can_be_undone(scene: Scene) -> None:
    account = scene.employee()
    request = scene.request(account)
    api = scene.world.api(account.owner)
    answer = api.post(f"/owner/bindings/{request.pk}/block")
    assert answer.status == 200
    assert (answer.body["status"], answer.body["available_actions"]) == ("refused", [])
    assert (scene.quota(), scene.awaiting(account)) == ((0, 20), 0)
    assert scene.told_entity() == ["binding_refused"]
    (event,) = events("binding.block", account.pk)
    assert event.after == {"app_id": scene.app.pk, "is_blocked": True}
    assert len(events("binding.refuse", request.pk)) == 1

    (block,) = api.get("/owner/blocks").body["items"]
    assert block["app"]["app_id"] == scene.app.pk
    assert block["account"]["aweme_id"] == account.pk
    assert block["available_actions"] == ["unblock"]
    path = f"/owner/blocks/{scene.app.pk}/{account.pk}"
    assert api.delete(path).status == 204
    assert api.get("/owner/blocks").body["items"] == []
    assert len(events("binding.unblock", account.pk)) == 1
    gone = api.delete(path)
    assert (gone.status, gone.code) == (404, "not_found")
    (listed,) = api.get("/owner/bindings").body["items"]
    assert listed["available_actions"] == ["block"]


def test_b5_a_block_leaves_the_active_binding_and_other_mini_programs(scene: Scene) -> None:
    account = scene.employee()
    binding = scene.bind(account)
    other = scene.request(account, app=scene.granted_app(scene.entity))
    answer = scene.world.api(account.owner).post(f"/owner/bindings/{binding.pk}/block")
    assert (answer.body["status"], answer.body["available_actions"]) == ("active", ["end"])
    assert scene.fresh(other).status == "awaiting_consent"


def test_b5_blocking_twice_is_told(scene: Scene) -> None:
    account = scene.employee()
    binding = scene.bind(account)
    owner = scene.world.owner_of(account)
    actions.block(owner, binding)
    with pytest.raises(Problem) as refused:
        actions.block(owner, binding)
    assert refused.value.code.name == "already_blocked"


def test_s2_only_the_accounts_owner_blocks_and_unblocks(scene: Scene) -> None:
    account = scene.employee()
    request = scene.request(account)
    stranger = scene.world.api(scene.world.account().owner)
    assert stranger.post(f"/owner/bindings/{request.pk}/block").code == "not_found"
    actions.block(scene.world.owner_of(account), request)
    path = f"/owner/blocks/{scene.app.pk}/{account.pk}"
    assert stranger.delete(path).code == "not_found"
    assert stranger.get("/owner/blocks").body["items"] == []
    assert scene.world.api(scene.developer).delete(path).status == 403
