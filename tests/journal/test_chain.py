"""The audit log is chained by hash: whoever changes it is found (G4, S8).

The twin looks at each event alone; what was removed or moved escapes it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from guazai.control.journal import chain
from guazai.control.journal.actions import act
from guazai.control.journal.models import AuditEvent, ChainHead
from guazai.control.kernel import ids
from guazai.control.kernel.actor import Actor, ActorKind

WHO = Actor(ActorKind.PERSON, "psn_1", request_id="req_1")
LENGTH = 5

#: Another value for each field of an event.
CHANGES: dict[str, Callable[[AuditEvent], Any]] = {
    "id": lambda _: ids.new("evt"),
    "at": lambda event: event.at + timedelta(microseconds=1),
    "actor_kind": lambda _: "system",
    "actor_id": lambda _: "psn_2",
    "verb": lambda _: "a.c",
    "subject_kind": lambda _: "y",
    "subject_id": lambda event: event.subject_id + "0",
    "before": lambda _: {"n": -1},
    "after": lambda _: {},
    "reason": lambda _: "because",
    "request_id": lambda _: "req_2",
    "previous_hash": lambda _: "0" * 64,
    "hash": lambda _: "0" * 64,
    "seq": lambda _: 99,
    "partition": lambda _: 7,
}


@pytest.fixture
def events(db: None, monkeypatch: pytest.MonkeyPatch) -> list[AuditEvent]:
    """Five acts in one chain."""
    monkeypatch.setattr(chain, "PARTITIONS", 1)
    for number in range(LENGTH):
        with act(WHO) as done:
            done.record("a.b", "x", str(number), before={"n": number}, after={"n": number + 1})
    assert list(chain.verify()) == []
    return list(AuditEvent.objects.order_by("seq"))


def row(event: AuditEvent) -> Any:
    return AuditEvent.objects.filter(pk=event.pk)


def rehash(event: AuditEvent) -> None:
    event.hash = chain.digest(event)
    row(event).update(hash=event.hash)


def swap(events: list[AuditEvent]) -> None:
    row(events[1]).update(seq=99)
    row(events[2]).update(seq=2)
    row(events[1]).update(seq=3)


def forge(seq: int, previous_hash: str) -> AuditEvent:
    """An act that never was, well hashed."""
    forged = AuditEvent(
        partition=0,
        seq=seq,
        actor_kind="person",
        actor_id="psn_9",
        verb="a.b",
        subject_kind="x",
        subject_id="9",
        before={},
        after={},
        reason="",
        request_id="",
        previous_hash=previous_hash,
        at=AuditEvent.objects.order_by("-seq")[0].at,
    )
    forged.hash = chain.digest(forged)
    forged.save(force_insert=True)
    return forged


def insert(events: list[AuditEvent]) -> None:
    """Put an act between two others, and move those after it along."""
    for event in reversed(events[2:]):
        row(event).update(seq=event.seq + 1)
    forge(3, events[1].hash)
    ChainHead.objects.update(seq=LENGTH + 1)


def change_and_rehash(events: list[AuditEvent]) -> None:
    events[1].reason = "because"
    row(events[1]).update(reason="because")
    rehash(events[1])


def change_and_rehash_to_the_end(events: list[AuditEvent]) -> None:
    """All but the head."""
    events[1].reason = "because"
    row(events[1]).update(reason="because")
    rehash(events[1])
    for before, event in pairwise(events[1:]):
        event.previous_hash = before.hash
        row(event).update(previous_hash=before.hash)
        rehash(event)


def copy_to_another_partition(events: list[AuditEvent]) -> None:
    """Take the whole chain out of its partition, which has a head."""
    AuditEvent.objects.update(partition=3)


def change(name: str) -> Callable[[list[AuditEvent]], object]:
    """Give one field of an event another value."""
    return lambda events: row(events[2]).update(**{name: CHANGES[name](events[2])})


TAMPERING: dict[str, Callable[[list[AuditEvent]], object]] = {
    **{f"change {name}": change(name) for name in CHANGES},
    "delete the first": lambda events: row(events[0]).delete(),
    "delete one between": lambda events: row(events[2]).delete(),
    "delete the last": lambda events: row(events[-1]).delete(),
    "delete all": lambda _: AuditEvent.objects.all().delete(),
    "swap two": swap,
    "insert one": insert,
    "append one": lambda events: forge(LENGTH + 1, events[-1].hash),
    "add one in a new partition": lambda _: row(forge(LENGTH + 1, "")).update(partition=5),
    "change the head's hash": lambda _: ChainHead.objects.update(hash="0" * 64),
    "change the head's place": lambda _: ChainHead.objects.update(seq=LENGTH - 1),
    "set the head back": lambda events: ChainHead.objects.update(
        seq=LENGTH - 1, hash=events[-2].hash
    ),
    "delete the head": lambda _: ChainHead.objects.all().delete(),
    "change one and hash it again": change_and_rehash,
    "change one and hash all after it again": change_and_rehash_to_the_end,
    "move the chain": copy_to_another_partition,
}


@pytest.mark.parametrize("how", TAMPERING)
def test_s8_tampering_is_found(events: list[AuditEvent], how: str) -> None:
    TAMPERING[how](events)
    assert list(chain.verify())


@pytest.mark.parametrize("how", ["delete one between", "delete the last", "swap two", "insert one"])
def test_s8_the_twin_that_hashes_each_event_alone_misses_it(
    events: list[AuditEvent], how: str
) -> None:
    def content(event: AuditEvent) -> dict[str, Any]:
        return {name: getattr(event, name) for name in CHANGES.keys() - {"seq", "hash"}}

    known = {event.pk: content(event) for event in events}
    TAMPERING[how](events)
    for event in AuditEvent.objects.exclude(actor_id="psn_9"):
        assert known[event.pk] == content(event)
    assert list(chain.verify())


def test_s8_a_break_says_where_it_is(events: list[AuditEvent]) -> None:
    row(events[2]).update(reason="because")
    assert list(chain.verify()) == [chain.Break(0, 3, "content does not match its hash")]


def test_s8_every_field_is_hashed() -> None:
    fields = {field.attname for field in AuditEvent._meta.concrete_fields}
    assert fields == CHANGES.keys()


def test_s8_acts_are_spread_over_partitions_that_all_hold(db: None) -> None:
    for number in range(40):
        with act(WHO) as done:
            done.record("a.b", "x", str(number))
            done.record("a.c", "x", str(number))
    heads = ChainHead.objects.count()
    assert 1 < heads <= chain.PARTITIONS
    assert list(chain.verify()) == []
    assert sum(ChainHead.objects.values_list("seq", flat=True)) == 80
