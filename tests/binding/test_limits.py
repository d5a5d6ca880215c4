"""What an operator sets: quotas, the unbind limit, clearances for enterprise accounts."""

from __future__ import annotations

import pytest
import time_machine

from guazai.control.binding import actions, queries
from guazai.control.directory.states import AccountType
from guazai.control.kernel.errors import Problem
from guazai.control.surfaces.registry import BindingKind
from tests.binding.scene import Scene, events, in_shanghai


def test_b4_the_defaults_are_one_brand_and_twenty_employees(scene: Scene) -> None:
    answer = scene.world.api(scene.teammate).get(f"{scene.base}/quota")
    assert answer.body["kinds"] == [
        {"kind": "brand", "used": 0, "quota": 1, "left": 1},
        {"kind": "employee", "used": 0, "quota": 20, "left": 20},
    ]
    unbinds = answer.body["unbinds"]
    assert (unbinds["used"], unbinds["quota"], unbinds["left"]) == (0, 5, 5)
    assert unbinds["next_at"] is None
    assert scene.world.api(scene.outsider).get(f"{scene.base}/quota").code == "not_found"


def test_b4_an_operator_sets_a_quota_per_mini_program(scene: Scene) -> None:
    body = {"quota": 2, "reason": "two brands"}
    api = scene.world.api(scene.operator)
    answer = api.put(f"/operator{scene.base}/quotas/brand", body)
    assert answer.status == 200
    assert answer.body == {"kind": "brand", "used": 0, "quota": 2, "left": 2}
    (event,) = events("binding.set_quota", scene.app.pk)
    assert (event.before["quota"], event.after["quota"], event.reason) == (1, 2, "two brands")
    scene.bind(scene.brand(), BindingKind.BRAND)
    assert scene.ask(scene.brand(), "brand").status == 201
    assert scene.ask(scene.brand(), "brand").code == "quota_reached"
    other = scene.granted_app(scene.entity)
    assert queries.quota(other, scene.surface, BindingKind.BRAND).quota == 1


def test_b4_a_quota_below_its_use_is_refused(scene: Scene) -> None:
    for _ in range(2):
        scene.request(scene.employee())
    api = scene.world.api(scene.operator)
    path = f"/operator{scene.base}/quotas/employee"
    answer = api.put(path, {"quota": 1, "reason": "fewer"})
    assert (answer.status, answer.code) == (409, "quota_below_use")
    assert (answer.body["used"], answer.body["quota"]) == (2, 20)
    assert events("binding.set_quota", scene.app.pk) == []
    assert api.put(path, {"quota": 2, "reason": "fewer"}).body["left"] == 0


def test_b6_a_set_unbind_limit_holds_in_later_months(scene: Scene) -> None:
    with time_machine.travel(in_shanghai(2026, 5, 31, 12), tick=False) as traveller:
        path = f"/operator{scene.base}/unbind-limit"
        body = {"quota": 1, "reason": "churn"}
        answer = scene.world.api(scene.operator).put(path, body)
        assert (answer.body["month"], answer.body["quota"]) == ("2026-05", 1)
        (event,) = events("binding.set_unbind_limit", scene.app.pk)
        assert (event.before["quota"], event.after["quota"], event.reason) == (5, 1, "churn")
        first, second = scene.bind(scene.employee()), scene.bind(scene.employee())
        actions.unbind(scene.who, first)
        with pytest.raises(Problem) as refused:
            actions.unbind(scene.who, second)
        assert refused.value.code.name == "unbind_limit_reached"
        answer = scene.world.api(scene.operator).put(path, {"quota": 0, "reason": "none"})
        assert (answer.status, answer.code) == (409, "quota_below_use")
        traveller.move_to(in_shanghai(2027, 1, 1))
        state = queries.unbinds(scene.app, scene.surface)
        assert (state.month, state.used, state.quota) == ("2027-01", 0, 1)
        actions.unbind(scene.who, scene.fresh(second))
        assert queries.unbinds(scene.app, scene.surface).left == 0


