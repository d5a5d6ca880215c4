"""Removing: the live entry goes at once, and the change in review with it (L6)."""

from __future__ import annotations

import pytest

from guazai.control.kernel.errors import Problem
from guazai.control.landing import actions, errors
from guazai.control.landing.states import ChangeStatus
from tests.landing.scene import OTHER_PAGE, Scene, event, touched
from tests.world import SURFACE


def test_l6_entry_and_change_in_review_go_at_once(scene: Scene) -> None:
    live, waiting = scene.live(), scene.submit(OTHER_PAGE)
    answer = scene.api(scene.teammate).delete(f"{scene.record}/live")
    assert answer.status == 200
    assert answer.body["live"] is None
    assert answer.body["latest_change"]["status"] == "withdrawn"
    assert answer.body["available_actions"] == ["modify", "history"]
    assert scene.live_now() is None
    assert touched(scene.account.pk)[-1] is True
    waiting.refresh_from_db()
    assert waiting.status == ChangeStatus.WITHDRAWN
    found = event("landing.remove", scene.account.pk)
    assert found.before == {"live_change": live.pk, "change_in_review": waiting.pk}
    assert found.after == {"surface": SURFACE.key}


@pytest.mark.parametrize("is_live", [True, False])
def test_l6_one_of_the_two_is_enough(scene: Scene, is_live: bool) -> None:
    change = scene.live() if is_live else scene.submit()
    actions.remove(scene.who, scene.app, SURFACE, scene.account)
    assert scene.live_now() is None
    change.refresh_from_db()
    assert change.status == (ChangeStatus.APPROVED if is_live else ChangeStatus.WITHDRAWN)


def test_l6_nothing_there_is_said_so(scene: Scene) -> None:
    answer = scene.api().delete(f"{scene.record}/live")
    assert (answer.status, answer.code) == (409, "nothing_to_remove")


def test_l4_the_slot_is_free_again(scene: Scene) -> None:
    rival = scene.rival()
    scene.live()
    actions.remove(scene.who, scene.app, SURFACE, scene.account)
    assert scene.live(app=rival) == scene.live_now()


def test_l4_another_mini_program_cannot_remove_it(scene: Scene) -> None:
    live, rival = scene.live(), scene.rival()
    with pytest.raises(Problem) as refused:
        actions.remove(scene.who, rival, SURFACE, scene.account)
    assert refused.value.code is errors.NOTHING_TO_REMOVE
    answer = scene.api(scene.outsider).delete(f"{scene.record}/live")
    assert (answer.status, answer.code) == (404, "not_found")
    assert scene.live_now() == live


def test_a_removed_configuration_is_submitted_again_from_history(scene: Scene) -> None:
    live = scene.approve(scene.submit(OTHER_PAGE, query="a=1", title="Shop"))
    actions.remove(scene.who, scene.app, SURFACE, scene.account)
    api = scene.api()
    assert api.get(scene.record).body["latest_change"]["available_actions"] == ["resubmit"]
    answer = api.post(f"{scene.record}/changes", {"from_change": live.pk})
    assert answer.status == 201
    assert answer.body["id"] != live.pk
    assert [answer.body[name] for name in ("status", "page_path", "query", "title")] == [
        "in_review",
        OTHER_PAGE,
        "a=1",
        "Shop",
    ]
    assert scene.live_now() is None


def test_a_resubmitted_page_must_still_be_published(scene: Scene) -> None:
    change = actions.withdraw(scene.who, scene.submit())
    scene.publish(OTHER_PAGE)
    api = scene.api()
    assert api.get(scene.record).body["latest_change"]["available_actions"] == []
    answer = api.post(f"{scene.record}/changes", {"from_change": change.pk})
    assert (answer.status, answer.code) == (422, "landing_path_invalid")


def test_an_earlier_change_is_taken_as_it_was(scene: Scene) -> None:
    change = actions.withdraw(scene.who, scene.submit())
    for more in ({"title": "New"}, {"query": ""}, {"page_path": OTHER_PAGE}):
        answer = scene.api().post(f"{scene.record}/changes", {"from_change": change.pk, **more})
        assert (answer.status, answer.code) == (422, "landing_source_ambiguous")


def test_a_change_of_another_account_or_mini_program_is_not_found(scene: Scene) -> None:
    rival = scene.rival()
    theirs = actions.withdraw(scene.who, scene.submit(app=rival))
    other = scene.world.account()
    scene.world.bind(scene.app, other)
    mine = scene.submit()
    for record, change in (
        (scene.record, theirs),
        (f"{scene.base}/records/{other.pk}", mine),
    ):
        answer = scene.api().post(f"{record}/changes", {"from_change": change.pk})
        assert (answer.status, answer.code) == (404, "not_found")
