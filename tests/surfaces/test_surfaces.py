"""Surfaces are declared in one registry (S1); an operator closes industries to visitors (C2)."""

from __future__ import annotations

from dataclasses import fields

import pytest

from guazai.control.entry import queries as entry
from guazai.control.journal import queries as journal
from guazai.control.journal.models import OutboxKey
from guazai.control.kernel.errors import NOT_FOUND, Problem
from guazai.control.surfaces import queries, registry
from guazai.control.surfaces.registry import BindingKind
from tests.world import SURFACE, Answer, Api, World

PATH = f"/operator/surfaces/{SURFACE.key}/industries"


def close(api: Api, *industries: str) -> Answer:
    return api.put(PATH, {"closed_industries": list(industries), "reason": "by law"})


def test_s1_every_declared_surface_is_told_whole(world: World) -> None:
    answer = world.api(world.person()).get("/surfaces")
    assert [each["key"] for each in answer.body] == list(registry.SURFACES)
    assert answer.body[0] == {
        "key": "profile_mount",
        "name": "Douyin profile mount",
        "hosts": ["douyin"],
        "min_credit_score": 60,
        "quotas": {"brand": 1, "employee": 20},
        "unbinds_per_month": 5,
        "review_working_days": 3,
        "title_length": 20,
        "closed_industries": [],
        "available_actions": [],
    }


def test_s1_a_surface_says_all_that_differs_between_surfaces() -> None:
    assert registry.get(SURFACE.key) is SURFACE
    assert BindingKind.COOPERATION not in SURFACE.quotas
    with pytest.raises(Problem) as refused:
        registry.get("live_room")
    assert refused.value.code is NOT_FOUND
    assert {each.name for each in fields(SURFACE)} >= {"key", "hosts", "quotas", "link"}


def test_s1_a_link_carries_the_page_and_nothing_beside_it() -> None:
    link = SURFACE.link_to("tt1", "pages/a/b", "x=1&scene=other")
    assert link == (
        "sslocal://microapp?app_id=tt1&start_page=pages%2Fa%2Fb%3Fx%3D1%26scene%3Dother"
        "&scene=profile_mount"
    )


def test_c2_all_industries_are_open_until_one_is_closed(world: World) -> None:
    assert queries.is_open(SURFACE, "retail")
    api = world.api(world.operator())
    answer = close(api, "tobacco", "retail", "tobacco")
    assert answer.status == 200
    assert answer.body["closed_industries"] == ["retail", "tobacco"]
    assert answer.body["available_actions"] == ["close_industries"]
    assert not queries.is_open(SURFACE, "retail")
    assert queries.is_open(SURFACE, "food")
    close(api)
    assert queries.is_open(SURFACE, "retail")


def test_c2_closing_an_industry_touches_the_mini_programs_that_it_changes(world: World) -> None:
    retail, tobacco = world.mini_program(), world.mini_program(industry="tobacco")
    operator = world.operator()
    api = world.api(operator)
    close(api, "retail")
    OutboxKey.objects.all().delete()
    close(api, "tobacco")
    touched = OutboxKey.objects.order_by("key").values_list("kind", "key", "is_urgent")
    assert list(touched) == [
        ("deny", f"mini_program:{app.pk}", True)
        for app in sorted((retail, tobacco), key=lambda app: app.pk)
    ]
    OutboxKey.objects.all().delete()
    close(api, "tobacco")
    assert not OutboxKey.objects.exists()
    event = journal.search(verb="surfaces.close_industries").order_by("at", "id")[1]
    assert (event.actor_id, event.subject_id, event.reason) == (operator.pk, SURFACE.key, "by law")
    assert event.before == {"closed_industries": ["retail"]}
    assert event.after == {"closed_industries": ["tobacco"]}


def test_c2_a_closed_industry_may_still_apply_and_its_entries_hide(world: World) -> None:
    app = world.mini_program(industry="tobacco")
    close(world.api(world.operator()), "tobacco")
    change = world.entry(app)
    found = entry.explain(change.account, SURFACE)
    assert [term.key for term in found.terms if not term.is_met] == ["industry_open"]


@pytest.mark.parametrize(
    "body",
    [
        {"closed_industries": ["a"]},
        {"closed_industries": ["a"], "reason": ""},
        {"closed_industries": "a", "reason": "x"},
        {"closed_industries": [1], "reason": "x"},
        {"closed_industries": ["a"] * 201, "reason": "x"},
        {"closed_industries": [""], "reason": "x"},
    ],
)
def test_c2_a_setting_that_makes_no_sense_is_refused(world: World, body: object) -> None:
    assert world.api(world.operator()).put(PATH, body).status == 422


def test_c2_only_operators_close_industries(world: World) -> None:
    entity = world.entity()
    people = (world.developer(entity), world.reviewer(), world.account().owner)
    for person in people:
        assert close(world.api(person), "retail").status == 403
    assert close(world.api(), "retail").status == 401
    assert close(world.host_api(), "retail").status == 401
    unknown = world.api(world.operator()).put(
        "/operator/surfaces/live_room/industries", {"closed_industries": [], "reason": "x"}
    )
    assert (unknown.status, unknown.code) == (404, "not_found")
    assert queries.closed_industries(SURFACE) == frozenset()
    assert not journal.search(verb="surfaces.close_industries").exists()
