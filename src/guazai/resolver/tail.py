"""Following the feed: frames in order go into the store, a gap is never passed over."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import structlog

from guazai.feed import EdgeKey, Sealed, Watermark
from guazai.feed.codec import ACCOUNT_PREFIX, is_genuine
from guazai.feed.frames import Checkpoint, Records
from guazai.resolver.board import Cell
from guazai.resolver.relay import Damaged, LogGone, RelayError
from guazai.resolver.replica import Replica
from guazai.resolver.source import Arrival, Source
from guazai.resolver.store import split_key
from guazai.resolver.veil import Veil

#: Frames that have arrived go into one transaction, up to about this many records.
TRANSACTION_RECORDS = 10_000
#: Nodes that lost one relay come back one by one: within a second, later within five.
FIRST_BACKOFF_SECONDS = 1.0
MAX_BACKOFF_SECONDS = 5.0
LONG_CONNECTION_SECONDS = 10.0
log = structlog.get_logger(__name__)
#: Told of a checkpoint while the store is exactly as far.
AtCheckpoint = Callable[[Checkpoint], None]


class GapError(Exception):
    """A frame does not continue what the store has."""


class Tail:
    """Applies a source's frames to a replica."""

    def __init__(
        self,
        source: Source,
        replica: Replica,
        veil: Veil,
        edge_key: EdgeKey,
        rehydrate: Callable[[str], None],
        at_checkpoint: AtCheckpoint,
        mend_soon: Callable[[Sequence[bytes]], None],
        heard: threading.Event,
    ) -> None:
        self._source = source
        self._replica = replica
        self._veil = veil
        self._edge_key = edge_key
        self._rehydrate = rehydrate
        self._at_checkpoint = at_checkpoint
        self._mend_soon = mend_soon
        self._heard = heard
        self._board = replica.node.board

    def run(self, stop: threading.Event) -> None:
        """Follow until `stop`; failures are waited out, and told."""
        backoff, is_repeated = FIRST_BACKOFF_SECONDS, False
        while not stop.is_set():
            began = time.monotonic()
            try:
                self._follow()
                why = "the relay ended the feed"
            except (GapError, LogGone) as error:
                why = self._try_rehydrating(str(error))
                if not why and not is_repeated:
                    is_repeated = True
                    continue
                why = why or "it does not go on from its own snapshot"
            except RelayError as error:
                why = str(error)
            finally:
                self._board[Cell.CONNECTED] = 0
            if time.monotonic() - began > LONG_CONNECTION_SECONDS:
                backoff, is_repeated = FIRST_BACKOFF_SECONDS, False
            log.warning("feed.lost", why=why)
            self._heard.clear()
            if self._heard.wait(_some(backoff)):
                # The relay is there again, as it is for all nodes at the same moment.
                backoff = FIRST_BACKOFF_SECONDS
                stop.wait(_some(backoff))
            else:
                backoff = min(backoff * 2, MAX_BACKOFF_SECONDS)

    def _try_rehydrating(self, why: str) -> str:
        try:
            self._rehydrate(why)
        except RelayError as error:
            return str(error)
        return ""

    def _follow(self) -> None:
        mark, position = self._replica.mark, self._replica.position
        if mark is None:
            raise GapError("the store is empty")
        for arrivals in self._source.tail(mark, position):
            if not self._board[Cell.CONNECTED]:
                self._board[Cell.CONNECTED] = 1
                log.info("feed.followed", epoch=mark.epoch, revision=mark.revision)
            self.take(arrivals)

    def take(self, arrivals: Sequence[Arrival]) -> None:
        """Apply what arrived, in as few transactions as its checkpoints allow. Raises GapError."""
        waiting: list[Arrival] = []
        records = 0
        for each in arrivals:
            match each.frame:
                case Records():
                    waiting.append(each)
                    records += len(each.frame.records)
                    if records >= TRANSACTION_RECORDS:
                        self._apply(waiting)
                        waiting, records = [], 0
                case Checkpoint():
                    self._apply(waiting)
                    waiting, records = [], 0
                    self._at_checkpoint(each.frame)
                case _:
                    raise Damaged("a frame of a snapshot does not belong into the feed")
        self._apply(waiting)

    def _apply(self, waiting: Sequence[Arrival]) -> None:
        mark, found, position = continued(self._replica.mark, waiting)
        if mark is None:
            return
        good = list(self._genuine(found))
        self._replica.apply(good, mark, position)
        self._board[Cell.FEED_LAG_MS] = max(0, time.time_ns() // 1_000_000 - mark.at_ms)

    def _genuine(self, found: Sequence[Sealed]) -> Iterator[Sealed]:
        """The records whose MACs are right; what the others are about is hidden until mended."""
        bad = []
        for each in found:
            if is_genuine(each, self._edge_key):
                yield each
            else:
                bad.append(row_key(each.key))
        if bad:
            self._board.add(Cell.BAD_MACS, len(bad))
            self._veil.suspect(bad)
            log.error("feed.bad_mac", records=len(bad))
            self._mend_soon(bad)


def _some(seconds: float) -> float:
    """A part of a time, so that nodes do not come all at once."""
    return random.uniform(0, seconds)  # noqa: S311 - no secret


def row_key(key: bytes) -> bytes:
    """The key of the row in which a record is held."""
    return split_key(key)[0] if key.startswith(ACCOUNT_PREFIX) else key


def continued(
    mark: Watermark | None, arrivals: Sequence[Arrival]
) -> tuple[Watermark | None, list[Sealed], int]:
    """Put frames that follow each other together: how far they lead, with what, to which position.

    What a broker delivers twice is taken twice, as records know their age. Raises GapError where
    something is missing in between. None where the arrivals lead nowhere.
    """
    found: list[Sealed] = []
    led: Watermark | None = None
    position = 0
    for frame, at in arrivals:
        if not isinstance(frame, Records):
            continue
        if mark is None or frame.after[0] != mark.epoch or frame.watermark.epoch != mark.epoch:
            raise GapError("the feed is of another epoch")
        if frame.after[1] > mark.revision:
            raise GapError(f"revisions {mark.revision} to {frame.after[1]} are missing")
        position = at
        found += frame.records
        # Part of what leads to a later frame's watermark names the one before it.
        mark = led = max(mark, frame.watermark)
    return led, found, position
