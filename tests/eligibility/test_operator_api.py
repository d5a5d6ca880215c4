"""The operator's routes: policies, and how an account stands (E1, E2, E5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guazai.control.eligibility import actions
from guazai.control.kernel import clock
from tests.eligibility.samples import policy_json
from tests.world import HOST, PASSING, Api, World


@pytest.fixture
def operator(world: World) -> Api:
    return world.api(world.operator())


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


def test_e2_a_policys_stages_are_shown(operator: Api) -> None:
    at = clock.now() + timedelta(days=1)
    stages = [
        {"percent": 10, "at": at.isoformat()},
        {"percent": 100, "at": (at + timedelta(days=1)).isoformat()},
    ]
    actions.publish_policy(HOST, policy_json(at, stages=stages), reason="step by step")
    shown = operator.get("/operator/policies/2").body
    assert [stage["percent"] for stage in shown["stages"]] == [10, 100]
    assert operator.get("/operator/policies/1").body["stages"] == []


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
    assert {(row["as_of"], row["is_available"]) for row in shown["outcomes"]} == {
        (clock.today().isoformat(), True)
    }
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
