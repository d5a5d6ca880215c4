"""A feed in memory that a real publisher brings to real brokers, and real followers of it.

The publisher has a thread of its own with an event loop, as in the relay; the log is compacted, as
the relay's is: of each record there is the last revision alone.
"""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from nats.aio.client import Client
from nats.errors import TimeoutError as NoAnswerError
from nats.js.errors import NotFoundError

from guazai.control.entry.log import LogGoneError
from guazai.control.entry.nats import Publisher
from guazai.control.entry.stream import Item, Point, Stream
from guazai.feed import Sealed, Watermark, seal
from guazai.feed.broker import STREAM, Broker
from guazai.feed.frames import Checkpoint, Frame, Records, SnapshotStart, read, write
from guazai.feed.seal import BUCKETS
from guazai.resolver.nats_source import Nats
from guazai.resolver.node import Node
from guazai.resolver.rebuild import Rebuilder
from guazai.resolver.relay import Relay, Snapshot
from guazai.resolver.replica import Replica
from guazai.resolver.source import Arrival, Source
from guazai.resolver.tail import Tail
from guazai.resolver.veil import Veil
from tests.nats_cluster import Cluster
from tests.platform import within
from tests.resolver.serving import EDGE_KEY, live

BEAT_SECONDS = 0.1
FRAME_RECORDS = 500


