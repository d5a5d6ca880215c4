"""A real server that webhooks are delivered to, and the events that it got."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Hit:
    """One request."""

    at: float
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> Any:
        return json.loads(self.body)

    @property
    def content(self) -> Any:
        return json.loads(self.told["content"])


@dataclass
class Sink:
    """What a server got; `answer` gives the status and body, besides `answer_headers`."""

    port: int
    scheme: str = "http"
    hits: list[Hit] = field(default_factory=list)
    answer: Callable[[Hit], tuple[int, bytes]] = lambda _: (200, b"{}")
    answer_headers: dict[str, str] = field(default_factory=dict)
    is_over: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook"

    @property
    def events(self) -> list[Hit]:
        """The hits that are no challenges."""
        return [hit for hit in self.hits if hit.told["event"] != "verify_webhook"]

    def hang(self, _: Hit) -> tuple[int, bytes]:
        """An answer: none, until the sink is closed."""
        self.is_over.wait(60)
        return 200, b"{}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_: object) -> None:
        """A client that goes away is no error of the test."""


class _V6Server(_Server):
    address_family = socket.AF_INET6


@contextmanager
def sink(context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[Sink]:
    """A sink on a free port; over TLS with `context`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            hit = Hit(time.monotonic(), self.path, dict(self.headers.items()), body)
            found.hits.append(hit)
            status, answer = respond(found, hit)
            self.send_response(status)
            for name, value in found.answer_headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            return

    server = (_V6Server if ":" in host else _Server)((host, 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    found = Sink(server.server_port, "http" if context is None else "https")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        found.is_over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def respond(found: Sink, hit: Hit) -> tuple[int, bytes]:
    """The challenge for a challenge; else what the sink answers."""
    try:
        told = hit.told
    except ValueError:
        told = {}
    if told.get("event") == "verify_webhook" and not found.answer_headers:
        return 200, json.dumps({"challenge": told["content"]["challenge"]}).encode()
    return found.answer(hit)
