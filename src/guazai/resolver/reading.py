"""Reading a node: which entry, if any, is shown on an account.

A `Resolver` keeps in memory what is small and concerns many accounts: wide denies, mini programs,
the overlay. It notices by one number of the board that any of it changed. An answer is one look-up
in the store and a join of pieces that are JSON already.
"""

from __future__ import annotations

import json
import struct
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, cast

from guazai.feed.codec import (
    ACCOUNT_PREFIX,
    FLAG,
    HEAD_BYTES,
    WIDE_DENY_PREFIX,
    config_suffix,
    deny_suffix,
    program_prefix,
    to_json,
    wide_deny_prefix,
)
from guazai.feed.records import Scope, Watermark
from guazai.resolver import overlay
from guazai.resolver.board import Board, Cell
from guazai.resolver.node import current_store
from guazai.resolver.overlay import Hidden, Hiding
from guazai.resolver.store import Get, Store, Tags

DEFAULT_SURFACE = "profile_mount"
DEFAULT_HOST = "douyin"
MAX_PROGRAMS = 100_000
MAX_PLACES = 256
_NO_TAG = -1
#: A config's component: tag, length, MAC and epoch, version, live, then CONFIG_LENGTHS.
_CONFIG = struct.Struct(">BH12xQ??BH")
#: What reading a row without a config, or a damaged one, raises: nothing is shown. The scrub finds
#: damage and has it mended.
_DAMAGE = (IndexError, KeyError, ValueError, struct.error)
_START_PAGE = b"{start_page}"
_GENERATION = int(Cell.GENERATION)
_ROTATION_UNTIL = int(Cell.ROTATION_UNTIL)


class Program(NamedTuple):
    """The pieces of an answer that all entries of one mini program share."""

    #: From behind the account's id to before a title of the entry's own.
    before_title: bytes
    #: From behind the account's id to before the page, the title being the name.
    before_page: bytes
    #: From behind the query to before the link's page.
    before_start_page: bytes
    #: From behind the link's page to before the version.
    before_version: bytes
    entity: bytes


def _program(app: bytes, value: bytes) -> Program:
    told = json.loads(value[HEAD_BYTES:])
    who = {"app_id": app.decode(), "app_name": told["app_name"], "icon_url": told["icon_url"]}
    named = to_json(who | {"title": told["app_name"]})
    before, _, after = to_json(told["link"])[1:-1].partition(_START_PAGE)
    return Program(
        before_title=b'",' + to_json(who)[1:-1] + b',"title":"',
        before_page=b'",' + named[1:-1] + b',"page_path":"',
        before_start_page=b'","link":"' + before,
        before_version=after + b'","version":',
        entity=told["entity_id"].encode(),
    )


@dataclass(slots=True)
class _Place:
    """Everything about one surface and host that answers need, as of one generation."""

    head: bytes
    config_tag: int
    deny_tag: int
    program_prefix: bytes
    programs: dict[bytes, Program]
    hidden: Hidden
    denied: Hidden
    is_guarded: bool


