"""`guazai relay`: relaying, takedowns and the server for nodes, together or not at all."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import structlog

from guazai.control import backends
from guazai.control.entry import log
from guazai.control.entry.edge_server import EdgeServer
from guazai.control.entry.following import Following
from guazai.control.entry.relay import Relay, SupersededError
from guazai.control.entry.takedowns import ReplacedError, Takedowns

if TYPE_CHECKING:
    from guazai.control.config import Config

logger = structlog.get_logger(__name__)
#: How long the other parts may take to end once one has.
END_SECONDS = 2.5
BACKLOG = 2048
#: Who looks for takedowns, and vouches for nodes by it, does not wait long for who reads the log.
SWITCH_SECONDS = 0.0005


class _Parts:
    """Threads of which none goes on without the others."""

    def __init__(self, should_stop: Callable[[], bool]) -> None:
        self.are_well = True
        self._should_stop = should_stop
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []

    def are_over(self) -> bool:
        """Whether all are to end."""
        return self._ended.is_set() or self._should_stop()

    def start(self, name: str, work: Callable[[], object]) -> None:
        """Run `work` in a thread; when it ends, everything does."""
        thread = threading.Thread(target=self.watch, args=(name, work), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def watch(self, name: str, work: Callable[[], object]) -> None:
        """Run `work`, and see to it that its end is everybody's."""
        try:
            work()
        except (SupersededError, ReplacedError):
            logger.warning("relay.superseded", by="a relay, or an epoch, that began later")
        except Exception:
            self.are_well = False
            logger.exception("relay.part_failed", part=name)
        else:
            if not self.are_over():
                self.are_well = False
                logger.error("relay.part_ended", part=name)
        finally:
            self._ended.set()

    def join(self) -> None:
        """Wait for all, but not for long."""
        for thread in self._threads:
            thread.join(END_SECONDS)


def listen(host: str, port: int) -> socket.socket:
    """The socket that nodes come to. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=BACKLOG)


def run(config: Config, should_stop: Callable[[], bool]) -> bool:
    """Relay until told to stop, or until another relay starts; whether nothing failed.

    Raises OSError where the port cannot be used.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    listening = listen(config.bind, config.relay_port)
    parts = _Parts(should_stop)
    edge_key = config.node.edge_key
    relay = Relay(edge_key)
    relay.begin()
    following = Following(log.head())
    publisher = backends.publisher(config.node.brokers, following)
    server = EdgeServer(listening, edge_key, following, publisher)
    relay.listen = server.told
    takedowns = Takedowns(relay.boot, edge_key, server.changed)

    parts.start("takedowns", lambda: takedowns.run(parts.are_over))
    parts.start("server", lambda: server.run(takedowns))
    logger.info("relay.started", boot=relay.boot, epoch=relay.epoch, port=config.relay_port)
    parts.watch("relaying", lambda: relay.run(parts.are_over))
    server.stop()
    parts.join()
    return parts.are_well
