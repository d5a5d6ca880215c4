"""The queue: two kinds in one order, filters, and pages that neither skip nor repeat."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guazai.control.kernel import clock
from guazai.control.review import actions
from tests.landing.scene import PAGE, Scene
from tests.review.scene import Desk
from tests.world import SURFACE, Api

DAY = timedelta(days=1)


def ids(api: Api, query: str = "") -> list[str]:
    return [row["id"] for row in api.get(f"/review/queue?{query}").body["items"]]


def pages(api: Api, query: str, limit: int) -> list[dict[str, Any]]:
    rows, cursor = [], ""
    while True:
        found = api.get(f"/review/queue?{query}&limit={limit}{cursor}").body
        rows += found["items"]
        if found["next_cursor"] is None:
            return rows
        assert len(found["items"]) == limit
        cursor = f"&cursor={found['next_cursor']}"


def changes(desk: Desk, count: int) -> list[str]:
    """Changes on as many accounts, each with a mini program of its own."""
    made = []
    for _ in range(count):
        scene = Scene(desk.world)
        made.append(scene.submit(PAGE).pk)
    return made


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_c3_pages_over_both_kinds_by_due_day_then_id(
    desk: Desk, rng: random.Random, limit: int
) -> None:
    today = clock.today()
    due = {}
    for _ in range(6):
        day = today + rng.randrange(-2, 3) * DAY
        due[desk.application(due_on=day).pk] = day
    for _ in range(3):
        desk.__dict__.pop("landing", None)
        day = today + rng.randrange(-2, 3) * DAY
        due[desk.change(due_on=day).pk] = day
    rows = pages(desk.api(), "", limit)
    assert [row["id"] for row in rows] == sorted(due, key=lambda one: (due[one], one))


def test_c3_a_page_goes_on_where_it_ended_though_others_were_decided(desk: Desk) -> None:
    made = sorted(desk.application().pk for _ in range(4))
    api = desk.api()
    first = api.get("/review/queue?limit=2").body
    assert [row["id"] for row in first["items"]] == made[:2]
    item = desk.api().get(f"/review/items/capability_application/{made[1]}")
    assert item.status == 200
    api.post(f"/review/items/capability_application/{made[1]}/claim")
    rest = api.get(f"/review/queue?limit=2&cursor={first['next_cursor']}").body
    assert [row["id"] for row in rest["items"]] == made[2:]
    assert rest["next_cursor"] is None


def test_c3_filters_by_kind_surface_and_mini_program(desk: Desk) -> None:
    application, change = desk.application(), desk.change()
    api = desk.api()
    assert ids(api, "kind=capability_application") == [application.pk]
    assert ids(api, "kind=landing_change") == [change.pk]
    assert set(ids(api, f"surface={SURFACE.key}")) == {application.pk, change.pk}
    assert ids(api, "surface=other") == []
    assert ids(api, f"app_id={change.mini_program_id}") == [change.pk]
    assert api.get("/review/queue?kind=appeal").code == "validation_failed"


def test_c3_filters_by_who_has_it_in_hand(desk: Desk) -> None:
    free, mine, claimed, ended = (desk.application() for _ in range(4))
    change = desk.change()
    desk.claimed(mine)
    actions.claim(desk.other, desk.item(claimed))
    actions.claim(desk.other, desk.item(change))
    held = desk.claimed(ended).claim
    assert held is not None
    held.expires_at = clock.now()
    held.save()
    api = desk.api()
    assert set(ids(api, "state=free")) == {free.pk, ended.pk}
    assert ids(api, "state=mine") == [mine.pk]
    assert set(ids(api, "state=claimed")) == {claimed.pk, change.pk}
    assert len(ids(api, "state=all")) == 5
    states = {row["id"]: row["claim"]["state"] for row in api.get("/review/queue").body["items"]}
    assert states[ended.pk] == "free"


def test_c3_filters_by_due_day_and_says_what_is_late(desk: Desk) -> None:
    today = clock.today()
    late = desk.application(due_on=today - DAY)
    due = desk.application(due_on=today)
    later = desk.application(due_on=today + 30 * DAY)
    api = desk.api()
    assert ids(api, "due=overdue") == [late.pk]
    assert ids(api, "due=today") == [due.pk]
    rows = {row["id"]: row for row in api.get("/review/queue").body["items"]}
    assert [rows[one.pk]["is_overdue"] for one in (late, due, later)] == [True, False, False]
    left = [rows[one.pk]["working_days_left"] for one in (late, due, later)]
    assert left[:2] == [0, 0]
    assert 15 <= left[2] <= 22


def test_c8_items_of_ones_own_entity_are_shown_without_decisions(desk: Desk) -> None:
    application = desk.application()
    [row] = desk.api(desk.insider()).get("/review/queue").body["items"]
    assert (row["id"], row["is_own_entity"]) == (application.pk, True)
    assert row["available_actions"] == []
    [row] = desk.api().get("/review/queue").body["items"]
    assert (row["is_own_entity"], row["available_actions"]) == (False, ["claim"])
    desk.claimed(application)
    [row] = desk.api(desk.colleague).get("/review/queue").body["items"]
    assert row["available_actions"] == ["take_over"]


def test_c3_decided_and_withdrawn_items_are_not_in_the_queue(desk: Desk) -> None:
    desk.landing.live()
    desk.landing.submit(PAGE)
    waiting = desk.landing.submit(PAGE)
    assert ids(desk.api()) == [waiting.pk]


@pytest.mark.parametrize("cursor", ["x", "WzFd:1:2", ""])
def test_c3_a_cursor_from_elsewhere_is_refused(desk: Desk, cursor: str) -> None:
    answer = desk.api().get(f"/review/queue?cursor={cursor}")
    assert (answer.status, answer.code) == (400, "cursor_invalid")


def test_c3_only_reviewers_read_the_queue(desk: Desk) -> None:
    for person in (desk.developer, desk.world.operator()):
        assert desk.api(person).get("/review/queue").code == "forbidden"


def test_p8_the_queue_takes_a_constant_number_of_queries(desk: Desk) -> None:
    api, counts = desk.api(), []
    for _ in range(2):
        changes(desk, 2)
        for _ in range(3):
            desk.claimed(desk.application())
        with CaptureQueriesContext(connection) as captured:
            assert api.get("/review/queue").status == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
