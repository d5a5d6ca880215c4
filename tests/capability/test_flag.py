"""A credit score that falls after the grant: flagged, told once, never taken away."""

from __future__ import annotations

from guazai.control.capability import actions, queries
from guazai.control.kernel.actor import system
from tests.capability.scene import SURFACE, Scene, event, told

WORKER = system("worker")


def flagged(scene: Scene) -> bool:
    grant = queries.find_grant(scene.app.pk, SURFACE)
    assert grant is not None
    return grant.flagged_at is not None


def test_c1_a_fallen_score_is_flagged_and_told_once(scene: Scene) -> None:
    scene.granted()
    assert actions.flag_unmet(WORKER) == 0
    scene.sync(credit_score=59)
    assert actions.flag_unmet(WORKER) == 1
    assert actions.flag_unmet(WORKER) == 0
    assert flagged(scene)
    assert queries.is_granted(scene.app.pk, SURFACE)
    [_, message] = told(scene.entity)
    assert message.kind == "capability_flagged"
    assert message.values == {
        "app_id": scene.app.pk,
        "app_name": scene.app.name,
        "actual": 59,
        "required": 60,
    }
    grant = queries.find_grant(scene.app.pk, SURFACE)
    assert grant is not None
    assert event("capability.flag", grant.pk).after["credit_score"] == 59


def test_c1_a_mended_score_clears_the_flag(scene: Scene) -> None:
    scene.granted()
    scene.sync(credit_score=59)
    actions.flag_unmet(WORKER)
    scene.sync(credit_score=60)
    assert actions.flag_unmet(WORKER) == 1
    assert not flagged(scene)
    grant = queries.find_grant(scene.app.pk, SURFACE)
    assert grant is not None
    assert event("capability.unflag", grant.pk).after["credit_score"] == 60
    scene.sync(credit_score=30)
    assert actions.flag_unmet(WORKER) == 1
    assert [m.kind for m in told(scene.entity)].count("capability_flagged") == 2


def test_c1_a_revoked_capability_is_not_flagged(scene: Scene) -> None:
    scene.granted()
    actions.revoke(scene.platform, scene.app, SURFACE, "abuse")
    scene.sync(credit_score=1)
    assert actions.flag_unmet(WORKER) == 0
    assert not flagged(scene)


def test_c1_a_run_changes_at_most_its_limit(scene: Scene) -> None:
    for _ in range(3):
        scene.app = scene.world.mini_program(scene.entity)
        scene.granted()
        scene.sync(credit_score=1)
    assert [actions.flag_unmet(WORKER, limit=2) for _ in range(3)] == [2, 1, 0]


def test_c1_operators_find_the_flagged(scene: Scene) -> None:
    scene.granted()
    mended = scene.app
    scene.app = scene.world.mini_program(scene.entity)
    scene.granted()
    scene.sync(credit_score=59)
    actions.flag_unmet(WORKER)
    api = scene.api(scene.operator)
    found = {
        path: [row["app_id"] for row in api.get(f"/operator/grants?{path}").body["items"]]
        for path in ("is_flagged=true", "is_flagged=false", "")
    }
    assert found == {
        "is_flagged=true": [scene.app.pk],
        "is_flagged=false": [mended.pk],
        "": [scene.app.pk, mended.pk],
    }
