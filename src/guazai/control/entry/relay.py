"""The relay: outbox keys in, versioned edge records out.

An outbox row is deleted only after what it names was published, and what is published is read after
the row was seen, so a crash at any point loses nothing; telling the same content again keeps its
version, so a repeat is no visible change (R4).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import structlog
from django.db import close_old_connections, transaction

from guazai.control.entry import notices
from guazai.control.entry.models import EdgeRecord, FeedHead
from guazai.control.entry.projection import Projected, project
from guazai.control.journal import actions as journal
from guazai.control.journal import keys
from guazai.control.journal import queries as outbox
from guazai.control.journal.keys import Key, KeyKind
from guazai.control.kernel.failpoints import failpoint
from guazai.control.kernel.locks import is_single_writer, locked, one_snapshot
from guazai.control.landing import queries as landing
from guazai.control.surfaces.registry import SURFACES
from guazai.feed import codec
from guazai.feed.records import Record, Sink, Watermark

if TYPE_CHECKING:
    from guazai.control.journal.models import OutboxKey

log = structlog.get_logger(__name__)
BATCH = 50
#: How long one batch is told at most: a takedown, and on SQLite every writer, waits for its end.
BATCH_SECONDS = 0.05
POLL_SECONDS = 0.02
HEARTBEAT_SECONDS = 1.0
#: How long to wait after a failure, at most: the database or the store may be restarting.
BACKOFF_SECONDS = 1.0


def drain(sink: Sink, limit: int = BATCH) -> int:
    """Publish one batch of outbox keys; returns how many rows it settled."""
    if not outbox.waiting(1):
        return 0
    with one_snapshot():
        head = _head()
        told, records = _tell(head, outbox.waiting(limit))
        mark = _watermark(head)
    failpoint("relay.told")
    sink.apply(records, mark)
    failpoint("relay.published")
    journal.settle(told, mark.epoch, mark.revision)
    failpoint("relay.settled")
    return len(told)


def catch_up(sink: Sink) -> int:
    """Publish what `sink` lacks; everything where it is new or of another epoch."""
    sent = 0
    with transaction.atomic():
        head = _head()
        held = sink.watermark()
        since = held.revision if held and held.epoch == head.epoch else 0
        missing = EdgeRecord.objects.filter(revision__gt=since).order_by("revision")
        batch: list[Record] = []
        for row in missing.iterator(chunk_size=2000):
            batch.append(codec.decode(bytes(row.record)))
            if len(batch) == 2000:
                # The old watermark: what is not there yet must not seem to be.
                sink.apply(batch, Watermark(head.epoch, since, 0))
                sent, batch = sent + len(batch), []
        sink.apply(batch, _watermark(head))
    return sent + len(batch)


def heartbeat(sink: Sink) -> None:
    """Tell the edge that what it holds is current, if nothing waits."""
    head = FeedHead.objects.filter(pk=1).first()
    if head is not None and not outbox.waiting(1):
        sink.apply([], _watermark(head))


def run(sink: Sink, should_stop: Callable[[], bool]) -> None:
    """Relay until `should_stop()`; outlives failures of the database and of the sink."""
    is_current, next_beat, delay = False, 0.0, POLL_SECONDS
    while not should_stop():
        try:
            if not is_current:
                sent = catch_up(sink)
                log.info("relay.caught_up", records=sent)
                is_current = True
            settled = drain(sink)
            if time.monotonic() >= next_beat:
                heartbeat(sink)
                next_beat = time.monotonic() + HEARTBEAT_SECONDS
            delay = POLL_SECONDS
        except Exception:
            log.exception("relay.failed")
            close_old_connections()
            is_current, settled, delay = False, 0, min(delay * 2, BACKOFF_SECONDS)
        if not settled or is_single_writer():
            # Also after a batch: who waits to write looks rarely, and would find no gap.
            time.sleep(delay)


def _head() -> FeedHead:
    # A new database gets a later epoch than any before it, so that its records are newer.
    FeedHead.objects.get_or_create(pk=1, defaults={"epoch": int(time.time())})
    return locked(FeedHead.objects.filter(pk=1)).get()


def _watermark(head: FeedHead) -> Watermark:
    return Watermark(head.epoch, head.revision, time.time_ns() // 1_000_000)


def _tell(head: FeedHead, waiting: Sequence[OutboxKey]) -> tuple[list[OutboxKey], list[Record]]:
    """What the keys of `waiting` name now, as far as a batch's time allows, and whose that is."""
    told: list[OutboxKey] = []
    records: dict[Key, list[Record]] = {}
    until = time.monotonic() + BATCH_SECONDS
    for row in waiting:
        key = Key(KeyKind(row.kind), row.key)
        if key not in records:
            if told and time.monotonic() > until:
                break
            records[key] = list(_records(head, key))
        told.append(row)
    head.save(update_fields=["revision"])
    return told, [record for found in records.values() for record in found]


def _records(head: FeedHead, key: Key) -> Iterator[Record]:
    if key.kind is KeyKind.MINI_PROGRAM:
        _fan_out(key.key)
    for projected in project(key):
        row = EdgeRecord.objects.filter(pk=projected.key).first()
        if row is None and projected.is_blank:
            continue
        if row is None or row.digest != projected.digest():
            row = _revise(head, projected, row)
        yield codec.decode(bytes(row.record))


def _revise(head: FeedHead, projected: Projected, before: EdgeRecord | None) -> EdgeRecord:
    head.revision += 1
    record = projected.record(head.epoch, head.revision)
    row = EdgeRecord(
        key=projected.key,
        digest=projected.digest(),
        record=codec.encode(record),
        revision=head.revision,
    )
    row.save(force_insert=before is None, force_update=before is not None)
    notices.tell(codec.decode(bytes(before.record)) if before else None, record)
    return row


def _fan_out(app_id: str) -> None:
    for surface in SURFACES.values():
        journal.touch(*(keys.entry(each) for each in landing.accounts_of(app_id, surface)))
