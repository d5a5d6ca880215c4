"""Scrubbing: what a node holds is compared with what the log says, and mended (R11).

With a checkpoint come the digests of 4,096 buckets at one watermark. The store is read through as
of exactly then: every record's MAC is checked, and each bucket's digest made anew. What cannot be
believed is hidden at once. Buckets that differ are fetched, and every row that no newer feed has
touched meanwhile is made what the log says.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

import lmdb
import structlog

from guazai.feed import EdgeKey, Sealed
from guazai.feed.codec import (
    ACCOUNT_PREFIX,
    PROGRAM_PREFIX,
    RANK,
    VERDICT_SUFFIX,
    WIDE_DENY_PREFIX,
    is_genuine,
)
from guazai.feed.digest import is_blank, weight
from guazai.feed.frames import Checkpoint
from guazai.feed.seal import BUCKETS
from guazai.resolver.board import Cell
from guazai.resolver.relay import Relay, RelayError
from guazai.resolver.replica import Notes, Point, Replica, point_of
from guazai.resolver.store import Moment, StoreError
from guazai.resolver.tail import row_key
from guazai.resolver.veil import Veil

#: The other threads of the follower, which hold the lease, get their turn this often.
YIELD_ROWS = 2000
YIELD_SECONDS = 0.0005
#: Where more buckets differ, a rebuild is cheaper, and whatever is wrong is not only drift.
MAX_BUCKETS = 1024
FETCHED_BUCKETS = 64
RETRY_SECONDS = 1.0
#: A scan rests for ten times as long as it took, but drift is to be found within a minute (R11).
REST = 10
MIN_REST = 3
FOUND_SECONDS = 50.0
log = structlog.get_logger(__name__)


class Interrupted(Exception):
    """The store is to be replaced, or the follower ends."""


@dataclass(slots=True)
class Scan:
    """What a store holds as of one moment: the digest of each bucket, and rows not to be believed.

    The digests leave such rows out.
    """

    digests: list[int] = field(default_factory=lambda: [0] * BUCKETS)
    bad: set[bytes] = field(default_factory=set)


def scan(moment: Moment, edge_key: EdgeKey, pause: Callable[[], None]) -> Scan:
    """Read a store through; `pause` is called now and then, and may raise Interrupted."""
    found = Scan()
    for number, (key, records) in enumerate(_rows(moment)):
        if number % YIELD_ROWS == 0:
            pause()
        digest = 0
        try:
            for each in records:
                if not is_genuine(each, edge_key):
                    raise StoreError("a MAC is wrong")
                digest ^= weight(each)
        except StoreError:
            found.bad.add(key)
        else:
            found.digests[zlib.crc32(key) % BUCKETS] ^= digest
    return found


def _rows(moment: Moment) -> Iterator[tuple[bytes, Iterable[Sealed]]]:
    """Every row, and its records; taking these raises StoreError where it is damaged."""
    for key, data in moment.under(ACCOUNT_PREFIX):
        yield key, moment.of_row(key, data)
    for prefix in (WIDE_DENY_PREFIX, PROGRAM_PREFIX):
        for key, value in moment.under(prefix):
            yield key, (Sealed(key, value),)


def rest_after(seconds: float) -> float:
    """How long to rest after a scan that took `seconds`."""
    return max(MIN_REST * seconds, min(REST * seconds, FOUND_SECONDS - 2 * seconds))


@dataclass(slots=True)
class _Work:
    checkpoint: Checkpoint
    moment: Moment
    opened: ExitStack


class Scrub:
    """Scrubs a replica at the checkpoints that it is told of."""

    def __init__(
        self,
        relay: Relay,
        replica: Replica,
        veil: Veil,
        edge_key: EdgeKey,
        rebuild: Callable[[str], None],
    ) -> None:
        self._relay = relay
        self._replica = replica
        self._veil = veil
        self._edge_key = edge_key
        self._rebuild = rebuild
        self._board = replica.node.board
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._work: _Work | None = None
        self._is_busy = False
        #: The store's watermark is not where the feed left it.
        self._is_adrift = False
        self._not_before = 0.0
        self._wanted: set[int] = {_bucket(key) for key in veil.suspects()}

    def at_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep the store as it is now for a scan, if one is due; called between two frames."""
        with self._lock:
            if self._is_busy or self._work or time.monotonic() < self._not_before:
                return
            with ExitStack() as opening:
                moment = opening.enter_context(self._replica.reading())
                mark = moment.watermark()
                held = None if mark is None else point_of(mark)
                if held != self._replica.point:
                    # No store would ever be as far as a checkpoint again.
                    self._is_adrift = True
                    self._wake.set()
                if held != (checkpoint.epoch, checkpoint.revision):
                    return
                self._work = _Work(checkpoint, moment, opening.pop_all())
            self._wake.set()

    def mend_soon(self, rows: Sequence[bytes]) -> None:
        """Fetch the buckets of these rows without waiting for a checkpoint."""
        with self._lock:
            self._wanted.update(map(_bucket, rows))
            self._wake.set()

    def run(self, stop: threading.Event) -> None:
        """Scrub until `stop`."""
        while not stop.is_set():
            self._wake.wait(RETRY_SECONDS)
            self._wake.clear()
            with self._lock:
                work, self._work = self._work, None
                self._is_busy = True
            try:
                if work is not None:
                    self._compare(work, stop)
                if self._is_adrift:
                    self._rebuild("its watermark is not where the feed left it")
                    self._is_adrift = False
                self._mend_wanted(stop)
            except Interrupted:
                pass
            except RelayError as error:
                log.warning("scrub.not_mended", why=str(error))
            finally:
                self._is_busy = False

    def _pause(self, stop: threading.Event) -> None:
        if stop.wait(YIELD_SECONDS) or self._replica.is_replacing():
            raise Interrupted

    def _compare(self, work: _Work, stop: threading.Event) -> None:
        """Find what differs from the log; what cannot be believed is hidden when this returns."""
        began = time.monotonic()
        try:
            with work.opened:
                found = scan(work.moment, self._edge_key, lambda: self._pause(stop))
        except (lmdb.Error, ValueError) as error:
            log.exception("scrub.unreadable")
            self._rebuild(f"the store cannot be read through: {error}")
            return
        took = time.monotonic() - began
        self._not_before = time.monotonic() + rest_after(took)
        self._board.add(Cell.SCRUBS)
        self._board[Cell.SCRUB_MS] = int(took * 1000)
        if found.bad:
            self._veil.suspect(found.bad)
            self._board.add(Cell.BAD_MACS, len(found.bad))
            log.error("scrub.bad_rows", rows=len(found.bad))
        pairs = zip(found.digests, work.checkpoint.digests, strict=True)
        differing = {number for number, (ours, theirs) in enumerate(pairs) if ours != theirs}
        differing.update(map(_bucket, found.bad))
        if differing:
            log.warning("scrub.drift", buckets=len(differing))
        if len(differing) > MAX_BUCKETS:
            self._rebuild(f"{len(differing)} of {BUCKETS} buckets differ from the log")
            return
        # What was hidden for being damaged may have been put right by the feed meanwhile.
        differing.update(map(_bucket, self._veil.suspects()))
        with self._lock:
            self._wanted |= differing

    def _mend_wanted(self, stop: threading.Event) -> None:
        with self._lock:
            wanted = sorted(self._wanted)
        if not wanted:
            return
        with self._replica.noting() as notes:
            ours = self._rows_of(set(wanted), stop)
            for at in range(0, len(wanted), FETCHED_BUCKETS):
                some = wanted[at : at + FETCHED_BUCKETS]
                unsettled = self._mend(some, {key for each in some for key in ours[each]}, notes)
                with self._lock:
                    self._wanted.difference_update(set(some) - unsettled)

    def _rows_of(self, buckets: set[int], stop: threading.Event) -> dict[int, list[bytes]]:
        """Keys of the rows held in some buckets."""
        found: dict[int, list[bytes]] = {number: [] for number in buckets}
        with self._replica.reading() as moment:
            for number, (key, _) in enumerate(_rows(moment)):
                if number % YIELD_ROWS == 0:
                    self._pause(stop)
                if (rows := found.get(zlib.crc32(key) % BUCKETS)) is not None:
                    rows.append(key)
        return found

    def _mend(self, buckets: Sequence[int], ours: set[bytes], notes: Notes) -> set[int]:
        """Make the rows of some buckets what the log says; which buckets are not settled yet.

        A row that the feed has touched since `notes` began may be newer than the answer: it is left
        for the next time. One that the log itself cannot vouch for is left to the next checkpoint.
        """
        before = self._replica.point
        given: dict[bytes, dict[bytes, bytes]] = {}
        unbelievable: set[bytes] = set()
        with self._relay.buckets(buckets) as answer:
            at = point_of(answer.start.watermark)
            for each in answer.records:
                if is_genuine(each, self._edge_key):
                    given.setdefault(row_key(each.key), {})[each.key] = each.value
                else:
                    unbelievable.add(row_key(each.key))
        if before is None or at[0] != before[0] or at < before:
            raise RelayError(f"the log is at {at}, this node at {before}")
        if unbelievable:
            self._veil.suspect(unbelievable)
            log.error("scrub.log_damaged", rows=len(unbelievable))
        with self._replica.held() as moment:
            if notes.is_void:
                raise Interrupted
            touched = {row_key(key) for key in notes.keys}
            rows = (ours | given.keys()) - touched - unbelievable
            self._make(moment, {key: given.get(key, {}) for key in rows}, at)
        return {_bucket(key) for key in touched & (ours | given.keys())}

    def _make(self, moment: Moment, rows: dict[bytes, dict[bytes, bytes]], at: Point) -> None:
        """Hold in each row exactly what is given."""
        put: list[Sealed] = []
        delete: list[bytes] = []
        changed: set[bytes] = set()
        for key, given in rows.items():
            held = _held(moment, key)
            if held is not None and self._telling(held) == self._telling(given):
                continue
            changed.add(key)
            if held is None:
                delete.append(key)
                held = {}
            put += (Sealed(name, value) for name, value in given.items() if held.get(name) != value)
            delete += held.keys() - given.keys()
            self._alarm_of_newer(held, given, at)
        suspects = self._veil.suspects()
        if changed:
            self._replica.mend(put, delete)
            unseen = len(changed - suspects)
            self._board.add(Cell.DRIFT_FOUND, unseen)
            self._board.add(Cell.DRIFT_MENDED, unseen)
            log.warning("scrub.mended", rows=len(changed))
        self._veil.acquit(suspects.intersection(rows))

    def _telling(self, records: dict[bytes, bytes]) -> dict[bytes, bytes]:
        """Records without those that say as little as none, which the log forgets after a while.

        One that cannot be believed says nothing of the kind.
        """
        return {
            key: value
            for key, value in records.items()
            if not is_blank(record := Sealed(key, value)) or not is_genuine(record, self._edge_key)
        }

    def _alarm_of_newer(
        self, held: dict[bytes, bytes], given: dict[bytes, bytes], at: Point
    ) -> None:
        """A record newer than the database: it was restored, or somebody else has the key."""
        limit = at[0].to_bytes(4) + at[1].to_bytes(8)
        for key, value in held.items():
            is_ours = is_genuine(Sealed(key, value), self._edge_key)
            is_ranked = not key.endswith(VERDICT_SUFFIX)
            if given.get(key) != value and is_ours and is_ranked and value[RANK] > limit:
                self._board.add(Cell.TOO_NEW)
                log.error("scrub.newer_than_database", key=key.decode(errors="replace"))


def _held(moment: Moment, key: bytes) -> dict[bytes, bytes] | None:
    """The records held in a row; None where it is damaged."""
    data = moment.get(key)
    if data is None:
        return {}
    if not key.startswith(ACCOUNT_PREFIX):
        return {key: data}
    try:
        return dict(moment.of_row(key, data))
    except StoreError:
        return None


def _bucket(key: bytes) -> int:
    """The bucket of all records of a row."""
    return zlib.crc32(key) % BUCKETS
