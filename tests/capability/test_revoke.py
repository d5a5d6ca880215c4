"""Revoking, and restoring as an act of its own (C7)."""

from __future__ import annotations

import pytest

from guazai.control.capability import actions, queries
from guazai.control.journal import queries as audit
from tests.capability.scene import SURFACE, Scene, event, told, touched

BODY = {"reason": "Entries lead to a prohibited shop"}


def test_c7_an_operator_revokes_with_a_reason(scene: Scene) -> None:
    scene.granted()
    before = touched(scene.app)
    answer = scene.api(scene.operator).post(f"{scene.operator_base}/revoke", BODY)
    assert (answer.status, answer.body["status"]) == (200, "revoked")
    assert (answer.body["reason"], answer.body["available_actions"]) == (
        BODY["reason"],
        ["restore"],
    )
    assert answer.body["takedown"]["id"] in audit.pending_ids()
    assert answer.body["takedown"]["effective_at"] is None
    assert not queries.is_granted(scene.app.pk, SURFACE)
    assert touched(scene.app) == before + 1
    kept = event("capability.revoke", answer.body["id"])
    assert (kept.actor_id, kept.reason) == (scene.operator.pk, BODY["reason"])
    message = told(scene.entity)[-1]
    assert message.kind == "capability_revoked"
    assert message.values == {
        "app_id": scene.app.pk,
        "app_name": scene.app.name,
        "reason": BODY["reason"],
    }


def test_c7_the_developer_sees_that_and_why(scene: Scene) -> None:
    scene.granted()
    actions.revoke(scene.platform, scene.app, SURFACE, "abuse")
    shown = scene.api(scene.owner).get(scene.base).body
    assert (shown["status"], shown["grant"]["reason"]) == ("revoked", "abuse")
    assert shown["grant"]["revoked_at"] is not None


def test_c7_restoring_is_a_separate_act(scene: Scene) -> None:
    scene.granted()
    actions.revoke(scene.platform, scene.app, SURFACE, "abuse")
    before = touched(scene.app)
    answer = scene.api(scene.operator).post(f"{scene.operator_base}/restore", BODY)
    assert (answer.status, answer.body["status"]) == (200, "granted")
    assert (answer.body["revoked_at"], answer.body["reason"]) == (None, "")
    assert answer.body["available_actions"] == ["revoke"]
    assert queries.is_granted(scene.app.pk, SURFACE)
    assert touched(scene.app) == before + 1
    assert event("capability.restore", answer.body["id"]).reason == BODY["reason"]
    assert told(scene.entity)[-1].kind == "capability_restored"


def test_c7_nothing_granted_nothing_revoked(scene: Scene) -> None:
    api = scene.api(scene.operator)
    for verb in ("revoke", "restore"):
        answer = api.post(f"{scene.operator_base}/{verb}", BODY)
        assert (answer.status, answer.code) == (409, "capability_not_granted")


def test_c7_twice_names_the_current_state(scene: Scene) -> None:
    scene.granted()
    api = scene.api(scene.operator)
    assert api.post(f"{scene.operator_base}/restore", BODY).body["current"] == "granted"
    api.post(f"{scene.operator_base}/revoke", BODY)
    answer = api.post(f"{scene.operator_base}/revoke", BODY)
    assert (answer.status, answer.code, answer.body["current"]) == (409, "wrong_state", "revoked")
    assert [m.kind for m in told(scene.entity)].count("capability_revoked") == 1


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}])
def test_c7_a_reason_is_required(scene: Scene, body: dict[str, str]) -> None:
    scene.granted()
    answer = scene.api(scene.operator).post(f"{scene.operator_base}/revoke", body)
    assert answer.code == "validation_failed"
    assert queries.is_granted(scene.app.pk, SURFACE)


def test_c7_only_operators_revoke_and_restore(scene: Scene) -> None:
    scene.granted()
    for person in (scene.owner, scene.teammate, scene.outsider, scene.reviewer):
        for verb in ("revoke", "restore"):
            answer = scene.api(person).post(f"{scene.operator_base}/{verb}", BODY)
            assert (answer.status, answer.code) == (403, "forbidden")
    assert queries.is_granted(scene.app.pk, SURFACE)


def test_c8_nobody_restores_for_their_own_entity(scene: Scene) -> None:
    scene.granted()
    insider = scene.api(scene.insider(is_operator=True))
    assert insider.post(f"{scene.operator_base}/revoke", BODY).status == 200
    answer = insider.post(f"{scene.operator_base}/restore", BODY)
    assert (answer.status, answer.code) == (403, "own_entity")
    assert not queries.is_granted(scene.app.pk, SURFACE)


def test_c7_operators_find_the_grants_of_a_mini_program_and_of_an_entity(scene: Scene) -> None:
    scene.granted()
    sibling = scene.world.grant(scene.world.mini_program(scene.entity))
    other = scene.world.grant(scene.world.mini_program())
    api = scene.api(scene.operator)

    def found(query: str) -> list[str]:
        return [each["app_id"] for each in api.get(f"/operator/grants?{query}").body["items"]]

    assert found(f"app_id={scene.app.pk}") == [scene.app.pk]
    assert found(f"entity_id={scene.entity.pk}") == [sibling.pk, scene.app.pk]
    assert found(f"entity_id={other.entity_id}&app_id={scene.app.pk}") == []
