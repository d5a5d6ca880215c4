"""Where the feed comes from: the relay itself, or a broker that carries the same frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from guazai.feed import Watermark
from guazai.feed.frames import Frame
from guazai.resolver.relay import Relay


class Arrival(NamedTuple):
    """A frame, and the broker's position after it; 0 without a broker."""

    frame: Frame
    position: int


class Source(Protocol):
    """A feed that can be followed from where a store is."""

    def tail(self, after: Watermark, position: int) -> Iterator[Sequence[Arrival]]:
        """Frames from there on, as many at once as have arrived; ends where the source does.

        Raises RelayError; LogGone where it does not go on from there.
        """
        ...


class Direct:
    """The feed from the relay itself, over HTTP."""

    def __init__(self, relay: Relay) -> None:
        self._relay = relay

    def tail(self, after: Watermark, position: int) -> Iterator[Sequence[Arrival]]:  # noqa: ARG002
        """Frames after a watermark; the position is a broker's, and says nothing here."""
        for frames in self._relay.tail(after):
            yield [Arrival(frame, 0) for frame in frames]
