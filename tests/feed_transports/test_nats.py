"""The feed through three real brokers: in order, whole, whatever was missed or misused."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext

from guazai.control.entry.nats import ANSWER_SECONDS, Publisher
from guazai.feed.broker import BEAT_SUBJECT, CHECKPOINT_SUBJECT, RECORDS_SUBJECT, STREAM, Broker
from guazai.feed.frames import Records
from tests.feed_transports.brokered import (
    FakeRelay,
    changes,
    drop_stream,
    in_broker,
    node_of,
    relay_of,
    replay,
    stored,
)
from tests.platform import within

RECORDS = 20_000


def test_what_is_told_arrives(broker: Broker, tmp_path: Path, rng: random.Random) -> None:
    with relay_of(broker) as relay, node_of(tmp_path, relay) as node:
        for turn in range(50):
            relay.tell(*changes(rng, 100, turn * 10 + 1, 10))
        node.await_level()
        assert node.held() == relay.feed.held()
        relay.await_published()
        assert replay(stored(broker)) == []


def test_only_the_last_of_what_leads_nowhere_is_kept(
    broker: Broker, tmp_path: Path, rng: random.Random
) -> None:
    with relay_of(broker) as relay, node_of(tmp_path, relay) as node:
        node.await_level()
        for _ in range(3):
            relay.run(relay.feed.checkpoint)
            relay.tell(*changes(rng, 10, 1, 1))
        # The earlier ones may be replaced before anybody has read them.
        within(10, lambda: node.checkpoints or None, "a checkpoint")
        relay.await_published()
        subjects = [subject for _, subject, _ in stored(broker)]
        assert subjects.count(CHECKPOINT_SUBJECT) == 1
        assert subjects.count(BEAT_SUBJECT) == 1


def test_a_node_joins_late(broker: Broker, tmp_path: Path, rng: random.Random) -> None:
    with relay_of(broker) as relay:
        for at in range(0, RECORDS, 2000):
            relay.tell(*changes(rng, RECORDS, at + 1, 2000))
        relay.await_published()
        began = time.monotonic()
        with node_of(tmp_path / "a", relay) as node, node_of(tmp_path / "b", relay) as other:
            for turn in range(100):
                relay.tell(*changes(rng, RECORDS, RECORDS + turn * 50 + 1, 50))
            node.await_level()
            other.await_level()
            print(f"{RECORDS} records and 5,000 changes: {time.monotonic() - began:.2f} s")
            assert node.held() == other.held() == relay.feed.held()
            assert node.rehydrated
            assert node.replica.position > 0


def test_a_node_catches_up_from_its_position(
    broker: Broker, tmp_path: Path, rng: random.Random
) -> None:
    with relay_of(broker) as relay:
        with node_of(tmp_path, relay) as node:
            relay.tell(*changes(rng, 1000, 1, 100))
            node.await_level()
        for turn in range(2000):
            relay.tell(*changes(rng, 1000, 1000 + turn * 5, 5))
        relay.await_published()
        began = time.monotonic()
        with node_of(tmp_path, relay) as node:
            node.await_level()
            print(f"2,000 messages: {time.monotonic() - began:.2f} s")
            assert node.rehydrated == []
            assert node.held() == relay.feed.held()


class Unguarded(Publisher):
    """The twin: it takes each frame to be stored where it said so, and the last when it is told."""

    async def _put(self, context: JetStreamContext, frame: bytes) -> None:
        stored = await context.publish(RECORDS_SUBJECT, frame, timeout=ANSWER_SECONDS)
        self.feed.position = stored.seq


#: How often two relays may tell past each other before their twin counts as not caught.
TELLINGS = 8


def tell_by_two(broker: Broker, rng: random.Random, kind: type[Publisher]) -> list[str]:
    """Have two relays tell the same at the same time; what is wrong with the stream then."""
    with relay_of(broker) as relay:
        other = FakeRelay(broker)
        other.run(lambda: other.feed.stream.put(relay.feed.stream.since(0)[0]))  # type: ignore[index]
        relay.stop()
        try:
            relay.start(kind=kind)
            other.start(kind=kind)
            for turn in range(100):
                found = changes(rng, 100, turn * 5 + 1, 5)
                relay.tell(*found)
                other.tell(*found)
            relay.await_published()
        finally:
            other.close()
        found_frames = stored(broker)
        told = [
            (frame.after, frame.watermark.revision)
            for _, _, frame in found_frames
            if isinstance(frame, Records) and frame.records
        ]
        return replay(found_frames) + [f"{each} twice" for each in told if told.count(each) > 1]


def test_two_relays_tell_everything_once_and_in_order(broker: Broker, rng: random.Random) -> None:
    assert tell_by_two(broker, rng, Publisher) == []


def test_two_relays_that_do_not_say_what_they_follow_are_caught(
    broker: Broker, rng: random.Random
) -> None:
    # Whether two meet in one telling is chance: one may be done before the other begins.
    for _ in range(TELLINGS):
        if tell_by_two(broker, rng, Unguarded):
            return
        in_broker(broker, drop_stream)
    pytest.fail(f"{TELLINGS} tellings by two, and nothing was wrong")


def test_a_stream_that_was_made_anew_is_noticed(
    broker: Broker, tmp_path: Path, rng: random.Random
) -> None:
    with relay_of(broker) as relay, node_of(tmp_path, relay) as node:
        for turn in range(30):
            relay.tell(*changes(rng, 100, turn * 5 + 1, 5))
        node.await_level()
        before = node.replica.position
        in_broker(broker, drop_stream)
        relay.tell(*changes(rng, 100, 1000, 5))
        relay.await_published()
        node.await_level()
        within(10, lambda: node.replica.position < before or None, "another position")
        relay.tell(*changes(rng, 100, 2000, 5))
        node.await_level()
        assert len(node.rehydrated) >= 2
        assert node.held() == relay.feed.held()


def test_a_stream_that_does_not_reach_back_is_noticed(
    broker: Broker, tmp_path: Path, rng: random.Random
) -> None:
    with relay_of(broker) as relay:
        with node_of(tmp_path, relay) as node:
            relay.tell(*changes(rng, 100, 1, 10))
            node.await_level()
        relay.tell(*changes(rng, 100, 100, 10))
        relay.await_published()

        async def purge(client: Client) -> None:
            await client.jetstream().purge_stream(STREAM)

        in_broker(broker, purge)
        relay.tell(*changes(rng, 100, 200, 10))
        with node_of(tmp_path, relay) as node:
            node.await_level()
            assert "missing" in node.rehydrated[0]
            assert node.held() == relay.feed.held()


def test_another_epoch_is_noticed(broker: Broker, tmp_path: Path, rng: random.Random) -> None:
    with relay_of(broker) as relay, node_of(tmp_path, relay) as node:
        relay.tell(*changes(rng, 100, 1, 10))
        node.await_level()
        relay.stop()
        relay.run(lambda: relay.feed.begin_anew(2))
        relay.start()
        relay.tell(*changes(rng, 100, 100, 10))
        node.await_level()
        assert node.held() == relay.feed.held()


def test_a_message_of_somebody_else_does_no_harm(
    broker: Broker, tmp_path: Path, rng: random.Random
) -> None:
    async def publish(client: Client) -> None:
        await client.publish("guazai.told.records", b"not the stream's")
        await client.jetstream().publish(RECORDS_SUBJECT, b"not a frame")

    with relay_of(broker) as relay, node_of(tmp_path, relay) as node:
        relay.tell(*changes(rng, 100, 1, 10))
        node.await_level()
        in_broker(broker, publish)
        relay.tell(*changes(rng, 100, 100, 10))
        node.await_level()
        assert node.held() == relay.feed.held()
