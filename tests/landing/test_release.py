"""Releasing: the account's owner frees the slot, whoever holds it (L4)."""

from __future__ import annotations

from guazai.control.binding import queries as bindings
from guazai.control.landing.states import ChangeStatus
from tests.landing.scene import OTHER_PAGE, Scene, event, told, touched
from tests.world import SURFACE


def path(scene: Scene) -> str:
    return f"/owner/accounts/{scene.account.pk}/surfaces/{SURFACE.key}/release"


def test_l4_the_owner_frees_the_slot_and_the_binding_stays(scene: Scene) -> None:
    live, waiting = scene.live(), scene.submit(OTHER_PAGE)
    answer = scene.api(scene.owner).post(path(scene))
    assert answer.status == 200
    assert answer.body == {
        "aweme_id": scene.account.pk,
        "surface": SURFACE.key,
        "app_id": None,
        "available_actions": [],
    }
    assert scene.live_now() is None
    waiting.refresh_from_db()
    assert waiting.status == ChangeStatus.WITHDRAWN
    assert touched(scene.account.pk)[-1] is True
    assert bindings.active(scene.app.pk, scene.account.pk, SURFACE) is not None
    found = event("landing.release", scene.account.pk)
    assert found.actor_id == scene.owner.pk
    assert found.before == {"live_change": live.pk, "change_in_review": waiting.pk}


def test_n1_the_entity_is_told_once(scene: Scene) -> None:
    scene.live()
    waiting = scene.submit(OTHER_PAGE)
    scene.api(scene.owner).post(path(scene))
    assert told(scene.entity)[1:] == [("slot_released", waiting.pk)]


def test_l4_a_change_in_review_is_released_too(scene: Scene) -> None:
    change = scene.submit()
    assert scene.api(scene.owner).post(path(scene)).status == 200
    assert told(scene.entity) == [("slot_released", change.pk)]


def test_l4_another_mini_program_can_submit_then(scene: Scene) -> None:
    rival = scene.rival()
    scene.live()
    scene.api(scene.owner).post(path(scene))
    assert scene.submit(app=rival).status == ChangeStatus.IN_REVIEW


def test_nothing_there_is_said_so(scene: Scene) -> None:
    answer = scene.api(scene.owner).post(path(scene))
    assert (answer.status, answer.code) == (409, "nothing_to_remove")


def test_only_the_owner_releases(scene: Scene) -> None:
    live = scene.live()
    stranger = scene.world.person()
    scene.world.account(owner=stranger)
    for person, status in ((scene.developer, 403), (stranger, 404)):
        assert scene.api(person).post(path(scene)).status == status
    assert scene.live_now() == live
