"""Clients that send what they should not, or too slowly: bounded, refused, and no one else hurt."""

from __future__ import annotations

import asyncio
import random
import re
import socket
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
from tests.resolver.serving import Resolver as Standing
from tests.resolver.serving import body_of, mark, shown

GET = b"GET /v1/entries/dy_1 HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /v1/entries HTTP/1.1\r\nHost: x\r\n"


def exchange(port: int, sent: bytes) -> bytes:
    """Send bytes and no more; give all that comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=15) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        got = b""
        while part := connection.recv(65536):
            got += part
        return got


def statuses(got: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3}) ", got)]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (b"", []),
        (b"\r\n", []),
        (GET[:-4], []),
        (GET, [200]),
        (GET * 3, [200, 200, 200]),
        (GET + b"GET /v1/entries/dy_2 HTTP/1.1\r\nHost: x\r\n\r\n" + GET, [200, 204, 200]),
        (GET + b"garbage\r\n\r\n", [200, 400]),
        (b"garbage\r\n\r\n", [400]),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", [400]),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400]),
        (b"GET /v1/entries/dy_1 HTTP/3.0\r\n\r\n", [400]),
        (b"GET /v1/entries/dy 1 HTTP/1.1\r\n\r\n", [400]),
        (b"FOO /v1/entries/dy_1 HTTP/1.1\r\n\r\n", [400]),
        (b"GET /v1/entries/dy_1 HTTP/1.0\r\n\r\n", [200]),
        (b"GET /v1/entries/dy_1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + GET, [200]),
        (GET.replace(b"Host", b"Connection: close\r\nHost") + GET, [200]),
        (GET.replace(b"Host: x", b"Ho st: x"), [400]),
        (GET.replace(b"Host: x", b"Host: x\0y"), [400]),
        (GET.replace(b"Host: x", b"Host\r\n\t: x"), [400]),
        (b"GET http://other.example/v1/entries/dy_1 HTTP/1.1\r\nHost: x\r\n\r\n", [200]),
        (b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n", [404]),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", [404]),
        (b"CONNECT dy_1:1 HTTP/1.1\r\nHost: x\r\n\r\n" + GET, [404]),
        (GET.replace(b"Host", b"Connection: Upgrade\r\nUpgrade: h2c\r\nHost") + GET, [200]),
        (b"GET /v1/entries/%b HTTP/1.1\r\n\r\n" % (b"a" * 9000), [414]),
        (b"GET /%b" % (b"a" * 400_000), [414]),
        (GET.replace(b"Host: x", b"X: " + b"a" * 20_000), [200]),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 400_000, [431]),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200_000, [431]),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 101 + b"\r\n", [431]),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100 + b"\r\n", [404]),
        (GET.replace(b"Host", b"Content-Length: 3\r\nHost") + b"abc" + GET, [200, 200]),
    ],
)
def test_what_comes_on_a_socket_is_answered_so(
    standing: Standing, sent: bytes, expected: list[int]
) -> None:
    try:
        got = exchange(standing.port, sent)
    except ConnectionError:
        assert len(sent) > http.MAX_HEAD_BYTES, "only what is too large may be cut off"
    else:
        assert statuses(got) == expected
    assert standing.get("/v1/entries/dy_1").status == 200


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n     ",
        b"Content-Length: 5, 5\r\n\r\n     ",
        b"Content-Length: +5\r\n\r\n     ",
        b"Content-Length: -5\r\n\r\n     ",
        b"Content-Length: 0x5\r\n\r\n     ",
        b"Content-Length: 99999999999999999999999\r\n\r\n",
        b"Content-Length : 5\r\n\r\n     ",
        b"Transfer-Encoding: gzip\r\n\r\n",
        b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
    ],
)
def test_a_request_whose_end_is_in_doubt_is_refused_and_nothing_after_it_read(
    standing: Standing, headers: bytes
) -> None:
    got = statuses(exchange(standing.port, POST + headers + GET))
    assert len(got) == 1
    assert got[0] in {400, 413}


def test_a_chunked_body_and_an_expectation_are_understood(standing: Standing) -> None:
    body = b'{"aweme_ids":["dy_1"]}'
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    got = exchange(standing.port, POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + GET)
    assert statuses(got) == [200, 200]
    head = POST + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert statuses(exchange(standing.port, head + body)) == [100, 200]
    refused = POST + b"Expect: 100-continue\r\nContent-Length: 70000\r\n\r\n"
    assert statuses(exchange(standing.port, refused)) == [413]


def test_a_request_may_come_byte_by_byte(standing: Standing) -> None:
    with socket.create_connection(("127.0.0.1", standing.port), timeout=15) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in GET + GET:
            connection.sendall(bytes([byte]))
        connection.shutdown(socket.SHUT_WR)
        got = b""
        while part := connection.recv(65536):
            got += part
    assert statuses(got) == [200, 200]
    assert got.count(body_of("dy_1")) == 2


def test_mangled_requests_never_bring_a_5xx_or_an_end(standing: Standing) -> None:
    seed = random.SystemRandom().getrandbits(32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    body = b'{"aweme_ids":["dy_1","dy_2"]}'
    seeds = [
        GET * 2,
        GET.replace(b"dy_1", b"dy_1?surface=profile_mount&host=douyin"),
        POST + b"Content-Length: %d\r\n\r\n%b" % (len(body), body) + GET,
        POST + b"Transfer-Encoding: chunked\r\n\r\n1d\r\n%b\r\n0\r\n\r\n" % body + GET,
    ]
    for _ in range(600):
        sent = bytearray(rng.choice(seeds))
        for _ in range(rng.randrange(1, 5)):
            at = rng.randrange(len(sent))
            match rng.randrange(4):
                case 0:
                    sent[at] = rng.randrange(256)
                case 1:
                    del sent[at : at + rng.randrange(1, 9)]
                case 2:
                    sent[at:at] = rng.choice([b"\r\n", b"\0", b"%", b"\xff", b": ", bytes(sent)])
                case 3:
                    sent = sent[: at + 1]
            sent = sent or bytearray(b"G")
        got = exchange(standing.port, bytes(sent))
        assert all(status < 500 for status in statuses(got)), bytes(sent)
    assert standing.process.poll() is None
    assert standing.get("/v1/entries/dy_1").status == 200


# --- time: a hub in this process, its limits shortened ---

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
