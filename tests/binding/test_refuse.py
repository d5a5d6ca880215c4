"""The owner's refusal."""

from __future__ import annotations

from guazai.control.binding import actions
from tests.binding.scene import Scene, events


def test_b5_refusing_frees_the_place_and_tells_the_developer(scene: Scene) -> None:
    account = scene.employee()
    request = scene.request(account)
    answer = scene.world.api(account.owner).post(f"/owner/bindings/{request.pk}/refuse")
    assert answer.status == 200
    assert (answer.body["status"], answer.body["ended_by_side"]) == ("refused", "owner")
    assert answer.body["available_actions"] == ["block"]
    assert (scene.quota(), scene.awaiting(account)) == ((0, 20), 0)
    assert scene.told_entity() == ["binding_refused"]
    (event,) = events("binding.refuse", request.pk)
    assert event.after == {"status": "refused", "ended_by_side": "owner"}
    again = scene.world.api(account.owner).post(f"/owner/bindings/{request.pk}/refuse")
    assert (again.status, again.code) == (409, "wrong_state")
    assert scene.quota() == (0, 20)


def test_b5_refused_is_refused_for_whoever_holds_a_code(scene: Scene) -> None:
    account = scene.employee()
    request = scene.request(account)
    code = actions.issue_code(scene.who, request)
    actions.refuse(scene.world.owner_of(account), request)
    body = {"match_number": code.match_number}
    answer = scene.world.api(account.owner).post(f"/owner/consent/{code.raw}", body)
    assert (answer.status, answer.body["current"]) == (409, "refused")


def test_b5_an_active_binding_is_ended_and_not_refused(scene: Scene) -> None:
    account = scene.employee()
    binding = scene.bind(account)
    answer = scene.world.api(account.owner).post(f"/owner/bindings/{binding.pk}/refuse")
    assert (answer.status, answer.body["current"]) == (409, "active")


def test_s2_only_the_accounts_owner_refuses(scene: Scene) -> None:
    request = scene.request(scene.employee())
    path = f"/owner/bindings/{request.pk}/refuse"
    assert scene.world.api(scene.world.account().owner).post(path).status == 404
    assert scene.world.api(scene.developer).post(path).status == 403
    assert scene.world.api(token=scene.world.developer_token(scene.app)).post(path).status == 401
    assert scene.fresh(request).status == "awaiting_consent"
