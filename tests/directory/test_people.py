"""Operators see who is behind the ids that audit events name."""

from __future__ import annotations

from tests.world import World


def test_g4_operators_see_who_is_behind_ids(world: World) -> None:
    operator, reviewer = world.operator(), world.reviewer()
    asked = f"/operator/people?id={operator.pk}&id={reviewer.pk}&id=evaluator"
    told = world.api(operator).get(asked).body
    assert [(each["id"], each["login"]) for each in told] == sorted(
        (each.pk, each.login) for each in (operator, reviewer)
    )
    assert world.api(reviewer).get(asked).status == 403
    assert world.api(operator).get("/operator/people").code == "validation_failed"
