"""A node's folder: the board, the overlay, and the store that is current.

board           numbers that processes share
overlay         what is hidden beside the store
current         the name of the current store's folder
store-N/        a store; another one beside it while it is being rebuilt
writer.lock     held by who writes
written         in which life of the machine it was written, unless all is on the disk since
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
#: Rows that are hidden because they are damaged.
SUSPECTS = "suspects"
_LOCK = "writer.lock"
_WRITTEN = "written"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_STORE = "store-"


class NodeBusyError(RuntimeError):
    """Another process writes this node's folder."""


def current_store(folder: Path, held: Store | None = None) -> Store | None:
    """Open the current store for reading; None where there is none yet.

    Where that is the one `held`, which cannot be opened twice, it is that.
    """
    while True:
        try:
            name = (folder / CURRENT).read_text()
        except FileNotFoundError:
            return None
        if held is not None and held.path == folder / name:
            return held
        try:
            return Store.open(folder / name)
        except lmdb.Error:
            # It may have been replaced, and removed, since its name was read.
            if (folder / CURRENT).read_text() == name:
                raise


def forget_torn(folder: Path) -> bool:
    """Forget a store that cannot be trusted to be whole, and what is hidden beside it.

    A killed process leaves whole transactions, as the system still writes them out; a machine that
    lost its power does not. Call it before anybody reads. Whether there was one: nothing is shown
    then until the node is rebuilt.
    """
    written, current = folder / _WRITTEN, folder / CURRENT
    is_torn = written.exists() and written.read_text() != _life()
    if not is_torn and current.exists():
        try:
            Store.open(folder / current.read_text()).close()
        except (lmdb.Error, OSError):
            is_torn = True
    if is_torn:
        for each in (current, folder / overlay.FILE, folder / SUSPECTS, written):
            each.unlink(missing_ok=True)
    return is_torn


def _number(store: Path) -> int:
    return int(store.name.removeprefix(_STORE))


def _life() -> str:
    """Which life of the machine this is; always the same where the system does not tell."""
    return _BOOT_ID.read_text() if _BOOT_ID.exists() else ""


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
        forget_torn(folder)
        self.store = self._open_current()
        self._forget_others()
        self._write(_WRITTEN, _life())
        # Who wrote before may have been killed between a change and its telling.
        self.board.tell(Cell.WIDE, Cell.STORE, Cell.OVERLAY)

    def _open_current(self) -> Store:
        path = self.folder / CURRENT
        if not path.exists():
            # A name that nobody reads under yet, as a worker may still hold one that was torn.
            taken = [_number(each) for each in self.folder.glob(f"{_STORE}*")]
            name = f"{_STORE}{max(taken, default=-1) + 1}"
            Store.open(self.folder / name, writable=True).close()
            self._write(CURRENT, name)
        return Store.open(self.folder / path.read_text(), writable=True)

    def _write(self, name: str, text: str) -> None:
        """Write a file of the folder: a kill leaves it as it was, or as it is to be."""
        new = self.folder / f"{name}.new"
        new.write_text(text)
        new.replace(self.folder / name)

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
        path = self.folder / f"{_STORE}{_number(self.store.path) + 1}"
        shutil.rmtree(path, ignore_errors=True)
        return Store.open(path, writable=True)

    def flip(self, store: Store) -> None:
        """Make a store made by `beside` the current one, and remove the one before.

        Workers read the old one until they look again; its file goes when the last lets it go.
        """
        before = self.store
        self.store = store
        self._write(CURRENT, store.path.name)
        self.board.tell(Cell.STORE, Cell.WIDE)
        before.close()
        shutil.rmtree(before.path)

    def settle(self) -> None:
        """Be out of rotation, with everything on the disk; nothing may be written after."""
        self.board[Cell.ROTATION_UNTIL] = self.board[Cell.LEASE_UNTIL] = 0
        self.store.environment.sync(True)
        (self.folder / _WRITTEN).unlink(missing_ok=True)

    def close(self) -> None:
        """Close everything; another process may write then."""
        self.settle()
        self.store.close()
        self._lock.close()
