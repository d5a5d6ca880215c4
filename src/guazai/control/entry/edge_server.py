"""What the relay serves to nodes over HTTP: the feed, and leases.

It runs in a thread of the relay's process, on an event loop of its own, so that what was just told
and what is just taken down reach nodes from memory.
"""

from __future__ import annotations

import asyncio
import hmac
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, closing, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Protocol

import structlog
import uvicorn
import uvloop
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from guazai.control.entry.following import Following
from guazai.control.entry.log import LogGoneError
from guazai.control.entry.metrics import Metrics
from guazai.control.entry.nats import Publisher
from guazai.control.entry.relay import Told
from guazai.control.entry.stream import Point, Pulse
from guazai.control.entry.warden import NodeStatus
from guazai.feed.lease import LeaseAnswer, LeaseRequest
from guazai.feed.records import MAX_COUNTER, MAX_EPOCH
from guazai.feed.seal import BUCKETS, EdgeKey

#: What a node's bearer token is derived for.
TOKEN_USE = "edge"  # noqa: S105 - the name of a use, not a token
MAX_BODY_BYTES = 2**20
MAX_SNAPSHOTS = 2
RETRY_SECONDS = 2
#: A node that takes nothing for so long is cut off.
STALLED_SECONDS = 15.0
#: How long requests may go on once it is to end.
DRAIN_SECONDS = 1
PROBLEM_TYPE = "application/problem+json"
logger = structlog.get_logger(__name__)


class Leases(Protocol):
    """Whoever grants leases (`entry.takedowns`)."""

    def ask(self, request: LeaseRequest, received: float, /) -> LeaseAnswer | float:
        """Answer, or say until when to wait for a change before asking again."""
        ...

    def nodes(self) -> list[NodeStatus]:
        """Every life of a node that asked lately."""
        ...


@dataclass
class _Problem(Exception):
    """A request refused, with a stable code."""

    status: HTTPStatus
    code: str
    detail: str
    headers: dict[str, str] = field(default_factory=dict)

    def response(self) -> Response:
        body: dict[str, object] = {
            "type": f"urn:guazai:problem:{self.code}",
            "title": self.status.phrase,
            "status": self.status.value,
            "code": self.code,
            "detail": self.detail,
            "errors": [],
        }
        return JSONResponse(body, self.status.value, self.headers, PROBLEM_TYPE)


def _malformed(detail: str) -> _Problem:
    return _Problem(HTTPStatus.BAD_REQUEST, "malformed", detail)


