"""The feed, for those who follow it: what was told a moment ago from memory, else from the log.

Everything but `take` is for the event loop's thread; the log is read in threads of their own, a few
at a time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing, closing, suppress
from functools import partial
from itertools import chain
from typing import Generic, TypeVar

import structlog
from django.db import connection

from guazai.control.entry import log
from guazai.control.entry.digests import Digests
from guazai.control.entry.relay import Told
from guazai.control.entry.stream import Item, Point, Stream
from guazai.control.kernel.batches import batched
from guazai.feed.codec import Sealed
from guazai.feed.frames import (
    ROWS_FRAME_BYTES,
    Checksum,
    Records,
    SnapshotRows,
    SnapshotStart,
    rows_of,
    write,
)
from guazai.feed.records import Watermark

S = TypeVar("S")
T = TypeVar("T")
logger = structlog.get_logger(__name__)
CHECKPOINT_SECONDS = 5.0
#: How many read the log at once, so that the database and the relay keep their breath.
MAX_READERS = 4
#: How many frames of the log wait for a slow reader.
READ_AHEAD = 8
#: A frame of records is about so long at most; a broker takes 1 MiB.
FRAME_BYTES = 2**19
#: Who waits for news looks around after so long, whatever happens.
PATIENCE_SECONDS = 5.0


class Following:
    """The feed of one relay's life, from the head that it found."""

    def __init__(self, head: log.Head) -> None:
        self.stream = Stream((head.epoch, head.revision))
        self.at_ms = 0
        #: How many follow now.
        self.followers = 0
        #: Where a broker's stream goes on from what it was given; 0 without a broker.
        self.position = 0
        self._digests = Digests()
        self._readers = asyncio.Semaphore(MAX_READERS)

    def take(self, told: Told) -> None:
        """Pass on what was just told."""
        self.at_ms = told.watermark.at_ms
        self._digests.take(told)
        point = told.watermark.epoch, told.watermark.revision
        data = b"".join(_frames(told.after, told.watermark, [told.records]))
        self.stream.put(Item(told.after, point, data))

    async def checkpoints(self) -> None:
        """Put the digests into the stream now and then, for ever, while anybody follows."""
        while not self._digests.are_known:
            try:
                async with aclosing(self._read(_scan)) as scans:
                    async for point, numbers in scans:
                        self._digests.load(point, numbers)
            except Exception:
                logger.exception("edge.digests_unknown")
                await asyncio.sleep(PATIENCE_SECONDS)
        while True:
            await asyncio.sleep(CHECKPOINT_SECONDS)
            found, head = self._digests.checkpoint(), self.stream.head
            if self.followers and found and (found.epoch, found.revision) == head:
                self.stream.put(Item(head, head, write(found)))

    async def require(self, point: Point) -> None:
        """Raise LogGoneError where the log does not go on from a point."""
        if self.stream.find(point) is None:
            async with aclosing(self._read(partial(_check, point))) as nothing:
                async for _ in nothing:
                    pass

    async def follow(self, point: Point) -> AsyncGenerator[Sequence[Item]]:
        """Whatever comes after a point, for ever; ends where it is taken too slowly to keep up.

        Raises LogGoneError where the log does not go on from there.
        """
        self.followers += 1
        try:
            while (number := self.stream.find(point)) is None:
                async with aclosing(self._read(partial(_catch_up, point, self.at_ms))) as items:
                    async for item in items:
                        yield [item]
                        point = item.point
                if point > self.stream.head:
                    # It is committed, and on its way to here.
                    await self.stream.pulse.wait(PATIENCE_SECONDS)
            while (found := self.stream.since(number)) is not None:
                if found:
                    yield found
                    number += len(found)
                else:
                    await self.stream.pulse.wait(PATIENCE_SECONDS)
        finally:
            self.followers -= 1

    def snapshot(self, buckets: Sequence[int] | None = None) -> AsyncGenerator[bytes]:
        """The frames of everything, or of some buckets, as of one moment."""
        return self._read(partial(_snapshot, buckets, self.at_ms, self.position))

    async def _read(self, read: Callable[[], Iterator[T]]) -> AsyncGenerator[T]:
        """What a generator gives that reads the log, in a thread of its own."""
        async with self._readers:
            reading = _Reading(read)
            try:
                while (piece := await reading.next()) is not None:
                    yield piece
            finally:
                reading.stop()


