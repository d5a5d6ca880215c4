"""Frames: what travels from the relay to the nodes, over HTTP or through a broker.

    frame       length:4 kind:1 body
    records     after_epoch:4 after_revision:8 epoch:4 revision:8 at_ms:8 (length:4 record)…
    checkpoint  epoch:4 revision:8 digest:8 … of every bucket
    start       epoch:4 revision:8 at_ms:8 rows:8 position:8
    rows        (length:4 record)…
    end         rows:8 checksum:16

A tail is `records` frames, each naming the watermark that it continues, so that a gap is seen, and
now and then a `checkpoint`. A snapshot is `start`, `rows` frames in key order, `end`.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from guazai.feed.codec import HEAD_BYTES, CodecError, Sealed
from guazai.feed.records import Watermark
from guazai.feed.seal import BUCKETS

MAX_FRAME_BYTES = 16 * 2**20
#: A snapshot's rows are cut into frames of about this size.
ROWS_FRAME_BYTES = 256 * 1024
CHECKSUM_BYTES = 16
_LENGTH = struct.Struct(">I")
#: A record's length, and its key's, with which it begins.
_LENGTHS = struct.Struct(">IH")
_RECORDS = struct.Struct(">IQIQQ")
_POINT = struct.Struct(">IQ")
_START = struct.Struct(">IQQQQ")
_END = struct.Struct(f">Q{CHECKSUM_BYTES}s")
_DIGESTS = struct.Struct(f">{BUCKETS}Q")


@dataclass(frozen=True, slots=True)
class Records:
    """Records in the order of their revisions; they continue `after` and lead to `watermark`.

    Without records it says that nothing happened until `watermark.at_ms`.
    """

    after: tuple[int, int]
    watermark: Watermark
    records: tuple[Sealed, ...] = ()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The digest of every bucket as of one watermark."""

    epoch: int
    revision: int
    digests: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SnapshotStart:
    """What a snapshot holds; `position` is where the broker's stream goes on, 0 without one."""

    watermark: Watermark
    rows: int
    position: int


@dataclass(frozen=True, slots=True)
class SnapshotRows:
    """Some of a snapshot's records, in key order."""

    records: tuple[Sealed, ...]


@dataclass(frozen=True, slots=True)
class SnapshotEnd:
    """How many records there were, and the checksum of all."""

    rows: int
    checksum: bytes


Frame = Records | Checkpoint | SnapshotStart | SnapshotRows | SnapshotEnd


class Checksum:
    """The checksum of a snapshot's records, in their order."""

    def __init__(self) -> None:
        self._hash = blake2b(digest_size=CHECKSUM_BYTES)
        self.rows = 0

    def add(self, packed: bytes, rows: int) -> None:
        """Add records as they stand in a frame."""
        self._hash.update(packed)
        self.rows += rows

    def end(self) -> SnapshotEnd:
        """The frame that ends the snapshot."""
        return SnapshotEnd(self.rows, self._hash.digest())


def pack_records(records: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Put sealed records into one piece, each as `encode` writes it."""
    pack = _LENGTHS.pack
    return b"".join(
        [
            part
            for key, value in records
            for part in (pack(len(key) + len(value) + 2, len(key)), key, value)
        ]
    )


def _unpack_records(data: bytes) -> Iterator[Sealed]:
    # Not by `decode`: a rebuild does this two million times.
    at, size, unpack, new = 0, len(data), _LENGTHS.unpack_from, tuple.__new__
    while at < size:
        if at + _LENGTHS.size > size:
            raise CodecError("a frame's record is cut short")
        length, key_length = unpack(data, at)
        value_at = at + _LENGTHS.size + key_length
        key_at, at = at + _LENGTHS.size, at + _LENGTH.size + length
        if at > size or at < value_at + HEAD_BYTES:
            raise CodecError("a frame's record is cut short")
        yield new(Sealed, (data[key_at:value_at], data[value_at:at]))


def frame(kind: bytes, body: bytes) -> bytes:
    """Put a body of one kind into a frame. Raises CodecError when it is too long."""
    if len(body) + 1 > MAX_FRAME_BYTES:
        raise CodecError(f"a frame has at most {MAX_FRAME_BYTES} bytes")
    return _LENGTH.pack(len(body) + 1) + kind + body


def write(given: Frame) -> bytes:
    """Write a frame."""
    match given:
        case Records():
            mark = given.watermark
            head = _RECORDS.pack(*given.after, mark.epoch, mark.revision, mark.at_ms)
            return frame(b"r", head + pack_records(given.records))
        case Checkpoint():
            return frame(
                b"c", _POINT.pack(given.epoch, given.revision) + _DIGESTS.pack(*given.digests)
            )
        case SnapshotStart():
            mark = given.watermark
            counts = (given.rows, given.position)
            return frame(b"s", _START.pack(mark.epoch, mark.revision, mark.at_ms, *counts))
        case SnapshotRows():
            return frame(b"o", pack_records(given.records))
        case SnapshotEnd():
            return frame(b"e", _END.pack(given.rows, given.checksum))


def _read(kind: bytes, body: bytes) -> Frame:
    match kind:
        case b"r":
            *after, epoch, revision, at_ms = _RECORDS.unpack_from(body)
            records = tuple(_unpack_records(body[_RECORDS.size :]))
            return Records((after[0], after[1]), Watermark(epoch, revision, at_ms), records)
        case b"c":
            epoch, revision = _POINT.unpack_from(body)
            return Checkpoint(epoch, revision, _DIGESTS.unpack(body[_POINT.size :]))
        case b"s":
            epoch, revision, at_ms, rows, position = _START.unpack(body)
            return SnapshotStart(Watermark(epoch, revision, at_ms), rows, position)
        case b"o":
            return SnapshotRows(tuple(_unpack_records(body)))
        case b"e":
            return SnapshotEnd(*_END.unpack(body))
    raise CodecError(f"no frame is of the kind {kind!r}")


def read(data: bytes) -> Frame:
    """Read one whole frame. Raises CodecError when the bytes are not one."""
    if len(data) < 5 or _LENGTH.unpack_from(data)[0] != len(data) - 4:
        raise CodecError("the frame is cut short")
    try:
        return _read(data[4:5], data[5:])
    except struct.error as error:
        raise CodecError(f"not a frame: {error}") from error


def rows_of(data: bytes) -> bytes:
    """The packed records of a whole `rows` frame, as the checksum is made over them."""
    return data[5:]


class Splitter:
    """Cut a stream of bytes into whole frames."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Sequence[bytes]:
        """Take some bytes; give the frames that are whole. Raises CodecError on a wrong length."""
        held = self._held
        held += data
        found, at = [], 0
        while len(held) - at >= 4:
            length = int.from_bytes(held[at : at + 4])
            if not 0 < length <= MAX_FRAME_BYTES:
                raise CodecError("the stream is not of frames")
            if len(held) - at < 4 + length:
                break
            found.append(bytes(held[at : at + 4 + length]))
            at += 4 + length
        del held[:at]
        return found
