"""What developers and operators see: status, history, grants; never who reviewed."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from guazai.control.capability import actions
from tests.capability.scene import GOOD, SURFACE, Scene


def test_c4_the_reviewer_is_never_shown_to_developers(scene: Scene) -> None:
    scene.rejected()
    scene.granted()
    api = scene.api(scene.owner)
    for path in (scene.base, f"{scene.base}/applications", "/inbox"):
        text = json.dumps(api.get(path).body)
        assert scene.reviewer.pk not in text
        assert scene.reviewer.login not in text


def test_c6_history_has_every_application_newest_first(scene: Scene) -> None:
    made = [scene.rejected()]
    made.append(actions.withdraw(scene.who, scene.applied()))
    made.append(scene.granted())
    api = scene.api(scene.teammate)
    first = api.get(f"{scene.base}/applications?limit=2").body
    rest = api.get(f"{scene.base}/applications?limit=2&cursor={first['next_cursor']}").body
    rows = first["items"] + rest["items"]
    assert rest["next_cursor"] is None
    assert [row["id"] for row in rows] == [one.pk for one in reversed(made)]
    assert [row["status"] for row in rows] == ["approved", "withdrawn", "rejected"]
    assert [bool(row["reasons"]) for row in rows] == [False, False, True]
    assert scene.api(scene.outsider).get(f"{scene.base}/applications").code == "not_found"


def test_c3_the_state_of_each_step(scene: Scene) -> None:
    api = scene.api(scene.owner)
    seen = [api.get(scene.base).body]
    application = scene.applied()
    seen.append(api.get(scene.base).body)
    actions.approve(scene.judge, application, GOOD)
    seen.append(api.get(scene.base).body)
    actions.revoke(scene.platform, scene.app, SURFACE, "abuse")
    seen.append(api.get(scene.base).body)
    assert [body["status"] for body in seen] == ["can_apply", "in_review", "granted", "revoked"]
    expected = [["apply"], ["withdraw"], [], []]
    assert [body["available_actions"] for body in seen] == expected
    assert seen[1]["latest_application"]["due_on"] is not None
    assert seen[0]["grant"] is None
    assert seen[2]["grant"]["status"] == "granted"


def test_c7_operators_list_grants_by_status_and_surface(scene: Scene) -> None:
    scene.granted()
    revoked = scene.app
    actions.revoke(scene.platform, scene.app, SURFACE, "abuse")
    scene.app = scene.world.mini_program()
    scene.granted()
    api = scene.api(scene.operator)
    [row] = api.get("/operator/grants?status=revoked").body["items"]
    assert (row["app_id"], row["available_actions"]) == (revoked.pk, ["restore"])
    assert len(api.get(f"/operator/grants?surface={SURFACE.key}").body["items"]) == 2
    assert api.get("/operator/grants?surface=other").body["items"] == []
    assert api.get("/operator/grants?status=lost").code == "validation_failed"


@pytest.mark.parametrize("role", ["owner", "reviewer"])
def test_c7_only_operators_list_grants(scene: Scene, role: str) -> None:
    assert scene.api(getattr(scene, role)).get("/operator/grants").code == "forbidden"


def test_p8_the_list_of_grants_takes_a_constant_number_of_queries(scene: Scene) -> None:
    api = scene.api(scene.operator)
    counts = []
    for _ in range(2):
        for _ in range(3):
            scene.app = scene.world.mini_program()
            scene.granted()
        with CaptureQueriesContext(
            connection,
        ) as captured:
            api.get("/operator/grants")
        counts.append(len(captured))
    assert counts[0] == counts[1]
