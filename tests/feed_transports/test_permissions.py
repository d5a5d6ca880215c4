"""The logins of docs/guides/resolvers.md: each may do what it must, and a node no more."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.errors import Error

from guazai.feed.broker import RECORDS_SUBJECT, STREAM, Broker
from tests.feed_transports.brokered import (
    changes,
    drop_stream,
    in_broker,
    node_of,
    relay_of,
    stored,
)
from tests.nats_cluster import Cluster


def test_relay_and_node_need_no_more(
    cluster: Cluster, broker: Broker, tmp_path: Path, rng: random.Random
) -> None:
    in_broker(broker, drop_stream)
    relay_login, node_login = (Broker.of(cluster.servers(user)) for user in ("relay", "node"))
    with relay_of(broker, relay_login) as relay, node_of(tmp_path, relay, node_login) as node:
        relay.tell(*changes(rng, 100, 1, 10))
        node.await_level()
        relay.tell(*changes(rng, 100, 100, 10))
        node.await_level()
        assert node.held() == relay.feed.held()


def test_a_node_can_neither_write_nor_delete(cluster: Cluster, broker: Broker) -> None:
    async def write(client: Client) -> None:
        await client.jetstream(timeout=0.5).publish(RECORDS_SUBJECT, b"forged", timeout=0.5)

    async def delete(client: Client) -> None:
        await client.jetstream(timeout=0.5).delete_stream(STREAM)

    node_login = Broker.of(cluster.servers("node"))
    with relay_of(broker):
        before = len(stored(broker))
        for forbidden in (write, delete):
            with pytest.raises(Error):
                in_broker(node_login, forbidden)
        assert len(stored(broker)) >= before
