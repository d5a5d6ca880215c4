"""The resolver's state: one LMDB environment a node, one writer, any number of readers."""

from __future__ import annotations

import os
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple, cast
from weakref import WeakSet

import lmdb

from guazai.feed.codec import (
    ACCOUNT_PREFIX,
    FLAG,
    RANK_BYTES,
    VERDICT_SUFFIX,
    WIDE_DENY_PREFIX,
    config_body,
    config_owners,
    config_suffix,
    deny_suffix,
    read_record,
    record_key,
    record_value,
    wide_deny_prefix,
)
from guazai.feed.records import Applied, Record, Scope, Watermark

# One size for every opener: a reader with a smaller map fails for ever once the file grows.
MAP_SIZE = 64 * 2**30
MAX_READERS = 1024
READER_CHECK_SECONDS = 10.0
_WARM_CHUNK = 4 * 2**20
_WATERMARK_KEY = b"w"
_WATERMARK = struct.Struct(">IQQ")
# Counts the changes of wide denies, so that a reader knows when to read them again.
_GENERATION_KEY = b"g"
_GENERATION = struct.Struct(">Q")
Get = Callable[[bytes], bytes | None]
_RECORD_PREFIXES = (ACCOUNT_PREFIX, WIDE_DENY_PREFIX)


class StoreError(RuntimeError):
    """The store cannot be used the way it was asked to."""


def _environment(path: Path, *, readonly: bool) -> lmdb.Environment:
    # sync=False without writemap: kill -9 leaves whole transactions; a power cut costs a rebuild.
    return lmdb.open(
        str(path),
        map_size=MAP_SIZE,
        readonly=readonly,
        sync=False,
        writemap=False,
        max_readers=MAX_READERS,
    )


def _warm(file: Path) -> None:
    """Read the file through once: a cold page cache answers 4 to 8 times slower."""
    chunk = bytearray(_WARM_CHUNK)
    with file.open("rb", buffering=0) as data:
        while data.readinto(chunk):
            pass


class _Place(NamedTuple):
    """What keys of one surface and host are made of."""

    config: bytes
    deny: bytes
    everything: bytes
    entity: bytes
    app: bytes


@lru_cache(maxsize=256)
def _place(surface: str, host: str) -> _Place:
    return _Place(
        config=config_suffix(surface, host),
        deny=deny_suffix(surface),
        everything=wide_deny_prefix(Scope.GLOBAL, surface),
        entity=wide_deny_prefix(Scope.LEGAL_ENTITY, surface),
        app=wide_deny_prefix(Scope.MINI_PROGRAM, surface),
    )


class _WideDenies(NamedTuple):
    """Denies in force on more than one account, as of one generation; few, so held in memory."""

    generation: bytes | None
    keys: frozenset[bytes]


def _read_wide_denies(transaction: lmdb.Transaction, generation: bytes | None) -> _WideDenies:
    cursor = transaction.cursor()
    found = []
    if cursor.set_range(WIDE_DENY_PREFIX):
        for key, value in cast(Iterable[tuple[bytes, bytes]], cursor):
            if not key.startswith(WIDE_DENY_PREFIX):
                break
            if value[FLAG]:
                found.append(key)
    return _WideDenies(generation, frozenset(found))


