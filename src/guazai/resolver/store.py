"""The resolver's records: one LMDB environment, one writer, any number of readers.

Everything about one account is one row, so that an answer is one look-up:

    a aweme_id         verdict:21 (zeros where there is none), then components: tag:1 length:2 value
    d …, p …           wide denies and mini programs, by their keys of the wire
    g                  the suffixes that tags stand for, as JSON
    w                  epoch:4 revision:8 at_ms:8 position:8

A component's value is as it came (`feed.codec`), MAC included.
"""

from __future__ import annotations

import json
import os
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import cast
from weakref import WeakSet

import lmdb

from guazai.feed.codec import (
    ACCOUNT_PREFIX,
    HEAD_BYTES,
    PROGRAM_PREFIX,
    RANK,
    VERDICT_SUFFIX,
    WIDE_DENY_PREFIX,
    Sealed,
)
from guazai.feed.records import Watermark

# One size for every opener: a reader with a smaller map fails for ever once the file grows.
MAP_SIZE = 64 * 2**30
MAX_READERS = 1024
READER_CHECK_SECONDS = 10.0
LOAD_BATCH = 20_000
_WARM_CHUNK = 4 * 2**20
_WATERMARK_KEY = b"w"
_WATERMARK = struct.Struct(">IQQQ")
_TAGS_KEY = b"g"
MAX_TAGS = 255
_COMPONENT = struct.Struct(">BH")
NO_VERDICT = bytes(HEAD_BYTES)
Get = Callable[[bytes], bytes | None]


class StoreError(RuntimeError):
    """The store cannot be used the way it was asked to."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of records: how many changed the state, how many were not newer.

    `is_wide` where a wide deny, a mini program or a tag changed, which readers keep in memory.
    """

    changed: int
    ignored: int
    is_wide: bool


def _environment(path: Path, *, readonly: bool) -> lmdb.Environment:
    # sync=False without writemap: kill -9 leaves whole transactions; a power cut costs a rebuild.
    return lmdb.open(
        str(path),
        map_size=MAP_SIZE,
        readonly=readonly,
        sync=False,
        writemap=False,
        max_readers=MAX_READERS,
        create=not readonly,
    )


def _warm(file: Path) -> None:
    """Read the file through once: a cold page cache answers 4 to 8 times slower."""
    chunk = bytearray(_WARM_CHUNK)
    with file.open("rb", buffering=0) as data:
        while data.readinto(chunk):
            pass


@dataclass(slots=True)
class Row:
    """One account's row, taken apart."""

    verdict: bytes = NO_VERDICT
    components: dict[int, bytes] = field(default_factory=dict)

    @classmethod
    def read(cls, data: bytes) -> Row:
        """Take a row apart. Raises StoreError where it is damaged."""
        row, at, size = cls(data[:HEAD_BYTES]), HEAD_BYTES, len(data)
        while at < size:
            begin = at + _COMPONENT.size
            if begin > size:
                raise StoreError("a row is damaged")
            tag, length = _COMPONENT.unpack_from(data, at)
            at = begin + length
            if at > size:
                raise StoreError("a row is damaged")
            row.components[tag] = data[begin:at]
        return row

    def write(self) -> bytes:
        """Put it together."""
        parts = [self.verdict]
        for tag, value in sorted(self.components.items()):
            parts += (_COMPONENT.pack(tag, len(value)), value)
        return b"".join(parts)

    def size(self) -> int:
        """How many records it holds."""
        return len(self.components) + (self.verdict != NO_VERDICT)


