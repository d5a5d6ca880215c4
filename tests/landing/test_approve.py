"""Approving: only what was seen, by somebody else's hand, and live at once (L2, L3, C8, R8)."""

from __future__ import annotations

import pytest

from guazai.control.binding import actions as binding_actions
from guazai.control.directory import actions as directory
from guazai.control.directory.states import MemberRole
from guazai.control.kernel.errors import WRONG_STATE, Problem
from guazai.control.landing import actions, errors
from guazai.control.landing.models import LandingChange, LandingSlot
from guazai.control.landing.states import ChangeStatus
from tests.landing.scene import OTHER_PAGE, Scene, event, told, touched
from tests.world import HOST, SURFACE


def refused(scene: Scene, change: LandingChange, content_hash: str = "") -> str:
    """The code of a refused approval, after which nothing has changed."""
    before = LandingChange.objects.values().get(pk=change.pk)
    live = scene.live_now()
    with pytest.raises(Problem) as error:
        actions.approve(scene.judge, change, content_hash or change.content_hash)
    assert LandingChange.objects.values().get(pk=change.pk) == before
    assert scene.live_now() == live
    return error.value.code.name


def test_l2_an_approved_change_is_live_at_once(scene: Scene) -> None:
    change = scene.approve(scene.submit())
    assert change.status == ChangeStatus.APPROVED
    assert scene.live_now() == change
    assert touched(scene.account.pk) == [False]


def test_l2_it_takes_the_place_of_what_was_live(scene: Scene) -> None:
    first = scene.live()
    second = scene.live(OTHER_PAGE)
    assert scene.live_now() == second
    first.refresh_from_db()
    assert first.status == ChangeStatus.APPROVED
    assert LandingSlot.objects.count() == 1


def test_l3_a_withdrawn_change_cannot_be_approved(scene: Scene) -> None:
    opened = scene.submit()
    scene.submit(OTHER_PAGE)
    with pytest.raises(Problem) as error:
        scene.approve(opened)
    assert error.value.code is WRONG_STATE
    assert error.value.extra["current"] == ChangeStatus.WITHDRAWN
    assert scene.live_now() is None


def test_r8_only_the_content_that_was_seen_is_approved(scene: Scene) -> None:
    seen = scene.submit()
    newer = scene.submit(OTHER_PAGE)
    assert refused(scene, newer, seen.content_hash) == "content_changed"


def test_r8_the_stored_hash_decides_not_the_one_in_memory(scene: Scene) -> None:
    change = scene.submit()
    change.content_hash = "0" * 64
    assert refused(scene, change) == "wrong_state"


def test_an_approved_change_is_not_approved_again(scene: Scene) -> None:
    assert refused(scene, scene.live()) == "wrong_state"


def test_c8_nobody_approves_for_their_own_entity(scene: Scene) -> None:
    directory.upsert_member(HOST, scene.entity.pk, scene.reviewer.login, role=MemberRole.MEMBER)
    assert refused(scene, scene.submit()) == "own_entity"


def test_l7_a_page_that_is_gone_is_not_approved(scene: Scene) -> None:
    change = scene.submit()
    scene.publish(OTHER_PAGE)
    assert refused(scene, change) == errors.PAGE_NOT_PUBLISHED.name


def test_l7_a_page_that_is_still_there_in_a_later_version_is_approved(scene: Scene) -> None:
    change = scene.submit(OTHER_PAGE)
    scene.publish(OTHER_PAGE)
    assert scene.approve(change).status == ChangeStatus.APPROVED


def test_v1_without_an_active_binding_nothing_is_approved(scene: Scene) -> None:
    change = scene.submit()
    binding_actions.end(scene.world.actor(scene.owner), scene.binding)
    assert refused(scene, change) == "binding_not_active"


def test_n1_the_entity_is_told(scene: Scene) -> None:
    change = scene.live()
    assert told(scene.entity) == [("landing_approved", change.pk)]


def test_g4_approving_is_an_audit_event(scene: Scene) -> None:
    first, second = scene.live(), scene.live(OTHER_PAGE)
    found = event("landing.approve", second.pk)
    assert found.actor_id == scene.judge.id
    assert found.before == {"status": "in_review", "live_change": first.pk}
    assert found.after == {
        "status": "approved",
        "live_change": second.pk,
        "app_id": scene.app.pk,
        "aweme_id": scene.account.pk,
        "surface": SURFACE.key,
        "content_hash": second.content_hash,
    }


def test_developers_never_see_who_reviewed(scene: Scene) -> None:
    change = scene.live()
    assert change.decided_by == scene.judge.id
    for path in (scene.record, f"{scene.record}/changes", f"{scene.base}/records"):
        assert scene.judge.id not in str(scene.api().get(path).body)
