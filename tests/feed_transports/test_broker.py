"""Connecting to brokers: who is let in, how soon it is given up, and what is not said."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest
from nats.errors import Error

from guazai.feed.broker import Broker, BrokerError
from tests.nats_cluster import PASSWORD, Cluster
from tests.platform import free_port_base

SECRETS = "nats://guazai:p%40ss%2Cword@one:4222", "nats://two"


def connect(broker: Broker) -> None:
    async def work() -> None:
        async with broker.connected("test") as client:
            await client.flush()

    asyncio.run(work())


def test_a_login_is_read_from_the_first_address() -> None:
    broker = Broker.of(SECRETS)
    assert broker.servers == ("nats://one:4222", "nats://two:4222")
    assert (broker.user, broker.password, broker.token) == ("guazai", "p@ss,word", None)
    assert Broker.of(["tls://s%3Ecret@[::1]:7"]) == Broker(("tls://[::1]:7",), token="s>cret")
    assert Broker.of(["nats://one"]) == Broker(("nats://one:4222",))


def test_a_login_is_not_told() -> None:
    told = repr(Broker.of(SECRETS)) + repr(Broker.of(["nats://s3cret@one"]))
    assert "p@ss" not in told
    assert "p%40ss" not in told
    assert "s3cret" not in told


def test_a_wrong_password_is_refused_at_once_and_not_told(broker: Broker) -> None:
    began = time.monotonic()
    with pytest.raises(BrokerError) as refused:
        connect(replace(broker, password="wr0ng"))
    assert "Authorization" in str(refused.value)
    assert "wr0ng" not in str(refused.value)
    assert time.monotonic() - began < 5


def test_no_server_is_an_error_at_once() -> None:
    began = time.monotonic()
    with pytest.raises(BrokerError, match="Errno"):
        connect(Broker((f"nats://127.0.0.1:{free_port_base()}",)))
    assert time.monotonic() - began < 2


def test_another_server_is_taken_where_one_is_gone(cluster: Cluster, broker: Broker) -> None:
    gone = f"nats://127.0.0.1:{free_port_base()}"
    for _ in range(5):
        connect(replace(broker, servers=(gone, broker.servers[0])))


def test_a_request_after_the_server_died_is_an_error(cluster: Cluster, broker: Broker) -> None:
    async def work() -> None:
        async with replace(broker, servers=broker.servers[:1]).connected("test") as client:
            await client.flush()
            cluster.kill(0)
            async with asyncio.timeout(5):
                while True:
                    await client.request("anything", b"", timeout=1)

    try:
        with pytest.raises(Error):
            asyncio.run(work())
    finally:
        cluster.start(0)


@pytest.mark.parametrize("scheme", ["nats", "tls"])
def test_a_password_is_told_to_no_server_that_lacks_the_tls_that_is_wanted(scheme: str) -> None:
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"x","version":"2.9.10","auth_required":true}\r\n')
        heard.append(await reader.read(1000))
        writer.close()

    async def run() -> None:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            broker = Broker((f"{scheme}://127.0.0.1:{port}",), "node", PASSWORD)
            with pytest.raises(BrokerError):
                async with broker.connected("test"):
                    pass

    asyncio.run(run())
    assert (PASSWORD.encode() in b"".join(heard)) is (scheme == "nats")
