"""Deciding on applications at the desk (C4, C6, C8)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from guazai.control.capability import actions as capability
from guazai.control.capability import queries
from guazai.control.capability.states import Dimension
from guazai.control.directory import actions as directory
from guazai.control.directory.states import MemberRole
from guazai.control.journal import queries as journal
from guazai.control.kernel import clock
from guazai.control.review.models import ReviewClaim
from tests.review.scene import Desk
from tests.world import HOST, SURFACE

GOOD = dict.fromkeys(Dimension.values, "good")
POOR = {**GOOD, "interface_design": "poor"}
REASONS = [{"code": "unstable", "evidence": "it crashed twice"}]


def test_c4_approved_in_one_act_with_the_claim_spent(desk: Desk) -> None:
    application = desk.application()
    desk.claimed(application)
    answer = desk.api().post(desk.path(application, "approve"), {"marks": GOOD})
    assert (answer.status, answer.body["status"]) == (200, "approved")
    assert (answer.body["available_actions"], answer.body["claim"]["state"]) == ([], "free")
    assert queries.is_granted(application.mini_program_id, SURFACE)
    assert not ReviewClaim.objects.exists()
    [event] = journal.search(verb="capability.approve", subject_id=application.pk)
    assert event.actor_id == desk.reviewer.pk


def test_c4_rejected_with_a_template_filled_in(desk: Desk) -> None:
    application = desk.application()
    desk.claimed(application)
    body = {"marks": POOR, "reasons": REASONS}
    answer = desk.api().post(desk.path(application, "reject"), body)
    assert (answer.status, answer.body["status"]) == (200, "rejected")
    [reason] = queries.any_application(application.pk).reasons
    assert reason == {
        "code": "unstable",
        "text": "It crashes, stays blank or fails to load",
        "how_to_fix": "Find the crashes and failing calls, and verify on common devices",
        "evidence": "it crashed twice",
    }
    assert not ReviewClaim.objects.exists()


@pytest.mark.parametrize(
    ("verb", "body", "code"),
    [
        ("approve", {}, "dimensions_incomplete"),
        ("approve", {"marks": {"stability": "good"}}, "dimensions_incomplete"),
        ("approve", {"marks": {**GOOD, "beauty": "good"}}, "validation_failed"),
        ("approve", {"marks": {**GOOD, "stability": "superb"}}, "validation_failed"),
        ("approve", {"marks": POOR}, "dimension_poor"),
        ("reject", {"reasons": REASONS}, "dimensions_incomplete"),
        ("reject", {"marks": POOR}, "reason_required"),
        ("reject", {"marks": POOR, "reasons": []}, "reason_required"),
        ("reject", {"marks": POOR, "reasons": [{"code": "no_such"}]}, "reason_invalid"),
        ("reject", {"marks": POOR, "reasons": [{"code": "title_misleading"}]}, "reason_invalid"),
        ("reject", {"marks": POOR, "reasons": [{"code": "other"}]}, "reason_invalid"),
        ("reject", {"marks": POOR, "reasons": [{"code": "other", "text": " "}]}, "reason_invalid"),
    ],
)
def test_c4_an_incomplete_decision_changes_nothing_and_keeps_the_claim(
    desk: Desk, verb: str, body: dict[str, object], code: str
) -> None:
    application = desk.application()
    desk.claimed(application)
    answer = desk.api().post(desk.path(application, verb), body)
    assert (answer.status, answer.code) == (422, code)
    assert queries.any_application(application.pk).status == "in_review"
    assert ReviewClaim.objects.get().reviewer == desk.reviewer.pk


def test_c4_a_free_reason_says_what_it_is(desk: Desk) -> None:
    application = desk.application()
    desk.claimed(application)
    reason = {"code": "other", "text": "The shop is empty", "how_to_fix": "Fill the shop"}
    body = {"marks": POOR, "reasons": [reason]}
    assert desk.api().post(desk.path(application, "reject"), body).status == 200
    [stored] = queries.any_application(application.pk).reasons
    assert stored == {**reason, "evidence": ""}


@pytest.mark.parametrize(
    ("verb", "body"),
    [("approve", {"marks": GOOD}), ("reject", {"marks": POOR, "reasons": REASONS})],
)
def test_c4_a_decision_needs_ones_own_running_claim(
    desk: Desk, verb: str, body: dict[str, object]
) -> None:
    application = desk.application()
    path = desk.path(application, verb)
    assert desk.api().post(path, body).code == "claim_required"
    with time_machine.travel(clock.now(), tick=False) as clock_hand:
        desk.claimed(application)
        answer = desk.api(desk.colleague).post(path, body)
        assert (answer.status, answer.code) == (409, "claim_required")
        clock_hand.shift(timedelta(minutes=15))
        assert desk.api().post(path, body).code == "claim_required"
    assert queries.any_application(application.pk).status == "in_review"


def test_c6_withdrawn_meanwhile_names_the_current_state(desk: Desk) -> None:
    application = desk.application()
    desk.claimed(application)
    capability.withdraw(desk.world.actor(desk.developer), application)
    answer = desk.api().post(desk.path(application, "approve"), {"marks": GOOD})
    assert (answer.status, answer.code) == (409, "wrong_state")
    assert answer.body["current"] == "withdrawn"
    assert not queries.is_granted(application.mini_program_id, SURFACE)


@pytest.mark.parametrize(
    ("verb", "body"),
    [("approve", {"marks": GOOD}), ("reject", {"marks": POOR, "reasons": REASONS})],
)
def test_c8_whoever_joins_the_entity_after_claiming_decides_no_more(
    desk: Desk, verb: str, body: dict[str, object]
) -> None:
    application = desk.application()
    desk.claimed(application)
    directory.upsert_member(HOST, desk.entity.pk, desk.reviewer.login, role=MemberRole.MEMBER)
    answer = desk.api().post(desk.path(application, verb), body)
    assert (answer.status, answer.code) == (403, "own_entity")
    assert queries.any_application(application.pk).status == "in_review"


def test_c4_templates_are_offered_by_kind_and_language(desk: Desk) -> None:
    every = desk.api().get("/review/reasons").body
    landing = desk.api().get("/review/reasons?kind=landing_change").body
    assert {found["code"] for found in landing} < {found["code"] for found in every}
    assert all("landing_change" in found["kinds"] for found in landing)
    assert [found["code"] for found in every if found["is_text_required"]] == ["other"]
    chinese = desk.world.api(desk.reviewer, language="zh").get("/review/reasons").body
    pairs = zip(every, chinese, strict=True)
    assert all(found["text"] and found["text"] != other["text"] for found, other in pairs)
    assert desk.api(desk.developer).get("/review/reasons").code == "forbidden"
