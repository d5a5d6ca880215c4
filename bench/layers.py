"""The resolver's application behind one HTTP layer: `python -m bench.layers LAYER FOLDER PORT`."""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Awaitable, Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import uvloop
from granian import Granian
from granian.constants import HTTPModes, Interfaces

from guazai.resolver.app import App
from guazai.resolver.http import Hub
from guazai.resolver.metrics import Counts
from guazai.resolver.reading import Resolver

BACKLOG = 1024
_FOLDER = "BENCH_NODE"
Headers = list[tuple[str, str]]


def application() -> App:
    """The application on the node that the environment names."""
    folder = Path(os.environ[_FOLDER])
    counts = folder / "counts"
    counts.mkdir(exist_ok=True)
    return App(Resolver(folder), Counts(counts), max_age_seconds=86_400)


@lru_cache(maxsize=64)
def _headers(head: bytes) -> Headers:
    lines = head.decode().split("\r\n")[1:-1]
    return [(name, value) for name, _, value in (line.partition(": ") for line in lines)]


@lru_cache(maxsize=64)
def _byte_headers(head: bytes) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in _headers(head)]


class Rsgi:
    """As an application of granian's own interface."""

    def __init__(self, app: App) -> None:
        self._respond = app.respond

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        query = scope.query_string
        target = f"{scope.path}?{query}" if query else scope.path
        body = await protocol() if scope.method == "POST" else b""
        status, head, sent = self._respond(scope.method.encode(), target.encode(), body)
        if sent is None or scope.method == "HEAD":
            protocol.response_empty(status, _headers(head))
        else:
            protocol.response_bytes(status, _headers(head), sent)


def rsgi() -> Rsgi:
    return Rsgi(application())


Asgi = Callable[[Any, Any, Any], Awaitable[None]]


def asgi() -> Asgi:
    respond = application().respond

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        target = scope["raw_path"]
        if scope["query_string"]:
            target += b"?" + scope["query_string"]
        body = b""
        if scope["method"] == "POST":
            while True:
                event = await receive()
                body += event.get("body", b"")
                if not event.get("more_body"):
                    break
        status, head, sent = respond(scope["method"].encode(), target, body)
        headers = _byte_headers(head)
        if sent is not None:
            headers = [*headers, (b"content-length", b"%d" % len(sent))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": sent or b""})

    return answer


async def _serve_own(port: int) -> None:
    app = application()
    hub = Hub(app.respond, app.refuse)
    server = await asyncio.get_running_loop().create_server(
        hub.connect, "127.0.0.1", port, backlog=BACKLOG
    )
    async with server:
        await hub.tick()


def own(port: int) -> None:
    uvloop.run(_serve_own(port))


def _granian(target: str, interface: Interfaces) -> Callable[[int], None]:
    def serve(port: int) -> None:
        Granian(
            f"bench.layers:{target}",
            address="127.0.0.1",
            port=port,
            interface=interface,
            factory=True,
            http=HTTPModes.http1,
            workers=1,
            backlog=BACKLOG,
            log_enabled=False,
            websockets=False,
        ).serve()

    return serve


def uvicorn(port: int) -> None:
    # Of the bench extra; tests use this module without it.
    from uvicorn import run  # noqa: PLC0415

    run(
        "bench.layers:asgi",
        factory=True,
        host="127.0.0.1",
        port=port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        server_header=False,
    )


LAYERS: dict[str, Callable[[int], None]] = {
    "own": own,
    "granian-rsgi": _granian("rsgi", Interfaces.RSGI),
    "granian-asgi": _granian("asgi", Interfaces.ASGI),
    "uvicorn": uvicorn,
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("layer", choices=LAYERS)
    arguments.add_argument("folder")
    arguments.add_argument("port", type=int)
    given = arguments.parse_args()
    os.environ[_FOLDER] = given.folder
    LAYERS[given.layer](given.port)


if __name__ == "__main__":
    main()
