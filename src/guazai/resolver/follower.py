"""The follower: a node's only writer. It follows the feed, holds the lease, scrubs, rebuilds.

Its threads share a `Replica` and a `Veil`; what one of them raises ends the process, which the
resolver's parent starts again. Workers answer from what is there meanwhile.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from guazai.feed import EdgeKey
from guazai.feed.broker import Broker
from guazai.resolver.board import Cell
from guazai.resolver.break_glass import Box
from guazai.resolver.leases import Leases
from guazai.resolver.nats_source import Nats
from guazai.resolver.node import Node
from guazai.resolver.rebuild import Rebuilder
from guazai.resolver.relay import Relay, RelayError
from guazai.resolver.replica import Replica
from guazai.resolver.scrub import Scrub
from guazai.resolver.source import Direct, Source
from guazai.resolver.tail import Tail
from guazai.resolver.veil import Veil

#: How often the folder is looked into for a deny by break-glass, or the wish for a rebuild.
WATCH_SECONDS = 0.01
STOP_SECONDS = 0.05
#: A scan does not keep the thread that holds the lease waiting for longer.
SWITCH_SECONDS = 0.001
#: A file of this name in a node's folder asks for a rebuild.
REBUILD_WISH = "rebuild"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Following:
    """Whom a node follows, and as whom."""

    relay_url: str
    edge_key: EdgeKey = field(repr=False)
    node: str
    #: Servers of the broker that brings the feed; without one the relay does.
    brokers: tuple[str, ...] = field(default=(), repr=False)


class Follower:
    """Everything that a node's writer does, as threads of this process.

    Raises NodeBusyError where another process writes the folder.
    """

    def __init__(self, folder: Path, following: Following) -> None:
        self._folder = folder
        self._node = Node(folder)
        self._node.board.add(Cell.FOLLOWER_STARTS)
        self._node.board[Cell.FOLLOWER_PID] = os.getpid()
        self._box = Box(folder)
        self._box.look()
        self._relay = Relay(following.relay_url, following.edge_key)
        source = source_of(self._relay, following)
        self._replica = replica = Replica(self._node)
        self._veil = Veil(self._node)
        self._veil.sign(self._box.held())
        key = following.edge_key
        self._rebuilder = Rebuilder(self._relay, source, replica, self._veil, key)
        scrub = Scrub(self._relay, replica, self._veil, key, self._rebuilder.rebuild)
        heard = threading.Event()
        tail = Tail(
            source,
            replica,
            self._veil,
            key,
            self._rebuilder.rehydrate,
            scrub.at_checkpoint,
            scrub.mend_soon,
            heard,
        )
        leases = Leases(following.node, self._relay, replica, self._veil, self._box, heard)
        self._jobs: dict[str, Callable[[threading.Event], None]] = {
            "leases": leases.run,
            "feed": tail.run,
            "scrub": scrub.run,
            "watch": self._watch,
        }

    def run(self, should_stop: Callable[[], bool]) -> None:
        """Follow until `should_stop()`. Raises RuntimeError when a thread failed."""
        sys.setswitchinterval(SWITCH_SECONDS)
        stop = threading.Event()
        failed: list[str] = []

        def work(name: str, job: Callable[[threading.Event], None]) -> None:
            try:
                job(stop)
            except Exception:
                log.exception("follower.failed", thread=name)
                failed.append(name)
            finally:
                stop.set()

        for name, job in self._jobs.items():
            threading.Thread(target=work, args=(name, job), name=name, daemon=True).start()
        while not stop.wait(STOP_SECONDS):
            if should_stop():
                stop.set()
        if failed:
            raise RuntimeError(f"the follower's thread {failed[0]} failed")
        self._replica.settle()

    def _watch(self, stop: threading.Event) -> None:
        wish = self._folder / REBUILD_WISH
        rebuilding: threading.Thread | None = None
        while not stop.wait(WATCH_SECONDS):
            if self._box.look():
                self._veil.sign(self._box.held())
            if wish.exists() and (rebuilding is None or not rebuilding.is_alive()):
                wish.unlink()
                rebuilding = threading.Thread(target=self._rebuild, name="rebuild", daemon=True)
                rebuilding.start()

    def _rebuild(self) -> None:
        try:
            self._rebuilder.rebuild("an operator asked for it")
        except RelayError as error:
            log.warning("rebuild.not_done", why=str(error))


def source_of(relay: Relay, following: Following) -> Source:
    """Where the feed comes from."""
    if not following.brokers:
        return Direct(relay)
    return Nats(Broker.of(following.brokers), following.node)


def rebuild_here(folder: Path, following: Following) -> None:
    """Rebuild the store of a node whose follower does not run. Raises NodeBusyError, RelayError."""
    node = Node(folder)
    relay = Relay(following.relay_url, following.edge_key)
    try:
        replica, veil = Replica(node), Veil(node)
        source = source_of(relay, following)
        Rebuilder(relay, source, replica, veil, following.edge_key).rehydrate("asked for")
    finally:
        relay.close()
        node.close()
