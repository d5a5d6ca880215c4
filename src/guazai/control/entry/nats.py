"""The feed through a broker: the relay's frames, put into a stream from where it ended.

Each message says which position it must follow, so that a try that is repeated, or another relay,
neither reorders nor doubles anything: the server refuses, and it is looked at anew where the stream
ended. For the same reason no message has an id to know it again by: several frames lead from one
watermark, and a server that forgets ids, or remembers those that it lost, would be believed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, fields
from typing import Protocol

import structlog
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RePublish, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError

from guazai.control.entry.log import LogGoneError
from guazai.control.entry.stream import Item, Point, Stream
from guazai.feed.broker import (
    BEAT_SUBJECT,
    CHECKPOINT_SUBJECT,
    RECORDS_SUBJECT,
    STREAM,
    SUBJECTS,
    TOLD_SUBJECTS,
    Broker,
)
from guazai.feed.codec import CodecError
from guazai.feed.frames import Checkpoint, Records, Splitter, read, write
from guazai.feed.records import Watermark

logger = structlog.get_logger(__name__)
MAX_AGE_SECONDS = 24 * 3600
#: As many as stand the loss of one; a cluster without so many servers keeps one copy.
REPLICAS = (3, 1)
ANSWER_SECONDS = 1.0
RETRY_SECONDS = 0.25
EXPECTED = "Nats-Expected-Last-Sequence"
#: Replaces all earlier messages of the subject.
LAST_ONLY = {"Nats-Rollup": "sub"}
#: JetStream's words for a cluster that has not as many servers as replicas are asked for.
TOO_FEW_SERVERS = frozenset({10005, 10074})
CHECKPOINT_KIND = b"c"
BEAT_BYTES = len(write(Records((0, 0), Watermark(0, 0, 0))))


Make = Callable[[StreamConfig], Awaitable[object]]


class Feed(Protocol):
    """What is published (`entry.following`)."""

    position: int
    stream: Stream

    def follow(self, point: Point) -> AsyncGenerator[Sequence[Item]]:
        """Whatever comes after a point; raises LogGoneError where nothing goes on from there."""
        ...


def wanted(replicas: int) -> StreamConfig:
    """The stream as it must be."""
    return StreamConfig(
        name=STREAM,
        subjects=[SUBJECTS],
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.OLD,
        storage=StorageType.FILE,
        max_age=MAX_AGE_SECONDS,
        num_replicas=replicas,
        allow_direct=True,
        allow_rollup_hdrs=True,
        republish=RePublish(src=SUBJECTS, dest=TOLD_SUBJECTS),
    )


@dataclass(slots=True)
class Publisher:
    """Publishes one relay's feed. For the event loop of that feed alone."""

    broker: Broker
    feed: Feed
    _is_lost: bool = field(default=False, init=False)

    async def run(self) -> None:
        """Publish for ever; whatever fails is tried again, and told once."""
        while True:
            try:
                async with self.broker.connected("guazai relay") as client:
                    context = client.jetstream(timeout=ANSWER_SECONDS)
                    await _require_stream(context)
                    while True:
                        await self._publish(context)
            except Exception as error:  # noqa: BLE001 - the broker's failures, and the database's
                say = logger.debug if self._is_lost else logger.warning
                say("broker.lost", why=str(error) or type(error).__name__)
                self._is_lost = True
            await asyncio.sleep(RETRY_SECONDS)

    async def _publish(self, context: JetStreamContext) -> None:
        """Publish from the stream's end on, until this is too slow for the feed."""
        self.feed.position, point = await _end(context)
        try:
            await self._put_all(context, point or self.feed.stream.head)
        except LogGoneError:
            # Nodes see the gap, and take a snapshot.
            logger.warning("broker.begun_anew", stream=point, feed=self.feed.stream.head)
            await self._put_all(context, self.feed.stream.head)

    async def _put_all(self, context: JetStreamContext, point: Point) -> None:
        splitter = Splitter()
        async with aclosing(self.feed.follow(point)) as found:
            async for items in found:
                for item in items:
                    for frame in splitter.feed(item.data):
                        await self._put(context, frame)

    async def _put(self, context: JetStreamContext, frame: bytes) -> None:
        subject = _subject(frame)
        headers = {EXPECTED: str(self.feed.position)}
        if subject != RECORDS_SUBJECT:
            headers |= LAST_ONLY
        stored = await context.publish(subject, frame, timeout=ANSWER_SECONDS, headers=headers)
        self.feed.position = stored.seq
        if self._is_lost:
            logger.info("broker.found", position=stored.seq)
        self._is_lost = False


async def _require_stream(context: JetStreamContext) -> None:
    """Make the stream, or change it into what it must be; copies are never given up."""
    try:
        found = (await context.stream_info(STREAM)).config
    except NotFoundError:
        await _replicated(context.add_stream, *REPLICAS)
        return
    copies = found.num_replicas or 1
    if _differs(found, wanted(REPLICAS[0])):
        await _replicated(context.update_stream, max(copies, REPLICAS[0]), copies)


async def _replicated(make: Make, *replicas: int) -> None:
    """Make the stream with as many copies as the cluster can keep."""
    for each in replicas:
        try:
            await make(wanted(each))
        except APIError as error:
            if error.err_code not in TOO_FEW_SERVERS or each == replicas[-1]:
                raise
        else:
            if each < REPLICAS[0]:
                logger.warning("broker.not_replicated", replicas=each)
            return


def _differs(found: StreamConfig, wanted: StreamConfig) -> bool:
    given = {each.name: getattr(wanted, each.name) for each in fields(wanted)}
    return any(value is not None and getattr(found, name) != value for name, value in given.items())


async def _end(context: JetStreamContext) -> tuple[int, Point | None]:
    """The stream's last position, and how far the frames lead; None where it does not say."""
    position = (await context.stream_info(STREAM)).state.last_seq
    if not position:
        return 0, None
    try:
        last = read((await context.get_msg(STREAM, seq=position)).data or b"")
    except (NotFoundError, CodecError):
        return position, None
    match last:
        case Records(watermark=mark):
            return position, (mark.epoch, mark.revision)
        case Checkpoint(epoch, revision):
            return position, (epoch, revision)
    return position, None


def _subject(frame: bytes) -> str:
    """The subject of a frame: only the last is kept of those that lead nowhere."""
    if frame[4:5] == CHECKPOINT_KIND:
        return CHECKPOINT_SUBJECT
    if len(frame) == BEAT_BYTES:
        match read(frame):
            case Records(after, mark, ()) if after == (mark.epoch, mark.revision):
                return BEAT_SUBJECT
    return RECORDS_SUBJECT
