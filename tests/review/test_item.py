"""One item in full: the subject, what is live, the conditions of now, earlier decisions."""

from __future__ import annotations

from guazai.control.capability import actions as capability
from guazai.control.capability.states import Dimension
from guazai.control.directory import actions as directory
from guazai.control.directory import queries as directory_queries
from guazai.control.kernel.reasons import Reason
from guazai.control.landing import actions as landing
from tests.landing.scene import OTHER_PAGE, PAGE
from tests.review.scene import Desk
from tests.world import HOST, SURFACE

POOR = dict.fromkeys(Dimension.values, "poor")
REASON = Reason("unstable", "It crashes", "Find the crash")


def test_c4_an_application_in_full(desk: Desk) -> None:
    app = desk.world.mini_program(desk.entity)
    earlier = capability.reject(desk.who, desk.application(app), POOR, [REASON])
    application = desk.application(app)
    directory.upsert_mini_program(
        HOST, app.pk, entity_id=desk.entity.pk, name=app.name, is_online=True, credit_score=10
    )
    shown = desk.api().get(desk.path(application)).body
    assert shown["application"]["apply_reason"] == "Visitors ask for it"
    assert [c["actual"] for c in shown["application"]["conditions"]] == [True, 80]
    assert [(c["actual"], c["is_met"]) for c in shown["conditions"]] == [(True, True), (10, False)]
    assert (shown["landing"], shown["live"], shown["content_hash"]) == (None, None, None)
    assert (shown["entity_name"], shown["version"]) == (desk.entity.name, "1.0.0")
    assert shown["pages"] == directory_queries.pages(app)
    [decision] = shown["earlier"]
    assert (decision["id"], decision["status"]) == (earlier.pk, "rejected")
    assert (decision["marks"], decision["reasons"][0]["code"]) == (POOR, "unstable")
    assert shown["available_actions"] == ["claim"]


def test_l2_a_change_in_full(desk: Desk) -> None:
    live = desk.landing.live(PAGE)
    change = desk.landing.submit(OTHER_PAGE, query="id=7", title="Sale")
    shown = desk.api().get(desk.path(change)).body
    assert shown["content_hash"] == change.content_hash
    assert shown["account"]["aweme_id"] == desk.landing.account.pk
    content = shown["landing"]
    assert (content["page_path"], content["query"]) == (OTHER_PAGE, "id=7")
    assert content["title"] == "Sale"
    assert content["link"] == SURFACE.link_to(desk.landing.app.pk, OTHER_PAGE, "id=7")
    assert (shown["live"]["id"], shown["live"]["page_path"]) == (live.pk, PAGE)
    assert shown["live"]["title"] == desk.landing.app.name
    assert shown["is_page_published"] is True
    assert [decision["id"] for decision in shown["earlier"]] == [live.pk]
    assert (shown["application"], shown["marks"]) == (None, {})


def test_l7_a_page_that_is_gone_is_seen(desk: Desk) -> None:
    change = desk.change(OTHER_PAGE)
    desk.landing.publish(PAGE)
    shown = desk.api().get(desk.path(change)).body
    assert (shown["is_page_published"], shown["version"]) == (False, "2.0.0")


def test_c4_reviewers_see_who_has_an_item_in_hand(desk: Desk) -> None:
    change = desk.change()
    desk.claimed(change)
    path = desk.path(change)
    assert desk.api().get(path).body["claimed_by"] == desk.reviewer.login
    assert desk.api(desk.colleague).get(path).body["claimed_by"] == desk.reviewer.login
    desk.api().post(f"{path}/release")
    assert desk.api(desk.colleague).get(path).body["claimed_by"] is None


def test_c4_a_decided_item_stays_readable(desk: Desk) -> None:
    application = capability.reject(desk.who, desk.application(), POOR, [REASON])
    shown = desk.api().get(desk.path(application)).body
    assert (shown["status"], shown["available_actions"]) == ("rejected", [])
    assert (shown["marks"], shown["reasons"][0]["text"]) == (POOR, "It crashes")
    assert shown["decided_at"] is not None
    assert shown["is_overdue"] is False


def test_c8_an_item_of_ones_own_entity_is_shown(desk: Desk) -> None:
    shown = desk.api(desk.insider()).get(desk.path(desk.application())).body
    assert (shown["is_own_entity"], shown["available_actions"]) == (True, [])


def test_c4_what_is_not_there_is_not_found(desk: Desk) -> None:
    application = desk.application()
    api = desk.api()
    assert api.get(f"/review/items/landing_change/{application.pk}").code == "not_found"
    assert api.get("/review/items/capability_application/nothing").code == "not_found"
    assert desk.api(desk.developer).get(desk.path(application)).code == "forbidden"


def test_l3_a_change_that_was_replaced_names_the_one_that_replaced_it(desk: Desk) -> None:
    change = desk.change(PAGE)
    desk.claimed(change)
    assert desk.api().get(desk.path(change)).body["superseded_by"] is None
    later = desk.change(OTHER_PAGE)
    latest = desk.change(PAGE)
    shown = desk.api().get(desk.path(change)).body
    assert (shown["status"], shown["superseded_by"]) == ("withdrawn", later.pk)
    assert shown["available_actions"] == []
    assert desk.api().get(desk.path(later)).body["superseded_by"] == latest.pk
    assert desk.api().get(desk.path(latest)).body["superseded_by"] is None


def test_c6_what_was_withdrawn_stays_readable(desk: Desk) -> None:
    change = desk.change(PAGE)
    landing.withdraw(desk.landing.who, change)
    application = desk.application()
    capability.withdraw(desk.world.actor(desk.developer), application)
    for subject in (change, application):
        shown = desk.api().get(desk.path(subject)).body
        assert (shown["status"], shown["superseded_by"]) == ("withdrawn", None)


def test_l3_a_heartbeat_says_that_an_item_does_not_wait_any_more(desk: Desk) -> None:
    change = desk.change(PAGE)
    desk.claimed(change)
    desk.change(OTHER_PAGE)
    answer = desk.api().post(desk.path(change, "heartbeat"))
    assert (answer.status, answer.code) == (409, "wrong_state")
    assert answer.body["current"] == "withdrawn"
    application = desk.application()
    desk.claimed(application)
    capability.reject(desk.other, application, POOR, [REASON])
    answer = desk.api().post(desk.path(application, "heartbeat"))
    assert (answer.code, answer.body["current"]) == ("wrong_state", "rejected")
