"""Takedowns, between the database and the nodes: what the relay's process runs beside relaying.

One thread looks for takedowns, and never writes: on SQLite a writer may wait for others, and a
warden that does not look grants no leases. Another one writes down what became effective, how the
nodes are, and the denies that were laid by break-glass.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.db import close_old_connections, connection, transaction

from guazai.control.entry import actions
from guazai.control.entry.models import FeedHead, ResolverNode
from guazai.control.entry.warden import NodeStatus, Open, Point, Warden
from guazai.control.journal import actions as journal
from guazai.control.journal import queries as audit
from guazai.control.journal.keys import KeyKind, reach
from guazai.control.journal.queries import PlainTakedown
from guazai.control.kernel import clock
from guazai.control.kernel.batches import batched
from guazai.feed.lease import LeaseAnswer, LeaseRequest, is_signed
from guazai.feed.seal import EdgeKey

if TYPE_CHECKING:
    from guazai.control.journal.models import Takedown

log = structlog.get_logger(__name__)
#: How often it looks for takedowns, and how long it waits after a failure.
POLL_SECONDS = 0.010
BACKOFF_SECONDS = 0.050
STATUS_SECONDS = 1.0
#: A node that did not ask for so long is forgotten.
FORGET_NODES = timedelta(days=1)
READ_AT_ONCE = 500
#: What is written anew of a node that is known.
SAID = [
    field.name
    for field in ResolverNode._meta.concrete_fields
    if field.name not in {"name", "first_seen_at"}
]


class ReplacedError(Exception):
    """Another relay took this one's place."""


