"""Entries that appear and vanish are told where that differs from what was told last (V1, E5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from guazai.control.capability import actions as capability
from guazai.control.entry.relay import Relay
from guazai.control.governance import actions as governance
from guazai.control.journal.keys import NoticeKind
from guazai.control.landing import actions as landing
from guazai.control.webhooks import building
from guazai.control.webhooks.models import Delivery, VisibilityTold
from guazai.feed.records import Scope as DenyScope
from guazai.feed.seal import EdgeKey
from tests.webhooks.scene import noticed
from tests.world import HOST, SURFACE

if TYPE_CHECKING:
    from guazai.control.directory.models import DouyinAccount
    from tests.webhooks.scene import Scene

ONLY = ["PROFILE_MOUNT_VISIBILITY"]


@pytest.fixture
def relay() -> Relay:
    found = Relay(EdgeKey("a key of this test alone " * 2))
    found.begin()
    return found


def told(scene: Scene, relay: Relay) -> list[Any]:
    """What is newly told, once the relay has told the edge."""
    before = Delivery.objects.count()
    while relay.drain():
        continue
    return [content for _, content in scene.told()][before:]


def says(account: DouyinAccount, *reasons: str) -> dict[str, Any]:
    return {"aweme_id": account.pk, "shown": not reasons, "reasons": list(reasons)}


def test_an_entry_that_appears_and_vanishes_is_told(scene: Scene, relay: Relay) -> None:
    scene.listen(events=ONLY)
    account = scene.world.account()
    scene.world.entry(scene.app, account)
    assert told(scene, relay)[-1] == says(account)
    scene.world.pass_rules(account, effective_followers=499)
    assert told(scene, relay) == [says(account, "account_not_eligible")]
    scene.world.pass_rules(account)
    assert told(scene, relay) == [says(account)]


def test_e5_which_rule_failed_is_not_told(scene: Scene, relay: Relay) -> None:
    scene.listen(events=ONLY)
    account = scene.world.account()
    scene.world.entry(scene.app, account)
    told(scene, relay)
    said = set()
    for fact in ({"is_verified_adult": False}, {"has_serious_violation": True}):
        scene.world.pass_rules(account, **fact)
        said.add(repr(told(scene, relay)))
        scene.world.pass_rules(account)
        told(scene, relay)
    assert len(said) == 1


def test_what_is_as_it_was_told_is_not_told_again(scene: Scene, relay: Relay) -> None:
    scene.listen(events=ONLY)
    account = scene.world.account()
    scene.world.entry(scene.app, account)
    told(scene, relay)
    scene.world.pass_rules(account, effective_followers=499)
    scene.world.pass_rules(account)
    assert told(scene, relay) == []


def test_denies_are_told_to_all_they_reach(scene: Scene, relay: Relay) -> None:
    scene.listen(events=ONLY)
    accounts = sorted((scene.world.account() for _ in range(3)), key=lambda each: each.pk)
    scene.world.entry(scene.app, accounts[0])
    for account in accounts[1:]:
        scene.world.bind(scene.app, account)
        scene.world.pass_rules(account)
        scene.world.go_live(scene.app, account)
    told(scene, relay)
    operator = scene.world.actor(scene.world.operator())
    other = scene.world.actor(scene.world.operator())
    for scope, target, reason in (
        (DenyScope.MINI_PROGRAM, scene.app.pk, "mini_program_denied"),
        (DenyScope.LEGAL_ENTITY, scene.entity.pk, "legal_entity_denied"),
        (DenyScope.GLOBAL, "", "global_denied"),
    ):
        deny = governance.deny(operator, scope, target, "abuse")
        assert told(scene, relay) == [says(account, reason) for account in accounts]
        proposal = governance.lift(operator, deny, "over")
        assert proposal is not None
        governance.confirm_lift(other, proposal)
        assert told(scene, relay) == [says(account) for account in accounts]
    governance.deny(operator, DenyScope.ACCOUNT, accounts[1].pk, "abuse")
    assert told(scene, relay) == [says(accounts[1], "account_denied")]


def test_a_deny_is_told_some_accounts_at_a_time(
    scene: Scene, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "CLOSED_BATCH", 1)
    test_denies_are_told_to_all_they_reach(scene, relay)


def test_a_revoked_capability_is_told(scene: Scene, relay: Relay) -> None:
    scene.listen(events=ONLY)
    account = scene.world.account()
    scene.world.entry(scene.app, account)
    told(scene, relay)
    capability.revoke(scene.world.actor(scene.world.operator()), scene.app, SURFACE, "abuse")
    assert told(scene, relay) == [says(account, "capability_not_granted")]


def test_a_binding_that_ends_is_told_once_and_then_nothing(scene: Scene, relay: Relay) -> None:
    scene.listen(events=ONLY)
    change = scene.world.entry(scene.app)
    told(scene, relay)
    landing.unbind(HOST, change.binding)
    ((content),) = told(scene, relay)
    assert content["shown"] is False
    # Nothing about how the account stands is told to whom it is not bound.
    assert {"binding_not_active"} <= set(content["reasons"])
    assert "account_not_eligible" not in content["reasons"]
    assert not VisibilityTold.objects.exists()
    scene.world.pass_rules(change.account, effective_followers=1)
    assert told(scene, relay) == []


def test_another_mini_programs_entries_are_none_of_ones_own(scene: Scene, relay: Relay) -> None:
    scene.listen(events=ONLY)
    scene.world.entry()
    assert told(scene, relay) == []
    assert noticed(NoticeKind.VISIBILITY) == []
