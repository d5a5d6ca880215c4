"""Withdrawing, and applying again (C6)."""

from __future__ import annotations

import pytest

from guazai.control.capability import actions
from guazai.control.kernel.errors import Problem
from tests.capability.scene import GOOD, SURFACE, Scene, event


def test_c6_withdrawn_while_in_review_by_any_of_the_team(scene: Scene) -> None:
    application = scene.applied()
    answer = scene.api(scene.teammate).post(f"{scene.base}/applications/{application.pk}/withdraw")
    assert (answer.status, answer.body["status"]) == (200, "withdrawn")
    assert answer.body["available_actions"] == []
    kept = event("capability.withdraw", application.pk)
    assert kept.actor_id == scene.teammate.pk
    assert (kept.before, kept.after) == ({"status": "in_review"}, {"status": "withdrawn"})


def test_c6_after_a_withdrawal_it_applies_again(scene: Scene) -> None:
    actions.withdraw(scene.who, scene.applied())
    shown = scene.api(scene.owner).get(scene.base).body
    assert (shown["status"], shown["available_actions"]) == ("can_apply", ["apply"])
    assert scene.applied().status == "in_review"


def test_c6_a_decided_application_is_not_withdrawn(scene: Scene) -> None:
    application = scene.granted()
    answer = scene.api(scene.owner).post(f"{scene.base}/applications/{application.pk}/withdraw")
    assert (answer.status, answer.code) == (409, "wrong_state")
    assert answer.body["current"] == "approved"


def test_c6_of_a_withdrawal_and_a_decision_one_wins(scene: Scene) -> None:
    application = scene.applied()
    seen_by_reviewer = scene.stored(application)
    actions.withdraw(scene.who, application)
    with pytest.raises(Problem) as refused:
        actions.approve(scene.judge, seen_by_reviewer, GOOD)
    assert refused.value.extra["current"] == "withdrawn"
    assert scene.stored(application).status == "withdrawn"


def test_c6_a_foreign_application_is_not_found(scene: Scene) -> None:
    application = scene.applied()
    path = f"applications/{application.pk}/withdraw"
    other = scene.world.mini_program(scene.entity)
    assert scene.api(scene.outsider).post(f"{scene.base}/{path}").code == "not_found"
    base = f"/mini-programs/{other.pk}/surfaces/{SURFACE.key}/capability"
    assert scene.api(scene.owner).post(f"{base}/{path}").code == "not_found"
    assert scene.stored(application).status == "in_review"
