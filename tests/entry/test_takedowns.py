"""What the relay's process does about takedowns: looks for them, writes down what it decides."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from guazai.control.capability import actions as capability
from guazai.control.entry import actions
from guazai.control.entry import takedowns as module
from guazai.control.entry.models import Deny, FeedHead, MergedDeny, ResolverNode
from guazai.control.entry.takedowns import ReplacedError, Takedowns
from guazai.control.entry.warden import GRACE_SECONDS
from guazai.control.journal import actions as journal
from guazai.control.journal import queries as audit
from guazai.control.journal.models import Takedown
from guazai.control.kernel import clock
from guazai.control.landing import actions as landing
from guazai.feed.lease import (
    LEASE_SECONDS,
    BreakGlass,
    LeaseAnswer,
    LeaseRequest,
    OverlayVersion,
    sign_break_glass,
)
from guazai.feed.records import Scope
from guazai.feed.seal import EdgeKey
from tests.platform import within
from tests.world import HOST, SURFACE, World

KEY = EdgeKey("an edge key that only tests know")


@dataclass
class StillTime:
    """A clock that moves when somebody sleeps."""

    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Desk:
    """A relay's takedowns past their first second, and a node that asks it."""

    world: World
    time: Any = time
    changes: list[None] = field(default_factory=list)
    holds: OverlayVersion | None = None
    point: tuple[int, int] = (3, 0)
    shown: dict[int, str] = field(default_factory=dict)
    given: tuple[BreakGlass, ...] = ()

    def __post_init__(self) -> None:
        FeedHead.objects.update_or_create(
            pk=1, defaults={"epoch": 3, "revision": 0, "relay_boot": "mine"}
        )
        self.takedowns = Takedowns("mine", KEY, lambda: self.changes.append(None))
        self.takedowns._warden._started -= GRACE_SECONDS

    def ask(self) -> LeaseAnswer:
        """One request, answered at the latest at its heartbeat."""
        request = LeaseRequest(
            node="north",
            boot="1",
            holds=self.holds,
            epoch=self.point[0],
            revision=self.point[1],
            feed_age_ms=20,
            drift_found=2,
            drift_mended=1,
            software="0.1.0",
            break_glass=self.given,
        )
        received = self.time.monotonic()
        while isinstance(answer := self.takedowns.ask(request, received), float):
            self.time.sleep(max(0.0, answer - self.time.monotonic()))
        self.shown |= {each.id: each.target for each in answer.added}
        for number in answer.removed:
            del self.shown[number]
        self.holds = answer.overlay
        return answer

    def deny(self, target: str = "") -> Deny:
        return actions.deny(HOST, Scope.ACCOUNT if target else Scope.GLOBAL, target, "fraud")

    def tell(self) -> None:
        """As the relaying thread does: the next revision tells all that waits."""
        FeedHead.objects.update(revision=FeedHead.objects.get().revision + 1)
        journal.settle(audit.waiting(1000), 3, FeedHead.objects.get().revision)


@pytest.fixture
def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> Desk:
    still = StillTime()
    monkeypatch.setattr(module, "time", still)
    return Desk(world, still)


def signed(token_id: str = "token-of-a-fire", target: str = "", key: EdgeKey = KEY) -> BreakGlass:
    given = BreakGlass(
        id=token_id,
        scope=Scope.ACCOUNT if target else Scope.GLOBAL,
        target=target,
        reason="a fire",
        signed_by="ann",
        signed_at=1_790_000_000,
    )
    return sign_break_glass(given, key)


def test_v3_a_takedown_goes_to_the_node_and_becomes_effective(desk: Desk) -> None:
    desk.takedowns.look()
    assert desk.ask().granted
    deny = desk.deny("dy1")
    desk.takedowns.look()
    assert len(desk.changes) == 1
    assert desk.takedowns.declare() == 0
    desk.ask()
    assert list(desk.shown.values()) == ["dy1"]
    assert desk.takedowns.declare() == 0
    desk.ask()
    assert desk.takedowns.declare() == 1
    takedown = audit.takedowns_of("deny", [deny.pk])[deny.pk]
    assert takedown.effective_at is not None
    assert takedown.effective_at >= takedown.accepted_at
    assert takedown.told_revision is None