class Feed:
    """The log, and what of it is followed (`entry.following`), without a database."""

    def __init__(self, epoch: int = 1) -> None:
        self.lock = threading.Lock()
        self.log: dict[bytes, tuple[int, Sealed]] = {}
        self.position = 0
        self.purged = 0
        self.stream = Stream((epoch, 0))

    def tell(self, *records: Sealed) -> None:
        """Tell records, each a revision."""
        epoch, revision = after = self.stream.head
        for each in records:
            revision += 1
            self.log.pop(each.key, None)
            self.log[each.key] = (revision, each)
        frame = write(Records(after, self._mark((epoch, revision)), records))
        self.stream.put(Item(after, (epoch, revision), frame))

    def beat(self) -> None:
        """Say that nothing happened."""
        self.tell()

    def checkpoint(self) -> None:
        """Give the digests; nobody compares them here."""
        head = self.stream.head
        data = write(Checkpoint(*head, tuple(range(BUCKETS))))
        self.stream.put(Item(head, head, data))

    def begin_anew(self, epoch: int) -> None:
        """Go on in another epoch, as after a restore."""
        self.stream = Stream((epoch, self.stream.head[1]))

    async def follow(self, point: Point) -> AsyncGenerator[Sequence[Item]]:
        while (number := self.stream.find(point)) is None:
            head = self.stream.head
            if point[0] != head[0] or not self.purged <= point[1] <= head[1]:
                raise LogGoneError
            found = [sealed for revision, sealed in self.log.values() if revision > point[1]]
            mark, begun = self._mark(head), self._mark(point)
            for at in range(0, max(1, len(found)), FRAME_RECORDS):
                is_last = at + FRAME_RECORDS >= len(found)
                some = tuple(found[at : at + FRAME_RECORDS])
                frame = write(Records(point, mark if is_last else begun, some))
                yield [Item(point, head if is_last else point, frame)]
            point = head
        while (items := self.stream.since(number)) is not None:
            if items:
                yield items
                number += len(items)
            else:
                await self.stream.pulse.wait(1.0)

    def snapshot(self) -> tuple[SnapshotStart, list[Sealed]]:
        """Everything, and where the broker's stream goes on."""
        position, found = self.position, sorted(sealed for _, sealed in self.log.values())
        return SnapshotStart(self._mark(self.stream.head), len(found), position), found

    def held(self) -> set[Sealed]:
        """Everything."""
        return {sealed for _, sealed in self.log.values()}

    @staticmethod
    def _mark(point: Point) -> Watermark:
        return Watermark(*point, time.time_ns() // 1_000_000)


class FakeRelay:
    """One relay process: a feed, and publishers of it; every call is made in its loop's thread."""

    def __init__(self, broker: Broker, feed: Feed | None = None) -> None:
        self.broker = broker
        self.feed = feed or Feed()
        self.loop = asyncio.new_event_loop()
        self._tasks: list[asyncio.Task[None]] = []
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def start(self, login: Broker | None = None, kind: type[Publisher] = Publisher) -> None:
        """Start a publisher, with heartbeats."""

        async def begin() -> None:
            publisher = kind(login or self.broker, self.feed)
            self._tasks.append(asyncio.create_task(publisher.run()))
            self._tasks.append(asyncio.create_task(self._beats()))

        self.run(begin)

    async def _beats(self) -> None:
        while True:
            self.feed.beat()
            await asyncio.sleep(BEAT_SECONDS)

    def run(self, what: Callable[[], object]) -> object:
        """Do something in the loop's thread, and wait for it."""

        async def work() -> object:
            found = what()
            return await found if asyncio.iscoroutine(found) else found

        return asyncio.run_coroutine_threadsafe(work(), self.loop).result(30)

    def tell(self, *records: Sealed) -> None:
        self.run(lambda: self.feed.tell(*records))

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """As `guazai.resolver.relay.Relay.snapshot`."""
        start, found = cast(tuple[SnapshotStart, list[Sealed]], self.run(self.feed.snapshot))
        yield Snapshot(start, iter(found))

    def await_published(self, seconds: float = 30) -> None:
        """Wait until the stream has all that was told."""

        def is_all() -> bool | None:
            return stream_end(self.broker) == self.feed.stream.head or None

        within(seconds, is_all, "all is published")

    def stop(self) -> None:
        """End the publishers."""

        async def end() -> None:
            # Python 3.11 loses a cancellation that meets the end of what `wait_for` waits for, and
            # the broker's client waits so for every answer: a task is asked until it has ended.
            running = set(self._tasks)
            while running:
                for each in running:
                    each.cancel()
                _, running = await asyncio.wait(running, timeout=BEAT_SECONDS)
            self._tasks.clear()

        self.run(end)

    def close(self) -> None:
        self.stop()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class _UntilStopped:
    """A source that ends when it is told to, at the next heartbeat."""

    def __init__(self, source: Source, stop: threading.Event) -> None:
        self._source = source
        self._stop = stop

    def tail(self, after: Watermark, position: int) -> Iterator[Sequence[Arrival]]:
        for arrivals in self._source.tail(after, position):
            if self._stop.is_set():
                return
            yield arrivals


@dataclass
class FollowingNode:
    """A node's follower of the feed, in a thread."""

    folder: Path
    relay: FakeRelay
    broker: Broker
    rehydrated: list[str] = field(default_factory=list)
    checkpoints: list[Checkpoint] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.stop = threading.Event()
        self.node = Node(self.folder)
        self.replica = Replica(self.node)
        source = _UntilStopped(Nats(self.broker, "n"), self.stop)
        veil = Veil(self.node)
        rebuilder = Rebuilder(cast(Relay, self.relay), source, self.replica, veil, EDGE_KEY)

        def rehydrate(why: str) -> None:
            self.rehydrated.append(why)
            rebuilder.rehydrate(why)

        tail = Tail(
            source,
            self.replica,
            veil,
            EDGE_KEY,
            rehydrate,
            self.checkpoints.append,
            lambda _: None,
            threading.Event(),
        )
        self.thread = threading.Thread(target=tail.run, args=(self.stop,), daemon=True)
        self.thread.start()

    def await_level(self, seconds: float = 30) -> None:
        """Wait until it is as far as the feed."""

        def is_level() -> bool | None:
            return self.replica.point == self.relay.feed.stream.head or None

        within(seconds, is_level, "the node is level with the feed")

    def held(self) -> set[Sealed]:
        return set(self.node.store.dump())

    def close(self) -> None:
        self.stop.set()
        self.thread.join(30)
        assert not self.thread.is_alive()
        self.node.close()


@contextmanager
def relay_of(broker: Broker, login: Broker | None = None) -> Iterator[FakeRelay]:
    """A relay that publishes from now on, in a stream of its own; by a login of its own, if any."""
    in_broker(broker, drop_stream)
    relay = FakeRelay(broker)
    relay.start(login)
    try:
        relay.await_published()
        yield relay
    finally:
        relay.close()


@contextmanager
def node_of(
    folder: Path, relay: FakeRelay, broker: Broker | None = None
) -> Iterator[FollowingNode]:
    """A node that follows from now on."""
    node = FollowingNode(folder, relay, broker or relay.broker)
    try:
        yield node
    finally:
        node.close()


def in_broker(broker: Broker, what: Callable[[Client], object]) -> object:
    """Do something with a connection."""

    async def work() -> object:
        async with broker.connected("test") as client:
            return await what(client)  # type: ignore[misc]

    return asyncio.run(work())


async def drop_stream(client: Client) -> None:
    """Delete the stream, if there is one."""
    context = client.jetstream()
    if any(each.config.name == STREAM for each in await context.streams_info()):
        await context.delete_stream(STREAM)


def stored(broker: Broker) -> list[tuple[int, str, Frame]]:
    """Everything that the stream holds: position, subject, frame."""

    async def work(client: Client) -> list[tuple[int, str, Frame]]:
        context = client.jetstream(timeout=1.0)
        info = await context.stream_info(STREAM)
        found, position = [], max(1, info.state.first_seq)
        while position <= info.state.last_seq:
            message = await context.get_msg(
                STREAM, seq=position, next=True, subject="guazai.feed.>"
            )
            assert message.seq is not None
            found.append((message.seq, str(message.subject), read(message.data or b"")))
            position = message.seq + 1
        return found

    return cast(list[tuple[int, str, Frame]], in_broker(broker, work))


def stream_end(broker: Broker) -> Point | None:
    """How far the frames in the stream lead."""
    try:
        marks = [f.watermark for _, _, f in stored(broker) if isinstance(f, Records)]
    except (NotFoundError, NoAnswerError):
        # It is not there yet, or has no leader.
        return None
    return (marks[-1].epoch, marks[-1].revision) if marks else None


def replay(frames: Sequence[tuple[int, str, Frame]]) -> list[str]:
    """What is wrong with the order of the stream's frames: nothing may be missing or go back."""
    wrong = []
    mark: Watermark | None = None
    for position, _, frame in frames:
        if isinstance(frame, Records):
            if mark is not None and frame.after > (mark.epoch, mark.revision):
                wrong.append(f"{position}: {mark} is not followed by {frame.after}")
            if mark is not None and frame.watermark < mark:
                wrong.append(f"{position}: {frame.watermark} is after {mark}")
            mark = frame.watermark
    return wrong


def changes(rng: random.Random, accounts: int, start: int, count: int) -> list[Sealed]:
    """Configs of random accounts, of versions from `start` on."""
    return [
        seal(live(f"dy_{rng.randrange(accounts)}", start + number), EDGE_KEY)
        for number in range(count)
    ]


def kill_leader(cluster: Cluster) -> int:
    """Kill the server that leads the stream; which it was."""
    leader = within(10, lambda: cluster.stream_leader(STREAM), "the stream has a leader")
    cluster.kill(leader)
    return leader