class Takedowns:
    """The takedowns of one relay's life; `boot` is what it wrote into the feed's head.

    Make it after that. `on_change` is called, in a thread of this, where waiting requests may have
    an answer. `ask` may be called by any thread.
    """

    def __init__(
        self, boot: str, edge_key: EdgeKey, on_change: Callable[[], object] = lambda: None
    ) -> None:
        self._warden = Warden(boot, time.monotonic())
        self._lock = threading.Lock()
        self._boot = boot
        self._edge_key = edge_key
        self._on_change = on_change
        self._told: Point | None = None
        self._is_blind = False
        #: Signed denies that are in the database, and their takedowns.
        self._merging: dict[str, str] = {}
        self._refused: set[str] = set()
        self._ended = threading.Event()

    def ask(self, request: LeaseRequest, received: float) -> LeaseAnswer | float:
        """Answer a node's request that was `received` then, by `time.monotonic`.

        Or say until when to wait for a change, before asking again with the same request and time.
        """
        with self._lock:
            return self._warden.ask(request, received, time.monotonic())

    def nodes(self) -> list[NodeStatus]:
        """Every life of a node that asked lately."""
        with self._lock:
            return self._warden.nodes(time.monotonic())

    def run(self, should_stop: Callable[[], bool]) -> None:
        """Look for takedowns until `should_stop()`; outlives failures of the database.

        Raises ReplacedError where another relay took this one's place.
        """
        writer = threading.Thread(target=self._write, name="takedown-writer", daemon=True)
        writer.start()
        try:
            while not should_stop():
                began = time.monotonic()
                delay = POLL_SECONDS
                try:
                    self.look()
                except ReplacedError:
                    raise
                except Exception:
                    if not self._is_blind:
                        self._is_blind = True
                        log.exception("takedowns.blind")
                    close_old_connections()
                    delay = BACKOFF_SECONDS
                time.sleep(max(0.0, began + delay - time.monotonic()))
        finally:
            with self._lock:
                self._warden.end()
            self._ended.set()
            writer.join()
            connection.close()

    def look(self) -> None:
        """Look at the database once. Raises ReplacedError."""
        began = time.monotonic()
        epoch, relay_boot = FeedHead.objects.values_list("epoch", "relay_boot").get()
        if relay_boot != self._boot:
            raise ReplacedError
        floor: Point = (epoch, 0)
        told: list[tuple[str, Point]] = []
        if self._told is None:
            last_told = audit.last_told()
            floor = max(last_told, floor)
            found = [_open(row) for row in audit.open_takedowns()]
        else:
            found = self._find_new()
            told = self._find_told(self._told)
            last_told = max((point for _, point in told), default=self._told)
        with self._lock:
            is_changed = self._warden.look(found, told, began=began, floor=floor)
        self._told = last_told
        if is_changed:
            self._on_change()
        if self._is_blind:
            self._is_blind = False
            log.info("takedowns.seeing")

    def declare(self) -> int:
        """Write down what became effective; how many did."""
        with self._lock:
            found = self._warden.effective(time.monotonic())
        done = 0
        for ids in batched(found, READ_AT_ONCE):
            with transaction.atomic():
                if not self._is_mine():
                    return done
                journal.make_effective(ids)
            with self._lock:
                self._warden.declared(ids, time.monotonic())
            done += len(ids)
        return done

    def merge(self) -> None:
        """Make the denies real that nodes were given by break-glass, once each."""
        with self._lock:
            handed = self._warden.handed()
        for each in handed:
            if each.id in self._merging or each.id in self._refused:
                continue
            if not is_signed(each, self._edge_key):
                # The nodes that took it had another key, and go on hiding what it names.
                log.error("break_glass.not_signed", id=each.id, signed_by=each.signed_by)
                self._refused.add(each.id)
                continue
            deny = actions.merge_break_glass(each)
            self._merging[each.id] = audit.takedowns_of("deny", [deny.pk])[deny.pk].pk
        if self._merging:
            told = audit.told().filter(pk__in=list(self._merging.values()))
            points = {row.pk: _point(row) for row in told}
            for token_id, takedown_id in list(self._merging.items()):
                if takedown_id in points:
                    with self._lock:
                        self._warden.merged(token_id, points[takedown_id])
                    del self._merging[token_id]

    def note_nodes(self) -> None:
        """Write down how the nodes are, and for which of them takedowns wait."""
        now, at = time.monotonic(), clock.now()
        with self._lock:
            nodes = self._warden.nodes(now)
            waits_for = self._warden.waits_for(now)
        last = {each.said.node: each for each in sorted(nodes, key=lambda each: -each.seen_ago)}
        rows = [_node_row(each, at) for each in last.values()]
        with transaction.atomic():
            if not self._is_mine():
                return
            ResolverNode.objects.bulk_create(
                rows, update_conflicts=True, unique_fields=["name"], update_fields=SAID
            )
            ResolverNode.objects.filter(seen_at__lt=at - FORGET_NODES).delete()
            journal.note_waiting(waits_for)

    def _write(self) -> None:
        status_at = 0.0
        while not self._ended.wait(POLL_SECONDS):
            try:
                self.declare()
                self.merge()
                if time.monotonic() >= status_at:
                    status_at = time.monotonic() + STATUS_SECONDS
                    self.note_nodes()
            except Exception:
                log.exception("takedowns.not_written")
                close_old_connections()
                self._ended.wait(BACKOFF_SECONDS)
        connection.close()

    def _find_new(self) -> list[Open]:
        """All that is pending, if anything is new: mostly nothing is, and then ids are enough."""
        pending = audit.pending_ids()
        with self._lock:
            if self._warden.knows(pending):
                return []
        return [_open(row) for row in audit.pending_takedowns()]

    def _find_told(self, since: Point) -> list[tuple[str, Point]]:
        """The points at which takedowns were told, at `since` or later; in any order, or again."""
        with self._lock:
            if not self._warden.has_untold():
                return []
        return [(row.pk, _point(row)) for row in audit.told(since)]

    def _is_mine(self) -> bool:
        """Whether no other relay took this one's place; asked in the transaction that writes."""
        return FeedHead.objects.filter(relay_boot=self._boot).exists()


def _open(row: PlainTakedown) -> Open:
    scope, target = reach(KeyKind(row.kind), row.key)
    told = None if row.told_epoch is None else _point(row)
    return Open(row.id, scope, row.surface, target, told, row.effective_at is not None)


def _point(row: Takedown | PlainTakedown) -> Point:
    """Where it was told; nowhere before everything, where it was not."""
    return row.told_epoch or 0, row.told_revision or 0


def _node_row(status: NodeStatus, at: datetime) -> ResolverNode:
    said = status.said
    seen_at = at - timedelta(seconds=status.seen_ago)
    return ResolverNode(
        name=said.node,
        boot=said.boot,
        first_seen_at=seen_at,
        seen_at=seen_at,
        lease_until=at + timedelta(seconds=status.lease_left),
        is_in_rotation=status.is_in_rotation,
        epoch=said.epoch,
        revision=said.revision,
        overlay_boot=said.holds.boot if said.holds else "",
        overlay_count=said.holds.count if said.holds else None,
        feed_age_ms=said.feed_age_ms,
        drift_found=said.drift_found,
        drift_mended=said.drift_mended,
        software=said.software,
    )
