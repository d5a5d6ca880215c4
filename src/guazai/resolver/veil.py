"""What the follower hides beside the store, and why; the overlay is put together here.

Four sources, each of which only adds: takedowns that the relay told, what was hidden before the
follower started, denies by break-glass, and accounts whose records are damaged. What the relay
says to drop is dropped only once this node's own store is as far as the relay then demanded, for
a node that is not in rotation may be behind what the drop relies on.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from guazai.feed import Scope, Watermark
from guazai.feed.codec import (
    ACCOUNT_PREFIX,
    PROGRAM_PREFIX,
    WIDE_DENY_PREFIX,
    wide_deny_prefix,
)
from guazai.feed.lease import EVERY_SURFACE, BreakGlass, LeaseAnswer, OverlayVersion
from guazai.resolver import overlay
from guazai.resolver.board import Cell
from guazai.resolver.node import SUSPECTS, Node
from guazai.resolver.overlay import Hiding
from guazai.resolver.replica import Point, has_reached

_SCOPE_OF = {
    wide_deny_prefix(scope, "")[1:2]: scope for scope in Scope if scope is not Scope.ACCOUNT
}


class _Leaving(NamedTuple):
    """What may be dropped once the store has reached `floor`."""

    floor: Point
    hiding: Hiding


class Veil:
    """Keeps the overlay of a node; may be used by several threads.

    When a method that hides returns, no worker begins an answer without it.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._lock = threading.RLock()
        self._told: dict[int, Hiding] = {}
        #: Hidden by an earlier follower or relay; until a relay grants a lease by a whole overlay.
        self._before = set(overlay.read(node.folder))
        self._leaving: list[_Leaving] = []
        self._signed: dict[str, Hiding] = {}
        self._suspects: dict[bytes, Hiding] = {
            key: hiding for key in _read_suspects(node) if (hiding := hiding_of(key)) is not None
        }
        self._shown: set[Hiding] | None = None
        self.version: OverlayVersion | None = None
        self._show()

    def take(self, answer: LeaseAnswer) -> None:
        """Take what an answer adds and drops; it comes in pieces where there is much."""
        floor = answer.floor_epoch, answer.floor_revision
        with self._lock:
            added = {
                each.id: Hiding(each.scope, each.surface, each.target) for each in answer.added
            }
            if answer.is_whole:
                self._before.update(self._told.values())
                self._told = added
            else:
                self._told |= added
            for number in answer.removed:
                if (gone := self._told.pop(number, None)) is not None:
                    self._leaving.append(_Leaving(floor, gone))
            if answer.granted:
                # The overlay is complete: what it lacks of what was hidden before has been told.
                self._leaving += (_Leaving(floor, each) for each in self._before)
                self._before = set()
            self._show()
            self.version = answer.overlay

    def settle(self, mark: Watermark | None) -> None:
        """Drop what the store, which is at `mark`, now says by itself."""
        with self._lock:
            staying = [each for each in self._leaving if not _is_past(mark, each.floor)]
            if len(staying) < len(self._leaving):
                self._leaving = staying
                self._show()

    def sign(self, held: Mapping[str, BreakGlass]) -> None:
        """Hide exactly what these denies by break-glass name."""
        with self._lock:
            self._signed = {
                each.id: Hiding(each.scope, EVERY_SURFACE, each.target) for each in held.values()
            }
            self._node.board[Cell.BREAK_GLASS] = len(self._signed)
            self._show()

    def merge(self, numbers: Iterable[str], floor: Point) -> None:
        """The relay has taken over these denies by break-glass."""
        with self._lock:
            for number in numbers:
                if (gone := self._signed.pop(number, None)) is not None:
                    self._leaving.append(_Leaving(floor, gone))
            self._node.board[Cell.BREAK_GLASS] = len(self._signed)
            self._show()

    def suspect(self, keys: Iterable[bytes]) -> None:
        """Hide what rows with damaged records are about, across restarts, and count them.

        A row is named by its key in the store: the account's, or the record's own.
        """
        with self._lock:
            new = {
                key: hiding
                for key in keys
                if key not in self._suspects and (hiding := hiding_of(key)) is not None
            }
            if new:
                self._suspects |= new
                self._show()
                self._keep_suspects()
                self._node.board.add(Cell.DRIFT_FOUND, len(new))

    def acquit(self, keys: Iterable[bytes]) -> None:
        """Hide rows no more that were damaged, and count them as mended."""
        with self._lock:
            known = [key for key in keys if self._suspects.pop(key, None) is not None]
            if known:
                self._keep_suspects()
                self._show()
                self._node.board.add(Cell.DRIFT_MENDED, len(known))

    def suspects(self) -> frozenset[bytes]:
        """Keys of the rows that are hidden for being damaged."""
        with self._lock:
            return frozenset(self._suspects)

    def _show(self) -> None:
        shown = {
            *self._told.values(),
            *self._before,
            *(each.hiding for each in self._leaving),
            *self._signed.values(),
            *self._suspects.values(),
        }
        if shown != self._shown:
            self._node.hide(shown)
            self._shown = shown

    def _keep_suspects(self) -> None:
        path = self._node.folder / SUSPECTS
        new = path.with_suffix(".new")
        new.write_text(json.dumps([key.hex() for key in sorted(self._suspects)]))
        new.replace(path)


def _read_suspects(node: Node) -> list[bytes]:
    path = node.folder / SUSPECTS
    return [bytes.fromhex(each) for each in json.loads(path.read_text())] if path.exists() else []


def _is_past(mark: Watermark | None, floor: Point) -> bool:
    return mark is not None and (mark.epoch > floor[0] or has_reached(mark, floor))


def hiding_of(key: bytes) -> Hiding | None:
    """What is hidden where the row under `key` cannot be believed; None where it is no row's."""
    try:
        name = key[1:].decode()
        match key[:1]:
            case prefix if prefix == ACCOUNT_PREFIX:
                return Hiding(Scope.ACCOUNT, EVERY_SURFACE, name)
            case prefix if prefix == PROGRAM_PREFIX:
                surface, app_id = name.split("\0")
                return Hiding(Scope.MINI_PROGRAM, surface, app_id)
            case prefix if prefix == WIDE_DENY_PREFIX:
                surface, target = name[1:].split("\0")
                return Hiding(_SCOPE_OF[key[1:2]], surface, target)
    except (ValueError, KeyError):
        return None
    return None