def test_b6_a_limit_of_none_refuses_the_first(scene: Scene) -> None:
    binding = scene.bind(scene.employee())
    actions.set_unbind_limit(scene.who, scene.app, scene.surface, 0, "frozen")
    with pytest.raises(Problem) as refused:
        actions.unbind(scene.who, binding)
    assert refused.value.code.name == "unbind_limit_reached"
    assert scene.fresh(binding).status == "active"


def test_b2_after_a_clearance_the_same_request_goes_through(scene: Scene) -> None:
    account = scene.brand(AccountType.ENTERPRISE)
    assert scene.ask(account, "brand").code == "enterprise_needs_support"
    api = scene.world.api(scene.operator)
    body = {"aweme_id": account.pk, "app_id": scene.app.pk, "reason": "ticket 7"}
    answer = api.post("/operator/clearances", body)
    assert answer.status == 201
    assert (answer.body["aweme_id"], answer.body["by"]) == (account.pk, scene.operator.pk)
    assert answer.body["by_name"] == scene.operator.login
    (event,) = events("binding.clear_enterprise", account.pk)
    assert (event.after["app_id"], event.reason) == (scene.app.pk, "ticket 7")
    again = api.post("/operator/clearances", body)
    assert (again.status, again.code) == (409, "already_cleared")
    assert scene.ask(account, "brand").status == 201
    (listed,) = api.get("/operator/clearances").body["items"]
    assert (listed["id"], listed["available_actions"]) == (answer.body["id"], ["revoke"])
    for query, count in (
        (f"app_id={scene.app.pk}", 1),
        (f"aweme_id={account.pk}", 1),
        (f"app_id={scene.app.pk}&aweme_id=dy_other", 0),
        ("app_id=tt_other", 0),
    ):
        assert len(api.get(f"/operator/clearances?{query}").body["items"]) == count


def test_b2_a_clearance_is_for_one_mini_program_and_can_be_revoked(scene: Scene) -> None:
    account = scene.brand(AccountType.ENTERPRISE)
    other = scene.granted_app(scene.entity)
    cleared = actions.clear_enterprise(scene.who, account, other, "for another")
    assert scene.ask(account, "brand").code == "enterprise_needs_support"
    assert scene.request(account, BindingKind.BRAND, other).status == "awaiting_consent"
    api = scene.world.api(scene.operator)
    assert api.delete(f"/operator/clearances/{cleared.pk}").status == 204
    assert api.delete(f"/operator/clearances/{cleared.pk}").code == "not_found"
    assert len(events("binding.revoke_clearance", account.pk)) == 1
    assert not queries.is_cleared(other, account)


def test_b2_a_clearance_names_what_exists(scene: Scene) -> None:
    api = scene.world.api(scene.operator)
    body = {"aweme_id": "nobody", "app_id": scene.app.pk, "reason": "x"}
    assert api.post("/operator/clearances", body).code == "account_not_found"
    body = {"aweme_id": scene.brand().pk, "app_id": "none", "reason": "x"}
    assert api.post("/operator/clearances", body).code == "not_found"


def test_s2_limits_are_the_operators(scene: Scene) -> None:
    limit, reason = {"quota": 9, "reason": "mine"}, {"reason": "x"}
    clearance = {"aweme_id": scene.brand().pk, "app_id": scene.app.pk, **reason}
    for person in (scene.developer, scene.outsider, scene.world.reviewer()):
        api = scene.world.api(person)
        assert api.put(f"/operator{scene.base}/quotas/brand", limit).status == 403
        assert api.put(f"/operator{scene.base}/unbind-limit", limit).status == 403
        assert api.post("/operator/clearances", clearance).status == 403
        assert api.get("/operator/clearances").status == 403
        assert api.delete("/operator/clearances/clr_x").status == 403
    operator = scene.world.api(scene.operator)
    assert operator.put(f"/operator{scene.base}/quotas/cooperation", limit).status == 422
    absent = "/operator/mini-programs/none/surfaces/profile_mount/unbind-limit"
    assert operator.put(absent, limit).code == "not_found"
