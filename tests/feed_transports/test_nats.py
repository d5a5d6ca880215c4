"""The feed through three real brokers: in order, whole, whoever is killed meanwhile."""

from __future__ import annotations

import random
import time
from pathlib import Path

from guazai.feed.broker import BEAT_SUBJECT, CHECKPOINT_SUBJECT, Broker
from tests.feed_transports.brokered import (
    changes,
    kill_leader,
    node_of,
    relay_of,
    replay,
    stored,
)
from tests.nats_cluster import Cluster
from tests.platform import within

RECORDS = 20_000
#: How soon a node is level again once the brokers have a leader: 2 s alone, more beside others.
BACK_SECONDS = 5.0


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
        within(10, lambda: len(node.checkpoints) >= 3 or None, "checkpoints")
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


def test_the_leader_is_killed(
    cluster: Cluster, broker: Broker, tmp_path: Path, rng: random.Random
) -> None:
    with relay_of(broker) as relay, node_of(tmp_path, relay) as node:
        relay.tell(*changes(rng, 1000, 1, 100))
        node.await_level()
        leader = kill_leader(cluster)
        killed = time.monotonic()
        version = 1000
        while cluster.stream_leader("GUAZAI_FEED") in {None, leader}:
            version += 10
            relay.tell(*changes(rng, 1000, version, 10))
            time.sleep(0.02)
        led = time.monotonic()
        relay.tell(*changes(rng, 1000, version + 10, 10))
        node.await_level(BACK_SECONDS)
        print(f"a leader after {led - killed:.2f} s, level {time.monotonic() - led:.2f} s later")
        assert node.held() == relay.feed.held()
        assert node.rehydrated == [node.rehydrated[0]]
        cluster.start(leader)
        cluster.await_current("GUAZAI_FEED")
        assert replay(stored(broker)) == []
