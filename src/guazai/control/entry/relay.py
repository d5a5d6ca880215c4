"""The relay: outbox keys in, revised edge records out, and what became of them to who listens.

One transaction reads what some keys name now, revises the records that say otherwise, and deletes
the keys: a crash at any point loses nothing and repeats nothing, and telling the same content again
is no change (R4). Nodes are told from the log, by whom it is read; what was just committed is
handed over in memory, so that they need not wait for a look at it.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import TYPE_CHECKING

import structlog
from django.db import OperationalError, close_old_connections, transaction

from guazai.control.entry import notices, upkeep
from guazai.control.entry.models import EdgeRecord, FeedHead
from guazai.control.entry.notices import Step
from guazai.control.entry.projection import Projected, project
from guazai.control.journal import actions as journal
from guazai.control.journal import keys
from guazai.control.journal import queries as outbox
from guazai.control.journal.keys import Key, KeyKind
from guazai.control.kernel import clock
from guazai.control.kernel.batches import batched
from guazai.control.kernel.failpoints import failpoint
from guazai.control.kernel.locks import is_single_writer, locked, one_snapshot
from guazai.control.landing import queries as landing
from guazai.control.surfaces.registry import SURFACES
from guazai.feed.codec import Sealed, is_same, record_key, seal
from guazai.feed.digest import is_blank, weight
from guazai.feed.records import Watermark
from guazai.feed.seal import EdgeKey, bucket_of

if TYPE_CHECKING:
    from guazai.control.journal.models import OutboxKey

logger = structlog.get_logger(__name__)
BATCH = 512
#: How many keys are read together; between two such, a batch may end.
CHUNK = 64
#: How long one batch takes at most: a takedown, and on SQLite every writer, waits for its end.
BATCH_SECONDS = 0.05
POLL_SECONDS = 0.005
#: How long other writers are let in between two batches, where only one may write.
GAP_SECONDS = 0.02
HEARTBEAT_SECONDS = 1.0
PURGE_SECONDS = 60.0
#: How long to wait after a failure, at most: the database may be restarting.
BACKOFF_SECONDS = 1.0
SERIALIZATION_FAILURE = "40001"


class SupersededError(Exception):
    """Another relay, or another epoch, began since: this one must not write any more."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one transaction of the relay did, once it is committed.

    `records`, in the order of their revisions, lead from `after` to `watermark`; `digests` says by
    what the digest of each bucket changed. Without records it says that all is told.
    """

    after: tuple[int, int]
    watermark: Watermark
    records: tuple[Sealed, ...] = ()
    digests: Mapping[int, int] = field(default_factory=dict)
    settled: int = 0
    seconds: float = 0.0


Listener = Callable[[Told], None]


class Relay:
    """The one process that writes the log. The relay that started last wins (`relay_boot`)."""

    def __init__(self, edge_key: EdgeKey, listen: Listener = lambda _: None) -> None:
        self.boot = secrets.token_hex(8)
        self.epoch = 0
        self._edge_key = edge_key
        #: Told of what is committed, in the relay's thread.
        self.listen = listen

    def begin(self) -> None:
        """Take over from any relay before, and see to it that all records bear the key's seal."""
        with transaction.atomic():
            # A new database gets a later epoch than any before it, so that its records are newer.
            fresh = {"epoch": int(time.time()), "edge_key_id": self._edge_key.identifier()}
            FeedHead.objects.get_or_create(pk=1, defaults=fresh)
            head = locked(FeedHead.objects.filter(pk=1)).get()
            head.relay_boot = self.boot
            head.save(update_fields=["relay_boot"])
        self.epoch = head.epoch
        if head.edge_key_id != self._edge_key.identifier():
            self.epoch = upkeep.reseal(self._edge_key, head.epoch)
            logger.warning("relay.edge_key_changed", epoch=self.epoch)

    def _require_mine(self, head: FeedHead) -> FeedHead:
        if (head.relay_boot, head.epoch) != (self.boot, self.epoch):
            raise SupersededError
        return head

    def drain(self, limit: int = BATCH) -> int:
        """Tell one batch of outbox keys; returns how many rows it settled.

        Raises SupersededError where another relay has started.
        """
        if not outbox.is_waiting():
            return 0
        began = time.monotonic()
        with one_snapshot():
            batch = _Batch(self._head(), self._edge_key)
            settled = batch.tell(outbox.waiting(limit), began + BATCH_SECONDS)
            told = batch.end(settled)
            failpoint("relay.told")
        failpoint("relay.committed")
        self.listen(replace(told, seconds=time.monotonic() - began))
        return told.settled

    def heartbeat(self) -> None:
        """Say that all is told, if nothing waits. Raises SupersededError."""
        at_ms = _now_ms()
        head = self._require_mine(FeedHead.objects.get(pk=1))
        if not outbox.is_waiting():
            point = (head.epoch, head.revision)
            self.listen(Told(point, Watermark(*point, at_ms)))

    def run(self, should_stop: Callable[[], bool]) -> None:
        """Relay until `should_stop()`; outlives failures of the database.

        Raises SupersededError where another relay has started.
        """
        next_beat = next_purge = 0.0
        delay = GAP_SECONDS
        while not should_stop():
            began = time.monotonic()
            try:
                settled = self.drain()
                pause = POLL_SECONDS
                if settled:
                    # Who waits to write looks rarely, and would find no shorter gap.
                    pause = GAP_SECONDS if is_single_writer() else 0.0
                if began >= next_beat:
                    self.heartbeat()
                    next_beat = began + HEARTBEAT_SECONDS
                if began >= next_purge and not upkeep.purge():
                    next_purge = began + PURGE_SECONDS
                delay = GAP_SECONDS
            except SupersededError:
                raise
            except Exception as error:
                if _is_conflict(error):
                    continue
                logger.exception("relay.failed")
                close_old_connections()
                pause = delay = min(delay * 2, BACKOFF_SECONDS)
            time.sleep(pause)

    def _head(self) -> FeedHead:
        return self._require_mine(locked(FeedHead.objects.filter(pk=1)).get())