class Tags:
    """Which suffix of an account's keys each tag stands for; few, and only ever more."""

    def __init__(self, get: Get) -> None:
        held = get(_TAGS_KEY)
        self._suffixes: list[bytes] = (
            [] if held is None else [each.encode() for each in json.loads(held)]
        )
        self._tag_of = {suffix: tag for tag, suffix in enumerate(self._suffixes)}
        self._written = len(self._suffixes)

    def find(self, suffix: bytes) -> int | None:
        """The tag of a suffix; None where nothing was ever held under it."""
        return self._tag_of.get(suffix)

    def make(self, suffix: bytes) -> int:
        """The tag of a suffix, new where there is none yet. Raises StoreError past 255."""
        tag = self._tag_of.get(suffix)
        if tag is None:
            tag = len(self._suffixes)
            if tag == MAX_TAGS:
                raise StoreError(f"a store has at most {MAX_TAGS} surfaces and hosts")
            self._suffixes.append(suffix)
            self._tag_of[suffix] = tag
        return tag

    def suffix(self, tag: int) -> bytes:
        """What a tag stands for. Raises StoreError where it stands for nothing."""
        try:
            return self._suffixes[tag]
        except IndexError:
            raise StoreError("a row is damaged") from None

    def save(self, transaction: lmdb.Transaction) -> bool:
        """Write new tags; whether there are any."""
        is_new = len(self._suffixes) > self._written
        if is_new:
            names = [each.decode() for each in self._suffixes]
            transaction.put(_TAGS_KEY, json.dumps(names).encode())
        return is_new


def split_key(key: bytes) -> tuple[bytes, bytes]:
    """Part an account's key of the wire into the row's key and the component's suffix."""
    row_key, nul, rest = key.partition(b"\0")
    return row_key, nul + rest


def _is_newer(value: bytes, held: bytes | None) -> bool:
    return held is None or value[RANK] > held[RANK]


