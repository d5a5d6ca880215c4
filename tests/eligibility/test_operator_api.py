"""The operator's routes: policies, and how an account stands (E1, E2, E5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from guazai.control.eligibility import actions
from guazai.control.eligibility.models import PolicyVersion
from guazai.control.kernel import clock
from tests.eligibility.samples import events, five_rules, policy_json
from tests.world import HOST, PASSING, Api, World


@pytest.fixture
def operator(world: World) -> Api:
    return world.api(world.operator())


def body(**changes: Any) -> dict[str, Any]:
    return {**five_rules(), "reason": "the fifth condition", **changes}


def test_e2_an_operator_publishes_a_policy(world: World) -> None:
    person = world.operator()
    sent = body()
    answer = world.api(person).post("/operator/policies", sent)
    assert answer.status == 201
    assert (answer.body["version"], answer.body["standing"]) == (2, "scheduled")
    assert answer.body["rules"] == sent["rules"]
    assert answer.body["facts"] == sent["facts"]
    assert answer.body["published_by"] == person.pk
    assert answer.body["reason"] == "the fifth condition"
    assert answer.body["available_actions"] == []
    [event] = events("eligibility.publish_policy")
    assert (event.actor_id, event.reason) == (person.pk, "the fifth condition")


def test_e2_policies_are_listed_newest_first_with_their_standing(operator: Api) -> None:
    at = clock.now() + timedelta(days=1)
    for _ in range(2):
        actions.publish_policy(HOST, policy_json(at))
    first = operator.get("/operator/policies?limit=2")
    assert [(row["version"], row["standing"]) for row in first.body["items"]] == [
        (3, "scheduled"),
        (2, "superseded"),
    ]
    rest = operator.get(f"/operator/policies?limit=2&cursor={first.body['next_cursor']}")
    assert [(row["version"], row["standing"]) for row in rest.body["items"]] == [(1, "in_force")]
    assert rest.body["next_cursor"] is None


def test_e2_one_policy_is_read_by_its_version(operator: Api) -> None:
    answer = operator.get("/operator/policies/1")
    assert answer.body["effective_at"] in {"2024-08-14T16:00:00Z", "2024-08-15T00:00:00+08:00"}
    assert len(answer.body["rules"]) == 4
    assert operator.get("/operator/policies/2").code == "not_found"
    assert operator.get("/operator/policies/0").status == 422
    assert operator.get(f"/operator/policies/{2**31}").status == 422


def test_e2_what_is_wrong_with_a_policy_is_said_with_its_place(operator: Api) -> None:
    sent = body()
    sent["rules"][0]["value"] = "many"
    sent["rules"][1]["label"]["en"] = " "
    sent["rules"][2]["op"] = "in"
    answer = operator.post("/operator/policies", sent)
    assert (answer.status, answer.code) == (422, "policy_invalid")
    assert {(error["code"], error["at"]) for error in answer.body["errors"]} == {
        ("value_wrong_type", "/rules/0/value"),
        ("text_blank", "/rules/1/label/en"),
        ("operator_not_for_type", "/rules/2/op"),
        ("value_blank", "/rules/2/value"),
    }
    assert PolicyVersion.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"effective_at": "2024-08-15T00:00:00+08:00"}, "policy_in_past"),
        ({"effective_at": "2100-01-01T00:00:00"}, "validation_failed"),
        ({"effective_at": "9999-12-31T23:59:59-12:00"}, "policy_invalid"),
        ({"account_types": []}, "policy_invalid"),
        ({"account_types": ["robot"]}, "policy_invalid"),
        ({"rules": []}, "policy_invalid"),
        ({"facts": {}}, "policy_invalid"),
        ({"facts": {"a\x00": "int"}}, "validation_failed"),
        ({"facts": {"A-b": "int"}}, "policy_invalid"),
        ({"version": 2}, "validation_failed"),
        ({"reason": ""}, "validation_failed"),
        ({"reason": "a\x00b"}, "validation_failed"),
        ({"rules": [{"fact": 1}]}, "validation_failed"),
    ],
)
def test_e2_policies_that_cannot_be_are_refused(
    operator: Api, changes: dict[str, Any], code: str
) -> None:
    answer = operator.post("/operator/policies", body(**changes))
    assert (answer.status, answer.code) == (422, code)
    assert PolicyVersion.objects.count() == 1
    assert events("eligibility.publish_policy") == []


def test_e5_an_operator_sees_every_outcome(world: World, operator: Api) -> None:
    account = world.account()
    values = {**PASSING, "effective_followers": 499}
    actions.record_facts(HOST, account, clock.today(), values, is_event=False)
    answer = operator.get(f"/operator/accounts/{account.pk}/verdict")
    assert answer.status == 200
    shown = answer.body
    assert (shown["status"], shown["policy_version"], shown["is_subject"]) == ("failed", 1, True)
    assert shown["account_type"] == "personal"
    assert [row["is_met"] for row in shown["outcomes"]] == [False, True, True, True]
    first = shown["outcomes"][0]
    assert (first["value"], first["op"], first["threshold"]) == (499, "gte", 500)
    assert first["label"] == "At least 500 effective followers (T+1)"
    assert shown["outcomes"][1]["value"] is True
    stored = shown["verdict"]
    assert (stored["is_passed"], stored["failed"], stored["revision"]) == (
        False,
        ["too_few_effective_followers"],
        1,
    )
    chinese = world.api(world.operator(), language="zh-CN")
    label = chinese.get(f"/operator/accounts/{account.pk}/verdict").body["outcomes"][0]["label"]
    assert label == "有效粉丝数(T+1)≥500"


def test_e3_an_account_without_facts_is_shown_as_not_judged_yet(
    world: World, operator: Api
) -> None:
    shown = operator.get(f"/operator/accounts/{world.account().pk}/verdict").body
    assert (shown["status"], shown["verdict"], shown["outcomes"]) == ("not_judged_yet", None, [])
    assert operator.get("/operator/accounts/nobody/verdict").code == "not_found"


def test_s2_only_operators_see_policies_and_verdicts(world: World) -> None:
    account, app = world.account(), world.mini_program()
    owner, developer = account.owner, world.developer(app.entity)
    callers = [
        (world.api(), 401),
        (world.api(owner), 403),
        (world.api(developer), 403),
        (world.api(world.reviewer()), 403),
        (world.api(token=world.developer_token(app)), 401),
        (world.host_api(), 401),
    ]
    for caller, status in callers:
        assert caller.get("/operator/policies").status == status
        assert caller.get("/operator/policies/1").status == status
        assert caller.get(f"/operator/accounts/{account.pk}/verdict").status == status
        assert caller.post("/operator/policies", body()).status == status
    assert PolicyVersion.objects.count() == 1