class _View:
    """A node as of one generation; replaced whole, so that threads can share it."""

    def __init__(self, node: Path, board: Board, before: _View | None) -> None:
        # The numbers are read before what they stand for: a change meanwhile is seen next time.
        self.generation = board[Cell.GENERATION]
        store, wide, hidden = (board[each] for each in (Cell.STORE, Cell.WIDE, Cell.OVERLAY))
        self.numbers = store, wide, hidden
        old = (None, None, None) if before is None else before.numbers
        self.store: Store | None
        self.wide: frozenset[bytes]
        self.hidings: frozenset[Hiding]
        self.programs: dict[str, dict[bytes, Program]]
        if before is not None and before.store is not None and old[0] == store:
            self.store = before.store
        else:
            self.store = current_store(node, None if before is None else before.store)
        if before is not None and old[:2] == (store, wide):
            self.wide, self.programs = before.wide, before.programs
        else:
            self.wide, self.programs = _wide_denies(self.store), {}
        if before is not None and old[2] == hidden:
            self.hidings = before.hidings
        else:
            self.hidings = overlay.read(node)
        self.places: dict[tuple[str, str], _Place] = {}
        self.begin = self.store.environment.begin if self.store else None

    def place(self, surface: str, host: str) -> _Place:
        """What answers on one surface and host need."""
        found = self.places.get((surface, host))
        if found is None:
            if len(self.places) >= MAX_PLACES:
                self.places.clear()
            found = self.places[surface, host] = self._make_place(surface, host)
        return found

    def _make_place(self, surface: str, host: str) -> _Place:
        config_tag = deny_tag = _NO_TAG
        if self.store is not None:
            with self.store.moment() as moment:
                tags: Tags = moment.tags
                config_tag = _tag(tags, config_suffix(surface, host))
                deny_tag = _tag(tags, deny_suffix(surface))
        hidden = overlay.on_surface(self.hidings, surface)
        denied = Hidden(
            frozenset(),
            self._targets(Scope.MINI_PROGRAM, surface),
            self._targets(Scope.LEGAL_ENTITY, surface),
            everything=bool(self._targets(Scope.GLOBAL, surface)),
        )
        return _Place(
            head=to_json({"surface": surface, "host": host, "aweme_id": ""})[:-2],
            config_tag=config_tag,
            deny_tag=deny_tag,
            program_prefix=program_prefix(surface),
            programs=self.programs.setdefault(surface, {}),
            hidden=hidden,
            denied=denied,
            is_guarded=any(hidden) or any(denied),
        )

    def _targets(self, scope: Scope, surface: str) -> frozenset[bytes]:
        prefix = wide_deny_prefix(scope, surface)
        return frozenset(key[len(prefix) :] for key in self.wide if key.startswith(prefix))


def _wide_denies(store: Store | None) -> frozenset[bytes]:
    """Keys of the wide denies in force."""
    if store is None:
        return frozenset()
    with store.moment() as moment:
        held = moment.under(WIDE_DENY_PREFIX)
        return frozenset(key for key, value in held if value[FLAG : FLAG + 1] != b"\0")


def _tag(tags: Tags, suffix: bytes) -> int:
    tag = tags.find(suffix)
    return _NO_TAG if tag is None else tag


class Resolver:
    """The entries of one node, for a process on it.

    `path` is the node's folder, which `guazai resolver` keeps. Any number of threads may share a
    resolver; it must be made in the process that uses it, not before a fork. With
    `hides_when_isolated` it shows nothing while the node is not in rotation, so that a takedown
    that is effective is shown by nobody (R3).
    """

    def __init__(self, path: Path | str, *, hides_when_isolated: bool = False) -> None:
        self._node = Path(path)
        self.board = Board.open(self._node)
        self._cells = self.board.cells
        self._hides = hides_when_isolated
        self._renewing = threading.Lock()
        self._view = _View(self._node, self.board, None)

    def get(
        self, aweme_id: str, surface: str = DEFAULT_SURFACE, host: str = DEFAULT_HOST
    ) -> bytes | None:
        """Give the entry shown on an account as JSON (UTF-8), or None when none is (V1)."""
        # Rotation first: what was hidden before it was found to hold is seen by the look after.
        if self._hides and time.monotonic_ns() >= self._cells[_ROTATION_UNTIL]:
            return None
        view = self._view
        if self._cells[_GENERATION] != view.generation:
            view = self._renew()
        if view.begin is None:
            return None
        place = view.places.get((surface, host)) or view.place(surface, host)
        transaction = view.begin()
        try:
            return _answer(transaction.get, place, aweme_id)
        except _DAMAGE:
            return None
        finally:
            transaction.abort()

    def get_many(
        self,
        aweme_ids: Iterable[str],
        surface: str = DEFAULT_SURFACE,
        host: str = DEFAULT_HOST,
    ) -> dict[str, bytes | None]:
        """Give the entries of several accounts, as of one moment."""
        is_hiding = self._hides and time.monotonic_ns() >= self._cells[_ROTATION_UNTIL]
        view = self._view
        if self._cells[_GENERATION] != view.generation:
            view = self._renew()
        if is_hiding or view.begin is None:
            return dict.fromkeys(aweme_ids)
        place = view.place(surface, host)
        transaction = view.begin()
        try:
            get = cast(Get, transaction.get)
            return {each: _answer_or_none(get, place, each) for each in aweme_ids}
        finally:
            transaction.abort()

    def watermark(self) -> Watermark | None:
        """How far this node has followed the feed; None where it has nothing yet."""
        store = self._renewed().store
        return store.watermark() if store else None

    def is_in_rotation(self) -> bool:
        """Whether the node's lease holds and its store is recent enough."""
        return time.monotonic_ns() < self._cells[_ROTATION_UNTIL]

    def refresh(self) -> None:
        """Look whether anything changed, also while nobody asks.

        A store that was replaced stays on the disk until its last reader lets it go.
        """
        self._renewed()

    def _renewed(self) -> _View:
        view = self._view
        return view if self._cells[_GENERATION] == view.generation else self._renew()

    def _renew(self) -> _View:
        with self._renewing:
            if self._cells[_GENERATION] != self._view.generation:
                self._view = _View(self._node, self.board, self._view)
            return self._view


