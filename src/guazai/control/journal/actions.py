"""`act()`: the transaction of one act. Its audit events and outbox keys commit with it, or not."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from guazai.control.journal import chain
from guazai.control.journal.keys import Key, NoticeKind
from guazai.control.journal.models import (
    AuditEvent,
    ChainHead,
    NoticeKey,
    OutboxKey,
    Takedown,
)
from guazai.control.kernel import clock, ids
from guazai.control.kernel.actor import Actor
from guazai.control.kernel.locks import locked


@dataclass(slots=True)
class Act:
    """What one act has noted so far; written when its outermost transaction ends."""

    actor: Actor
    events: list[AuditEvent] = field(default_factory=list)
    #: Each key with the id of the event that touched it first.
    keys: dict[Key, str] = field(default_factory=dict)
    #: The events of which those outside are told.
    telling: list[str] = field(default_factory=list)

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
        tells: bool = False,
    ) -> None:
        """Note one event (`verb` as ``context.verb``), and the keys that it makes stale.

        A key that hides makes it a takedown, which is accepted with the act (V3). `before` and
        `after` hold what changed, never personal data or secrets. Where it `tells`, those outside
        hear of it (N2).
        """
        event = AuditEvent(
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
        self.events.append(event)
        self.touch(dict.fromkeys(touch, event.pk))
        if tells:
            self.telling.append(event.pk)

    def touch(self, touched: Mapping[Key, str]) -> None:
        """Note keys, each with its event; one that is noted keeps the event it has."""
        for key, event_id in touched.items():
            self.keys.setdefault(key, event_id)


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
            outer.touch(mine.keys)
            outer.telling += mine.telling


def touch(*keys: Key) -> None:
    """Mark keys as stale outside an act: the relay's own fan-out, and repairs."""
    _mark(keys, {})


def notice(kind: NoticeKind, keys: Iterable[str]) -> None:
    """Note that those outside may have to be told of some keys; in the caller's transaction."""
    NoticeKey.objects.bulk_create([NoticeKey(kind=kind, key=key) for key in keys], batch_size=500)


def drop_notices(rows: Sequence[NoticeKey]) -> None:
    """Delete notices of which those outside are told, or have no wish to be."""
    NoticeKey.objects.filter(pk__in=[row.pk for row in rows]).delete()


def _mark(touched: Iterable[Key], takedowns: Mapping[Key, Takedown]) -> None:
    """Mark each once: a plain key says nothing that one does not which hides, or is urgent."""
    marked: dict[tuple[str, str], OutboxKey] = {}
    rows: list[OutboxKey] = []
    for key in sorted(touched, key=lambda each: (not each.hides, not each.is_urgent)):
        if key.hides or (key.kind, key.key) not in marked:
            row = OutboxKey(
                kind=key.kind, key=key.key, is_urgent=key.is_urgent, takedown=takedowns.get(key)
            )
            marked[key.kind, key.key] = row
            rows.append(row)
    OutboxKey.objects.bulk_create(rows)


def _write(done: Act) -> None:
    takedowns = {
        key: Takedown(kind=key.kind, key=key.key, surface=key.surface, event_id=event)
        for key, event in done.keys.items()
        if key.hides
    }
    _mark(done.keys, takedowns)
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
    for takedown in takedowns.values():
        takedown.accepted_at = now
    Takedown.objects.bulk_create(takedowns.values())
    if done.telling:
        notice(NoticeKind.EVENT, done.telling)


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any]:
    return dict(json.loads(json.dumps(values or {}, cls=DjangoJSONEncoder)))


def settle(rows: Sequence[OutboxKey], epoch: int, revision: int) -> None:
    """Delete outbox rows whose keys the feed tells, all of them by `revision` of `epoch`."""
    OutboxKey.objects.filter(pk__in=[row.pk for row in rows]).delete()
    told = [row.takedown_id for row in rows if row.takedown_id]
    if told:
        Takedown.objects.filter(pk__in=told).update(told_epoch=epoch, told_revision=revision)


def make_effective(takedown_ids: Sequence[str]) -> None:
    """Note that no node in rotation shows these any more."""
    rows = Takedown.objects.filter(pk__in=takedown_ids, effective_at__isnull=True)
    rows.update(effective_at=clock.now(), waits_for=[])


def note_waiting(waits_for: Mapping[str, Sequence[str]]) -> None:
    """Note which nodes keep takedowns from being effective."""
    rows = [Takedown(pk=pk, waits_for=list(nodes)) for pk, nodes in waits_for.items()]
    Takedown.objects.bulk_update(rows, ["waits_for"], batch_size=500)
