"""What ends a binding takes its entry away in the same act (B3, B5, B6)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from guazai.control.binding import queries as bindings
from guazai.control.binding.states import BindingStatus
from guazai.control.kernel import clock
from guazai.control.kernel.actor import system
from guazai.control.kernel.errors import Problem
from guazai.control.landing import actions
from guazai.control.landing.states import ChangeStatus
from tests.landing.scene import OTHER_PAGE, Scene, event, touched
from tests.world import SURFACE


def test_b6_unbinding_takes_entry_and_change_away_at_once(scene: Scene) -> None:
    live, waiting = scene.live(), scene.submit(OTHER_PAGE)
    answer = scene.api(scene.teammate).post(f"{scene.base}/bindings/{scene.binding.pk}/unbind")
    assert answer.status == 200
    takedown = answer.body.pop("takedown")
    assert (takedown["effective_at"], answer.body) == (
        None,
        {
            "id": scene.binding.pk,
            "kind": "brand",
            "status": "ended",
            "available_actions": [],
        },
    )
    assert scene.live_now() is None
    waiting.refresh_from_db()
    assert waiting.status == ChangeStatus.WITHDRAWN
    assert touched(scene.account.pk)[-1] is True
    found = event("landing.unbind", scene.account.pk)
    assert found.before == {"live_change": live.pk, "change_in_review": waiting.pk}
    assert event("binding.unbind", scene.binding.pk).actor_id == scene.teammate.pk


def test_b6_past_the_monthly_limit_the_entry_stays(scene: Scene) -> None:
    for _ in range(SURFACE.unbinds_per_month):
        actions.unbind(scene.who, scene.world.bind(scene.app, scene.world.account()))
    live = scene.live()
    answer = scene.api().post(f"{scene.base}/bindings/{scene.binding.pk}/unbind")
    assert (answer.status, answer.code) == (409, "unbind_limit_reached")
    assert scene.live_now() == live
    assert bindings.active(scene.app.pk, scene.account.pk, SURFACE) is not None


def test_b6_outsiders_find_no_binding_to_unbind(scene: Scene) -> None:
    theirs = bindings.of_account(scene.account.pk).get(mini_program=scene.rival())
    for person, binding in ((scene.outsider, scene.binding), (scene.developer, theirs)):
        answer = scene.api(person).post(f"{scene.base}/bindings/{binding.pk}/unbind")
        assert (answer.status, answer.code) == (404, "not_found")


def test_l4_the_slot_is_free_for_another(scene: Scene) -> None:
    rival = scene.rival()
    scene.live()
    actions.unbind(scene.who, scene.binding)
    assert scene.submit(app=rival).status == ChangeStatus.IN_REVIEW


def test_l4_ending_a_binding_leaves_another_mini_programs_entry(scene: Scene) -> None:
    rival = scene.rival()
    live = scene.live()
    theirs = bindings.of_account(scene.account.pk).get(mini_program=rival)
    actions.unbind(scene.who, theirs)
    assert scene.live_now() == live


def test_b5_the_owner_ends_the_binding(scene: Scene) -> None:
    scene.live()
    path = f"/owner/bindings/{scene.binding.pk}/end"
    answer = scene.api(scene.owner).post(path)
    assert (answer.status, answer.body["status"]) == (200, "ended")
    assert scene.live_now() is None
    assert event("landing.end_binding", scene.account.pk).actor_id == scene.owner.pk
    answer = scene.api(scene.owner).post(path)
    assert (answer.status, answer.code) == (409, "wrong_state")


def test_b5_only_the_accounts_owner_ends_it(scene: Scene) -> None:
    stranger = scene.world.person()
    scene.world.account(owner=stranger)
    for person, status in ((scene.developer, 403), (stranger, 404)):
        answer = scene.api(person).post(f"/owner/bindings/{scene.binding.pk}/end")
        assert answer.status == status
    assert bindings.active(scene.app.pk, scene.account.pk, SURFACE) is not None


def test_b3_a_lapse_takes_the_entry_away(scene: Scene) -> None:
    scene.account = scene.world.account()
    binding = scene.world.bind(scene.app, scene.account)
    scene.live()
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        (lapsed,) = bindings.lapsed(10)
        assert lapsed == binding
        assert actions.lapse_binding(system("worker"), lapsed).status == BindingStatus.LAPSED
    assert scene.live_now() is None
    assert event("landing.lapse_binding", scene.account.pk).actor_id == "worker"
    assert touched(scene.account.pk)[-1] is True


def test_a_binding_ends_once(scene: Scene) -> None:
    actions.unbind(scene.who, scene.binding)
    with pytest.raises(Problem) as refused:
        actions.lapse_binding(system("worker"), scene.binding)
    assert refused.value.code.name == "wrong_state"
