"""Approving and rejecting: dimensions, reasons, messages, nobody for themselves (C4, C5, C8)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest
from django.db import IntegrityError, transaction

from guazai.control.capability import actions, queries
from guazai.control.capability.models import CapabilityApplication, CapabilityGrant
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.errors import Problem
from tests.capability.scene import GOOD, POOR, REASON, SURFACE, Scene, event, told, touched

Decide = Callable[[Actor, CapabilityApplication], object]


def test_c4_approving_grants(scene: Scene) -> None:
    before = touched(scene.app)
    application = scene.granted()
    stored = scene.stored(application)
    assert (stored.status, stored.marks, stored.decided_by) == ("approved", GOOD, scene.reviewer.pk)
    grant = queries.find_grant(scene.app.pk, SURFACE)
    assert grant is not None
    assert (grant.status, grant.application_id) == ("granted", application.pk)
    assert grant.granted_at == stored.decided_at
    assert touched(scene.app) == before + 1
    kept = event("capability.approve", application.pk)
    assert (kept.actor_id, kept.after["marks"]) == (scene.reviewer.pk, GOOD)


def test_c4_rejecting_keeps_structured_reasons(scene: Scene) -> None:
    before = touched(scene.app)
    application = scene.rejected()
    shown = scene.api(scene.owner).get(scene.base).body
    assert shown["status"] == "rejected"
    assert shown["latest_application"]["reasons"] == [
        {
            "code": "unstable",
            "text": "It crashes",
            "how_to_fix": "Find the crash",
            "evidence": "a recording of it",
        }
    ]
    assert queries.find_grant(scene.app.pk, SURFACE) is None
    kept = event("capability.reject", application.pk)
    assert kept.after["reasons"][0]["code"] == "unstable"
    assert kept.reason == "It crashes"
    assert touched(scene.app) == before


def test_c6_after_a_rejection_it_applies_again(scene: Scene) -> None:
    scene.rejected()
    assert scene.api(scene.owner).get(scene.base).body["available_actions"] == ["apply"]
    scene.sync(credit_score=10)
    assert scene.api(scene.owner).get(scene.base).body["available_actions"] == []
    scene.sync(credit_score=80)
    assert scene.applied().status == "in_review"
    assert scene.api(scene.owner).get(scene.base).body["status"] == "in_review"


@pytest.mark.parametrize("marks", [{}, {**GOOD, "stability": "superb"}, {"stability": "good"}])
def test_c4_all_four_dimensions_are_marked(scene: Scene, marks: Mapping[str, str]) -> None:
    application = scene.applied()
    for decide in (
        lambda: actions.approve(scene.judge, application, marks),
        lambda: actions.reject(scene.judge, application, marks, [REASON]),
    ):
        with pytest.raises(Problem) as refused:
            decide()
        assert refused.value.code.name == "dimensions_incomplete"
        expected = {f"marks.{name}" for name in GOOD if marks.get(name) != "good"}
        assert {error.at for error in refused.value.errors} == expected
    assert scene.stored(application).status == "in_review"


def test_c4_a_poor_dimension_is_not_approved(scene: Scene) -> None:
    application = scene.applied()
    with pytest.raises(Problem) as refused:
        actions.approve(scene.judge, application, POOR)
    assert refused.value.code.name == "dimension_poor"
    assert [error.at for error in refused.value.errors] == ["marks.stability"]
    assert not CapabilityGrant.objects.exists()


def test_c4_a_rejection_without_a_reason_is_no_rejection(scene: Scene) -> None:
    application = scene.applied()
    with pytest.raises(ValueError, match="at least one reason"):
        actions.reject(scene.judge, application, POOR, [])
    assert scene.stored(application).status == "in_review"


@pytest.mark.parametrize(
    ("decide", "kind"),
    [("granted", "application_approved"), ("rejected", "application_rejected")],
)
def test_c5_the_result_arrives_in_the_inbox(scene: Scene, decide: str, kind: str) -> None:
    application = getattr(scene, decide)()
    [message] = told(scene.entity)
    assert (message.kind, message.subject_kind) == (kind, "capability_application")
    assert message.subject_id == application.pk
    assert message.values == {"app_id": scene.app.pk, "app_name": scene.app.name}


@pytest.mark.parametrize(
    "decide",
    [
        lambda who, application: actions.approve(who, application, GOOD),
        lambda who, application: actions.reject(who, application, POOR, [REASON]),
    ],
)
def test_c8_nobody_decides_for_their_own_entity(scene: Scene, decide: Decide) -> None:
    application = scene.applied()
    insider = scene.world.actor(scene.insider(is_reviewer=True))
    with pytest.raises(Problem) as refused:
        decide(insider, application)
    assert (refused.value.code.name, refused.value.code.status) == ("own_entity", 403)
    assert scene.stored(application).status == "in_review"
    assert told(scene.entity) == []


def test_c4_of_two_decisions_the_second_is_told_the_state(scene: Scene) -> None:
    application = scene.applied()
    other_copy = scene.stored(application)
    actions.approve(scene.judge, application, GOOD)
    with pytest.raises(Problem) as refused:
        actions.reject(scene.world.actor(scene.world.reviewer()), other_copy, POOR, [REASON])
    assert (refused.value.code.name, refused.value.extra["current"]) == ("wrong_state", "approved")
    assert [message.kind for message in told(scene.entity)] == ["application_approved"]


@pytest.mark.parametrize("missing", [{"decided_by": ""}, {"decided_at": None}])
def test_g4_decided_without_a_decider_is_refused_by_the_database(
    scene: Scene, missing: Mapping[str, object]
) -> None:
    application = scene.granted()
    with pytest.raises(IntegrityError), transaction.atomic():
        CapabilityApplication.objects.filter(pk=application.pk).update(**missing)
