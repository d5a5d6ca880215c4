"""Anyone entitled asks why (V2); a developer learns that the rules fail, never which (E5)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import time_machine

from guazai.control.kernel import clock
from guazai.control.landing import actions as landing
from tests.entry.scene import BREAKERS, Scene
from tests.world import HOST, PAGES, SURFACE

#: Who can mend each condition.
MENDERS = {
    "capability_granted": "developer",
    "mini_program_online": "developer",
    "binding_active": "owner",
    "landing_live": "developer",
    "page_published": "developer",
    "account_meets_rules": "owner",
    "industry_open": "operator",
    "account_not_denied": "operator",
    "mini_program_not_denied": "operator",
    "legal_entity_not_denied": "operator",
    "not_denied_globally": "operator",
}
REASONS = {
    "capability_granted": "capability_not_granted",
    "mini_program_online": "mini_program_offline",
    "binding_active": "binding_not_active",
    "landing_live": "landing_not_live",
    "page_published": "page_missing",
    "account_meets_rules": "account_not_eligible",
    "industry_open": "industry_closed",
    "account_not_denied": "account_denied",
    "mini_program_not_denied": "mini_program_denied",
    "legal_entity_not_denied": "legal_entity_denied",
    "not_denied_globally": "global_denied",
}
FAILURES: list[dict[str, Any]] = [
    {"effective_followers": 499},
    {"effective_followers": 0},
    {"effective_followers": None},
    {"is_verified_adult": False},
    {"is_verified_adult": None},
    {"has_serious_violation": True},
    {"meets_regulatory_requirements": False},
    {"effective_followers": 1, "is_verified_adult": False, "has_serious_violation": True},
]


def own_entry(scene: Scene) -> str:
    return f"/owner/accounts/{scene.account.pk}/surfaces/{SURFACE.key}/entry"


def operator_why(scene: Scene) -> str:
    return f"/operator/accounts/{scene.account.pk}/surfaces/{SURFACE.key}/why"


@pytest.mark.parametrize("term", BREAKERS)
def test_v2_every_condition_is_told_with_its_state_and_who_can_mend_it(
    scene: Scene, term: str
) -> None:
    BREAKERS[term].hide(scene)
    api = scene.world.api(scene.developer)
    answer = api.get(f"{scene.record}/why")
    assert answer.status == 200
    assert (answer.body["aweme_id"], answer.body["is_shown"]) == (scene.account.pk, False)
    terms = {each["key"]: each for each in answer.body["terms"]}
    assert list(terms) == list(MENDERS)
    # How an account stands is its own matter again once the binding has ended.
    untold = {"account_meets_rules"} if term == "binding_active" else set()
    unmet = {key for key, each in terms.items() if not each["is_met"]}
    assert unmet == BREAKERS[term].unmet | untold
    assert terms[term]["mender"] == MENDERS[term]
    assert terms[term]["reason"] == REASONS[term]
    assert all(each["text"].isascii() for each in terms.values())
    assert all(each["reason"] == "" for each in terms.values() if each["is_met"])


def test_v2_a_shown_entry_is_told_with_the_day_of_its_data(scene: Scene) -> None:
    answer = scene.world.api(scene.developer).get(f"{scene.record}/why")
    assert (answer.body["is_shown"], answer.body["notice"]) == (True, None)
    assert answer.body["available_actions"] == []
    days = {each["key"]: each["as_of"] for each in answer.body["terms"] if each["as_of"]}
    assert days == {"account_meets_rules": clock.today().isoformat()}


def test_v2_texts_are_in_the_readers_language(scene: Scene) -> None:
    answer = scene.world.api(scene.developer, language="zh-CN").get(f"{scene.record}/why")
    assert answer.body["terms"][0]["text"] == "挂载能力已开通"


def test_l4_the_owner_mends_a_slot_that_another_mini_program_holds(scene: Scene) -> None:
    rival = scene.world.grant(scene.world.mini_program(scene.entity))
    scene.world.bind(rival, scene.account)
    path = f"/mini-programs/{rival.pk}/surfaces/{SURFACE.key}/records/{scene.account.pk}/why"
    terms = {each["key"]: each for each in scene.world.api(scene.developer).get(path).body["terms"]}
    assert (terms["landing_live"]["reason"], terms["landing_live"]["mender"]) == (
        "slot_occupied",
        "owner",
    )
    assert terms["binding_active"]["is_met"]


def test_e4_what_fails_is_said_in_the_two_texts_of_the_source(scene: Scene) -> None:
    scene.follow(499)
    texts = {
        language: scene.world.api(scene.developer, language=language)
        .get(f"{scene.record}/why")
        .body["notice"]
        for language in ("zh-CN", "en")
    }
    assert texts["zh-CN"] == {
        "title": "该账号暂不展示挂载入口",
        "text": "该账号暂不满足《抖音经营规范》,故无法在「抖音APP-个人页」展示挂载入口",
    }
    assert texts["en"]["title"].isascii()
    scene.follow(500)
    again = scene.world.api(scene.developer).get(f"{scene.record}/why")
    assert again.body["notice"] is None


def test_e5_a_developer_reads_the_same_whatever_fails(scene: Scene) -> None:
    api = scene.world.api(scene.developer)
    token = scene.world.api(token=scene.world.developer_token(scene.app))
    bodies = set()
    for facts in FAILURES:
        scene.world.pass_rules(scene.account, **facts)
        for reader in (api, token):
            answer = reader.get(f"{scene.record}/why")
            assert answer.body["available_actions"] == ["remind_owner"]
            bodies.add(json.dumps(answer.body, sort_keys=True))
            bodies.add(json.dumps(reader.get(f"{scene.record}/why").body, sort_keys=True))
    (body,) = bodies
    for word in ("followers", "adult", "violation", "regulatory", "499", "rules", "threshold"):
        assert word not in body.replace("account_meets_rules", "").replace("creator rules", "")


def test_e5_the_twin_that_the_owner_reads_differs_by_what_fails(scene: Scene) -> None:
    assert scene.account.owner is not None
    api = scene.world.api(scene.account.owner)
    bodies = set()
    for facts in FAILURES:
        scene.world.pass_rules(scene.account, **facts)
        bodies.add(json.dumps(api.get(own_entry(scene)).body["rules"], sort_keys=True))
    assert len(bodies) == len(FAILURES)


def test_e5_the_owner_reads_which_rule_value_and_threshold_and_how_to_mend_it(
    scene: Scene,
) -> None:
    scene.follow(499)
    assert scene.account.owner is not None
    answer = scene.world.api(scene.account.owner).get(own_entry(scene))
    assert answer.status == 200
    assert (answer.body["is_shown"], answer.body["as_of"]) == (False, clock.today().isoformat())
    assert answer.body["available_actions"] == ["release"]
    assert answer.body["entry"] == {
        "app_id": scene.app.pk,
        "app_name": scene.app.name,
        "title": scene.app.name,
        "page_path": PAGES[0],
        "query": "",
    }
    rules = {rule["fact"]: rule for rule in answer.body["rules"]}
    assert len(rules) == 4
    followers = rules["effective_followers"]
    assert (followers["value"], followers["op"], followers["threshold"]) == (499, "gte", 500)
    assert not followers["is_met"]
    assert followers["label"]
    assert followers["how_to_fix"]
    assert [rule["fact"] for rule in rules.values() if not rule["is_met"]] == [
        "effective_followers"
    ]


def test_e3_an_account_that_was_never_judged_says_so(scene: Scene) -> None:
    account = scene.world.account()
    assert account.owner is not None
    path = f"/owner/accounts/{account.pk}/surfaces/{SURFACE.key}/entry"
    answer = scene.world.api(account.owner).get(path)
    terms = {each["key"]: each for each in answer.body["terms"]}
    assert terms["account_meets_rules"]["reason"] == "not_judged_yet"
    assert terms["capability_granted"]["reason"] == "no_mini_program"
    assert (answer.body["entry"], answer.body["rules"]) == (None, [])
    assert answer.body["available_actions"] == []


def test_v2_an_operator_asks_about_any_account(scene: Scene) -> None:
    scene.follow(499)
    api = scene.world.api(scene.operator)
    answer = api.get(operator_why(scene))
    assert (answer.status, answer.body["is_shown"]) == (200, False)
    assert {rule["value"] for rule in answer.body["rules"]} >= {499}
    assert answer.body["available_actions"] == ["deny"]
    rival = scene.world.mini_program()
    as_rival = api.get(f"{operator_why(scene)}?app_id={rival.pk}").body
    assert {each["key"] for each in as_rival["terms"] if not each["is_met"]} >= {
        "capability_granted",
        "binding_active",
        "landing_live",
    }
    absent = (
        f"{operator_why(scene)}?app_id=tt_absent",
        f"/operator/accounts/dy_absent/surfaces/{SURFACE.key}/why",
        f"/operator/accounts/{scene.account.pk}/surfaces/live_room/why",
    )
    assert [api.get(path).status for path in absent] == [404] * 3


def test_l7_a_page_that_is_gone_says_so_to_all_who_ask(scene: Scene) -> None:
    BREAKERS["page_published"].hide(scene)
    assert scene.account.owner is not None
    for api, path in (
        (scene.world.api(scene.developer), f"{scene.record}/why"),
        (scene.world.api(scene.account.owner), own_entry(scene)),
        (scene.world.api(scene.operator), operator_why(scene)),
    ):
        terms = {each["key"]: each for each in api.get(path).body["terms"]}
        assert terms["page_published"]["reason"] == "page_missing"
        assert terms["landing_live"]["is_met"]


def test_s2_who_may_not_ask_is_told_nothing(scene: Scene) -> None:
    world = scene.world
    outsider = world.api(world.developer(world.entity()))
    other_app = world.mini_program(scene.entity)
    developer = world.api(scene.developer)
    absent = outsider.get(
        f"/mini-programs/tt_absent/surfaces/{SURFACE.key}/records/{scene.account.pk}/why"
    )
    foreign = outsider.get(f"{scene.record}/why")
    assert (foreign.status, foreign.body) == (404, absent.body)
    unbound = f"/mini-programs/{other_app.pk}/surfaces/{SURFACE.key}/records/{scene.account.pk}/why"
    assert developer.get(unbound).body == absent.body
    stranger = world.account().owner
    assert stranger is not None
    assert world.api(stranger).get(own_entry(scene)).status == 404
    assert developer.get(own_entry(scene)).status == 403
    assert developer.get(operator_why(scene)).status == 403
    assert world.api().get(f"{scene.record}/why").status == 401


def test_e5_before_the_owner_consented_nothing_is_told_of_the_account(scene: Scene) -> None:
    world = scene.world
    account = world.account()
    app = world.grant(world.mini_program(scene.entity))
    world.employ(app.entity, account)
    api = world.api(scene.developer)
    base = f"/mini-programs/{app.pk}/surfaces/{SURFACE.key}"
    asked = api.post(f"{base}/bindings", {"aweme_id": account.pk, "kind": "employee"})
    assert asked.status == 201
    bodies = set()
    for followers in (499, 500):
        world.pass_rules(account, effective_followers=followers)
        answer = api.get(f"{base}/records/{account.pk}/why")
        bodies.add((answer.status, json.dumps(answer.body, sort_keys=True)))
        terms = {each["key"]: each for each in answer.body["terms"]}
        assert not terms["account_meets_rules"]["is_met"]
        assert terms["account_meets_rules"]["reason"] == "binding_not_active"
        assert (answer.body["notice"], answer.body["available_actions"]) == (None, [])
    assert len(bodies) == 1


def test_v2_an_owner_lists_their_accounts(scene: Scene) -> None:
    owner = scene.world.person()
    mine = sorted(scene.world.account(owner=owner).pk for _ in range(3))
    api = scene.world.api(owner)
    answer = api.get("/owner/accounts?limit=2")
    assert [item["aweme_id"] for item in answer.body["items"]] == mine[:2]
    assert answer.body["items"][0]["available_actions"] == ["why"]
    rest = api.get(f"/owner/accounts?limit=2&cursor={answer.body['next_cursor']}")
    assert [item["aweme_id"] for item in rest.body["items"]] == mine[2:]


def test_e3_a_day_without_new_facts_changes_no_verdict(scene: Scene) -> None:
    with time_machine.travel(clock.end_of(clock.today()), tick=False):
        assert scene.is_shown()
        as_of = scene.explain().judgement.as_of
        assert as_of is not None
        assert as_of < clock.today()


def test_l2_the_approved_page_stays_while_a_new_one_waits(scene: Scene) -> None:
    landing.submit(HOST, scene.app, SURFACE, scene.account, page_path=PAGES[1])
    assert scene.is_shown()
    answer = scene.answer()
    assert answer is not None
    assert answer["page_path"] == PAGES[0]
