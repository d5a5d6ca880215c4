"""How an audit event is hashed, and how its chain is checked (G4)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC

from guazai.control.journal.models import AuditEvent, ChainHead

PARTITIONS = 16
_FIELDS = (
    "id",
    "partition",
    "seq",
    "actor_kind",
    "actor_id",
    "verb",
    "subject_kind",
    "subject_id",
    "before",
    "after",
    "reason",
    "request_id",
    "previous_hash",
)


def digest(event: AuditEvent) -> str:
    """SHA-256 over every field of `event` but its own hash, in hex."""
    content = {name: getattr(event, name) for name in _FIELDS}
    content["at"] = event.at.astimezone(UTC).isoformat()
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Break:
    """A place where a chain does not hold."""

    partition: int
    seq: int
    what: str


def verify() -> Iterator[Break]:
    """Every place where an event was changed, removed, added or moved."""
    for head in ChainHead.objects.order_by("partition"):
        yield from _verify_partition(head)
    known = ChainHead.objects.values("partition")
    for event in AuditEvent.objects.exclude(partition__in=known).order_by("partition", "seq"):
        yield Break(event.partition, event.seq, "event in a partition without a head")


def _verify_partition(head: ChainHead) -> Iterator[Break]:
    expected, previous = 1, ""
    events = AuditEvent.objects.filter(partition=head.partition).order_by("seq")
    for event in events.iterator(chunk_size=2000):
        if event.seq != expected:
            yield Break(head.partition, expected, "event missing")
        if event.previous_hash != previous:
            yield Break(head.partition, event.seq, "does not follow the event before it")
        if digest(event) != event.hash:
            yield Break(head.partition, event.seq, "content does not match its hash")
        expected, previous = event.seq + 1, event.hash
    if (head.seq, head.hash) != (expected - 1, previous):
        yield Break(head.partition, head.seq, "the head is not the last event")
