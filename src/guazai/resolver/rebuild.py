"""Rebuilding a node's store from a snapshot, beside the one that answers, and flipping over (R10).

A kill at any moment leaves the old store current or the new one; what else lies there is removed
when a writer starts.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterable, Iterator

import lmdb
import structlog

from guazai.feed import EdgeKey, Sealed
from guazai.feed.codec import is_genuine
from guazai.resolver.board import Cell
from guazai.resolver.relay import Damaged, Relay, RelayError
from guazai.resolver.replica import Replica
from guazai.resolver.source import Source
from guazai.resolver.store import Store, StoreError
from guazai.resolver.tail import GapError, continued, row_key
from guazai.resolver.veil import Veil

#: How long a store that is complete may follow the feed until it has caught up with the old one.
CATCH_UP_SECONDS = 60.0
log = structlog.get_logger(__name__)


class Rebuilder:
    """Rebuilds one replica, one rebuild at a time. Every method raises RelayError."""

    def __init__(
        self, relay: Relay, source: Source, replica: Replica, veil: Veil, edge_key: EdgeKey
    ) -> None:
        self._relay = relay
        self._source = source
        self._replica = replica
        self._veil = veil
        self._edge_key = edge_key
        self._board = replica.node.board
        self._turn = threading.Lock()

    def rehydrate(self, why: str) -> None:
        """Replace a store that cannot follow the feed any more, unless that was done meanwhile."""
        stuck = self._replica.node.store
        with self._turn:
            if self._replica.node.store is stuck:
                is_first = self._replica.mark is None
                self._rebuild(why, is_fed=False)
                self._board.add(Cell.REHYDRATIONS, 0 if is_first else 1)

    def rebuild(self, why: str) -> None:
        """Replace a store that goes on following the feed meanwhile, and is never behind it."""
        with self._turn:
            self._rebuild(why, is_fed=self._replica.mark is not None)

    def _rebuild(self, why: str, *, is_fed: bool) -> None:
        began = time.monotonic()
        log.warning("rebuild.began", why=why)
        suspects = self._veil.suspects()
        bad: set[bytes] = set()
        store = self._replica.node.beside()
        try:
            self._fill(store, bad)
            self._replace(store, bad, is_fed=is_fed)
        except BaseException as error:
            self._board.add(Cell.REBUILD_FAILURES)
            store.close()
            shutil.rmtree(store.path)
            log.warning("rebuild.failed", why=str(error))
            if isinstance(error, StoreError | lmdb.Error):
                raise Damaged(f"the snapshot cannot be stored: {error}") from error
            raise
        finally:
            self._board[Cell.REBUILD_DONE] = self._board[Cell.REBUILD_TOTAL] = 0
        self._veil.acquit(suspects - bad)
        self._board.add(Cell.REBUILDS)
        point = self._replica.point
        log.info("rebuild.done", at=point, seconds=round(time.monotonic() - began, 3))

    def _fill(self, store: Store, bad: set[bytes]) -> None:
        """Load a snapshot into an empty store."""
        with self._relay.snapshot() as snapshot:
            start = snapshot.start
            self._board[Cell.REBUILD_DONE] = 0
            self._board[Cell.REBUILD_TOTAL] = start.rows
            store.load(
                self._genuine(snapshot.records, bad),
                start.watermark,
                start.position,
                lambda more: self._board.add(Cell.REBUILD_DONE, more),
            )

    def _genuine(self, records: Iterable[Sealed], bad: set[bytes]) -> Iterator[Sealed]:
        """Leave out what cannot be believed; what it is about is hidden from then on."""
        for each in records:
            if is_genuine(each, self._edge_key):
                yield each
            else:
                bad.add(row_key(each.key))
                self._veil.suspect(bad)
                self._board.add(Cell.BAD_MACS)
                log.error("rebuild.bad_mac")

    def _replace(self, store: Store, bad: set[bytes], *, is_fed: bool) -> None:
        """Flip, once the new store is as far as the old one where that one goes on."""
        if self._replica.take_over(store, is_forced=not is_fed):
            return
        until = time.monotonic() + CATCH_UP_SECONDS
        mark = store.watermark()
        if mark is None:
            raise Damaged("the snapshot had no watermark")
        for arrivals in self._source.tail(mark, store.position()):
            try:
                led, found, position = continued(mark, arrivals)
            except GapError as error:
                raise Damaged(f"the feed does not continue the snapshot: {error}") from error
            if led is not None:
                store.apply(list(self._genuine(found, bad)), led, position)
                mark = led
            if self._replica.take_over(store, is_forced=False):
                return
            if time.monotonic() > until:
                break
        raise RelayError("the new store did not catch up with the old one")