def test_v3_what_is_told_leaves_the_overlay_when_the_node_is_there(desk: Desk) -> None:
    desk.takedowns.look()
    desk.ask()
    desk.deny("dy1")
    desk.takedowns.look()
    desk.ask()
    desk.tell()
    desk.takedowns.look()
    desk.ask()
    assert desk.shown
    desk.point = (3, 1)
    desk.takedowns.look()
    desk.ask()
    desk.takedowns.look()
    answer = desk.ask()
    assert not desk.shown
    assert (answer.floor_epoch, answer.floor_revision) == (3, 1)
    desk.takedowns.declare()
    assert not audit.takedowns(is_open=True).exists()


def test_r3_a_relay_that_starts_knows_what_is_open_and_the_floor(desk: Desk) -> None:
    desk.deny("dy1")
    desk.deny("dy2")
    journal.settle(audit.waiting(1), 3, 1)
    journal.make_effective(audit.pending_ids())
    desk.deny("dy3")
    desk.takedowns.look()
    answer = desk.ask()
    assert answer.is_whole
    assert sorted(desk.shown.values()) == ["dy2", "dy3"]
    assert (answer.floor_epoch, answer.floor_revision) == (3, 1)


def test_v3_each_kind_of_takedown_names_what_it_hides(desk: Desk) -> None:
    world = desk.world
    change = world.entry()
    Takedown.objects.all().delete()
    actions.deny(HOST, Scope.GLOBAL, "", "fraud")
    actions.deny(HOST, Scope.LEGAL_ENTITY, change.mini_program.entity_id, "fraud")
    capability.revoke(HOST, change.mini_program, SURFACE, "fraud")
    landing.remove(HOST, change.mini_program, SURFACE, change.account)
    desk.takedowns.look()
    added = desk.ask().added
    assert sorted((each.scope, each.surface, each.target) for each in added) == sorted(
        [
            (Scope.GLOBAL, "", ""),
            (Scope.LEGAL_ENTITY, "", change.mini_program.entity_id),
            (Scope.MINI_PROGRAM, SURFACE.key, change.mini_program.pk),
            (Scope.ACCOUNT, SURFACE.key, change.account.pk),
        ]
    )


def test_r3_who_was_replaced_ends_and_declares_nothing(desk: Desk) -> None:
    desk.deny("dy1")
    desk.takedowns.look()
    FeedHead.objects.update(relay_boot="another")
    assert desk.takedowns.declare() == 0
    desk.ask()
    desk.takedowns.note_nodes()
    assert not ResolverNode.objects.exists()
    with pytest.raises(ReplacedError):
        desk.takedowns.look()
    with pytest.raises(ReplacedError):
        desk.takedowns.run(lambda: False)
    assert not desk.ask().granted


