"""An entry is shown exactly where every condition holds (V1); one that fails takes it away."""

from __future__ import annotations

import random

import pytest
from django.db import transaction

from guazai.control.entry import queries
from guazai.control.kernel.errors import Problem
from guazai.control.landing import actions as landing
from guazai.feed.records import DenyRecord, Scope
from tests.entry.scene import BREAKERS, Scene
from tests.world import PAGES, SURFACE

STEPS = 60
LIVE = frozenset({"binding_active", "landing_live"})


def test_v1_every_condition_has_a_test(scene: Scene) -> None:
    assert [term.key for term in scene.explain().terms] == list(BREAKERS)


def test_v1_an_entry_of_which_everything_holds_is_shown(scene: Scene) -> None:
    assert scene.explain().is_shown
    assert scene.unmet() == set()
    answer = scene.answer()
    assert answer is not None
    assert answer.pop("version") > 0
    assert answer == {
        "surface": SURFACE.key,
        "host": "douyin",
        "aweme_id": scene.account.pk,
        "app_id": scene.app.pk,
        "app_name": scene.app.name,
        "icon_url": scene.app.icon_url,
        "title": scene.app.name,
        "page_path": PAGES[0],
        "query": "",
        "link": SURFACE.link_to(scene.app.pk, PAGES[0], ""),
    }


@pytest.mark.parametrize("term", BREAKERS)
def test_v1_each_condition_alone_hides_the_entry_until_it_holds_again(
    scene: Scene, term: str
) -> None:
    breaker = BREAKERS[term]
    breaker.hide(scene)
    assert scene.unmet() == breaker.unmet
    assert not scene.explain().is_shown
    assert not scene.is_shown()
    breaker.mend(scene)
    assert scene.explain().is_shown
    assert scene.is_shown()


def test_v1_the_edge_shows_what_is_explained_whatever_happens(
    scene: Scene, rng: random.Random
) -> None:
    broken: set[str] = set()
    walked = []
    for _ in range(STEPS):
        term = rng.choice([*BREAKERS, *broken])
        walked.append(term)
        breaker = BREAKERS[term]
        if broken & LIVE - {term} and term in LIVE:
            continue  # mending one of them mends the other
        try:
            with transaction.atomic():
                (breaker.mend if term in broken else breaker.hide)(scene)
        except Problem as problem:
            # Refused, as a page cannot be submitted while the binding is gone.
            walked.append(problem.code.name)
        else:
            broken ^= {term}
        assert scene.explain().is_shown == (not broken), walked
        assert scene.is_shown() == (not broken), walked
        assert scene.unmet() == {key for each in broken for key in BREAKERS[each].unmet}, walked


def test_c7_revoking_hides_all_entries_of_the_mini_program_by_one_record(scene: Scene) -> None:
    other = scene.world.account()
    scene.world.bind(scene.app, other)
    scene.world.pass_rules(other)
    scene.world.go_live(scene.app, other)
    unrelated = scene.world.entry().account
    assert scene.is_shown(other)
    before = scene.edge.records()
    scene.revoke()
    assert [scene.is_shown(each) for each in (scene.account, other, unrelated)] == [
        False,
        False,
        True,
    ]
    changed = [record for record in scene.edge.records() if record not in before]
    (record,) = changed
    assert isinstance(record, DenyRecord)
    assert (record.scope, record.target, record.denied) == (Scope.MINI_PROGRAM, scene.app.pk, True)
    scene.restore()
    assert scene.is_shown(other)


def test_c7_what_is_revoked_stays_hidden_when_other_closings_end(scene: Scene) -> None:
    scene.revoke()
    scene.deny(Scope.MINI_PROGRAM)
    scene.sync(is_online=False)
    scene.close_industries(scene.app.industry)
    assert not scene.is_shown()
    scene.lift(Scope.MINI_PROGRAM)
    scene.sync(is_online=True)
    scene.close_industries()
    assert scene.unmet() == {"capability_granted"}
    assert not scene.is_shown()
    scene.restore()
    assert scene.is_shown()


def test_c2_closing_an_industry_hides_its_entries_and_no_others(scene: Scene) -> None:
    food = scene.world.entry(scene.world.mini_program(industry="food"))
    scene.close_industries("food")
    assert (scene.is_shown(), scene.is_shown(food.account)) == (True, False)
    scene.close_industries("retail")
    assert (scene.is_shown(), scene.is_shown(food.account)) == (False, True)
    scene.sync(industry="tea")
    assert scene.is_shown()


@pytest.mark.parametrize("scope", Scope)
def test_g1_a_deny_hides_what_it_names_and_nothing_else(scene: Scene, scope: Scope) -> None:
    other = scene.world.entry().account
    assert scene.is_shown(other)
    scene.deny(scope)
    assert not scene.is_shown()
    assert scene.is_shown(other) == (scope is not Scope.GLOBAL)
    scene.lift(scope)
    assert scene.is_shown()


def test_b6_what_was_live_under_an_ended_binding_does_not_come_back_with_a_new_one(
    scene: Scene,
) -> None:
    scene.end_binding()
    assert not scene.is_shown()
    scene.world.bind(scene.app, scene.account)
    assert scene.unmet() == {"landing_live", "page_published"}
    assert not scene.is_shown()


def test_b6_unbinding_takes_the_entry_and_its_configuration(scene: Scene) -> None:
    bound = scene.world.owner_of(scene.account)
    change = queries.live_changes([scene.account.pk], SURFACE)[scene.account.pk]
    landing.end_binding(bound, change.binding)
    assert not scene.is_shown()
    scene.world.bind(scene.app, scene.account)
    assert not scene.is_shown()
    assert scene.unmet() == {"landing_live", "page_published"}
