"""Deciding on landing pages at the desk: only what was seen, and only what still waits (L3, R8)."""

from __future__ import annotations

import pytest

from guazai.control.journal import queries as journal
from guazai.control.landing import actions as landing
from guazai.control.review.models import ReviewClaim
from tests.landing.scene import OTHER_PAGE
from tests.review.scene import Desk
from tests.world import SURFACE

REASONS = [{"code": "title_misleading"}]


def test_l2_approved_by_its_hash_it_is_live(desk: Desk) -> None:
    change = desk.change()
    desk.claimed(change)
    body = {"content_hash": change.content_hash}
    answer = desk.api().post(desk.path(change, "approve"), body)
    assert (answer.status, answer.body["status"]) == (200, "approved")
    assert desk.landing.live_now() == change
    assert not ReviewClaim.objects.exists()
    [event] = journal.search(verb="landing.approve", subject_id=change.pk)
    assert event.actor_id == desk.reviewer.pk


def test_l2_rejected_nothing_is_live(desk: Desk) -> None:
    change = desk.change()
    desk.claimed(change)
    body = {"content_hash": change.content_hash, "reasons": REASONS}
    answer = desk.api().post(desk.path(change, "reject"), body)
    assert (answer.status, answer.body["status"]) == (200, "rejected")
    assert desk.landing.live_now() is None
    stored = desk.item(change).subject.reasons
    assert [reason["code"] for reason in stored] == ["title_misleading"]


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_r8_the_hash_is_required_and_must_be_the_one_reviewed(desk: Desk, verb: str) -> None:
    change = desk.change()
    desk.claimed(change)
    path = desk.path(change, verb)
    body = {"reasons": REASONS} if verb == "reject" else {}
    answer = desk.api().post(path, body)
    assert (answer.status, answer.code) == (422, "content_hash_required")
    answer = desk.api().post(path, {**body, "content_hash": "0" * 64})
    assert (answer.status, answer.code) == (409, "content_changed")
    assert desk.item(change).is_pending
    assert ReviewClaim.objects.get().reviewer == desk.reviewer.pk


def test_l3_replaced_meanwhile_it_is_not_approved_any_more(desk: Desk) -> None:
    change = desk.change()
    desk.claimed(change)
    later = desk.change(OTHER_PAGE)
    body = {"content_hash": change.content_hash}
    answer = desk.api().post(desk.path(change, "approve"), body)
    assert (answer.status, answer.code) == (409, "wrong_state")
    assert answer.body["current"] == "withdrawn"
    assert desk.landing.live_now() is None
    # The claim was on the earlier one: the later one has to be claimed, and seen, by itself.
    body = {"content_hash": later.content_hash}
    assert desk.api().post(desk.path(later, "approve"), body).code == "claim_required"


def test_l6_removed_meanwhile_it_is_not_approved_any_more(desk: Desk) -> None:
    change = desk.change()
    desk.claimed(change)
    scene = desk.landing
    landing.remove(scene.who, scene.fresh(), SURFACE, scene.account)
    body = {"content_hash": change.content_hash}
    answer = desk.api().post(desk.path(change, "approve"), body)
    assert (answer.code, answer.body["current"]) == ("wrong_state", "withdrawn")
    assert desk.landing.live_now() is None


def test_c4_a_reason_is_required(desk: Desk) -> None:
    change = desk.change()
    desk.claimed(change)
    body = {"content_hash": change.content_hash}
    answer = desk.api().post(desk.path(change, "reject"), body)
    assert (answer.status, answer.code) == (422, "reason_required")
    reasons = [{"code": "unstable"}]
    answer = desk.api().post(desk.path(change, "reject"), {**body, "reasons": reasons})
    assert (answer.status, answer.code) == (422, "reason_invalid")
    assert [error["at"] for error in answer.body["errors"]] == ["reasons.0.code"]
    assert desk.item(change).is_pending