def test_r3_the_twin_that_declares_in_anothers_place_is_caught(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.deny("dy1")
    desk.takedowns.look()
    FeedHead.objects.update(relay_boot="another")
    monkeypatch.setattr(Takedowns, "_is_mine", lambda _: True)
    assert desk.takedowns.declare() == 1


def test_nodes_are_written_down_and_forgotten(desk: Desk) -> None:
    desk.takedowns.look()
    desk.ask()
    desk.takedowns.note_nodes()
    node = ResolverNode.objects.get()
    assert (node.name, node.boot, node.software) == ("north", "1", "0.1.0")
    assert (node.epoch, node.revision, node.feed_age_ms) == (3, 0, 20)
    assert (node.drift_found, node.drift_mended) == (2, 1)
    assert node.is_in_rotation
    assert node.lease_until > clock.now()
    first_seen = node.first_seen_at
    desk.point = (3, 9)
    desk.takedowns.look()
    desk.ask()
    desk.takedowns.note_nodes()
    node.refresh_from_db()
    assert (node.revision, node.first_seen_at) == (9, first_seen)
    ResolverNode.objects.update(name="gone", seen_at=clock.now() - timedelta(days=1, seconds=1))
    desk.takedowns.note_nodes()
    assert [each.name for each in ResolverNode.objects.all()] == ["north"]


def test_v3_the_nodes_that_a_takedown_waits_for_are_written_down(desk: Desk) -> None:
    desk.takedowns.look()
    desk.ask()
    deny = desk.deny("dy1")
    desk.takedowns.look()
    desk.takedowns.note_nodes()
    assert audit.takedowns_of("deny", [deny.pk])[deny.pk].waits_for == ["north"]
    desk.ask()
    desk.ask()
    desk.takedowns.declare()
    assert audit.takedowns_of("deny", [deny.pk])[deny.pk].waits_for == []


def test_g1_a_deny_by_break_glass_becomes_a_deny_with_its_event(desk: Desk) -> None:
    desk.takedowns.look()
    desk.given = (signed(),)
    for _ in range(2):
        assert desk.ask().merged == ()
        desk.takedowns.merge()
    deny = Deny.objects.get()
    assert (deny.scope, deny.target, deny.reason) == ("global", "", "a fire")
    assert deny.created_by == "break-glass:ann"
    (event,) = audit.search(verb="entry.merge_break_glass")
    assert (event.actor_kind, event.actor_id) == ("system", "break-glass:ann")
    assert (event.after["id"], event.after["signed_by"]) == ("token-of-a-fire", "ann")
    desk.tell()
    desk.takedowns.merge()
    assert desk.ask().merged == ()
    desk.point = (3, 1)
    assert desk.ask().merged == ("token-of-a-fire",)


def test_g1_break_glass_is_merged_once_also_by_another_relay_after_it_was_lifted(
    desk: Desk,
) -> None:
    desk.takedowns.look()
    desk.given, desk.point = (signed(),), (3, 1)
    desk.ask()
    desk.takedowns.merge()
    desk.tell()
    actions.lift(HOST, Deny.objects.get(), "settled")
    again = Desk(desk.world, desk.time, given=desk.given, point=(3, 1))
    again.takedowns.look()
    again.ask()
    again.takedowns.merge()
    assert again.ask().merged == ("token-of-a-fire",)
    assert (Deny.objects.count(), MergedDeny.objects.count()) == (1, 1)
    assert audit.search(verb="entry.merge_break_glass").count() == 1


def test_g1_break_glass_on_what_is_denied_joins_that(desk: Desk) -> None:
    deny = desk.deny()
    desk.takedowns.look()
    desk.given = (signed(), signed("token-of-a-flood"))
    desk.ask()
    desk.takedowns.merge()
    assert list(Deny.objects.all()) == [deny]
    assert MergedDeny.objects.filter(deny=deny).count() == 2


def test_g1_what_is_not_signed_with_the_edge_key_is_not_merged(desk: Desk) -> None:
    desk.takedowns.look()
    other = signed(key=EdgeKey("another edge key, of somebody else"))
    changed = signed("token-of-a-flood").model_copy(update={"target": "dy1"})
    desk.given = (other, changed)
    desk.ask()
    desk.takedowns.merge()
    assert not Deny.objects.exists()
    assert desk.ask().merged == ()


@pytest.fixture
def running(
    django_db_serialized_rollback: None, transactional_db: None, world: World
) -> Iterator[Desk]:
    """Threads with connections of their own, on a database that all of them see."""
    found = Desk(world)
    stop = threading.Event()
    thread = threading.Thread(target=found.takedowns.run, args=(stop.is_set,))
    thread.start()
    yield found
    stop.set()
    thread.join(5)
    assert not thread.is_alive()
    assert not found.ask().granted


def test_v3_a_takedown_is_effective_within_a_heartbeat(running: Desk) -> None:
    within(2, lambda: running.ask().granted or None, "a lease")
    deny = running.deny("dy1")

    def effective() -> Takedown | None:
        running.ask()
        found = audit.takedowns_of("deny", [deny.pk])[deny.pk]
        return found if found.effective_at else None

    found = within(2, effective, "effective")
    assert found.effective_at is not None
    took = found.effective_at - found.accepted_at
    print(f"effective after {took.total_seconds() * 1000:.0f} ms")
    assert took < timedelta(seconds=1)


def test_v3_while_the_database_is_away_no_lease_is_granted(
    running: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    within(2, lambda: running.ask().granted or None, "a lease")

    def fail(*_: object) -> None:
        raise DatabaseError("away")

    with monkeypatch.context() as patch:
        patch.setattr(audit, "pending_ids", fail)
        within(2, lambda: not running.ask().granted or None, "no lease")
        assert not running.ask().granted
    within(2, lambda: running.ask().granted or None, "a lease again")


def test_v3_it_looks_while_somebody_writes_for_long(running: Desk) -> None:
    within(2, lambda: running.ask().granted or None, "a lease")
    with transaction.atomic():
        running.deny("dy1")
        until = time.monotonic() + 2 * LEASE_SECONDS
        while time.monotonic() < until:
            within(LEASE_SECONDS, lambda: running.ask().granted or None, "the next lease")
            assert not running.shown
    within(2, lambda: running.ask().added or None, "the takedown")
