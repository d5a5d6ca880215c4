"""`act()`: the transaction of one act. Its audit events and outbox keys commit with it, or not."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from guazai.control.journal import chain
from guazai.control.journal.keys import Key
from guazai.control.journal.models import AuditEvent, ChainHead, OutboxKey
from guazai.control.kernel import clock, ids
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.locks import locked


@dataclass(slots=True)
class Act:
    """What one act has noted so far; written when its outermost transaction ends."""

    actor: Actor
    events: list[AuditEvent] = field(default_factory=list)
    keys: dict[Key, None] = field(default_factory=dict)

    def record(
        self,
        verb: str,
        subject_kind: str,
        subject_id: str,
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
        reason: str = "",
        touch: tuple[Key, ...] = (),
    ) -> None:
        """Note one event (`verb` as ``context.verb``), and the keys that it makes stale.

        `before` and `after` hold what changed, never personal data or secrets.
        """
        self.events.append(
            AuditEvent(
                actor_kind=self.actor.kind.value,
                actor_id=self.actor.id,
                verb=verb,
                subject_kind=subject_kind,
                subject_id=subject_id,
                before=_plain(before),
                after=_plain(after),
                reason=reason,
                request_id=self.actor.request_id,
            )
        )
        self.keys.update(dict.fromkeys(touch))


_current: ContextVar[Act | None] = ContextVar("guazai_act", default=None)


@contextmanager
def act(actor: Actor) -> Iterator[Act]:
    """One act in one transaction. Inside another act it joins that one's transaction.

    The chain's row lock is taken last, so that no act waits for it while others wait for the act.
    Raises `RuntimeError` where nothing was recorded: there is no act without an event (G4).
    """
    outer = _current.get()
    mine = Act(actor)
    with transaction.atomic():
        token = _current.set(mine)
        try:
            yield mine
        finally:
            _current.reset(token)
        if not mine.events:
            raise RuntimeError("an act ended without an audit event")
        if outer is None:
            _write(mine)
        else:
            outer.events += mine.events
            outer.keys.update(mine.keys)


def touch(*keys: Key) -> None:
    """Mark keys as stale outside an act: the relay's own fan-out, and repairs."""
    OutboxKey.objects.bulk_create(
        [OutboxKey(kind=key.kind, key=key.key, is_urgent=key.is_urgent) for key in keys]
    )


def _write(done: Act) -> None:
    touch(*done.keys)
    partition = zlib.crc32(ids.secret(4).encode()) % chain.PARTITIONS
    ChainHead.objects.get_or_create(partition=partition)
    head = locked(ChainHead.objects.filter(partition=partition)).get()
    now = clock.now()
    for event in done.events:
        event.at, event.partition, event.seq = now, partition, head.seq + 1
        event.previous_hash = head.hash
        event.hash = chain.digest(event)
        head.seq, head.hash = event.seq, event.hash
    AuditEvent.objects.bulk_create(done.events)
    head.save(update_fields=["seq", "hash"])


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    return dict(json.loads(json.dumps(values or {}, cls=DjangoJSONEncoder)))


def settle(rows: Sequence[OutboxKey]) -> None:
    """Delete outbox rows whose keys were published."""
    OutboxKey.objects.filter(pk__in=[row.pk for row in rows]).delete()
