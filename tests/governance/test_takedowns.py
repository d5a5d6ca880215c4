"""Operators see when a takedown was accepted, when it became effective, and what it waits for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guazai.control.capability import actions as capability
from guazai.control.entry.models import FeedHead, ResolverNode
from guazai.control.governance import actions
from guazai.control.journal import actions as journal
from guazai.control.journal import queries as audit
from guazai.control.kernel import clock
from guazai.feed.records import Scope
from tests.world import HOST, SURFACE, Api, World

PATH = "/operator/takedowns"


@pytest.fixture
def api(world: World) -> Api:
    return world.api(world.operator())


def node(name: str, seconds_ago: float = 0.5, **fields: object) -> ResolverNode:
    at = clock.now() - timedelta(seconds=seconds_ago)
    return ResolverNode.objects.create(
        name=name,
        boot="1",
        first_seen_at=at,
        seen_at=at,
        lease_until=at + timedelta(seconds=0.75),
        **{
            "is_in_rotation": True,
            "epoch": 3,
            "revision": 7,
            "feed_age_ms": 12,
            "drift_found": 0,
            "drift_mended": 0,
            "software": "0.1.0",
            **fields,
        },
    )


def test_v3_a_deny_tells_both_its_times(world: World, api: Api) -> None:
    deny = actions.deny(HOST, Scope.GLOBAL, "", "a fire")
    (listed,) = api.get("/operator/denies").body["items"]
    assert listed["accepted_at"] is not None
    assert listed["effective_at"] is None
    journal.make_effective([audit.takedowns_of("deny", [deny.pk])[deny.pk].pk])
    (listed,) = api.get("/operator/denies").body["items"]
    assert listed["effective_at"] >= listed["accepted_at"]


def test_v3_takedowns_are_listed_newest_first_and_open_ones_alone(world: World, api: Api) -> None:
    app = world.grant(world.mini_program())
    actions.deny(HOST, Scope.ACCOUNT, world.account().pk, "fraud")
    journal.settle(audit.waiting(100), 3, 7)
    journal.make_effective(audit.pending_ids())
    capability.revoke(HOST, app, SURFACE, "abuse")
    [open_id] = audit.pending_ids()
    journal.note_waiting({open_id: ["north", "south"]})
    revoked, denied = api.get(PATH).body["items"]
    assert revoked["id"] == open_id
    assert (revoked["scope"], revoked["target"]) == ("mini_program", app.pk)
    assert (revoked["surface"], revoked["verb"]) == (SURFACE.key, "capability.revoke")
    assert (revoked["subject"]["kind"], revoked["reason"]) == ("capability_grant", "abuse")
    assert (revoked["waits_for"], revoked["is_told"]) == (["north", "south"], False)
    assert revoked["effective_at"] is None
    assert (denied["waits_for"], denied["is_told"]) == ([], True)
    assert denied["effective_at"] is not None
    listed = api.get(f"{PATH}?is_open=true").body["items"]
    assert [each["id"] for each in listed] == [open_id]
    assert api.get(f"{PATH}/{open_id}").body == revoked
    assert (api.get(f"{PATH}/tkd_absent").status, api.get(f"{PATH}/{open_id}").status) == (404, 200)


def test_operators_see_the_resolver_nodes(world: World, api: Api) -> None:
    FeedHead.objects.create(pk=1, epoch=3, revision=10)
    node("south", seconds_ago=4)
    node("north")
    node("west", epoch=2)
    node("empty", epoch=None, revision=None, is_in_rotation=False)
    found = api.get("/operator/resolvers").body["items"]
    seen = [(each["name"], each["is_in_rotation"], each["revisions_behind"]) for each in found]
    assert seen == [
        ("empty", False, None),
        ("north", True, 3),
        ("south", False, 3),
        ("west", True, None),
    ]
    assert found[1]["feed_age_ms"] == 12
