"""The resolver as processes: workers on one listening socket, sharing one store."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import uvloop

from guazai.resolver.app import App
from guazai.resolver.http import Hub
from guazai.resolver.metrics import Counts
from guazai.resolver.reading import Resolver

BACKLOG = 1024
DRAIN_SECONDS = 3.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run(path: Path, bind: str, port: int, workers: int = 1, max_age_seconds: float = 60) -> None:
    """Serve the store in the directory `path` until SIGTERM or SIGINT, then drain and return.

    Call it from the main thread. `/readyz` fails when the watermark is older than
    `max_age_seconds`. Raises OSError when the address cannot be listened on, RuntimeError when a
    worker ends unasked.
    """
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with (
        socket.create_server((bind, port), family=family, backlog=BACKLOG) as listener,
        tempfile.TemporaryDirectory(prefix="guazai-resolver-") as counts,
    ):
        arguments = (listener, path, Path(counts), max_age_seconds)
        if workers == 1:
            uvloop.run(_serve(*arguments))
        else:
            _supervise([_worker(arguments) for _ in range(workers)])


async def _serve(listener: socket.socket, path: Path, counts: Path, max_age_seconds: float) -> None:
    """Answer on the listener until a signal; the node is opened here, behind any fork."""
    app = App(Resolver(path), Counts(counts), max_age_seconds)
    hub = Hub(app.respond, app.refuse)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(hub.connect, sock=listener)
    ticking = loop.create_task(hub.tick())
    await stop.wait()
    server.close()
    await hub.drain(DRAIN_SECONDS)
    ticking.cancel()


def _worker(arguments: tuple[socket.socket, Path, Path, float]) -> BaseProcess:
    worker = multiprocessing.get_context("fork").Process(target=_work, args=arguments)
    worker.start()
    return worker


def _work(listener: socket.socket, path: Path, counts: Path, max_age_seconds: float) -> None:
    threading.Thread(target=_follow_parent, name="follow-parent", daemon=True).start()
    uvloop.run(_serve(listener, path, counts, max_age_seconds))


def _follow_parent() -> None:
    """End this worker when its supervisor is gone, or it would hold the port for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


def _supervise(workers: list[BaseProcess]) -> None:
    """Hand signals on, and end all workers when one ends."""
    asked = threading.Event()

    def hand_on(*_: object) -> None:
        asked.set()
        for each in workers:
            each.terminate()

    for number in _SIGNALS:
        signal.signal(number, hand_on)
    connection.wait([each.sentinel for each in workers])
    was_asked = asked.is_set()
    hand_on()
    for each in workers:
        each.join()
    if not was_asked:
        raise RuntimeError("a worker of the resolver ended unasked")