def _answer_or_none(get: Get, place: _Place, aweme_id: str) -> bytes | None:
    try:
        return _answer(get, place, aweme_id)
    except _DAMAGE:
        return None


def _answer(get: Get, place: _Place, aweme_id: str) -> bytes | None:
    account = aweme_id.encode()
    row = get(ACCOUNT_PREFIX + account)
    if row is None or not row[FLAG]:
        return None
    config = _CONFIG.unpack_from(row, HEAD_BYTES)
    tag, length, version, live, is_titled, app_length, piece_length = config
    at = HEAD_BYTES
    if tag != place.config_tag or at + 3 + length != len(row):
        # The usual row is one config alone; look at all components of any other.
        at = _config_at(row, place)
        if not at:
            return None
        config = _CONFIG.unpack_from(row, at)
        tag, length, version, live, is_titled, app_length, piece_length = config
    if not live:
        return None
    app_at = at + _CONFIG.size
    piece_at = app_at + app_length
    page_at = piece_at + piece_length
    app = row[app_at:piece_at]
    program = place.programs.get(app) or _look_up(get, place, app)
    if program is None or (place.is_guarded and _is_hidden(place, aweme_id, app, program.entity)):
        return None
    return b"".join(
        (
            place.head,
            account,
            program.before_title if is_titled else program.before_page,
            row[piece_at:page_at],
            program.before_start_page,
            row[page_at : at + 3 + length],
            program.before_version,
            b"%d}" % version,
        )
    )


def _config_at(row: bytes, place: _Place) -> int:
    """Where the component of the place's config begins; 0 without one, or with a deny."""
    at, size, found = HEAD_BYTES, len(row), 0
    while at < size:
        tag, begin = row[at], at
        at += 3 + (row[at + 1] << 8) + row[at + 2]
        if tag == place.config_tag:
            found = begin
        elif tag == place.deny_tag and row[begin + 3 + FLAG]:
            return 0
    return found


def _look_up(get: Get, place: _Place, app: bytes) -> Program | None:
    value = get(place.program_prefix + app)
    if value is None:
        return None
    if len(place.programs) >= MAX_PROGRAMS:
        place.programs.clear()
    program = place.programs[app] = _program(app, value)
    return program


def _is_hidden(place: _Place, aweme_id: str, app: bytes, entity: bytes) -> bool:
    hidden, denied = place.hidden, place.denied
    return (
        hidden.everything
        or denied.everything
        or aweme_id in hidden.accounts
        or app in hidden.apps
        or app in denied.apps
        or entity in hidden.entities
        or entity in denied.entities
    )
