"""The resolver as processes: a follower that writes the node, workers on one socket that read it.

The parent only starts and ends them. Workers stand alone: a follower that ends is started again
while they answer from what is there; a worker that ends takes the resolver down with it, for its
supervisor to see.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import structlog
import uvloop

from guazai.resolver.app import App, Guard
from guazai.resolver.board import Board, Cell
from guazai.resolver.break_glass import Box
from guazai.resolver.follower import Follower, Following
from guazai.resolver.http import Hub
from guazai.resolver.metrics import Counts
from guazai.resolver.node import forget_torn
from guazai.resolver.reading import Resolver

BACKLOG = 1024
DRAIN_SECONDS = 3.0
#: How often a worker that nobody asks lets go of a store that was replaced.
REFRESH_SECONDS = 1.0
MIN_RESTART_SECONDS = 0.1
MAX_RESTART_SECONDS = 5.0
#: A follower that lived for so long is started again at once.
LONG_LIFE_SECONDS = 10.0
STOP_SECONDS = 5.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Serving:
    """What a worker needs."""

    listener: socket.socket
    folder: Path
    counts: Path
    max_age_seconds: float
    following: Following | None
    hides_when_isolated: bool


def run(
    folder: Path,
    bind: str,
    port: int,
    workers: int = 1,
    max_age_seconds: float = 60,
    *,
    following: Following | None = None,
    hides_when_isolated: bool = False,
) -> None:
    """Serve the node in `folder` until SIGTERM or SIGINT, then drain and return.

    Without `following` somebody else writes the folder. Call it from the main thread. `/readyz`
    fails when the watermark is older than `max_age_seconds`. Raises OSError when the address cannot
    be listened on, RuntimeError when a worker ends unasked.
    """
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with (
        socket.create_server((bind, port), family=family, backlog=BACKLOG) as listener,
        tempfile.TemporaryDirectory(prefix="guazai-resolver-") as counts,
    ):
        serving = _Serving(
            listener, folder, Path(counts), max_age_seconds, following, hides_when_isolated
        )
        if following is None and workers == 1:
            uvloop.run(_serve(serving))
            return
        if following is not None:
            # Its clock began anew if the machine did: no lease can be left from before.
            board = Board.open(folder, writable=True)
            board[Cell.ROTATION_UNTIL] = board[Cell.LEASE_UNTIL] = 0
            if forget_torn(folder):
                log.error("node.torn", folder=str(folder))
        started = [_start(lambda: _work(serving)) for _ in range(workers)]
        follow = None if following is None else (lambda: _start(lambda: _follow(serving)))
        _supervise(started, follow)


async def _serve(serving: _Serving) -> None:
    """Answer on the listener until a signal; the node is opened here, behind any fork."""
    folder, following = serving.folder, serving.following
    resolver = Resolver(folder, hides_when_isolated=serving.hides_when_isolated)
    guard = None if following is None else Guard(Box(folder), following.edge_key)
    app = App(resolver, Counts(serving.counts), serving.max_age_seconds, guard)
    hub = Hub(app.respond, app.refuse)
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.set)
    server = await loop.create_server(hub.connect, sock=serving.listener)
    tasks = [loop.create_task(hub.tick()), loop.create_task(_refresh(resolver))]
    await stop.wait()
    server.close()
    await hub.drain(DRAIN_SECONDS)
    for each in tasks:
        each.cancel()


async def _refresh(resolver: Resolver) -> None:
    while True:
        await asyncio.sleep(REFRESH_SECONDS)
        resolver.refresh()


def _start(work: Callable[[], None]) -> BaseProcess:
    process = multiprocessing.get_context("fork").Process(target=_begin, args=(work,))
    # A signal that came between the fork and the child's own handlers would be lost.
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    process.start()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    return process


def _begin(work: Callable[[], None]) -> None:
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    threading.Thread(target=_follow_parent, name="follow-parent", daemon=True).start()
    work()


def _work(serving: _Serving) -> None:
    uvloop.run(_serve(serving))


def _follow(serving: _Serving) -> None:
    serving.listener.close()
    if serving.following is not None:
        told: list[int] = []
        for number in _SIGNALS:
            signal.signal(number, lambda received, _: told.append(received))
        Follower(serving.folder, serving.following).run(lambda: bool(told))


def _follow_parent() -> None:
    """End this process when its parent is gone, or it would hold the port or the folder."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)


class _Follow:
    """Keeps one follower running."""

    def __init__(self, start: Callable[[], BaseProcess]) -> None:
        self._start = start
        self._backoff = MIN_RESTART_SECONDS
        self._began = self._again_at = time.monotonic()
        self.process: BaseProcess | None = None

    def look(self) -> float | None:
        """Start it if it is due; how many seconds until it is, None while it runs."""
        now = time.monotonic()
        if self.process is not None and not self.process.is_alive():
            log.error("follower.ended", status=self.process.exitcode)
            if now - self._began > LONG_LIFE_SECONDS:
                self._backoff = MIN_RESTART_SECONDS
            self._again_at, self.process = now + self._backoff, None
            self._backoff = min(self._backoff * 2, MAX_RESTART_SECONDS)
        if self.process is None and now >= self._again_at:
            self.process, self._began = self._start(), now
        return None if self.process is not None else self._again_at - now


def _supervise(workers: list[BaseProcess], start: Callable[[], BaseProcess] | None) -> None:
    """Hand signals on, keep the follower running, and end all when a worker ends."""
    follow = None if start is None else _Follow(start)
    asked: list[int] = []

    def all_running() -> list[BaseProcess]:
        return [*workers, follow.process] if follow and follow.process else workers

    def hand_on(number: int, _: object) -> None:
        asked.append(number)
        for each in all_running():
            each.terminate()

    for number in _SIGNALS:
        signal.signal(number, hand_on)
    while not asked and all(each.is_alive() for each in workers):
        pause = follow.look() if follow else None
        connection.wait([each.sentinel for each in all_running()], pause)
    was_asked = bool(asked)
    hand_on(signal.SIGTERM, None)
    for each in all_running():
        each.join(DRAIN_SECONDS + STOP_SECONDS)
        if each.is_alive():
            each.kill()
            each.join()
    if not was_asked:
        raise RuntimeError("a worker of the resolver ended unasked")
