"""A node's folder: the board, the overlay, and the store that is current.

board           numbers that processes share
overlay         what is hidden beside the store
current         the name of the current store's folder
store-N/        a store; another one beside it while it is being rebuilt
writer.lock     held by who writes
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import lmdb

from guazai.feed.codec import Sealed
from guazai.feed.records import Watermark
from guazai.resolver import overlay
from guazai.resolver.board import Board, Cell
from guazai.resolver.overlay import Hiding
from guazai.resolver.store import Applied, Store

CURRENT = "current"
_LOCK = "writer.lock"
_STORE = "store-"


class NodeBusyError(RuntimeError):
    """Another process writes this node's folder."""


def current_store(folder: Path) -> Store | None:
    """Open the current store for reading; None where there is none yet."""
    while True:
        try:
            name = (folder / CURRENT).read_text()
        except FileNotFoundError:
            return None
        try:
            return Store.open(folder / name)
        except lmdb.Error:
            # It may have been replaced, and removed, since its name was read.
            if (folder / CURRENT).read_text() == name:
                raise


class Node:
    """A node's folder, for the one process that writes it.

    Raises NodeBusyError where another process does.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._lock = (folder / _LOCK).open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise NodeBusyError(f"another process writes {folder}") from None
        self.board = Board.open(folder, writable=True)
        self.board[Cell.ROTATION_UNTIL] = self.board[Cell.LEASE_UNTIL] = 0
        self.store = self._open_current()
        self._forget_others()
        # Who wrote before may have been killed between a change and its telling.
        self.board.tell(Cell.WIDE, Cell.STORE, Cell.OVERLAY)

    def _open_current(self) -> Store:
        path = self.folder / CURRENT
        if not path.exists():
            Store.open(self.folder / f"{_STORE}0", writable=True).close()
            self._point_at(f"{_STORE}0")
        return Store.open(self.folder / path.read_text(), writable=True)

    def _point_at(self, name: str) -> None:
        new = self.folder / f"{CURRENT}.new"
        new.write_text(name)
        new.replace(self.folder / CURRENT)

    def _forget_others(self) -> None:
        """Remove stores that are not current: what a killed rebuild left, or was replaced."""
        for each in self.folder.glob(f"{_STORE}*"):
            if each != self.store.path:
                shutil.rmtree(each)

    def apply(self, records: Sequence[Sealed], watermark: Watermark, position: int = 0) -> Applied:
        """Take records into the current store, and have workers see what they keep in memory."""
        applied = self.store.apply(records, watermark, position)
        if applied.is_wide:
            self.board.tell(Cell.WIDE)
        return applied

    def mend(self, put: Sequence[Sealed], delete: Sequence[bytes]) -> None:
        """Hold `put`, and nothing under `delete`, whatever was held."""
        self.store.mend(put, delete)
        self.board.tell(Cell.WIDE)

    def hide(self, hidings: Iterable[Hiding]) -> None:
        """Replace the overlay; when this returns, no worker begins an answer without it."""
        found = set(hidings)
        overlay.write(self.folder, found)
        self.board[Cell.HIDDEN] = len(found)
        self.board.tell(Cell.OVERLAY)

    def beside(self) -> Store:
        """An empty store beside the current one, to be filled and made current by `flip`."""
        number = int(self.store.path.name.removeprefix(_STORE)) + 1
        path = self.folder / f"{_STORE}{number}"
        shutil.rmtree(path, ignore_errors=True)
        return Store.open(path, writable=True)

    def flip(self, store: Store) -> None:
        """Make a store made by `beside` the current one, and remove the one before.

        Workers read the old one until they look again; its file goes when the last lets it go.
        """
        before = self.store
        self.store = store
        self._point_at(store.path.name)
        self.board.tell(Cell.STORE, Cell.WIDE)
        before.close()
        shutil.rmtree(before.path)

    def close(self) -> None:
        """Close everything; another process may write then."""
        self.board[Cell.ROTATION_UNTIL] = self.board[Cell.LEASE_UNTIL] = 0
        self.store.close()
        self._lock.close()
