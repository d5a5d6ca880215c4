from __future__ import annotations

from collections.abc import Iterator

import pytest

from guazai.feed.broker import Broker
from tests.nats_cluster import Cluster, nats_cluster


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three brokers for the tests of one module."""
    with nats_cluster(tmp_path_factory.mktemp("nats")) as running:
        yield running


@pytest.fixture
def broker(cluster: Cluster) -> Broker:
    """The brokers as somebody meets them who may do anything."""
    return Broker.of(cluster.servers())
