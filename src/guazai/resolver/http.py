"""HTTP/1.1 over asyncio: llhttp parses, the application answers at once, in order.

An answer needs no waiting, so a connection keeps no queue: what was asked first is written first.
Everything a client can make large or slow has a limit here.

Nearly every packet is one whole GET. It is read by a parser that all connections share, which is
told nothing but the target and the end, and therefore fast. Whatever else comes, such a packet
among it that turns out to be something else, is read by a parser of the connection's own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Any, cast

import httptools

from guazai.resolver.problems import Problem

MAX_CONNECTIONS = 10_000
MAX_TARGET_BYTES = 8 * 1024
MAX_HEAD_BYTES = 32 * 1024
MAX_HEADERS = 100
MAX_BODY_BYTES = 64 * 1024
# What a body may take on the wire: a chunk of one byte takes six.
MAX_FRAMED_BYTES = 8 * MAX_BODY_BYTES
REQUEST_SECONDS = 10.0
IDLE_SECONDS = 75.0
LINGER_SECONDS = 1.0
TICK_SECONDS = 0.5
# So few bytes hold no more headers than are allowed: the shortest, "a:", takes four.
_FEW_BYTES = 4 * MAX_HEADERS
_METHOD = b"GET "
_METHOD_BYTES = len(_METHOD)
_VERSION = b" HTTP/1.1\r\n"
_VERSIONS = frozenset({"1.0", "1.1"})
_END = b"\r\n\r\n"
_CLOSE = b"connection: close\r\n"
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


# Status; status line with fixed headers; body, None for one that has not even a length.
Answer = tuple[int, bytes, bytes | None]
# Method, request target, body.
Respond = Callable[[bytes, bytes, bytes], Answer]
Refuse = Callable[[Problem], Answer]


class Hub:
    """What the connections of one worker share: the application, a coarse clock, the drain."""

    def __init__(self, respond: Respond, refuse: Refuse) -> None:
        self.respond = respond
        self.refuse = refuse
        self.connections: set[Connection] = set()
        self.is_draining = False
        self._last_lost = asyncio.Event()
        self.read_plain = _PlainReader().read
        self.now = 0.0
        self.idle_until = 0.0
        self.date = b""
        self._read_clock()

    def connect(self) -> Connection:
        """Make the protocol of a new connection."""
        return Connection(self)

    def forget(self, connection: Connection) -> None:
        """Take note that a connection is gone."""
        self.connections.discard(connection)
        if self.is_draining and not self.connections:
            self._last_lost.set()

    async def tick(self) -> None:
        """Keep the clock and end what is overdue, until cancelled."""
        while True:
            self._read_clock()
            for connection in [each for each in self.connections if each.deadline < self.now]:
                connection.expire()
            await asyncio.sleep(TICK_SECONDS)

    def _read_clock(self) -> None:
        self.now = time.monotonic()
        self.idle_until = self.now + IDLE_SECONDS
        self.date = b"date: %b\r\n" % formatdate(usegmt=True).encode()

    async def drain(self, seconds: float) -> None:
        """Let requests that have begun be answered, at most for `seconds`; then cut off."""
        self.is_draining = True
        for connection in list(self.connections):
            connection.finish()
        if self.connections:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._last_lost.wait(), seconds)
        for connection in list(self.connections):
            connection.abort()


class _PlainReader:
    """Reads packets that are one whole GET each, for all connections of a hub.

    Its parser tells only targets and ends, and stands between two requests after every packet.
    """

    def __init__(self) -> None:
        # Of one whole request: its target, and whether the connection stays open.
        self._told: list[Any] = []
        self.on_url = self._told.append
        self._start()

    def _start(self) -> None:
        self._told.clear()
        self._parser = httptools.HttpRequestParser(self)
        self._feed = self._parser.feed_data

    def on_message_complete(self) -> None:
        """Note whether the client goes on; llhttp forgets it right after."""
        self._told.append(self._parser.should_keep_alive())

    def read(self, data: bytes) -> bytes | None:
        """Give the target, where `data` is one whole GET and the connection goes on after it."""
        if not (
            data.startswith(_METHOD)
            and data.endswith(_END)
            and (len(data) <= _FEW_BYTES or _is_within_limits(data))
        ):
            return None
        told = self._told
        target: bytes
        try:
            self._feed(data)
            target, keep = told
        except (httptools.HttpParserError, httptools.HttpParserUpgrade, ValueError):
            self._start()
            return None
        told.clear()
        if keep and data.startswith(_VERSION, _METHOD_BYTES + len(target)):
            return target
        self._start()
        return None


class Connection(asyncio.Protocol):
    """One client. Callbacks named `on_…` are llhttp's."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._transport: asyncio.Transport
        self.deadline = hub.idle_until
        # So far nothing needed a parser of its own, and the connection stays open.
        self._is_plain = True
        self._parser: httptools.HttpRequestParser
        self._is_over = False
        self._is_in_head = True
        self._has_answered = False
        self._received = 0
        self._reset()

    def _reset(self) -> None:
        self._target = b""
        self._headers = 0
        self._header_bytes = 0
        self._expects = False
        self._is_chunked = False
        self._length = 0
        self._body = b""

    # --- transport ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a new client, unless there are too many."""
        self._transport = cast(asyncio.Transport, transport)
        if self._hub.is_draining or len(self._hub.connections) >= MAX_CONNECTIONS:
            self.abort()
        else:
            self._hub.connections.add(self)

    def connection_lost(self, _: Exception | None) -> None:
        """Forget the client."""
        self._is_over = True
        self._hub.forget(self)

    def pause_writing(self) -> None:
        """Read no more from a client that does not read its answers."""
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        """Read again."""
        self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Parse what came; every whole request in it is answered before this returns."""
        if self._is_plain:
            hub = self._hub
            target = hub.read_plain(data)
            if target is not None:
                self.deadline = hub.idle_until
                _, head, body = hub.respond(b"GET", target, b"")
                if body is None:
                    self._transport.write(b"".join((head, hub.date, b"\r\n")))
                else:
                    self._transport.write(b"".join((head, hub.date, _length(len(body)), body)))
                return
        self._receive(data)

    def _receive(self, data: bytes) -> None:
        if self._is_over:
            return
        if self._is_plain:
            self._is_plain = False
            self._parser = httptools.HttpRequestParser(self)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._end()
        except httptools.HttpParserError:
            self._refuse_malformed()
        # What begins behind the end of another request is counted from the next packet.
        self._received = 0 if self._has_answered else self._received + len(data)
        self._has_answered = False
        if self._received > MAX_HEAD_BYTES:
            if self._is_in_head:
                self._refuse_head()
            elif self._received > MAX_HEAD_BYTES + MAX_FRAMED_BYTES:
                self._refuse_body()

    # --- llhttp ---

    def on_url(self, part: bytes) -> None:
        """Take a piece of the request target, which begins a request."""
        if not self._target:
            self.deadline = self._hub.now + REQUEST_SECONDS
        self._target += part
        if len(self._target) > MAX_TARGET_BYTES:
            detail = f"the request target is over {MAX_TARGET_BYTES} bytes"
            self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG, "target_too_long", detail)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note the headers that matter; their lengths tell most others apart."""
        self._headers += 1
        self._header_bytes += len(name) + len(value)
        match len(name):
            case 14 if name.lower() == b"content-length" and value.isdigit():
                self._length = int(value[:20])
            case 17 if name.lower() == b"transfer-encoding":
                self._is_chunked = True
            case 6 if name.lower() == b"expect":
                self._expects = value.lower() == b"100-continue"

    def on_headers_complete(self) -> None:
        """Refuse what is too large before it is sent; else let the client go on."""
        self._is_in_head = False
        if self._parser.get_http_version() not in _VERSIONS:
            self._refuse_malformed()
        elif self._headers > MAX_HEADERS or self._header_bytes > MAX_HEAD_BYTES:
            self._refuse_head()
        elif self._length > MAX_BODY_BYTES:
            self._refuse_body()
        elif self._expects and (self._length or self._is_chunked) and not self._is_over:
            self._transport.write(_CONTINUE)

    def on_body(self, part: bytes) -> None:
        """Take a piece of the body."""
        if not self._is_over:
            self._body += part
            if len(self._body) > MAX_BODY_BYTES:
                self._refuse_body()

    def on_message_complete(self) -> None:
        """Answer."""
        self._is_in_head = self._has_answered = True
        if self._is_over:
            return
        hub, parser = self._hub, self._parser
        method = parser.get_method()
        answer = hub.respond(method, self._target, self._body)
        keep = (
            parser.should_keep_alive()
            and parser.get_http_version() == "1.1"
            and not hub.is_draining
        )
        self._write(answer, keep=keep, bodiless=method == b"HEAD")
        if keep:
            self._reset()
            self.deadline = hub.idle_until
        else:
            self._end()

    # --- ends ---

    def _write(self, answer: Answer, *, keep: bool, bodiless: bool = False) -> None:
        _, head, body = answer
        parts = [head, self._hub.date]
        if not keep:
            parts.append(_CLOSE)
        if body is None:
            parts.append(b"\r\n")
        else:
            parts.append(_length(len(body)))
            if not bodiless:
                parts.append(body)
        self._transport.write(b"".join(parts))

    def _refuse(self, status: HTTPStatus, code: str, detail: str) -> None:
        if not self._is_over:
            self._write(self._hub.refuse(Problem(status, code, detail)), keep=False)
            self._end()

    def _refuse_malformed(self) -> None:
        self._refuse(HTTPStatus.BAD_REQUEST, "http_malformed", "this is not HTTP/1.1")

    def _refuse_head(self) -> None:
        detail = f"the head is over {MAX_HEAD_BYTES} bytes or {MAX_HEADERS} headers"
        self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "head_too_large", detail)

    def _refuse_body(self) -> None:
        detail = f"the body is over {MAX_BODY_BYTES} bytes"
        self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", detail)

    def _end(self) -> None:
        # Closing with bytes unread resets the connection and may lose the answer: linger.
        self._is_over = True
        self._is_plain = False
        self.deadline = self._hub.now + LINGER_SECONDS
        self._transport.write_eof()

    def finish(self) -> None:
        """Close, at once when idle, else after the request that has begun is answered."""
        if not self._target:
            self._transport.close()

    def expire(self) -> None:
        """Act on a deadline that has passed."""
        if self._is_over:
            self.abort()
        elif self._target:
            detail = f"the request did not arrive in {REQUEST_SECONDS:g} s"
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "request_timeout", detail)
        else:
            self._end()

    def abort(self) -> None:
        """Cut the client off."""
        self._is_over = True
        self._is_plain = False
        self._transport.abort()


def _is_within_limits(data: bytes) -> bool:
    return len(data) <= MAX_TARGET_BYTES and data.count(b"\n") <= MAX_HEADERS


@lru_cache(maxsize=1024)
def _length(size: int) -> bytes:
    return b"content-length: %d\r\n\r\n" % size
