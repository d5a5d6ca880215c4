"""One act is one transaction: its effect, its audit events and its outbox keys, or none (G4)."""

from __future__ import annotations

from contextlib import suppress

import pytest

from guazai.control.directory.models import LegalEntity
from guazai.control.journal import keys, queries
from guazai.control.journal.actions import act, settle, touch
from guazai.control.journal.models import AuditEvent, OutboxKey
from guazai.control.kernel.actor import Actor, ActorKind
from guazai.feed.records import Scope
from tests.world import World

WHO = Actor(ActorKind.PERSON, "psn_1", request_id="req_1")
OTHER = Actor(ActorKind.SYSTEM, "worker", request_id="req_2")


def rename(name: str) -> None:
    LegalEntity.objects.update_or_create(pk="ent", defaults={"name": name})


def named() -> str | None:
    return LegalEntity.objects.filter(pk="ent").values_list("name", flat=True).first()


def recorded() -> list[str]:
    return list(AuditEvent.objects.order_by("seq").values_list("verb", flat=True))


def test_g4_an_event_says_who_did_what_on_what_before_after_and_why(db: None) -> None:
    with act(WHO) as done:
        done.record(
            "directory.rename",
            "legal_entity",
            "ent",
            before={"name": "A"},
            after={"name": "B"},
            reason="married",
        )
    event = AuditEvent.objects.get()
    assert (event.actor_kind, event.actor_id, event.request_id) == ("person", "psn_1", "req_1")
    assert (event.verb, event.subject_kind, event.subject_id) == (
        "directory.rename",
        "legal_entity",
        "ent",
    )
    assert (event.before, event.after, event.reason) == ({"name": "A"}, {"name": "B"}, "married")
    assert (event.seq, event.previous_hash, len(event.hash)) == (1, "", 64)


def test_g4_the_request_id_of_a_call_is_in_its_event(world: World) -> None:
    api = world.api(world.operator())
    body = {"scope": "global", "reason": "a fire"}
    answer = api.post("/operator/denies", body, **{"X-Request-Id": "req-of-the-caller"})
    assert answer.status == 201
    event = queries.search(verb="entry.deny").get()
    assert (event.request_id, event.reason) == ("req-of-the-caller", "a fire")


def test_g4_there_is_no_act_without_an_event(db: None) -> None:
    with pytest.raises(RuntimeError, match="audit event"), act(WHO):
        rename("A")
    assert named() is None


def test_g4_a_failed_act_leaves_neither_effect_nor_event_nor_key(db: None) -> None:
    with suppress(ZeroDivisionError), act(WHO) as done:
        rename("A")
        done.record("a.b", "legal_entity", "ent", touch=(keys.entry("dy1"),))
        raise ZeroDivisionError
    assert (named(), recorded(), queries.backlog()) == (None, [], 0)


def test_g4_a_nested_act_joins_the_outer_ones_transaction(db: None) -> None:
    with suppress(ZeroDivisionError), act(WHO) as outer:
        outer.record("a.outer", "x", "1")
        with act(OTHER) as inner:
            rename("A")
            inner.record("a.inner", "x", "2", touch=(keys.entry("dy1"),))
        assert recorded() == []
        raise ZeroDivisionError
    assert (named(), recorded(), queries.backlog()) == (None, [], 0)


def test_g4_events_of_nested_acts_are_in_the_order_of_their_ends(db: None) -> None:
    with act(WHO) as outer:
        outer.record("a.first", "x", "1")
        with act(OTHER) as inner:
            inner.record("a.second", "x", "2")
        outer.record("a.third", "x", "3")
    assert recorded() == ["a.first", "a.second", "a.third"]
    assert set(AuditEvent.objects.values_list("actor_id", "partition")) == {
        ("psn_1", AuditEvent.objects.all()[0].partition),
        ("worker", AuditEvent.objects.all()[0].partition),
    }


def test_g4_a_nested_act_that_failed_alone_leaves_the_outer_one_be(db: None) -> None:
    with act(WHO) as outer:
        with suppress(ZeroDivisionError), act(OTHER) as inner:
            rename("A")
            inner.record("a.inner", "x", "2", touch=(keys.entry("dy1"),))
            raise ZeroDivisionError
        outer.record("a.outer", "x", "1")
    assert (named(), recorded(), queries.backlog()) == (None, ["a.outer"], 0)


def test_an_act_touches_each_key_once(db: None) -> None:
    with act(WHO) as outer:
        outer.record("a.b", "x", "1", touch=(keys.entry("dy1"), keys.entry("dy1")))
        with act(WHO) as inner:
            inner.record("a.c", "x", "1", touch=(keys.entry("dy1"), keys.verdict("dy1")))
    assert list(OutboxKey.objects.order_by("id").values_list("kind", "key")) == [
        ("entry", "dy1"),
        ("verdict", "dy1"),
    ]


def test_an_act_touches_a_key_once_that_hides_or_is_urgent(db: None) -> None:
    with act(WHO) as outer:
        outer.record("a.b", "x", "1", touch=(keys.entry("dy1"), keys.verdict("dy1")))
        with act(WHO) as inner:
            hiding = keys.entry("dy1", hides=True)
            inner.record("a.c", "x", "1", touch=(keys.entry("dy1", is_urgent=True), hiding))
    rows = OutboxKey.objects.order_by("id").values_list(
        "kind", "is_urgent", "takedown__event__verb"
    )
    assert list(rows) == [("entry", True, "a.c"), ("verdict", False, None)]


def test_takedowns_wait_in_front(db: None) -> None:
    touch(keys.entry("dy1"), keys.mini_program("tt1"))
    touch(keys.deny(Scope.ACCOUNT, "dy2"))
    touch(keys.entry("dy3", is_urgent=True), keys.entry("dy4"))
    order = [row.key for row in queries.waiting(10)]
    assert order == ["account:dy2", "dy3", "dy1", "tt1", "dy4"]
    assert [row.key for row in queries.waiting(2)] == order[:2]


def test_only_what_was_published_is_settled(db: None) -> None:
    touch(keys.entry("dy1"))
    touch(keys.entry("dy1"), keys.entry("dy2"))
    first, second, third = queries.waiting(10)
    settle([first, third], 1, 1)
    assert [row.pk for row in queries.waiting(10)] == [second.pk]
    settle([first], 1, 1)
    assert queries.backlog() == 1


def test_v3_what_is_settled_is_told(db: None) -> None:
    for aweme_id in ("dy1", "dy2"):
        with act(WHO) as done:
            done.record("a.b", "x", aweme_id, touch=(keys.entry(aweme_id, hides=True),))
    first, second = queries.takedowns(is_open=True).order_by("accepted_at")
    settle(queries.waiting(1), 3, 7)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.told_epoch, first.told_revision) == (3, 7)
    assert (second.told_epoch, second.told_revision) == (None, None)
    assert queries.last_told() == (3, 7)
