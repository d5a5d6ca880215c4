"""What a Parquet file's footer says of its row groups, which Polars does not tell.

The footer is a `FileMetaData` of parquet.thrift in Thrift's compact protocol; everything in it is
read into dicts by field number, so that the few numbers wanted can be taken out.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final, NamedTuple

MAGIC: Final = b"PAR1"
MAX_BYTES: Final = 16_000_000
_MAX_DEPTH = 16
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_INTEGERS = frozenset({4, 5, 6})


class Damaged(ValueError):
    """A file that is not Parquet, or whose footer is damaged."""


class RowGroup(NamedTuple):
    """A row group's rows, and its bytes once decompressed."""

    rows: int
    bytes: int


def read_row_groups(path: Path) -> list[RowGroup]:
    """The row groups that the footer of `path` declares. Raises `Damaged`, or `OSError`."""
    with path.open("rb") as handle:
        size = handle.seek(0, os.SEEK_END)
        if size < 12:
            raise Damaged("it is too short")
        handle.seek(0)
        head = handle.read(4)
        handle.seek(size - 8)
        tail = handle.read(8)
        length = int.from_bytes(tail[:4], "little")
        if head != MAGIC or tail[4:] != MAGIC:
            raise Damaged("it does not begin and end with PAR1")
        if length > min(size - 12, MAX_BYTES):
            raise Damaged(f"its footer cannot have {length} bytes")
        handle.seek(size - 8 - length)
        raw = handle.read(length)
    try:
        return [_row_group(each) for each in _Reader(raw).struct()[4]]
    except (IndexError, KeyError, TypeError) as error:
        raise Damaged("its footer is damaged") from error


def _row_group(fields: dict[int, Any]) -> RowGroup:
    found = RowGroup(rows=fields[3], bytes=fields[2])
    if not all(type(number) is int and number >= 0 for number in found):
        raise Damaged("its footer is damaged")
    return found


class _Reader:
    """Thrift's compact protocol, as far as Parquet uses it."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._at = 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """The fields of the struct that begins here, by number."""
        fields: dict[int, Any] = {}
        number = 0
        while header := self._byte():
            number = number + (header >> 4) if header >> 4 else self._zigzag()
            kind = header & 15
            fields[number] = kind == _TRUE if kind in {_TRUE, _FALSE} else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise Damaged("its footer is nested too deep")
        if kind in _INTEGERS:
            return self._zigzag()
        if kind in {_TRUE, _FALSE, _BYTE}:
            return self._byte()
        if kind == _DOUBLE:
            return self._take(8)
        if kind == _BINARY:
            return self._take(self._varint())
        if kind in {_LIST, _SET}:
            return self._list(depth)
        if kind == _STRUCT:
            return self.struct(depth + 1)
        raise Damaged("its footer is damaged")

    def _list(self, depth: int) -> list[Any]:
        header = self._byte()
        size = header >> 4
        if size == 15:
            size = self._varint()
        return [self._value(header & 15, depth + 1) for _ in range(size)]

    def _byte(self) -> int:
        self._at += 1
        return self._raw[self._at - 1]

    def _take(self, size: int) -> bytes:
        self._at += size
        if self._at > len(self._raw):
            raise Damaged("its footer is damaged")
        return self._raw[self._at - size : self._at]

    def _varint(self) -> int:
        number = shift = 0
        while True:
            byte = self._byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
            shift += 7
            if shift > 63:
                raise Damaged("its footer is damaged")

    def _zigzag(self) -> int:
        number = self._varint()
        return (number >> 1) ^ -(number & 1)
