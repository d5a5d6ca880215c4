"""Rejecting: with reasons, by somebody else's hand, leaving what is live (L2, C8)."""

from __future__ import annotations

import pytest

from guazai.control.directory import actions as directory
from guazai.control.directory.states import MemberRole
from guazai.control.kernel.errors import Problem
from guazai.control.kernel.reasons import as_json
from guazai.control.landing import actions
from guazai.control.landing.states import ChangeStatus
from tests.landing.scene import OTHER_PAGE, REASON, Scene, event, told, touched
from tests.world import HOST


def test_l2_what_is_live_stays(scene: Scene) -> None:
    live, change = scene.live(), scene.submit(OTHER_PAGE)
    before = touched(scene.account.pk)
    actions.reject(scene.judge, change, change.content_hash, [REASON])
    assert change.status == ChangeStatus.REJECTED
    assert scene.live_now() == live
    assert touched(scene.account.pk) == before


def test_r8_only_what_was_seen_is_rejected(scene: Scene) -> None:
    seen, newer = scene.submit(), scene.submit(OTHER_PAGE)
    for change, code in ((newer, "content_changed"), (seen, "wrong_state")):
        with pytest.raises(Problem) as refused:
            actions.reject(scene.judge, change, seen.content_hash, [REASON])
        assert refused.value.code.name == code


def test_c8_nobody_rejects_for_their_own_entity(scene: Scene) -> None:
    change = scene.submit()
    directory.upsert_member(HOST, scene.entity.pk, scene.reviewer.login, role=MemberRole.MEMBER)
    with pytest.raises(Problem) as refused:
        actions.reject(scene.judge, change, change.content_hash, [REASON])
    assert refused.value.code.name == "own_entity"


def test_a_rejection_has_a_reason(scene: Scene) -> None:
    change = scene.submit()
    with pytest.raises(ValueError, match="reason"):
        actions.reject(scene.judge, change, change.content_hash, [])
    change.refresh_from_db()
    assert change.status == ChangeStatus.IN_REVIEW


def test_the_developer_reads_the_reasons_and_can_submit_again(scene: Scene) -> None:
    change = scene.submit()
    actions.reject(scene.judge, change, change.content_hash, [REASON])
    latest = scene.api().get(scene.record).body["latest_change"]
    assert (latest["status"], latest["reasons"]) == ("rejected", as_json([REASON]))
    assert latest["decided_at"] is not None
    assert scene.submit().status == ChangeStatus.IN_REVIEW


def test_n1_the_entity_is_told(scene: Scene) -> None:
    change = scene.submit()
    actions.reject(scene.judge, change, change.content_hash, [REASON])
    assert told(scene.entity) == [("landing_rejected", change.pk)]


def test_g4_rejecting_is_an_audit_event(scene: Scene) -> None:
    change = scene.submit()
    actions.reject(scene.judge, change, change.content_hash, [REASON])
    found = event("landing.reject", change.pk)
    assert found.actor_id == scene.judge.id
    assert found.before == {"status": "in_review"}
    assert found.after["status"] == "rejected"
    assert found.after["reasons"] == as_json([REASON])
    assert found.reason == REASON.text
