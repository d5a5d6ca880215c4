"""Taking back a request."""

from __future__ import annotations

import pytest

from guazai.control.binding import actions
from guazai.control.kernel.errors import Problem
from tests.binding.scene import Scene, events


def test_b4_cancelling_frees_the_place_once_and_tells_the_owner(scene: Scene) -> None:
    account = scene.employee()
    request = scene.request(account)
    answer = scene.world.api(scene.teammate).post(f"{scene.path}/{request.pk}/cancel")
    assert answer.status == 200
    assert answer.body["status"] == "cancelled"
    assert answer.body["ended_by_side"] == "developer"
    assert answer.body["available_actions"] == []
    assert (scene.quota(), scene.awaiting(account)) == ((0, 20), 0)
    assert scene.told_owner(account) == ["binding_requested", "binding_cancelled"]
    (event,) = events("binding.cancel", request.pk)
    assert (event.before, event.after) == (
        {"status": "awaiting_consent"},
        {"status": "cancelled", "ended_by_side": "developer"},
    )
    again = scene.world.api(scene.developer).post(f"{scene.path}/{request.pk}/cancel")
    assert (again.status, again.code, again.body["current"]) == (409, "wrong_state", "cancelled")
    assert (scene.quota(), scene.awaiting(account)) == ((0, 20), 0)


def test_b4_of_two_stale_copies_one_frees(scene: Scene) -> None:
    request, other = scene.request(scene.employee()), scene.request(scene.employee())
    stale = scene.fresh(request)
    actions.cancel(scene.who, request)
    with pytest.raises(Problem):
        actions.cancel(scene.who, stale)
    assert scene.quota() == (1, 20)
    assert scene.fresh(other).status == "awaiting_consent"


def test_b6_an_active_binding_is_not_cancelled(scene: Scene) -> None:
    binding = scene.bind(scene.employee())
    answer = scene.world.api(scene.developer).post(f"{scene.path}/{binding.pk}/cancel")
    assert (answer.status, answer.code, answer.body["current"]) == (409, "wrong_state", "active")
    assert scene.quota() == (1, 20)


def test_s2_an_outsider_finds_nothing(scene: Scene) -> None:
    request = scene.request(scene.employee())
    api = scene.world.api(scene.outsider)
    assert api.post(f"{scene.path}/{request.pk}/cancel").code == "not_found"
    theirs = scene.granted_app(scene.world.entity())
    developer = scene.world.developer(theirs.entity)
    path = f"/mini-programs/{theirs.pk}/surfaces/profile_mount/bindings/{request.pk}/cancel"
    assert scene.world.api(developer).post(path).code == "not_found"
    assert scene.fresh(request).status == "awaiting_consent"
