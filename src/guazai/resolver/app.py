"""What the resolver answers: a pure function of a request and the node."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus

from prometheus_client import CONTENT_TYPE_LATEST

from guazai.feed import EdgeKey
from guazai.resolver import break_glass
from guazai.resolver.board import Cell
from guazai.resolver.http import Answer
from guazai.resolver.metrics import Counts, age_seconds, cell, exposition
from guazai.resolver.problems import Problem
from guazai.resolver.reading import Resolver
from guazai.resolver.requests import (
    MAX_ID_LENGTH,
    is_identifier,
    read_aweme_id,
    read_batch,
    read_question,
    read_target,
)

_ENTRY_PREFIX = "/v1/entries/"
_ENTRY_TARGET = _ENTRY_PREFIX.encode()
_ENTRY_AT = len(_ENTRY_TARGET)
_MAX_ENTRY_TARGET = _ENTRY_AT + MAX_ID_LENGTH
_SHOWN, _HIDDEN = cell("entry", 200), cell("entry", 204)
_log = logging.getLogger(__name__)


@lru_cache(maxsize=256)
def _head(status: HTTPStatus, content_type: str = "", allow: str = "") -> bytes:
    lines = [f"HTTP/1.1 {status.value} {status.phrase}"]
    if content_type:
        lines.append(f"content-type: {content_type}")
    if allow:
        lines.append(f"allow: {allow}")
    lines += ["cache-control: no-store", "x-content-type-options: nosniff", ""]
    return "\r\n".join(lines).encode()


_JSON = _head(HTTPStatus.OK, "application/json")
_NO_ENTRY: Answer = (204, _head(HTTPStatus.NO_CONTENT), None)


@dataclass(frozen=True, slots=True)
class Guard:
    """What a node that follows a relay needs to take denies by break-glass."""

    box: break_glass.Box
    edge_key: EdgeKey


@dataclass(frozen=True, slots=True)
class _Route:
    name: str
    methods: tuple[bytes, ...]
    handle: Callable[[str, str, bytes], Answer]


class App:
    """Answers from one node; counts what it answers.

    Without a `guard` nobody follows a relay here: readiness needs no lease then.
    """

    def __init__(
        self,
        resolver: Resolver,
        counts: Counts,
        max_age_seconds: float,
        guard: Guard | None = None,
    ) -> None:
        self._resolver = resolver
        self._guard = guard
        self._get = resolver.get
        self._cells = counts.cells
        self._counts = counts
        self._max_age_seconds = max_age_seconds
        read = (b"GET", b"HEAD")
        self._entry_route = _Route("entry", read, self._entry)
        self._other_route = _Route("other", (), self._other)
        self._routes = {
            "/v1/entries": _Route("entries", (b"POST",), self._entries),
            "/healthz": _Route("healthz", read, self._healthz),
            "/readyz": _Route("readyz", read, self._readyz),
            "/metrics": _Route("metrics", read, self._metrics),
        }
        if guard is not None:
            route = _Route("break_glass", (b"POST",), self._break_glass)
            self._routes["/v1/break-glass"] = route

    def respond(self, method: bytes, target: bytes, body: bytes) -> Answer:
        """Answer one request; never raises. HEAD is answered as GET."""
        route = self._entry_route
        try:
            if (
                method == b"GET"
                and len(target) <= _MAX_ENTRY_TARGET
                and target.startswith(_ENTRY_TARGET)
            ):
                # Looked up as it stands: what is shown is well-formed, so a find needs no check.
                aweme_id = target[_ENTRY_AT:].decode("latin-1")
                entry = self._get(aweme_id)
                if entry is not None:
                    self._cells[_SHOWN] += 1
                    return 200, _JSON, entry
                if is_identifier(aweme_id):
                    self._cells[_HIDDEN] += 1
                    return _NO_ENTRY
            path, query = read_target(target)
            if not path.startswith(_ENTRY_PREFIX):
                route = self._routes.get(path, self._other_route)
            if route.methods and method not in route.methods:
                raise _wrong_method(route.methods)
            answer = route.handle(path, query, body)
        except Problem as problem:
            answer = _refusal(problem)
        except Exception:  # noqa: BLE001 - whatever fails is answered, and logged with its trace
            _log.exception("a request failed")
            answer = _refusal(_failure())
        self._counts.request(route.name, answer[0])
        return answer

    def refuse(self, problem: Problem) -> Answer:
        """Answer what never became a request."""
        answer = _refusal(problem)
        self._counts.request(self._other_route.name, answer[0])
        return answer

    def _entry(self, path: str, query: str, _: bytes) -> Answer:
        asked = read_question(query)
        aweme_id = read_aweme_id(path[len(_ENTRY_PREFIX) :])
        if not self._is_as_new_as(asked.min_version):
            return _NO_ENTRY
        body = self._resolver.get(aweme_id, asked.surface, asked.host)
        return _NO_ENTRY if body is None else (200, _JSON, body)

    def _is_as_new_as(self, revision: int) -> bool:
        """Whether this node has followed the feed up to a revision; the store never goes back."""
        if not revision:
            return True
        mark = self._resolver.watermark()
        return mark is not None and mark.revision >= revision

    def _entries(self, _: str, __: str, body: bytes) -> Answer:
        batch = read_batch(body)
        if self._is_as_new_as(batch.min_version):
            found = self._resolver.get_many(batch.aweme_ids, batch.surface, batch.host)
        else:
            found = dict.fromkeys(batch.aweme_ids)
        hidden = sum(each is None for each in found.values())
        self._counts.batch(len(found) - hidden, hidden)
        members = [b'"%b":%b' % (key.encode(), each or b"null") for key, each in found.items()]
        return (200, _JSON, b'{"entries":{' + b",".join(members) + b"}}")

    def _healthz(self, _: str, __: str, ___: bytes) -> Answer:
        return (200, _JSON, b'{"status":"ok"}')

    def _readyz(self, _: str, __: str, ___: bytes) -> Answer:
        watermark = self._resolver.watermark()
        age = None if watermark is None else age_seconds(watermark)
        lease_ms = (self._resolver.board[Cell.LEASE_UNTIL] - time.monotonic_ns()) // 1_000_000
        reasons = list(self._unready(age, lease_ms))
        state = {
            "ready": not reasons,
            "reasons": reasons,
            "age_seconds": None if age is None else round(age, 3),
            "epoch": None if watermark is None else watermark.epoch,
            "revision": None if watermark is None else watermark.revision,
            "lease_ms": max(0, lease_ms),
            "hidden": self._resolver.board[Cell.HIDDEN],
        }
        status = HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK
        body = json.dumps(state, separators=(",", ":")).encode()
        return (status.value, _head(status, "application/json"), body)

    def _unready(self, age: float | None, lease_ms: int) -> Iterator[str]:
        """Why nobody should ask this node; the names are stable."""
        if age is None:
            yield "no_store"
        if self._guard is not None and not self._resolver.is_in_rotation():
            yield "lease_expired" if lease_ms <= 0 else "below_floor"
        if age is not None and age > self._max_age_seconds:
            yield "stale"

    def _metrics(self, _: str, __: str, ___: bytes) -> Answer:
        text = exposition(self._counts, self._resolver.watermark(), self._resolver.board)
        return (200, _head(HTTPStatus.OK, CONTENT_TYPE_LATEST), text)

    def _break_glass(self, _: str, __: str, body: bytes) -> Answer:
        if self._guard is None:
            raise LookupError("the route is there with a guard only")
        given = break_glass.read(body, self._guard.edge_key)
        is_new = self._guard.box.put(given)
        status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
        if is_new:
            _log.warning("break-glass %s hides %s %s", given.id, given.scope, given.target)
        answer = json.dumps({"id": given.id, "is_new": is_new}, separators=(",", ":")).encode()
        return (status.value, _head(status, "application/json"), answer)

    def _other(self, _: str, __: str, ___: bytes) -> Answer:
        raise Problem(HTTPStatus.NOT_FOUND, "not_found", "there is nothing at this path")


def _refusal(problem: Problem) -> Answer:
    head = _head(problem.status, "application/problem+json", problem.allow)
    return (problem.status.value, head, problem.body())


def _wrong_method(methods: tuple[bytes, ...]) -> Problem:
    return Problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this resource has other methods",
        allow=b", ".join(methods).decode(),
    )


def _failure() -> Problem:
    detail = "the resolver failed; its log says why"
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", detail)
