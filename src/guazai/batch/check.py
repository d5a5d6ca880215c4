"""Whether a feed may be used: as a whole, or refused as a whole (E6, R13).

`open_feed` looks at everything but the rows; `check` reads every row, a chunk at a time. A chunk
is first held to cheap tests that no faulty one passes; only one that fails them is searched for
its first faulty row, so a sound feed costs little more than decoding it.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import pairwise
from pathlib import Path
from typing import Final

import polars as pl

from guazai.batch import manifest, parquet
from guazai.batch.errors import FeedError
from guazai.batch.manifest import COLUMN_TYPE, KEY_COLUMNS, Column, Manifest, Progress
from guazai.policy import ACCOUNT_TYPES, FactType
from guazai.policy.limits import EXTERNAL_PATTERN, MAX_COUNT, MAX_ID, MAX_TEXT

#: Rows that are decoded and checked at a time.
CHUNK_ROWS: Final = 500_000
#: The largest row group: it is decoded whole, so it bounds the memory that a feed can take.
MAX_GROUP_ROWS: Final = 2_000_000
#: The same bound on a group's bytes once decompressed.
MAX_GROUP_BYTES: Final = 512 << 20

_TYPE_NAMES: Final[Mapping[pl.DataType, str]] = {
    pl.String(): "string",
    pl.Int64(): "int64",
    pl.Float64(): "float64",
    pl.Boolean(): "bool",
}
_ACCOUNT_TYPES: Final = sorted(ACCOUNT_TYPES)
_CONTROL = r"\p{Cc}"


@dataclass(frozen=True, slots=True)
class Part:
    """One file of an open feed, and what told it apart when the feed was opened."""

    path: Path
    rows: int
    sha256: str
    groups: tuple[parquet.RowGroup, ...]
    stamp: tuple[int, ...]

    @property
    def name(self) -> str:
        """The file's name within the feed."""
        return self.path.name

    def check_unchanged(self) -> None:
        """Raise `FeedError` where the file was replaced or written since the feed was opened."""
        try:
            stamp = _stamp(self.path.lstat())
        except OSError:
            stamp = ()
        if stamp != self.stamp:
            raise FeedError(
                "file_changed", "it changed while it was read; deliver it again", file=self.name
            )


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed whose manifest, files and columns are sound; its rows are yet to be checked."""

    directory: Path
    manifest: Manifest
    parts: tuple[Part, ...]

    @property
    def as_of(self) -> date:
        """The day that the facts are of."""
        return self.manifest.as_of

    @property
    def rows(self) -> int:
        """How many accounts it holds."""
        return self.manifest.rows

    @property
    def content_hash(self) -> str:
        """The identity of the feed."""
        return self.manifest.content_hash


@dataclass(frozen=True, slots=True)
class CheckedPart:
    """A file whose every row is sound: its first and last id, and its rows."""

    first_id: str
    last_id: str
    rows: int


def open_feed(
    directory: Path,
    *,
    facts: Mapping[str, FactType],
    today: date,
    secret: bytes | None = None,
) -> Feed:
    """Open the feed in `directory` (`dt=YYYY-MM-DD`), reading no rows. Raises `FeedError`.

    `facts` are those that the platform's policies declare, each of which is a column; `today` is
    the day in Asia/Shanghai; where there is a `secret` the manifest is to be signed with it.
    """
    if directory.is_symlink():
        raise FeedError("directory_symlink", f"{directory} is a symbolic link; deliver the folder")
    if not directory.is_dir():
        raise FeedError("directory_missing", f"{directory} is not a folder")
    day = manifest.day_of(directory)
    found = Manifest.read(directory)
    found.check_signature(secret)
    _check_day(found.as_of, day, today)
    _check_columns(found.schema, facts)
    if not found.files:
        message = "it names no files; a feed has at least one row"
        raise FeedError("feed_empty", message, file=manifest.NAME)
    _check_listing(directory, found)
    parts = tuple(_open_part(directory, file, found.schema) for file in found.files)
    return Feed(directory, found, parts)


def check(feed: Feed, progress: Progress | None = None) -> tuple[CheckedPart, ...]:
    """Check every row of the feed; `progress` gets the rows of each chunk. Raises `FeedError`."""
    parts = []
    for index in range(len(feed.parts)):
        parts.append(check_part(feed, index, progress))
        check_order(feed, parts)
    return tuple(parts)


def check_part(feed: Feed, index: int, progress: Progress | None = None) -> CheckedPart:
    """Check the hash and every row of one file, in bounded memory. Raises `FeedError`."""
    first_id = last_id = ""
    rows = 0
    for chunk in read_part(feed, index):
        ids = chunk["aweme_id"]
        first_id = first_id or ids[0]
        last_id = ids[-1]
        rows += chunk.height
        if progress is not None:
            progress(chunk.height)
    return CheckedPart(first_id, last_id, rows)


def check_order(feed: Feed, parts: Sequence[CheckedPart]) -> None:
    """Raise `FeedError` unless ids ascend from each of the feed's first checked files to the next.

    `parts` are those of the feed's files, in order; later ones may still be missing.
    """
    for index, (before, after) in enumerate(pairwise(parts), start=1):
        if after.first_id <= before.last_id:
            same = after.first_id == before.last_id
            raise FeedError(
                "id_duplicate" if same else "id_not_ascending",
                _ID_FAULTS["id_duplicate" if same else "id_not_ascending"],
                file=feed.parts[index].name,
                row=0,
            )


def read_part(feed: Feed, index: int) -> Iterator[pl.DataFrame]:
    """Every row of one file in chunks of about `CHUNK_ROWS`, each checked before it is given.

    Raises `FeedError` at the first fault. Ids ascend within the file; `check_order` holds the
    files to each other. The rows count as checked only once the last chunk was taken.
    """
    part = feed.parts[index]
    # The stamp is taken before the hash and compared after the last row, so what was hashed is
    # what was decoded, unless a writer who is no mere accident sets the file's times back.
    part.check_unchanged()
    with readable(part.name):
        digest = manifest.sha256_of(part.path)
    if digest != part.sha256:
        raise FeedError(
            "hash_wrong", "its SHA-256 is not the manifest's; deliver it again", file=part.name
        )
    with readable(part.name):
        parquet.check_pages(part.path, part.groups)
    rows = 0
    before: str | None = None
    for chunk in _chunks(part):
        _check_rows(chunk, part.name, rows, before, feed.manifest.schema)
        rows += chunk.height
        before = chunk["aweme_id"][-1]
        yield chunk
    if rows != part.rows:
        raise FeedError(
            "rows_wrong", f"it holds {rows} rows, not {part.rows} as declared", file=part.name
        )
    part.check_unchanged()


def _chunks(part: Part) -> Iterator[pl.DataFrame]:
    with readable(part.name):
        scan = pl.scan_parquet(part.path, glob=False, hive_partitioning=False)
        batches = iter(scan.collect_batches(chunk_size=CHUNK_ROWS, maintain_order=True))
    while True:
        with readable(part.name):
            chunk = next(batches, None)
        if chunk is None:
            return
        if chunk.height:
            yield chunk


@contextmanager
def readable(name: str) -> Iterator[None]:
    """Refuse the file `name` where reading it fails as a damaged one makes it fail."""
    # Polars panics where its decoder meets what cannot be.
    faults = (OSError, parquet.Damaged, pl.exceptions.PolarsError, pl.exceptions.PanicException)
    try:
        yield
    except faults as error:
        first_line = str(error).partition("\n")[0]
        message = f"it cannot be read as Parquet ({first_line:.200}); write it again"
        raise FeedError("parquet_damaged", message, file=name) from error


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    return (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _check_day(as_of: date, day: date, today: date) -> None:
    if as_of != day:
        message = f"its as_of is {as_of}, but the folder says {day}"
        raise FeedError("date_wrong", message, file=manifest.NAME)
    if as_of >= today:
        message = f"{as_of} is not over in Asia/Shanghai, where it is {today}; facts are T+1"
        raise FeedError("date_not_over", message, file=manifest.NAME)


def _check_columns(schema: Sequence[Column], facts: Mapping[str, FactType]) -> None:
    expected = {**KEY_COLUMNS, **{name: COLUMN_TYPE[kind] for name, kind in facts.items()}}
    _compare(expected, {column.name: column.type for column in schema}, manifest.NAME)


def _compare(expected: Mapping[str, str], found: Mapping[str, str], file: str) -> None:
    for name, kind in expected.items():
        if name not in found:
            raise FeedError("column_missing", f"the column {name} ({kind}) is missing", file=file)
        if found[name] != kind:
            message = f"the column {name} is to be {kind}, not {found[name]}"
            raise FeedError("column_type_wrong", message, file=file)
    for name in found:
        if name not in expected:
            message = f"no policy declares a fact {name!r:.80}; leave the column out"
            raise FeedError("column_unknown", message, file=file)


def _check_listing(directory: Path, found: Manifest) -> None:
    named = {file.name for file in found.files}
    present = {path.name for path in directory.iterdir()} - {manifest.NAME}
    for name in sorted(named - present):
        raise FeedError("file_missing", "the manifest names it, but it is not there", file=name)
    for name in sorted(present - named):
        raise FeedError("file_unexpected", "the manifest does not name it; remove it", file=name)


def _open_part(directory: Path, file: manifest.File, schema: Sequence[Column]) -> Part:
    path = directory / file.name
    with readable(file.name):
        status = path.lstat()
        manifest.check_regular(file.name, status)
        if status.st_size != file.bytes:
            message = f"it has {status.st_size} bytes, not {file.bytes} as declared"
            raise FeedError("size_wrong", f"{message}; deliver it again", file=file.name)
        groups = parquet.read_row_groups(path)
    rows = sum(group.rows for group in groups)
    if rows != file.rows:
        message = f"it holds {rows} rows, not {file.rows} as declared"
        raise FeedError("rows_wrong", message, file=file.name)
    if not rows:
        raise FeedError("file_empty", "it has no rows; leave it out", file=file.name)
    if any(group.rows > MAX_GROUP_ROWS or group.bytes > MAX_GROUP_BYTES for group in groups):
        message = (
            f"a row group has more than {MAX_GROUP_ROWS} rows or {MAX_GROUP_BYTES >> 20} MiB;"
            " write smaller ones"
        )
        raise FeedError("row_group_too_large", message, file=file.name)
    _check_file_schema(path, schema)
    return Part(path, file.rows, file.sha256, tuple(groups), _stamp(status))


def _check_file_schema(path: Path, schema: Sequence[Column]) -> None:
    with readable(path.name):
        found = file_schema(path)
    expected = {column.name: column.type for column in schema}
    _compare(expected, found, path.name)
    if list(found) != list(expected):
        message = f"its columns are to be in the manifest's order: {', '.join(expected)}"
        raise FeedError("column_order_wrong", message, file=path.name)


def file_schema(path: Path) -> dict[str, str]:
    """The columns of a Parquet file, in order, each with its type as manifests name it.

    A type that no column of a feed may have has Polars' name.
    """
    return {
        name: _TYPE_NAMES.get(kind, str(kind))
        for name, kind in pl.read_parquet_schema(path).items()
    }


_ID_FAULTS: Final[Mapping[str, str]] = {
    "id_null": "aweme_id is null",
    "id_empty": "aweme_id is empty",
    "id_too_long": f"aweme_id has more than {MAX_ID} bytes",
    "id_malformed": "aweme_id has other characters than letters, digits, '_', '-' and '.'",
    "id_duplicate": "aweme_id is that of the row before; every account has one row",
    "id_not_ascending": "aweme_id is less than that of the row before; sort by its bytes",
}


def _check_rows(
    chunk: pl.DataFrame, file: str, offset: int, before: str | None, schema: Sequence[Column]
) -> None:
    """Raise `FeedError` for the first faulty row of `chunk`, whose first is row `offset`."""
    if _is_sound(chunk, before, schema):
        return
    first: tuple[int, str, str] | None = None
    for code, message, is_faulty in _faults(chunk, before, schema):
        row = is_faulty.fill_null(value=False).arg_true()
        if len(row) and (first is None or row[0] < first[0]):
            first = (row[0], code, message)
    if first is not None:
        row_in_chunk, code, message = first
        raise FeedError(code, message, file=file, row=offset + row_in_chunk)


def _is_sound(chunk: pl.DataFrame, before: str | None, schema: Sequence[Column]) -> bool:
    """Whether the cheap tests show that no row is faulty; if not, there may still be none."""
    return (
        _ids_are_sound(chunk["aweme_id"], before)
        and not chunk["account_type"].null_count()
        and bool(_is_account_type(chunk["account_type"]).all())
        and all(_is_sound_fact(chunk[column.name], column.type) for column in _facts(schema))
    )


def _ids_are_sound(ids: pl.Series, before: str | None) -> bool:
    if ids.null_count() or (ids.str.len_bytes() > MAX_ID).any():
        return False
    if (before is not None and ids[0] <= before) or not (ids[1:] > ids[:-1]).all():
        return False
    # Ascending from '0' on, none can begin with a sign: what reads as a number has digits alone.
    if ids[0] >= "0" and not ids.cast(pl.UInt64, strict=False).null_count():
        return True
    return bool(ids.str.contains(EXTERNAL_PATTERN).all())


def _is_account_type(types: pl.Series) -> pl.Series:
    # Twice as fast as is_in for three.
    return reduce(operator.or_, (types == name for name in _ACCOUNT_TYPES))


def _is_sound_fact(values: pl.Series, kind: str) -> bool:
    match kind:
        case "int64":
            low, high = values.min(), values.max()
            # Both are None where every value is null.
            return low is None or bool(low >= 0 and high <= MAX_COUNT)  # type: ignore[operator]
        case "float64":
            return bool(values.is_finite().all())
        case "string":
            is_short = not (values.str.len_bytes() > MAX_TEXT).any()
            return is_short and not values.str.contains(_CONTROL).any()
    return True


def _facts(schema: Sequence[Column]) -> Iterator[Column]:
    return (column for column in schema if column.name not in KEY_COLUMNS)


def _faults(
    chunk: pl.DataFrame, before: str | None, schema: Sequence[Column]
) -> Iterator[tuple[str, str, pl.Series]]:
    """Every kind of fault: its code, what is wrong, and which rows have it (null: has not)."""
    ids = chunk["aweme_id"]
    previous = pl.concat([pl.Series("aweme_id", [before], pl.String), ids[:-1]])
    # No more than the limit is looked at, however long the text is.
    head = ids.str.head(MAX_ID + 1)
    by_code = {
        "id_null": ids.is_null(),
        "id_empty": ids == "",
        "id_too_long": ids.str.len_bytes() > MAX_ID,
        "id_malformed": head.str.contains("[^A-Za-z0-9_.-]"),
        "id_duplicate": ids == previous,
        "id_not_ascending": ids < previous,
    }
    for code, is_faulty in by_code.items():
        yield code, _ID_FAULTS[code], is_faulty
    types = chunk["account_type"]
    yield "account_type_null", "account_type is null", types.is_null()
    message = f"account_type is to be one of {', '.join(_ACCOUNT_TYPES)}"
    yield "account_type_unknown", message, ~_is_account_type(types)
    for column in _facts(schema):
        yield from _fact_faults(chunk[column.name], column.type)


def _fact_faults(values: pl.Series, kind: str) -> Iterator[tuple[str, str, pl.Series]]:
    name = values.name
    match kind:
        case "int64":
            yield "count_negative", f"{name} is negative", values < 0
            yield "count_too_large", f"{name} is more than {MAX_COUNT}", values > MAX_COUNT
        case "float64":
            yield "number_not_finite", f"{name} is not a finite number", ~values.is_finite()
        case "string":
            head = values.str.head(MAX_TEXT + 1)
            message = f"{name} has more than {MAX_TEXT} characters"
            yield "text_too_long", message, head.str.len_chars() > MAX_TEXT
            message = f"{name} has control characters"
            yield "text_malformed", message, head.str.contains(_CONTROL)