class Store:
    """Edge records and their watermark in one LMDB environment; a `guazai.feed.Sink`.

    LMDB allows one open environment per path and process, and none may cross a fork: open a
    store in the process that uses it. Every method raises StoreError in a forked child.
    """

    def __init__(self, path: Path, environment: lmdb.Environment) -> None:
        self._path = path
        self._environment = environment
        self._is_foreign = False
        self._next_reader_check = 0.0
        self._wide_denies = _WideDenies(None, frozenset())
        _opened_here.add(self)

    @classmethod
    def open(cls, path: Path, *, writable: bool = False) -> Store:
        """Open the store in the directory `path`, made empty when absent, and warm its file."""
        path.mkdir(parents=True, exist_ok=True)
        file = path / "data.mdb"
        if not writable and not file.exists():
            _environment(path, readonly=False).close()
        environment = _environment(path, readonly=not writable)
        _warm(file)
        return cls(path, environment)

    def _usable(self) -> lmdb.Environment:
        if self._is_foreign:
            raise StoreError(f"the store {self._path} was opened before a fork; open it after")
        return self._environment

    def resolve(self, surface: str, host: str, aweme_id: str) -> bytes | None:
        """Give the JSON body of the entry shown on an account, or None when none is (V1)."""
        transaction = self._usable().begin()
        try:
            return self._resolve(transaction, _place(surface, host), aweme_id)
        finally:
            transaction.abort()

    def resolve_many(
        self, surface: str, host: str, aweme_ids: Iterable[str]
    ) -> dict[str, bytes | None]:
        """Resolve several accounts in one consistent read."""
        place = _place(surface, host)
        with self._usable().begin() as transaction:
            return {each: self._resolve(transaction, place, each) for each in aweme_ids}

    def _resolve(self, transaction: lmdb.Transaction, place: _Place, aweme_id: str) -> bytes | None:
        get: Get = transaction.get  # type: ignore[assignment]  # never buffers here
        account = ACCOUNT_PREFIX + aweme_id.encode()
        config = get(account + place.config)
        if config is None or not config[FLAG]:
            return None
        verdict = get(account + VERDICT_SUFFIX)
        if verdict is None or not verdict[FLAG]:
            return None
        deny = get(account + place.deny)
        if deny is not None and deny[FLAG]:
            return None
        generation = get(_GENERATION_KEY)
        wide = self._wide_denies
        if generation != wide.generation:
            wide = self._wide_denies = _read_wide_denies(transaction, generation)
        if wide.keys:
            app, entity = config_owners(config)
            keys = (place.everything, place.entity + entity, place.app + app)
            if not wide.keys.isdisjoint(keys):
                return None
        return config_body(config)

    def watermark(self) -> Watermark | None:
        """Say how far the feed has been applied; None before the first batch."""
        with self._usable().begin() as transaction:
            value = transaction.get(_WATERMARK_KEY)
        return None if value is None else Watermark(*_WATERMARK.unpack(value))

    def apply(self, records: Sequence[Record], watermark: Watermark) -> Applied:
        """Take what is newer than what is held, with the watermark, in one transaction.

        The watermark is the greatest ever given: it never goes back within an epoch.
        Raises lmdb.ReadonlyError when the store was not opened writable.
        """
        environment = self._usable()
        self._clear_stale_readers(environment)
        changed = 0
        denies_changed = False
        # Sorted keys touch each page once; the sort is stable, and order is by rank anyway.
        pairs = sorted(((record_key(r), record_value(r)) for r in records), key=itemgetter(0))
        with environment.begin(write=True) as transaction:
            for key, value in pairs:
                held = transaction.get(key)
                if held is None or value[:RANK_BYTES] > held[:RANK_BYTES]:
                    transaction.put(key, value)
                    changed += 1
                    denies_changed = denies_changed or key.startswith(WIDE_DENY_PREFIX)
            if denies_changed:
                generation = transaction.get(_GENERATION_KEY, _GENERATION.pack(0))
                transaction.put(
                    _GENERATION_KEY, _GENERATION.pack(_GENERATION.unpack(generation)[0] + 1)
                )
            mark = _WATERMARK.pack(watermark.epoch, watermark.revision, watermark.at_ms)
            held_mark = transaction.get(_WATERMARK_KEY)
            if held_mark is None or mark > held_mark:
                transaction.put(_WATERMARK_KEY, mark)
        return Applied(changed=changed, ignored=len(pairs) - changed)

    def _clear_stale_readers(self, environment: lmdb.Environment) -> None:
        """Free the slots of killed readers, whose old snapshots would keep the file growing."""
        now = time.monotonic()
        if now >= self._next_reader_check:
            environment.reader_check()
            self._next_reader_check = now + READER_CHECK_SECONDS

    def dump(self) -> Iterator[Record]:
        """Yield every record held, tombstones too, as of one moment, in key order."""
        with self._usable().begin() as transaction:
            for key, value in transaction.cursor():
                if key.startswith(_RECORD_PREFIXES):
                    yield read_record(key, value)

    def close(self) -> None:
        """Close the environment; the store cannot be used afterwards."""
        self._usable().close()


_opened_here: WeakSet[Store] = WeakSet()


def _disown() -> None:
    for store in _opened_here:
        store._is_foreign = True  # noqa: SLF001 - the module's own class


# Told by the fork itself: asking for the process id would be a system call for every answer.
os.register_at_fork(after_in_child=_disown)
