"""Whoever takes an entry away is told which takedown that is, and when it is effective (V3)."""

from __future__ import annotations

from guazai.control.governance import actions as governance
from guazai.control.journal import actions as journal
from guazai.control.journal import queries as audit
from guazai.feed.records import Scope
from tests.landing.scene import OTHER_PAGE, Scene
from tests.world import HOST


def test_v3_removing_answers_the_takedown(scene: Scene) -> None:
    scene.live()
    answer = scene.api().delete(f"{scene.record}/live")
    told = answer.body["takedown"]
    assert (answer.status, told["effective_at"]) == (200, None)
    assert answer.body["live"] is None
    path = f"{scene.record}/takedowns/{told['id']}"
    assert scene.api(scene.teammate).get(path).body == told
    journal.make_effective([told["id"]])
    assert scene.api().get(path).body["effective_at"] >= told["accepted_at"]


def test_v3_unbinding_answers_the_takedown(scene: Scene) -> None:
    scene.live()
    answer = scene.api().post(f"{scene.base}/bindings/{scene.binding.pk}/unbind")
    told = answer.body["takedown"]
    assert (answer.status, answer.body["status"]) == (200, "ended")
    assert told["id"] in audit.pending_ids()
    assert scene.api().get(f"{scene.record}/takedowns/{told['id']}").body == told


def test_v3_where_nothing_was_shown_there_is_none(scene: Scene) -> None:
    scene.submit()
    assert scene.api().delete(f"{scene.record}/live").body["takedown"] is None
    answer = scene.api().post(f"{scene.base}/bindings/{scene.binding.pk}/unbind")
    assert (answer.status, answer.body["takedown"]) == (200, None)


def test_v3_each_removal_answers_its_own(scene: Scene) -> None:
    found = set()
    for page in (OTHER_PAGE, OTHER_PAGE):
        scene.live(page)
        found.add(scene.api().delete(f"{scene.record}/live").body["takedown"]["id"])
    assert len(found) == 2


def test_v3_others_takedowns_are_not_found(scene: Scene) -> None:
    scene.live()
    taken = scene.api().delete(f"{scene.record}/live").body["takedown"]["id"]
    assert scene.api(scene.outsider).get(f"{scene.record}/takedowns/{taken}").code == "not_found"
    rival = scene.rival()
    base = f"/mini-programs/{rival.pk}/surfaces/profile_mount/records/{scene.account.pk}"
    competitor = scene.api(scene.world.developer(rival.entity))
    assert competitor.get(base).status == 200
    assert competitor.get(f"{base}/takedowns/{taken}").code == "not_found"
    denied = governance.deny(HOST, Scope.ACCOUNT, scene.account.pk, "fraud")
    other = audit.takedowns_of("deny", [denied.pk])[denied.pk]
    assert scene.api().get(f"{scene.record}/takedowns/{other.pk}").code == "not_found"
    assert scene.api().get(f"{scene.record}/takedowns/tkd_absent").code == "not_found"
