"""One item in full: the subject, what is live, the conditions of now, earlier decisions."""

from __future__ import annotations

from guazai.control.capability import actions as capability
from guazai.control.capability.states import Dimension
from guazai.control.directory import actions as directory
from guazai.control.kernel.reasons import Reason
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
    landing = shown["landing"]
    assert (landing["page_path"], landing["query"]) == (OTHER_PAGE, "id=7")
    assert landing["title"] == "Sale"
    assert landing["link"] == SURFACE.link_to(desk.landing.app.pk, OTHER_PAGE, "id=7")
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