class _Batch:
    """What one transaction revises."""

    def __init__(self, head: FeedHead, edge_key: EdgeKey) -> None:
        self._head = head
        self._edge_key = edge_key
        self._after = (head.epoch, head.revision)
        #: Revision and value by key, in the order of revisions.
        self._told: dict[bytes, tuple[int, bytes]] = {}
        self._digests: dict[int, int] = {}

    def tell(self, waiting: Iterable[OutboxKey], until: float) -> list[OutboxKey]:
        """Revise what some keys name, as far as time allows; those that are settled."""
        settled: list[OutboxKey] = []
        for rows in batched(waiting, CHUNK):
            if settled and time.monotonic() > until:
                break
            touched = {Key(KeyKind(row.kind), row.key) for row in rows}
            # Keys of a batch have no order of their own; a fixed one makes runs alike.
            ordered = sorted(touched, key=attrgetter("kind", "key"))
            _fan_out(key.key for key in ordered if key.kind is KeyKind.PAGES)
            self._revise(project(ordered))
            settled += rows
        return settled

    def _revise(self, projected: Iterable[Projected]) -> None:
        wanted = {record_key(each.record): each for each in projected}
        found = EdgeRecord.objects.filter(pk__in=list(wanted)).values_list("key", "value")
        held = {bytes(key): bytes(value) for key, value in found}
        held |= {key: self._told[key][1] for key in wanted.keys() & self._told.keys()}
        steps: list[Step] = []
        for key, each in wanted.items():
            before = held.get(key)
            if before is None and each.is_optional:
                continue
            record = each.at(self._head.epoch, self._head.revision + 1)
            sealed = seal(record, self._edge_key)
            if before is not None and is_same(key, before, sealed.value):
                continue
            self._take(sealed, before)
            steps.append(Step(before, record))
        notices.tell(steps)

    def _take(self, sealed: Sealed, before: bytes | None) -> None:
        self._head.revision += 1
        self._told.pop(sealed.key, None)
        self._told[sealed.key] = self._head.revision, sealed.value
        bucket = bucket_of(sealed.key)
        change = weight(sealed) ^ (0 if before is None else weight(Sealed(sealed.key, before)))
        self._digests[bucket] = self._digests.get(bucket, 0) ^ change

    def end(self, settled: list[OutboxKey]) -> Told:
        """Write everything."""
        now = clock.now()
        records = tuple(Sealed(key, value) for key, (_, value) in self._told.items())
        EdgeRecord.objects.bulk_create(
            [
                EdgeRecord(
                    key=each.key,
                    value=each.value,
                    revision=self._told[each.key][0],
                    bucket=bucket_of(each.key),
                    blank_since=now if is_blank(each) else None,
                )
                for each in records
            ],
            update_conflicts=True,
            unique_fields=["key"],
            update_fields=["value", "revision", "blank_since"],
        )
        self._head.save(update_fields=["revision"])
        journal.settle(settled, self._head.epoch, self._head.revision)
        return Told(
            after=self._after,
            watermark=Watermark(self._head.epoch, self._head.revision, _now_ms()),
            records=records,
            digests=self._digests,
            settled=len(settled),
        )


def _is_conflict(error: Exception) -> bool:
    """Whether a row changed that the transaction's moment does not know: it is read anew."""
    is_operational = isinstance(error, OperationalError)
    return is_operational and getattr(error.__cause__, "sqlstate", "") == SERIALIZATION_FAILURE


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _fan_out(app_ids: Iterable[str]) -> None:
    for app_id in app_ids:
        for surface in SURFACES.values():
            journal.touch(*(keys.entry(each) for each in landing.accounts_of(app_id, surface)))
