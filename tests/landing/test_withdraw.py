"""Withdrawing: a change leaves review, what is live stays."""

from __future__ import annotations

from guazai.control.landing import actions
from guazai.control.landing.states import ChangeStatus
from tests.landing.scene import OTHER_PAGE, Scene, event


def test_l3_a_teammate_withdraws_and_what_is_live_stays(scene: Scene) -> None:
    live, change = scene.live(), scene.submit(OTHER_PAGE)
    answer = scene.api(scene.teammate).post(f"{scene.record}/changes/{change.pk}/withdraw")
    assert (answer.status, answer.body["status"]) == (200, "withdrawn")
    assert answer.body["available_actions"] == ["resubmit"]
    assert scene.live_now() == live
    found = event("landing.withdraw", change.pk)
    assert (found.before, found.after["status"]) == ({"status": "in_review"}, "withdrawn")


def test_only_what_is_in_review_is_withdrawn(scene: Scene) -> None:
    live = scene.live()
    answer = scene.api().post(f"{scene.record}/changes/{live.pk}/withdraw")
    assert (answer.status, answer.code, answer.body["current"]) == (409, "wrong_state", "approved")
    assert scene.live_now() == live


def test_l4_others_cannot_withdraw_it(scene: Scene) -> None:
    change, rival = scene.submit(), scene.rival()
    theirs = f"/mini-programs/{rival.pk}/surfaces/profile_mount/records/{scene.account.pk}"
    competitor = scene.world.developer(rival.entity)
    for person, record in (
        (scene.outsider, scene.record),
        (competitor, scene.record),
        (competitor, theirs),
    ):
        answer = scene.api(person).post(f"{record}/changes/{change.pk}/withdraw")
        assert (answer.status, answer.code) == (404, "not_found")
    change.refresh_from_db()
    assert change.status == ChangeStatus.IN_REVIEW


def test_what_was_withdrawn_is_not_approved(scene: Scene) -> None:
    change = actions.withdraw(scene.who, scene.submit())
    assert (change.decided_by, change.decided_at) == ("", None)
