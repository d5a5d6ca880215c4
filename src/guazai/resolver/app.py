"""The resolver's HTTP interface, as an RSGI application."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import NamedTuple, Protocol

from granian.rsgi import ProtocolClosed, Scope  # type: ignore[attr-defined]  # it has no __all__
from prometheus_client import CONTENT_TYPE_LATEST

from guazai.resolver.metrics import Counts, age_seconds, exposition
from guazai.resolver.problems import Problem
from guazai.resolver.requests import MAX_BODY_BYTES, read_aweme_id, read_batch, read_place
from guazai.resolver.store import Store

BODY_SECONDS = 10.0
_ENTRY_PREFIX = "/v1/entries/"
_COMMON = [("cache-control", "no-store"), ("x-content-type-options", "nosniff")]
_JSON = [("content-type", "application/json"), *_COMMON]
_PROBLEM = [("content-type", "application/problem+json"), *_COMMON]
_TEXT = [("content-type", CONTENT_TYPE_LATEST), *_COMMON]
_log = logging.getLogger(__name__)


class Exchange(Protocol):
    """What is used of granian's RSGI protocol object."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Read the request's body, piece by piece."""

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        """Answer without a body."""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Answer with a body."""


class Answer(NamedTuple):
    """A whole response; 204 has no body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


_NO_ENTRY = Answer(HTTPStatus.NO_CONTENT.value, _COMMON, b"")
Handler = Callable[[Scope, Exchange], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class _Route:
    name: str
    methods: tuple[str, ...]
    handle: Handler

    def check(self, method: str) -> None:
        if self.methods and method not in self.methods:
            raise Problem(
                HTTPStatus.METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "this resource has other methods",
                allow=", ".join(self.methods),
            )


class App:
    """Answers from one store; counts what it answers."""

    def __init__(self, store: Store, counts: Counts, max_age_seconds: float) -> None:
        self._store = store
        self._counts = counts
        self._max_age_seconds = max_age_seconds
        read = ("GET", "HEAD")
        self._entry_route = _Route("entry", read, self._entry)
        self._other_route = _Route("other", (), self._other)
        self._routes = {
            "/v1/entries": _Route("entries", ("POST",), self._entries),
            "/healthz": _Route("healthz", read, self._healthz),
            "/readyz": _Route("readyz", read, self._readyz),
            "/metrics": _Route("metrics", read, self._metrics),
        }

    async def answer(self, scope: Scope, exchange: Exchange) -> None:
        """Answer one request."""
        path = scope.path
        if path.startswith(_ENTRY_PREFIX):
            route = self._entry_route
        else:
            route = self._routes.get(path, self._other_route)
        try:
            route.check(scope.method)
            status, headers, body = await route.handle(scope, exchange)
        except Problem as problem:
            status, headers, body = _refusal(problem)
        except ProtocolClosed:
            return
        except Exception:  # noqa: BLE001 - whatever fails is answered, and logged with its trace
            _log.exception("a request failed")
            detail = "the resolver failed; its log says why"
            status, headers, body = _refusal(
                Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", detail)
            )
        self._counts.request(route.name, status)
        if body:
            exchange.response_bytes(status, headers, body)
        else:
            exchange.response_empty(status, headers)

    async def _entry(self, scope: Scope, _: Exchange) -> Answer:
        surface, host = read_place(scope.query_string)
        aweme_id = read_aweme_id(scope.path[len(_ENTRY_PREFIX) :])
        body = self._store.resolve(surface, host, aweme_id)
        if body is None:
            self._counts.results(0, 1)
            return _NO_ENTRY
        self._counts.results(1, 0)
        return Answer(HTTPStatus.OK.value, _JSON, body)

    async def _entries(self, scope: Scope, exchange: Exchange) -> Answer:
        batch = read_batch(await _read_body(scope, exchange))
        found = self._store.resolve_many(batch.surface, batch.host, batch.aweme_ids)
        hidden = sum(body is None for body in found.values())
        self._counts.results(len(found) - hidden, hidden)
        members = [b'"%b":%b' % (key.encode(), body or b"null") for key, body in found.items()]
        return Answer(HTTPStatus.OK.value, _JSON, b'{"entries":{' + b",".join(members) + b"}}")

    async def _healthz(self, _: Scope, __: Exchange) -> Answer:
        return Answer(HTTPStatus.OK.value, _JSON, b'{"status":"ok"}')

    async def _readyz(self, _: Scope, __: Exchange) -> Answer:
        watermark = self._store.watermark()
        age = None if watermark is None else age_seconds(watermark)
        ready = age is not None and age <= self._max_age_seconds
        state = {
            "ready": ready,
            "age_seconds": None if age is None else round(age, 3),
            "epoch": None if watermark is None else watermark.epoch,
            "revision": None if watermark is None else watermark.revision,
        }
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return Answer(status.value, _JSON, json.dumps(state, separators=(",", ":")).encode())

    async def _metrics(self, _: Scope, __: Exchange) -> Answer:
        text = exposition(self._counts, self._store.watermark())
        return Answer(HTTPStatus.OK.value, _TEXT, text)

    async def _other(self, _: Scope, __: Exchange) -> Answer:
        raise Problem(HTTPStatus.NOT_FOUND, "not_found", "there is nothing at this path")


def _refusal(problem: Problem) -> Answer:
    headers = [*_PROBLEM, ("allow", problem.allow)] if problem.allow else _PROBLEM
    return Answer(problem.status.value, headers, problem.body())


async def _read_body(scope: Scope, exchange: Exchange) -> bytes:
    """Read a request's body, but never more than the limit, nor for longer than the time."""
    declared = scope.headers.get("content-length", "0")
    if declared.isdecimal() and int(declared) > MAX_BODY_BYTES:
        raise _too_large()
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in exchange:
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    raise _too_large()
    except TimeoutError as error:
        raise Problem(
            HTTPStatus.REQUEST_TIMEOUT, "body_too_slow", "the body did not arrive in time"
        ) from error
    return bytes(body)


def _too_large() -> Problem:
    detail = f"the body is over {MAX_BODY_BYTES} bytes"
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", detail)
