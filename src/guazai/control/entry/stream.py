"""What was told lately, in memory: everybody who follows the log reads the same bytes.

For the event loop's thread alone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import NamedTuple

#: So much is kept for those who are slow; who falls behind it reads the log again.
MAX_BYTES = 32 * 2**20
Point = tuple[int, int]


class Item(NamedTuple):
    """Whole frames that lead from one epoch and revision to another, or say something there."""

    after: Point
    point: Point
    data: bytes


class Pulse:
    """Wakes all who wait."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    async def wait(self, seconds: float) -> None:
        """Return at the next beat, or after some seconds."""
        loop = asyncio.get_running_loop()
        beat: asyncio.Future[None] = loop.create_future()
        timer = loop.call_later(seconds, _set, beat)
        self._waiting.add(beat)
        try:
            await beat
        finally:
            timer.cancel()
            self._waiting.discard(beat)

    def beat(self) -> None:
        """Wake them."""
        for each in self._waiting:
            _set(each)


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class Stream:
    """The last items, numbered from 0 on."""

    def __init__(self, head: Point, max_bytes: int = MAX_BYTES) -> None:
        self.head = head
        self.pulse = Pulse()
        self._items: deque[Item] = deque()
        self._first = 0
        self._bytes = 0
        self._max_bytes = max_bytes

    def put(self, item: Item) -> None:
        """Add what goes on from the head."""
        self._items.append(item)
        self._bytes += len(item.data)
        self.head = item.point
        while self._bytes > self._max_bytes and len(self._items) > 1:
            self._bytes -= len(self._items.popleft().data)
            self._first += 1
        self.pulse.beat()

    def find(self, point: Point) -> int | None:
        """The number of the item that goes on from a point; None where no item does.

        At the head it is the next.
        """
        if point == self.head:
            return self._first + len(self._items)
        for number, item in enumerate(self._items, self._first):
            if item.after == point and item.point > point:
                return number
        return None

    def since(self, number: int) -> list[Item] | None:
        """The items from a number on; None where the first of them is gone."""
        if number < self._first:
            return None
        at = number - self._first
        return [self._items[index] for index in range(at, len(self._items))]
