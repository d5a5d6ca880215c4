"""Clients that are slow, many or deaf: bounded, refused, and no one else hurt.

What they send that they should not is in the corpus.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from guazai.feed import Watermark
from guazai.resolver import http
from guazai.resolver.app import App
from guazai.resolver.http import Hub
from guazai.resolver.metrics import Counts
from guazai.resolver.node import Node
from guazai.resolver.reading import Resolver
from tests.resolver.serving import body_of, mark, shown

GET = b"GET /v1/entries/dy_1 HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /v1/entries HTTP/1.1\r\nHost: x\r\n"


def statuses(got: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", got)]


Client = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def listening(path: Path) -> AsyncIterator[tuple[Hub, Callable[[], Awaitable[Client]]]]:
    folder, counts = path / "node", path / "counts"
    with closing(Node(folder)) as node:
        node.apply(shown("dy_1"), mark())
    counts.mkdir()
    app = App(Resolver(folder), Counts(counts), 60)
    hub = Hub(app.respond, app.refuse)
    server = await asyncio.get_running_loop().create_server(hub.connect, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    ticking = asyncio.create_task(hub.tick())
    yield hub, lambda: asyncio.open_connection("127.0.0.1", port)
    server.close()
    await hub.drain(1)
    ticking.cancel()


async def read_all(client: Client) -> bytes:
    try:
        return await asyncio.wait_for(client[0].read(), 10)
    except ConnectionResetError:
        return b""
    finally:
        client[1].close()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110 - a hub has no one to tell
            await asyncio.sleep(0.001)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "REQUEST_SECONDS", 0.2)
    monkeypatch.setattr(http, "IDLE_SECONDS", 0.4)
    monkeypatch.setattr(http, "LINGER_SECONDS", 0.1)
    monkeypatch.setattr(http, "TICK_SECONDS", 0.02)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"", []),
        (b"GE", []),
        (GET, [200]),
        (GET[:-2], [408]),
        (POST + b"Content-Length: 9\r\n\r\n{", [408]),
        (GET + GET[:-2], [200, 408]),
    ],
)
def test_a_client_that_stops_is_let_go(
    tmp_path: Path, hurried: None, sent: bytes, expected: list[int]
) -> None:
    async def scene() -> None:
        async with listening(tmp_path) as (hub, connect):
            client = await connect()
            client[1].write(sent)
            assert statuses(await read_all(client)) == expected
            await until(lambda: not hub.connections)

    asyncio.run(scene())


def test_a_client_that_never_reads_is_let_go_and_holds_little(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "LINGER_SECONDS", 0.1)
    monkeypatch.setattr(http, "TICK_SECONDS", 0.02)

    async def scene() -> None:
        async with listening(tmp_path) as (hub, connect):
            _, writer = await connect()
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            writer.write(GET * 400_000)
            await until(lambda: bool(hub.connections))
            (held,) = hub.connections
            await until(lambda: held._transport.get_write_buffer_size() > 0)
            assert not held._transport.is_reading()
            assert held._transport.get_write_buffer_size() < 16 * 2**20
            held.deadline = 0.0
            await until(lambda: not hub.connections)
            writer.transport.abort()

    asyncio.run(scene())


def test_there_is_a_limit_to_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_CONNECTIONS", 3)

    async def scene() -> None:
        async with listening(tmp_path) as (hub, connect):
            clients = [await connect() for _ in range(3)]
            for _, writer in clients:
                writer.write(GET)
            for reader, _ in clients:
                assert (await reader.readline()).startswith(b"HTTP/1.1 200 ")
            assert await read_all(await connect()) == b""
            assert len(hub.connections) == 3
            for _, writer in clients:
                writer.close()

    asyncio.run(scene())


def test_draining_answers_what_has_begun_and_closes_the_rest(tmp_path: Path) -> None:
    async def scene() -> None:
        async with listening(tmp_path) as (hub, connect):
            idle, begun = await connect(), await connect()
            idle[1].write(GET)
            assert (await idle[0].readline()).startswith(b"HTTP/1.1 200 ")
            begun[1].write(GET[:-2])
            await until(lambda: any(each._target for each in hub.connections))
            draining = asyncio.create_task(hub.drain(5))
            assert body_of("dy_1") in await read_all(idle)
            begun[1].write(GET[-2:])
            got = await read_all(begun)
            assert statuses(got) == [200]
            assert b"connection: close" in got
            await asyncio.wait_for(draining, 2)
            assert not hub.connections

    asyncio.run(scene())


def test_a_clock_that_stands_ahead_is_never_a_negative_age(tmp_path: Path) -> None:
    folder, counts = tmp_path / "node", tmp_path / "counts"
    with closing(Node(folder)) as node:
        node.apply([], Watermark(1, 1, mark().at_ms + 3_600_000))
    counts.mkdir()
    app = App(Resolver(folder), Counts(counts), 60)
    status, _, body = app.respond(b"GET", b"/readyz", b"")
    assert status == 200
    assert b'"age_seconds":0.0' in (body or b"")