class _Buckets(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    buckets: list[Annotated[int, Field(ge=0, lt=BUCKETS)]] = Field(min_length=1, max_length=BUCKETS)


Handler = Callable[[Request], Awaitable[Response]]


class _Frames(Response):
    """An answer of frames as they come, until there are no more or nobody takes them."""

    media_type = "application/octet-stream"

    def __init__(self, pieces: AsyncGenerator[bytes]) -> None:
        super().__init__()
        del self.headers["content-length"]
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begin = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **begin})
        tasks = {
            asyncio.create_task(self._send_all(send)),
            asyncio.create_task(_disconnected(receive)),
        }
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send_all(self, send: Send) -> None:
        async with aclosing(self._pieces) as pieces:
            try:
                async for piece in pieces:
                    async with asyncio.timeout(STALLED_SECONDS):
                        await send({"type": "http.response.body", "body": piece, "more_body": True})
            except Exception as error:  # noqa: BLE001 - a stream that is cut short says enough
                # Without its proper end, so that the node sees that it is not whole.
                logger.warning("edge.stream_cut", error=f"{type(error).__name__}: {error}")
                return
        await send({"type": "http.response.body", "body": b""})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class EdgeServer:
    """The server, for a thread of its own. `told` and `changed` may be called by any thread."""

    def __init__(
        self,
        listening: socket.socket,
        edge_key: EdgeKey,
        following: Following,
        publisher: Publisher | None = None,
    ) -> None:
        self._listening = listening
        self._token = f"Bearer {edge_key.token(TOKEN_USE)}".encode()
        self._following = following
        self._publisher = publisher
        self._leases: Leases
        self._changes = Pulse()
        self._snapshots = 0
        self._metrics = Metrics()
        self._loop = uvloop.new_event_loop()
        self._server = uvicorn.Server(
            uvicorn.Config(
                self._app(),
                log_config=None,
                log_level="warning",
                access_log=False,
                lifespan="off",
                http="httptools",
                ws="none",
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=DRAIN_SECONDS,
            )
        )

    def run(self, leases: Leases) -> None:
        """Serve until `stop`."""
        self._leases = leases
        asyncio.set_event_loop(self._loop)
        with closing(self._loop):
            self._loop.run_until_complete(self._serve())

    def stop(self) -> None:
        """Have it end, within about a second."""
        self._server.should_exit = True

    def told(self, told: Told) -> None:
        """Pass on what the relay just told."""
        self._call(self._take, told)

    def changed(self) -> None:
        """Ask again for what waits for a lease."""
        self._call(self._changes.beat)

    def _call(self, what: Callable[..., object], *arguments: object) -> None:
        # Before its end, and after it, there is nobody to tell.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(what, *arguments)

    def _take(self, told: Told) -> None:
        self._following.take(told)
        self._metrics.take(told)

    async def _serve(self) -> None:
        jobs = [asyncio.create_task(self._following.checkpoints())]
        if self._publisher is not None:
            jobs.append(asyncio.create_task(self._publisher.run()))
        try:
            await self._server.serve(sockets=[self._listening])
        finally:
            for job in jobs:
                job.cancel()
            await asyncio.gather(*jobs, return_exceptions=True)

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v1/lease", self._guarded(self._lease), methods=["POST"]),
                Route("/v1/feed/tail", self._guarded(self._tail)),
                Route("/v1/feed/snapshot", self._guarded(self._snapshot)),
                Route("/v1/feed/buckets", self._guarded(self._buckets), methods=["POST"]),
                Route("/healthz", self._healthz),
                Route("/metrics", self._scrape),
            ],
            exception_handlers={
                HTTPException: _refuse,
                ClientDisconnect: _give_up,
                Exception: _fail,
            },
        )

    def _guarded(self, handler: Handler) -> Handler:
        """Let only nodes in that have the edge key."""

        async def guarded(request: Request) -> Response:
            given = request.headers.get("authorization", "").encode("latin-1")
            if not hmac.compare_digest(given, self._token):
                detail = "the bearer token is not the edge key's"
                problem = _Problem(HTTPStatus.UNAUTHORIZED, "unauthenticated", detail)
                problem.headers["www-authenticate"] = "Bearer"
                return problem.response()
            try:
                return await handler(request)
            except _Problem as problem:
                return problem.response()

        return guarded

    async def _lease(self, request: Request) -> Response:
        received = time.monotonic()
        try:
            said = LeaseRequest.model_validate_json(await _body(request))
        except ValidationError as error:
            raise _malformed(str(error)) from None
        while isinstance(answer := self._leases.ask(said, received), float):
            await self._changes.wait(max(0.0, answer - time.monotonic()))
        return Response(answer.model_dump_json(), media_type="application/json")

    async def _tail(self, request: Request) -> Response:
        point = _point(request)
        try:
            await self._following.require(point)
        except LogGoneError:
            detail = "the log does not go on from there; take a snapshot"
            raise _Problem(HTTPStatus.CONFLICT, "log_gone", detail) from None
        return _Frames(self._follow(point))

    async def _follow(self, point: Point) -> AsyncGenerator[bytes]:
        async with aclosing(self._following.follow(point)) as found:
            async for items in found:
                yield b"".join(item.data for item in items)

    async def _snapshot(self, request: Request) -> Response:
        if self._snapshots >= MAX_SNAPSHOTS:
            detail = "others take a snapshot; come again soon"
            problem = _Problem(HTTPStatus.SERVICE_UNAVAILABLE, "busy", detail)
            problem.headers["retry-after"] = str(RETRY_SECONDS)
            raise problem
        return _Frames(self._everything())

    async def _buckets(self, request: Request) -> Response:
        try:
            wanted = _Buckets.model_validate_json(await _body(request)).buckets
        except ValidationError as error:
            raise _malformed(str(error)) from None
        return _Frames(self._following.snapshot(wanted))

    async def _everything(self) -> AsyncGenerator[bytes]:
        self._snapshots += 1
        try:
            async with aclosing(self._following.snapshot()) as frames:
                async for frame in frames:
                    yield frame
        finally:
            self._snapshots -= 1

    async def _healthz(self, request: Request) -> Response:
        epoch, revision = self._following.stream.head
        return JSONResponse({"status": "ok", "epoch": epoch, "revision": revision})

    async def _scrape(self, request: Request) -> Response:
        self._metrics.note(self._following.followers, self._snapshots, self._leases.nodes())
        text = await asyncio.to_thread(self._metrics.text)
        return Response(text, media_type=CONTENT_TYPE_LATEST)


async def _body(request: Request) -> bytes:
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > MAX_BODY_BYTES:
            detail = f"a body has at most {MAX_BODY_BYTES} bytes"
            raise _Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", detail)
    return bytes(found)


def _point(request: Request) -> Point:
    found = []
    for name, most in (("epoch", MAX_EPOCH), ("after", MAX_COUNTER)):
        text = request.query_params.get(name, "")
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
            raise _malformed(f"{name} is a whole number, not {text!r}")
        found.append(int(text))
    return found[0], found[1]


async def _refuse(request: Request, error: Exception) -> Response:
    status = HTTPStatus(error.status_code if isinstance(error, HTTPException) else 500)
    problem = _Problem(status, status.name.lower(), status.description or status.phrase)
    problem.headers |= dict(getattr(error, "headers", None) or {})
    return problem.response()


async def _give_up(request: Request, error: Exception) -> Response:
    """A node that is gone in the midst of its request is no failure; nobody reads this."""
    return _malformed("the request was cut short").response()


async def _fail(request: Request, error: Exception) -> Response:
    logger.error("edge.failed", path=request.url.path, exc_info=error)
    detail = "the relay failed; its log says how"
    return _Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", detail).response()
