"""The board: a few numbers that a node's processes share, in one small mapped file.

The follower writes, everybody reads. A worker compares one cell a request, so that a change costs
nothing until there is one. Only what cannot outlive the processes stands here: the follower writes
the board anew when it starts.
"""

from __future__ import annotations

import mmap
from enum import IntEnum
from pathlib import Path

FILE = "board"


class Cell(IntEnum):
    """What stands where."""

    #: Raised after any change that workers keep in memory: overlay, wide denies, programs, store.
    GENERATION = 0
    #: Raised when wide denies or programs changed in the store.
    WIDE = 1
    #: Raised when another store took the current one's place.
    STORE = 2
    #: Raised when the overlay's file changed.
    OVERLAY = 3
    #: Until when this node is in rotation: CLOCK_MONOTONIC in nanoseconds, 0 for not.
    ROTATION_UNTIL = 4
    #: Until when the lease holds, whatever the store's age.
    LEASE_UNTIL = 5
    FLOOR_EPOCH = 6
    FLOOR_REVISION = 7
    #: Wall clock in milliseconds when the relay was last heard, by its own clock, as of then.
    FEED_AT_MS = 8
    HIDDEN = 9
    BREAK_GLASS = 10
    REHYDRATIONS = 11
    DRIFT_FOUND = 12
    DRIFT_MENDED = 13
    BAD_MACS = 14
    REBUILD_DONE = 15
    REBUILD_TOTAL = 16
    FOLLOWER_STARTS = 17
    #: `FEED_AT_MS` as of the newest frame that brought a record.
    NEWEST_AT_MS = 18
    #: How long ago, by two clocks, the newest frame was written when it was applied.
    FEED_LAG_MS = 19
    #: 1 while the feed is followed.
    CONNECTED = 20
    RECORDS = 21
    LEASES = 22
    REBUILDS = 23
    REBUILD_FAILURES = 24
    SCRUBS = 25
    SCRUB_MS = 26
    #: Records newer than the database.
    TOO_NEW = 27
    FOLLOWER_PID = 28


_SIZE = 8 * 64


class Board:
    """The cells; each is one unsigned number of 64 bits."""

    def __init__(self, cells: memoryview) -> None:
        self.cells = cells

    @classmethod
    def open(cls, folder: Path, *, writable: bool = False) -> Board:
        """Map the board of a node's folder, made when absent."""
        path = folder / FILE
        if not path.exists() or path.stat().st_size < _SIZE:
            folder.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as made:
                made.truncate(_SIZE)
        with path.open("r+b" if writable else "rb") as file:
            access = mmap.ACCESS_WRITE if writable else mmap.ACCESS_READ
            mapped = mmap.mmap(file.fileno(), _SIZE, access=access)
        return cls(memoryview(mapped).cast("Q"))

    def __getitem__(self, cell: Cell) -> int:
        return self.cells[cell]

    def __setitem__(self, cell: Cell, value: int) -> None:
        self.cells[cell] = value

    def add(self, cell: Cell, more: int = 1) -> None:
        """Add to a counter; the follower alone writes, so nothing is lost."""
        self.cells[cell] += more

    def tell(self, *what: Cell) -> None:
        """Have workers look again at `what`; call it after the change is in place."""
        for cell in what:
            self.add(cell)
        self.add(Cell.GENERATION)
