"""What a Parquet file says of its row groups and pages, held to what can be.

Polars believes the numbers in a file: a page that claims 2^61 values makes it ask for as much
memory, and the process ends. So the footer and the header of every page are read here first, as
far as sizes go; they are structs of parquet.thrift in Thrift's compact protocol, read into dicts
by field number.
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

MAGIC: Final = b"PAR1"
MAX_FOOTER: Final = 16_000_000
_MAX_DEPTH = 16
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_INTEGERS = frozenset({4, 5, 6})
_DATA, _DICTIONARY, _DATA_V2 = 0, 2, 3
_HEADER_OF = {_DATA: 5, _DICTIONARY: 7, _DATA_V2: 8}


class Damaged(ValueError):
    """A file that is not Parquet, or says of itself what cannot be."""


class ColumnChunk(NamedTuple):
    """One column of a row group: where its pages begin and end in the file."""

    start: int
    end: int


class RowGroup(NamedTuple):
    """A row group's rows, its bytes once decompressed, and its columns."""

    rows: int
    bytes: int
    columns: tuple[ColumnChunk, ...]


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
        body = size - 8 - length
        if body < 4 or length > MAX_FOOTER:
            raise Damaged(f"its footer cannot have {length} bytes")
        handle.seek(body)
        raw = handle.read(length)
    try:
        return [_row_group(each, body) for each in _Reader(raw).struct()[4]]
    except (IndexError, KeyError, TypeError, AttributeError) as error:
        raise Damaged("its footer is damaged") from error


def check_pages(path: Path, groups: Sequence[RowGroup]) -> None:
    """Raise `Damaged` unless every page fits its column, and every column has its group's rows.

    Pages are not decoded; together they take no more memory than the group declares.
    """
    with (
        path.open("rb") as handle,
        mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as raw,
    ):
        try:
            for group in groups:
                size = sum(_check_column(raw, column, group.rows) for column in group.columns)
                if size > group.bytes:
                    raise Damaged("a row group is larger than it declares")
        except (IndexError, KeyError, TypeError, AttributeError) as error:
            raise Damaged("the header of a page is damaged") from error


def _row_group(fields: dict[int, Any], body: int) -> RowGroup:
    rows = fields[3]
    columns = tuple(_column(column[3], rows, body) for column in fields[1])
    size = fields[2]
    if not all(type(number) is int and number >= 0 for number in (rows, size)):
        raise Damaged("its footer is damaged")
    return RowGroup(rows, size, columns)


def _column(fields: dict[int, Any], rows: int, body: int) -> ColumnChunk:
    values, size, first = fields[5], fields[7], fields[9]
    # Some writers leave out the dictionary's place, others write 0.
    start = min(first, fields.get(11) or first)
    if values != rows or start < 4 or size < 0 or start + size > body:
        raise Damaged("its footer is damaged")
    return ColumnChunk(start, start + size)


def _check_column(raw: mmap.mmap, column: ColumnChunk, rows: int) -> int:
    """Walk the headers of a column's pages, and answer their bytes once decompressed."""
    at, values, total = column.start, 0, 0
    while at < column.end:
        reader = _Reader(raw, at, column.end)
        header = reader.struct()
        kind, size, packed = header[1], header[2], header[3]
        at = reader.at + packed
        if min(size, packed) < 0 or at > column.end:
            raise Damaged("a page is larger than its column")
        total += size
        count = header[_HEADER_OF[kind]][1] if kind in _HEADER_OF else 0
        # A dictionary may hold more than its row group uses, but no value takes less than a byte.
        if not 0 <= count <= (size if kind == _DICTIONARY else rows):
            raise Damaged("a page has more values than it can hold")
        values += 0 if kind == _DICTIONARY else count
    if values != rows:
        raise Damaged("a column has not the rows of its row group")
    return total


class _Reader:
    """Thrift's compact protocol, as far as Parquet uses it."""

    def __init__(self, raw: bytes | mmap.mmap, at: int = 0, end: int | None = None) -> None:
        self._raw = raw
        self.at = at
        self._end = len(raw) if end is None else end

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
            raise Damaged("its footer or a page is nested too deep")
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
        raise Damaged("its footer or a page is damaged")

    def _list(self, depth: int) -> list[Any]:
        header = self._byte()
        size = header >> 4
        if size == 15:
            size = self._varint()
        return [self._value(header & 15, depth + 1) for _ in range(size)]

    def _byte(self) -> int:
        if self.at >= self._end:
            raise Damaged("its footer or a page ends too early")
        self.at += 1
        return self._raw[self.at - 1]

    def _take(self, size: int) -> bytes:
        self.at += size
        if self.at > self._end:
            raise Damaged("its footer or a page ends too early")
        return self._raw[self.at - size : self.at]

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
