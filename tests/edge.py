"""The edge in one process: the relay, its log, and a node that follows it without any server."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from guazai.control.entry import log
from guazai.control.entry.relay import Relay
from guazai.feed.codec import Sealed, unseal
from guazai.feed.records import Record, Watermark
from guazai.feed.seal import EdgeKey
from guazai.resolver.node import Node
from guazai.resolver.reading import Resolver

EDGE_KEY: EdgeKey = settings.CONFIG.node.edge_key


class Edge:
    """A relay that has begun, and the node of a folder."""

    def __init__(self, folder: Path) -> None:
        self.relay = Relay(EDGE_KEY)
        self.relay.begin()
        self.node = Node(folder)
        self.resolver = Resolver(folder)

    def drain(self) -> None:
        """Tell everything that waits, to the node too."""
        while self.relay.drain():
            pass
        follow(self.node)

    def held(self) -> list[Sealed]:
        """What the node holds."""
        return list(self.node.store.dump())

    def records(self) -> list[Record]:
        """The same, opened."""
        return [unseal(each) for each in self.held()]

    def close(self) -> None:
        """Let go of the folder."""
        self.node.close()


def follow(node: Node) -> int:
    """Bring a node up to the log's head; how many records it lacked.

    Raises LogGoneError where it needs a snapshot.
    """
    mark = node.store.watermark()
    with log.moment() as moment:
        head = moment.head
        epoch, after = (head.epoch, 0) if mark is None else (mark.epoch, mark.revision)
        found = [each for records in moment.tail(epoch, after) for each in records]
    node.apply(found, Watermark(head.epoch, head.revision, 0))
    return len(found)
