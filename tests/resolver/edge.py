"""A relay in a thread, with a log in memory, and levers for what a real one cannot be made to do.

It speaks `feed.frames` and `feed.lease` over HTTP as the relay does.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from guazai.feed import EdgeKey, Record, Scope, Sealed, Watermark, seal
from guazai.feed.digest import is_blank, weight
from guazai.feed.frames import (
    Checkpoint,
    Checksum,
    Records,
    SnapshotRows,
    SnapshotStart,
    pack_records,
    write,
)
from guazai.feed.lease import (
    HEARTBEAT_SECONDS,
    Hidden,
    LeaseAnswer,
    LeaseRequest,
    OverlayVersion,
)
from guazai.feed.seal import BUCKETS, bucket_of
from tests.resolver.serving import EDGE_KEY

HEARTBEAT_OF_TAIL_SECONDS = 0.2
ROWS_IN_A_FRAME = 500


@dataclass(frozen=True)
class Told:
    """A record of the log and the revision that told it."""

    revision: int
    sealed: Sealed


@dataclass
class Levers:
    """What may go wrong. The functions get what would be sent, and give what is."""

    is_granting: bool = True
    floor: tuple[int, int] | None = None
    merged: tuple[str, ...] = ()
    is_log_gone: bool = False
    tail: Callable[[bytes], bytes] = lambda data: data
    snapshot: Callable[[bytes], bytes] = lambda data: data
    lease: Callable[[LeaseAnswer], LeaseAnswer] = lambda answer: answer
    #: Waited for before an answer to a lease is sent, and before each frame of a snapshot.
    lease_gate: threading.Event = field(default_factory=threading.Event)
    snapshot_gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.lease_gate.set()
        self.snapshot_gate.set()


class Edge:
    """The relay of some nodes under test."""

    def __init__(self, edge_key: EdgeKey = EDGE_KEY) -> None:
        self.edge_key = edge_key
        self.lock = threading.Condition()
        self.epoch, self.revision = 1, 0
        self.log: dict[bytes, Told] = {}
        self.boot, self.count = "boot-1", 0
        self.hidden: dict[int, Hidden] = {}
        self.changes: list[tuple[int, Hidden | None, int]] = []
        self.levers = Levers()
        self.tails: list[queue.SimpleQueue[bytes | None]] = []
        self.asked: list[LeaseRequest] = []
        self.asked_at: list[float] = []
        self.snapshots = self.bucket_requests = 0
        self.port = 0
        self._server: _Server | None = None

    # --- the log ---

    def tell(self, *records: Record, is_heard: bool = True) -> int:
        """Put records into the log as one revision; nodes hear of it unless told otherwise."""
        return self.tell_sealed(*(seal(each, self.edge_key) for each in records), is_heard=is_heard)

    def tell_sealed(self, *records: Sealed, is_heard: bool = True) -> int:
        """The same with records that may be sealed wrongly."""
        with self.lock:
            before = (self.epoch, self.revision)
            self.revision += 1
            for each in records:
                self.log[each.key] = Told(self.revision, each)
            if is_heard:
                self._send(write(Records(before, self.mark(), records)))
            return self.revision

    def mark(self) -> Watermark:
        """The log's head, now."""
        return Watermark(self.epoch, self.revision, time.time_ns() // 1_000_000)

    def digests(self) -> tuple[int, ...]:
        """The digest of every bucket of the log."""
        digests = [0] * BUCKETS
        with self.lock:
            for told in self.log.values():
                digests[bucket_of(told.sealed.key)] ^= weight(told.sealed)
        return tuple(digests)

    def checkpoint(self) -> None:
        """Tell nodes the digests of the log."""
        with self.lock:
            self._send(write(Checkpoint(self.epoch, self.revision, self.digests())))

    def sealed(self) -> set[Sealed]:
        """Everything in the log that says something."""
        with self.lock:
            return {each.sealed for each in self.log.values() if not is_blank(each.sealed)}

    def send(self, frame: bytes) -> None:
        """Put bytes into the tails, whatever they are."""
        with self.lock:
            self._send(frame)

    def _send(self, frame: bytes) -> None:
        for each in self.tails:
            each.put(frame)

    def cut(self) -> None:
        """End all tails."""
        with self.lock:
            for each in self.tails:
                each.put(None)

    # --- takedowns ---

    def hide(self, number: int, scope: Scope, target: str, surface: str = "") -> None:
        """Put a takedown into the overlay."""
        with self.lock:
            self.hidden[number] = hidden = Hidden(
                id=number, scope=scope, surface=surface, target=target
            )
            self._changed(hidden, number)

    def unhide(self, number: int) -> None:
        """Take one out, as the relay does when the feed has told it."""
        with self.lock:
            del self.hidden[number]
            self._changed(None, number)

    def _changed(self, hidden: Hidden | None, number: int) -> None:
        self.count += 1
        self.changes.append((self.count, hidden, number))
        self.lock.notify_all()

    def restart(self) -> None:
        """Be another relay over the same log: nobody knows its overlay."""
        with self.lock:
            self.boot, self.count, self.changes = f"{self.boot}+", 0, []
            self.lock.notify_all()

    def version(self) -> OverlayVersion:
        return OverlayVersion(boot=self.boot, count=self.count)

    def is_held(self) -> bool:
        """Whether the last request says that the node's workers look at the newest overlay."""
        with self.lock:
            return bool(self.asked) and self.asked[-1].holds == self.version()

    def answer(self, request: LeaseRequest) -> LeaseAnswer:
        """What a node is told: at once where there is news, else after a while."""
        with self.lock:
            self.asked.append(request)
            self.asked_at.append(time.monotonic())
            if request.holds == self.version():
                self.lock.wait(HEARTBEAT_SECONDS)
            is_whole = request.holds is None or request.holds.boot != self.boot
            known = 0 if request.holds is None or is_whole else request.holds.count
            news = [each for each in self.changes if each[0] > known]
            added = [hidden for _, hidden, number in news if hidden and number in self.hidden]
            return LeaseAnswer(
                granted=self.levers.is_granting,
                overlay=self.version(),
                is_whole=is_whole,
                added=tuple(self.hidden.values() if is_whole else added),
                removed=() if is_whole else tuple(n for _, hidden, n in news if hidden is None),
                floor_epoch=self.levers.floor[0] if self.levers.floor else self.epoch,
                floor_revision=self.levers.floor[1] if self.levers.floor else 0,
                merged=self.levers.merged,
            )

    # --- HTTP ---

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen, on the same port as before."""
        self._server = _Server(("127.0.0.1", self.port), _Handler, self)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Listen no more, and drop every connection."""
        assert self._server is not None
        self.cut()
        self._server.shutdown()
        self._server.server_close()
        self._server.drop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type, edge: Edge) -> None:
        self.edge = edge
        self.connections: set[Any] = set()
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def drop(self) -> None:
        for each in list(self.connections):
            self.shutdown_request(each)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A node that goes away in the middle is what these tests are about."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._route(urlsplit(self.path).path, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self._route(urlsplit(self.path).path, body)

    def _route(self, path: str, body: bytes) -> None:
        edge = self.server.edge
        if self.headers["authorization"] != f"Bearer {edge.edge_key.token('edge')}":
            self._whole(401, b'{"code":"token_invalid"}')
        elif path == "/v1/lease":
            answer = edge.answer(LeaseRequest.model_validate_json(body))
            edge.levers.lease_gate.wait()
            self._whole(200, edge.levers.lease(answer).model_dump_json().encode())
        elif path == "/v1/feed/tail":
            self._tail(edge)
        elif path == "/v1/feed/snapshot":
            edge.snapshots += 1
            self._snapshot(edge, None)
        else:
            edge.bucket_requests += 1
            self._snapshot(edge, set(json.loads(body)["buckets"]))

    def _whole(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _begin(self) -> None:
        self.send_response(200)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()

    def _chunk(self, data: bytes) -> None:
        if data:
            self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def _tail(self, edge: Edge) -> None:
        query = parse_qs(urlsplit(self.path).query)
        epoch, after = int(query["epoch"][0]), int(query["after"][0])
        arriving: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        with edge.lock:
            if epoch != edge.epoch or after > edge.revision or edge.levers.is_log_gone:
                self._whole(409, b'{"code":"log_gone"}')
                return
            found = sorted(
                (each for each in edge.log.values() if each.revision > after),
                key=lambda each: each.revision,
            )
            first = Records((epoch, after), edge.mark(), tuple(each.sealed for each in found))
            edge.tails.append(arriving)
        try:
            self._begin()
            self._chunk(edge.levers.tail(write(first)))
            self._live(edge, arriving)
        finally:
            with edge.lock:
                edge.tails.remove(arriving)

    def _live(self, edge: Edge, arriving: queue.SimpleQueue[bytes | None]) -> None:
        while True:
            try:
                data = arriving.get(timeout=HEARTBEAT_OF_TAIL_SECONDS)
            except queue.Empty:
                with edge.lock:
                    data = write(Records((edge.epoch, edge.revision), edge.mark()))
                    if not arriving.empty():
                        continue
            if data is None:
                self.close_connection = True
                return
            self._chunk(edge.levers.tail(data))

    def _snapshot(self, edge: Edge, buckets: set[int] | None) -> None:
        with edge.lock:
            mark = edge.mark()
            records = [
                edge.log[key].sealed
                for key in sorted(edge.log)
                if buckets is None or bucket_of(key) in buckets
            ]
        self._begin()
        for frame in _snapshot_frames(mark, records):
            edge.levers.snapshot_gate.wait()
            self._chunk(edge.levers.snapshot(frame))
        self.wfile.write(b"0\r\n\r\n")


def _snapshot_frames(mark: Watermark, records: list[Sealed]) -> Iterator[bytes]:
    yield write(SnapshotStart(mark, len(records), 0))
    checksum = Checksum()
    for at in range(0, len(records), ROWS_IN_A_FRAME):
        some = records[at : at + ROWS_IN_A_FRAME]
        checksum.add(pack_records(some), len(some))
        yield write(SnapshotRows(tuple(some)))
    yield write(checksum.end())


@contextmanager
def running_edge() -> Iterator[Edge]:
    """A relay that listens."""
    edge = Edge()
    edge.start()
    try:
        yield edge
    finally:
        edge.levers.lease_gate.set()
        edge.levers.snapshot_gate.set()
        edge.stop()