class Moment:
    """The store as of one moment, for reading through; changes meanwhile are not seen."""

    def __init__(self, transaction: lmdb.Transaction) -> None:
        self.transaction = transaction
        self.get = cast(Get, transaction.get)
        self.tags = Tags(self.get)

    def watermark(self) -> Watermark | None:
        """How far the feed had been applied; None before the first batch."""
        value = self.get(_WATERMARK_KEY)
        return None if value is None else Watermark(*_WATERMARK.unpack(value)[:3])

    def position(self) -> int:
        """Where the broker's stream goes on; 0 without one."""
        value = self.get(_WATERMARK_KEY)
        return 0 if value is None else int(_WATERMARK.unpack(value)[3])

    def find(self, key: bytes) -> bytes | None:
        """The value held under a key of the wire."""
        if not key.startswith(ACCOUNT_PREFIX):
            return self.get(key)
        row_key, suffix = split_key(key)
        held = self.get(row_key)
        if held is None:
            return None
        row = Row.read(held)
        if suffix == VERDICT_SUFFIX:
            return None if row.verdict == NO_VERDICT else row.verdict
        tag = self.tags.find(suffix)
        return None if tag is None else row.components.get(tag)

    def under(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """Rows whose key begins with `prefix`, in the order of their keys."""
        cursor = self.transaction.cursor()
        if cursor.set_range(prefix):
            for key, value in cast(Iterable[tuple[bytes, bytes]], cursor):
                if not key.startswith(prefix):
                    return
                yield key, value

    def of_row(self, row_key: bytes, data: bytes) -> Iterator[Sealed]:
        """The records of one account's row. Raises StoreError where it is damaged."""
        if len(data) < HEAD_BYTES:
            raise StoreError("a row is damaged")
        row = Row.read(data)
        for tag, value in row.components.items():
            yield Sealed(row_key + self.tags.suffix(tag), value)
        if row.verdict != NO_VERDICT:
            yield Sealed(row_key + VERDICT_SUFFIX, row.verdict)

    def records(self) -> Iterator[Sealed]:
        """Every record held, tombstones too. Raises StoreError where a row is damaged."""
        for row_key, data in self.under(ACCOUNT_PREFIX):
            yield from self.of_row(row_key, data)
        for prefix in (WIDE_DENY_PREFIX, PROGRAM_PREFIX):
            yield from (Sealed(key, value) for key, value in self.under(prefix))


class Store:
    """Edge records and their watermark.

    LMDB allows one open environment per path and process, and none may cross a fork: open a
    store in the process that uses it. Every method raises StoreError in a forked child.
    """

    def __init__(
        self, path: Path, environment: lmdb.Environment, *, is_writer: bool = False
    ) -> None:
        self.path = path
        self._environment = environment
        self._is_foreign = False
        self._is_writer = is_writer
        self._next_reader_check = 0.0
        _opened_here.add(self)

    @classmethod
    def open(cls, path: Path, *, writable: bool = False) -> Store:
        """Open the store in the directory `path`, and warm its file.

        Made empty when absent and `writable`; else raises lmdb.Error. A process that writes a
        store reads it through the same environment.
        """
        if writable:
            path.mkdir(parents=True, exist_ok=True)
        writer = None if writable else _writer_here(path)
        if writer is not None:
            return cls(path, writer.environment)
        environment = _environment(path, readonly=not writable)
        _warm(path / "data.mdb")
        return cls(path, environment, is_writer=writable)

    @property
    def environment(self) -> lmdb.Environment:
        """The environment, in the process that opened it."""
        if self._is_foreign:
            raise StoreError(f"the store {self.path} was opened before a fork; open it after")
        return self._environment

    @contextmanager
    def moment(self) -> Iterator[Moment]:
        """Read as of one moment. Not for long: pages that changed since are kept until the end."""
        with self.environment.begin() as transaction:
            yield Moment(transaction)

    def watermark(self) -> Watermark | None:
        """Say how far the feed has been applied; None before the first batch."""
        with self.moment() as moment:
            return moment.watermark()

    def position(self) -> int:
        """Say where the broker's stream goes on; 0 without one."""
        with self.moment() as moment:
            return moment.position()

    def dump(self) -> Iterator[Sealed]:
        """Yield every record held, tombstones too, as of one moment."""
        with self.moment() as moment:
            yield from moment.records()

    def apply(self, records: Sequence[Sealed], watermark: Watermark, position: int = 0) -> Applied:
        """Take what is newer than what is held, with the watermark, in one transaction.

        The watermark is the greatest ever given: it never goes back within an epoch.
        Raises lmdb.ReadonlyError when the store was not opened writable.
        """
        with self._writing() as transaction:
            changed, has_new_tags = _put(transaction, records, _is_newer)
            mark = _WATERMARK.pack(watermark.epoch, watermark.revision, watermark.at_ms, position)
            held = cast(bytes | None, transaction.get(_WATERMARK_KEY))
            if held is None or mark > held:
                transaction.put(_WATERMARK_KEY, mark)
        is_wide = has_new_tags or any(not key.startswith(ACCOUNT_PREFIX) for key in changed)
        return Applied(len(changed), len(records) - len(changed), is_wide)

    def mend(self, put: Sequence[Sealed], delete: Sequence[bytes]) -> None:
        """Hold `put`, however new what is held seems, and nothing else under the keys `delete`.

        The key of an account's row, without a component, deletes the whole row, also a damaged one.
        """
        with self._writing() as transaction:
            tags = Tags(cast(Get, transaction.get))
            for key in delete:
                _delete(transaction, tags, key)
            _put(transaction, put, lambda value, held: value != held)

    @contextmanager
    def _writing(self) -> Iterator[lmdb.Transaction]:
        environment = self.environment
        now = time.monotonic()
        if now >= self._next_reader_check:
            # Slots of killed readers would keep their old pages, and the file growing.
            environment.reader_check()
            self._next_reader_check = now + READER_CHECK_SECONDS
        with environment.begin(write=True) as transaction:
            yield transaction

    def load(
        self,
        records: Iterable[Sealed],
        watermark: Watermark,
        position: int = 0,
        advance: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Fill an empty store from records in the order of their keys; much faster than `apply`.

        Tells `advance` how many records more are in. The watermark comes last: a store whose
        loading was cut off has none. Raises StoreError where they are not in order.
        """
        with self.environment.begin() as transaction:
            tags = Tags(cast(Get, transaction.get))
        rows = _rows(records, tags)
        while batch := list(islice(rows, LOAD_BATCH)):
            with self.environment.begin(write=True) as transaction:
                items = [(key, value) for key, value, _ in batch]
                _, added = transaction.cursor().putmulti(items, append=True)
                if added != len(items):
                    raise StoreError("the records are not in the order of their keys")
            advance(sum(count for *_, count in batch))
        with self.environment.begin(write=True) as transaction:
            tags.save(transaction)
            mark = (watermark.epoch, watermark.revision, watermark.at_ms, position)
            transaction.put(_WATERMARK_KEY, _WATERMARK.pack(*mark))

    def close(self) -> None:
        """Close the environment; the store cannot be used afterwards."""
        self.environment.close()
        self._is_writer = False


def _rows(records: Iterable[Sealed], tags: Tags) -> Iterator[tuple[bytes, bytes, int]]:
    """Rows of a store in the order of their keys, with how many records each holds."""
    account, row = b"", Row()
    for key, value in records:
        name, nul, rest = key.partition(b"\0")
        if name != account:
            if account:
                yield account, row.write(), row.size()
            account = name if name.startswith(ACCOUNT_PREFIX) else b""
            row = Row()
        if account:
            _set(row, tags, nul + rest, value)
        else:
            yield key, value, 1
    if account:
        yield account, row.write(), row.size()


def _set(row: Row, tags: Tags, suffix: bytes, value: bytes) -> None:
    if suffix == VERDICT_SUFFIX:
        row.verdict = value
    else:
        row.components[tags.make(suffix)] = value


def _put(
    transaction: lmdb.Transaction,
    records: Iterable[Sealed],
    is_wanted: Callable[[bytes, bytes | None], bool],
) -> tuple[list[bytes], bool]:
    """Put the records that are wanted over what is held; what changed, whether a tag is new."""
    tags = Tags(cast(Get, transaction.get))
    changed: list[bytes] = []
    # Sorted keys touch each page once; the sort is stable, and order is by rank anyway.
    for key, value in sorted(records, key=itemgetter(0)):
        if not key.startswith(ACCOUNT_PREFIX):
            if is_wanted(value, cast(bytes | None, transaction.get(key))):
                transaction.put(key, value)
                changed.append(key)
            continue
        row_key, suffix = split_key(key)
        data = cast(bytes | None, transaction.get(row_key))
        row = _readable(data)
        if suffix == VERDICT_SUFFIX:
            held = None if row.verdict == NO_VERDICT else row.verdict
        else:
            held = row.components.get(tags.make(suffix))
        if is_wanted(value, held):
            _set(row, tags, suffix, value)
            transaction.put(row_key, row.write())
            changed.append(key)
    return changed, tags.save(transaction)


def _delete(transaction: lmdb.Transaction, tags: Tags, key: bytes) -> None:
    if not key.startswith(ACCOUNT_PREFIX):
        transaction.delete(key)
        return
    row_key, suffix = split_key(key)
    row = Row()
    if suffix:
        row = _readable(cast(bytes | None, transaction.get(row_key)))
        if suffix == VERDICT_SUFFIX:
            row.verdict = NO_VERDICT
        elif (tag := tags.find(suffix)) is not None:
            row.components.pop(tag, None)
    if row == Row():
        transaction.delete(row_key)
    else:
        transaction.put(row_key, row.write())


def _readable(data: bytes | None) -> Row:
    """A row; an empty one where there is none, or only a damaged one."""
    if data is None or len(data) < HEAD_BYTES:
        return Row()
    try:
        return Row.read(data)
    except StoreError:
        return Row()


_opened_here: WeakSet[Store] = WeakSet()


def _writer_here(path: Path) -> Store | None:
    """The store by which this process writes what is in `path`."""
    for store in list(_opened_here):
        if store.path == path and store._is_writer and not store._is_foreign:  # noqa: SLF001
            return store
    return None


def _disown() -> None:
    for store in _opened_here:
        store._is_foreign = True  # noqa: SLF001 - the module's own class


# Told by the fork itself: asking for the process id would be a system call for every answer.
os.register_at_fork(after_in_child=_disown)
