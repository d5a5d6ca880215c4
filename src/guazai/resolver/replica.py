"""A node's copy of the log, as its follower's threads share it: how far it is, and its rotation."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from guazai.feed import Sealed, Watermark
from guazai.resolver.board import Cell
from guazai.resolver.node import Node
from guazai.resolver.store import Moment, Store

Point = tuple[int, int]


@dataclass(slots=True)
class Notes:
    """Keys that were applied since; `is_void` where a whole store took another's place."""

    keys: set[bytes] = field(default_factory=set)
    is_void: bool = False


class Replica:
    """The current store and its watermark; every change of either is made here, one at a time."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._lock = threading.RLock()
        self._nobody_reads = threading.Condition(self._lock)
        self._readers = 0
        self._is_replacing = False
        self._notes: list[Notes] = []
        self._floor: Point | None = None
        self._lease_until = 0
        self.mark = node.store.watermark()
        self.position = node.store.position()

    @property
    def point(self) -> Point | None:
        """Epoch and revision; None where there is nothing yet."""
        return None if self.mark is None else point_of(self.mark)

    def apply(self, records: Sequence[Sealed], mark: Watermark, position: int) -> None:
        """Take what is newer, and the watermark with it."""
        with self._lock:
            self.node.apply(records, mark, position)
            for each in self._notes:
                each.keys.update(key for key, _ in records)
            self.mark, self.position = mark, position
            board = self.node.board
            board.add(Cell.RECORDS, len(records))
            if records:
                board[Cell.NEWEST_AT_MS] = mark.at_ms
            self._tell()

    @contextmanager
    def noting(self) -> Iterator[Notes]:
        """Note what is applied meanwhile."""
        notes = Notes()
        with self._lock:
            self._notes.append(notes)
        try:
            yield notes
        finally:
            with self._lock:
                self._notes.remove(notes)

    @contextmanager
    def held(self) -> Iterator[Moment]:
        """Read while nothing is applied; `mend` may be called within, and is not seen."""
        with self._lock, self.node.store.moment() as moment:
            yield moment

    @contextmanager
    def reading(self) -> Iterator[Moment]:
        """Read for a while beside what is applied; to be left soon when `is_replacing` is true."""
        with self._lock:
            self._readers += 1
            store = self.node.store
        try:
            with store.moment() as moment:
                yield moment
        finally:
            with self._lock:
                self._readers -= 1
                self._nobody_reads.notify_all()

    def is_replacing(self) -> bool:
        """Whether another store waits to take this one's place."""
        return self._is_replacing

    def mend(self, put: Sequence[Sealed], delete: Sequence[bytes]) -> None:
        """Hold `put` and nothing under `delete`, whatever is held."""
        with self._lock:
            self.node.mend(put, delete)

    def take_over(self, store: Store, *, is_forced: bool) -> bool:
        """Make a store that was rebuilt the current one, unless it is behind and not forced."""
        mark, position = store.watermark(), store.position()
        with self._lock:
            is_behind = self.point is not None and (mark is None or point_of(mark) < self.point)
            if is_behind and not is_forced:
                return False
            self._await_readers()
            for each in self._notes:
                each.is_void = True
            if not (self._is_recent(self.mark) and self._is_recent(mark)):
                # Workers go over one by one: until all have, the node is what the worse store is.
                self.node.board[Cell.ROTATION_UNTIL] = 0
            self.node.flip(store)
            self.mark, self.position = mark, position
            self._tell()
            return True

    def _await_readers(self) -> None:
        """Closing a store while it is read through would pull the map from under the reader."""
        self._is_replacing = True
        try:
            self._nobody_reads.wait_for(lambda: self._readers == 0)
        finally:
            self._is_replacing = False

    def settle(self) -> None:
        """Have everything on the disk; nothing is changed any more, whoever tries waits."""
        self._lock.acquire()
        self.node.settle()

    def grant(self, lease_until: int, floor: Point) -> None:
        """Hold a lease until then, CLOCK_MONOTONIC in ns, where the store is as far as `floor`."""
        with self._lock:
            self._lease_until = lease_until
            self._raise_floor(floor)
            self._tell()

    def raise_floor(self, floor: Point) -> None:
        """Know the floor where no lease was granted."""
        with self._lock:
            self._raise_floor(floor)
            self._tell()

    def _raise_floor(self, floor: Point) -> None:
        """It never falls: a relay that was replaced may still answer, with the floor it knew."""
        self._floor = max(self._floor or floor, floor)

    def _is_recent(self, mark: Watermark | None) -> bool:
        return mark is not None and self._floor is not None and has_reached(mark, self._floor)

    def _tell(self) -> None:
        """Write what readiness depends on to the board."""
        board, mark = self.node.board, self.mark
        if mark is not None:
            board[Cell.FEED_AT_MS] = mark.at_ms
        if self._floor is not None:
            board[Cell.FLOOR_EPOCH], board[Cell.FLOOR_REVISION] = self._floor
        board[Cell.LEASE_UNTIL] = self._lease_until
        board[Cell.ROTATION_UNTIL] = self._lease_until if self._is_recent(mark) else 0


def point_of(mark: Watermark) -> Point:
    """Epoch and revision."""
    return mark.epoch, mark.revision


def has_reached(mark: Watermark, floor: Point) -> bool:
    """Whether a store at `mark` is of the floor's epoch and not behind it."""
    return mark.epoch == floor[0] and mark.revision >= floor[1]
