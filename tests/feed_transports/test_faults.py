"""The feed while brokers fail: nothing is lost or reordered, and it goes on by itself."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from guazai.feed.broker import STREAM, Broker
from tests.feed_transports.brokered import changes, kill_leader, node_of, relay_of, replay, stored
from tests.nats_cluster import Cluster, nats_cluster
from tests.platform import within

pytestmark = pytest.mark.slow
#: How soon a node is level again once the brokers have a leader: 2 s alone, more beside others.
BACK_SECONDS = 5.0
#: Before the next fault: three servers stand the loss of one, not of a second at the same time.
SETTLE_SECONDS = 3.0
FAULTS_SECONDS = 90.0
#: A server that has not caught up then is started anew, as the guide says: it may never do so.
CATCH_UP_SECONDS = 30.0


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Three brokers for one test."""
    with nats_cluster(tmp_path / "nats") as running:
        yield running


def test_the_leader_is_killed(
    cluster: Cluster, broker: Broker, tmp_path: Path, rng: random.Random
) -> None:
    with relay_of(broker) as relay, node_of(tmp_path / "node", relay) as node:
        relay.tell(*changes(rng, 1000, 1, 100))
        node.await_level()
        leader = kill_leader(cluster)
        killed = time.monotonic()
        version = 1000
        while cluster.stream_leader(STREAM) in {None, leader}:
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
        cluster.await_current(STREAM)
        assert replay(stored(broker)) == []


def test_a_broker_that_lost_its_store_gets_everything_back(
    cluster: Cluster, broker: Broker, tmp_path: Path, rng: random.Random
) -> None:
    with relay_of(broker) as relay, node_of(tmp_path / "node", relay) as node:
        for turn in range(50):
            relay.tell(*changes(rng, 1000, turn * 10 + 1, 10))
        relay.await_published()
        cluster.renew(within(10, lambda: cluster.stream_leader(STREAM), "a leader"))
        relay.tell(*changes(rng, 1000, 1000, 10))
        cluster.await_current(STREAM, 60)
        node.await_level()
        assert node.held() == relay.feed.held()
        relay.await_published()
        assert replay(stored(broker)) == []


def test_nothing_is_lost_or_reordered_whatever_befalls_the_brokers(
    cluster: Cluster, broker: Broker, tmp_path: Path, rng: random.Random
) -> None:
    happened: list[str] = []
    with relay_of(broker) as relay, node_of(tmp_path / "node", relay) as node:
        version, began = 0, time.monotonic()
        while time.monotonic() - began < FAULTS_SECONDS:
            number = rng.randrange(len(cluster.bases))
            is_kill = rng.random() < 0.5
            happened.append(f"{'kill' if is_kill else 'stop'} {number}")
            (cluster.kill if is_kill else cluster.pause)(number)
            until = time.monotonic() + rng.uniform(0.5, 8)
            while time.monotonic() < until:
                version += 5
                relay.tell(*changes(rng, 1000, version, 5))
                time.sleep(rng.uniform(0, 0.05))
            (cluster.start if is_kill else cluster.go_on)(number)
            try:
                cluster.await_current(STREAM, CATCH_UP_SECONDS)
            except AssertionError:
                happened.append(f"renew {number}")
                cluster.renew(number)
                cluster.await_current(STREAM)
            time.sleep(SETTLE_SECONDS)
        relay.await_published()
        node.await_level()
        print(f"{version} changes; {happened}; rehydrated {node.rehydrated}")
        assert node.held() == relay.feed.held()
        # Only for its first snapshot.
        assert len(node.rehydrated) == 1
        assert replay(stored(broker)) == []