class _Reading(Generic[T]):
    """A thread that reads the log, a little ahead of who takes what it reads."""

    def __init__(self, read: Callable[[], Iterator[T]]) -> None:
        self._read = read
        self._loop = asyncio.get_running_loop()
        self._pieces: asyncio.Queue[T | Exception | None] = asyncio.Queue()
        self._room = threading.Semaphore(READ_AHEAD)
        self._is_stopped = False
        threading.Thread(target=self._run, name="log-reader", daemon=True).start()

    async def next(self) -> T | None:
        """The next piece; None after the last. Raises what reading raised."""
        piece = await self._pieces.get()
        self._room.release()
        if isinstance(piece, Exception):
            raise piece
        return piece

    def stop(self) -> None:
        """Have the thread end."""
        self._is_stopped = True
        self._room.release()

    def _run(self) -> None:
        try:
            with closing(connection), closing(self._read()) as pieces:  # type: ignore[type-var]
                for piece in pieces:
                    self._put(piece)
                    self._room.acquire()
                    if self._is_stopped:
                        return
            self._put(None)
        except Exception as error:  # noqa: BLE001 - whoever reads is to know
            self._put(error)

    def _put(self, piece: T | Exception | None) -> None:
        # Where the loop has ended nobody waits any more.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._pieces.put_nowait, piece)


def _scan() -> Iterator[tuple[Point, list[int]]]:
    with log.moment() as moment:
        yield (moment.head.epoch, moment.head.revision), moment.digests()


def _check(point: Point) -> Iterator[None]:
    with log.moment() as moment:
        moment.tail(*point)
    yield from ()


def _catch_up(point: Point, at_ms: int) -> Iterator[Item]:
    with log.moment() as moment:
        head = moment.head.epoch, moment.head.revision
        frames = _frames(point, Watermark(*head, at_ms), moment.tail(*point))
        for data, is_last in _with_last(frames):
            yield Item(point, head if is_last else point, data)


def _snapshot(buckets: Sequence[int] | None, at_ms: int, position: int) -> Iterator[bytes]:
    checksum = Checksum()
    with log.moment() as moment:
        mark = Watermark(moment.head.epoch, moment.head.revision, at_ms)
        yield write(SnapshotStart(mark, moment.count(buckets), position))
        for records in _cut(moment.records(buckets), ROWS_FRAME_BYTES):
            data = write(SnapshotRows(tuple(records)))
            checksum.add(rows_of(data), len(records))
            yield data
        yield write(checksum.end())


def _frames(after: Point, mark: Watermark, found: Iterable[Sequence[Sealed]]) -> Iterator[bytes]:
    """Records as frames. Only the last leads to `mark`: what is not there yet must not seem so."""
    begun = Watermark(*after, mark.at_ms)
    for records, is_last in _with_last(_cut(found, FRAME_BYTES)):
        yield write(Records(after, mark if is_last else begun, tuple(records)))


def _cut(found: Iterable[Sequence[Sealed]], limit: int) -> Iterator[Sequence[Sealed]]:
    """Records in pieces of about a size at most; at least one piece, even of none."""
    is_empty = True
    for records in found:
        size = sum(map(len, chain.from_iterable(records)))
        pieces = -(-size // limit) or 1
        for some in batched(records, -(-len(records) // pieces)):
            is_empty = False
            yield some
    if is_empty:
        yield ()


def _with_last(items: Iterable[S]) -> Iterator[tuple[S, bool]]:
    """Each item, and whether it is the last."""
    left = iter(items)
    try:
        held = next(left)
    except StopIteration:
        return
    for each in left:
        yield held, False
        held = each
    yield held, True
