"""The manifest of a feed: its day, its columns, and every file with its rows and hash (R13)."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final, Self

from guazai.batch.errors import FeedError
from guazai.policy import FactType
from guazai.policy.values import is_identifier

NAME: Final = "manifest.json"
FORMAT: Final = "guazai-feed/1"
MAX_BYTES: Final = 16_000_000
#: Characters of the shortest shared secret.
MIN_SECRET: Final = 32
BLOCK: Final = 1 << 20

#: The type of a column for each type of fact.
COLUMN_TYPE: Final[Mapping[FactType, str]] = {
    FactType.STR: "string",
    FactType.INT: "int64",
    FactType.FLOAT: "float64",
    FactType.BOOL: "bool",
}
#: The columns of every feed, beside one for each fact.
KEY_COLUMNS: Final[Mapping[str, str]] = {"aweme_id": "string", "account_type": "string"}

_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\.parquet")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{64}")
_COUNT = range(2**53)
_DIRECTORY = re.compile(r"dt=(\d{4}-\d{2}-\d{2})", re.ASCII)

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, and its type (string, int64, float64 or bool)."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class File:
    """One Parquet file: its name, rows and bytes, and its SHA-256 in hex."""

    name: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a feed says it is. `schema` and `files` are in the order of the columns and of the ids.

    `hmac` is None where the feed is not signed.
    """

    as_of: date
    rows: int
    schema: tuple[Column, ...]
    files: tuple[File, ...]
    hmac: str | None = None

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """The manifest written in `raw`; anything but exactly its fields raises `FeedError`."""
        if len(raw) > MAX_BYTES:
            raise _refused(
                "manifest_too_large", f"it has more than {MAX_BYTES} bytes; use fewer files"
            )
        try:
            obj = json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_constant)
        except (ValueError, RecursionError) as error:
            raise _refused("manifest_not_json", f"it is not JSON in UTF-8 ({error})") from None
        _fields(obj, {"format", "as_of", "rows", "schema", "files"}, "the manifest", {"hmac"})
        if obj["format"] != FORMAT:
            raise _refused("format_unknown", f"format is to be {FORMAT!r}")
        found = cls(
            as_of=_day(obj["as_of"]),
            rows=_count(obj["rows"], "rows"),
            schema=tuple(map(_column, _list(obj["schema"], "schema"))),
            files=tuple(map(_file, _list(obj["files"], "files"))),
            hmac=_hex(obj["hmac"], "hmac") if "hmac" in obj else None,
        )
        found._check_names()
        if found.rows != (total := sum(file.rows for file in found.files)):
            raise _refused(
                "rows_total_wrong", f"rows is {found.rows}, but its files add up to {total}"
            )
        return found

    @classmethod
    def read(cls, directory: Path) -> Self:
        """The manifest in `directory`. Raises `FeedError` where it is missing or not sound."""
        path = directory / NAME
        try:
            status = path.lstat()
        except OSError:
            raise _refused(
                "manifest_missing",
                f"there is no readable {NAME}; write it last, with `guazai feed manifest`",
            ) from None
        check_regular(NAME, status)
        try:
            with path.open("rb") as handle:
                raw = handle.read(MAX_BYTES + 1)
        except OSError as error:
            raise _refused("manifest_missing", f"it cannot be read ({error.strerror})") from None
        return cls.parse(raw)

    def _check_names(self) -> None:
        columns: set[str] = set()
        for column in self.schema:
            if column.name in columns:
                raise _refused("column_duplicate", f"schema names {column.name} twice")
            columns.add(column.name)
        files: set[str] = set()
        for file in self.files:
            if file.name in files:
                raise FeedError("file_duplicate", "files names it twice", file=file.name)
            files.add(file.name)

    def to_json(self) -> dict[str, object]:
        """The manifest as plain JSON; `hmac` is absent where it is None."""
        signed = {} if self.hmac is None else {"hmac": self.hmac}
        return {
            "format": FORMAT,
            "as_of": self.as_of.isoformat(),
            "rows": self.rows,
            "schema": [{"name": column.name, "type": column.type} for column in self.schema],
            "files": [
                {
                    "name": file.name,
                    "rows": file.rows,
                    "bytes": file.bytes,
                    "sha256": file.sha256,
                }
                for file in self.files
            ],
            **signed,
        }

    def canonical(self) -> bytes:
        """What is hashed and signed: without `hmac`, keys sorted, no spaces, UTF-8."""
        obj = replace(self, hmac=None).to_json()
        return json.dumps(obj, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    @property
    def content_hash(self) -> str:
        """SHA-256, in hex, of the canonical JSON: the identity of a feed."""
        return hashlib.sha256(self.canonical()).hexdigest()

    def signed(self, secret: bytes) -> Self:
        """The same manifest with the HMAC-SHA256 of its canonical JSON under `secret`."""
        return replace(self, hmac=_mac(self, secret))

    def check_signature(self, secret: bytes | None) -> None:
        """Raise `FeedError` unless it is signed with `secret`; None asks for no signature."""
        if secret is None:
            return
        if self.hmac is None:
            raise _refused(
                "hmac_missing", "this platform takes signed feeds; sign with GUAZAI_FEED_SECRET"
            )
        if not hmac.compare_digest(self.hmac, _mac(self, secret)):
            raise _refused("hmac_wrong", "it is signed with another secret, or was changed since")

    def write(self, directory: Path) -> None:
        """Write it into `directory`, whole or not at all: a feed exists once its manifest does."""
        making = directory / f".{NAME}.making"
        with making.open("wb") as handle:
            handle.write(json.dumps(self.to_json(), indent=1).encode() + b"\n")
            handle.flush()
            os.fsync(handle.fileno())
        making.replace(directory / NAME)


def directory_of(root: Path, day: date) -> Path:
    """Where below `root` the feed of `day` lies."""
    return root / f"dt={day.isoformat()}"


def day_of(directory: Path) -> date:
    """The day that the name of a feed's directory says. Raises `FeedError` for another name."""
    match = _DIRECTORY.fullmatch(directory.name)
    try:
        return date.fromisoformat(match[1] if match else "")
    except ValueError:
        raise FeedError(
            "directory_name_wrong", f"{directory.name!r} is not dt=YYYY-MM-DD; rename it"
        ) from None


def sha256_of(path: Path, progress: Progress | None = None) -> str:
    """SHA-256, in hex, of a file, read block by block; `progress` gets the bytes of each."""
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as handle:
        while block := handle.read(BLOCK):
            digest.update(block)
            if progress is not None:
                progress(len(block))
    return digest.hexdigest()


def check_regular(name: str, status: os.stat_result) -> None:
    """Raise `FeedError` unless `status`, from lstat, is of a plain file."""
    if stat.S_ISLNK(status.st_mode):
        raise FeedError("file_symlink", "it is a symbolic link; deliver the file", file=name)
    if not stat.S_ISREG(status.st_mode):
        raise FeedError("file_not_regular", "it is not a plain file", file=name)


def _refused(code: str, message: str) -> FeedError:
    return FeedError(code, message, file=NAME)


def _mac(manifest: Manifest, secret: bytes) -> str:
    return hmac.new(secret, manifest.canonical(), hashlib.sha256).hexdigest()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field is given twice")
    return found


def _constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _fields(obj: object, required: set[str], where: str, optional: set[str] | None = None) -> None:
    if not isinstance(obj, dict):
        raise _refused("manifest_field_invalid", f"{where} is to be an object")
    for name in sorted(required - obj.keys()):
        raise _refused("manifest_field_missing", f"{where} has no field {name}")
    for name in sorted(obj.keys() - required - (optional or set())):
        raise _refused("manifest_field_unknown", f"{where} has a field {name!r:.80}; remove it")


def _list(value: object, where: str) -> list[object]:
    if not isinstance(value, list):
        raise _refused("manifest_field_invalid", f"{where} is to be a list")
    return value


def _day(value: object) -> date:
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise _refused("manifest_field_invalid", "as_of is to be a day, YYYY-MM-DD")


def _count(value: object, where: str) -> int:
    if type(value) is not int or value not in _COUNT:
        raise _refused("manifest_field_invalid", f"{where} is to be a whole number from 0")
    return value


def _hex(value: object, where: str) -> str:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        message = f"{where} is to be 64 hexadecimal digits, in lower case"
        raise _refused("manifest_field_invalid", message)
    return value


def _column(value: object) -> Column:
    _fields(value, {"name", "type"}, "a column of schema")
    obj: Mapping[str, Any] = value  # type: ignore[assignment]
    name, kind = obj["name"], obj["type"]
    if not isinstance(name, str) or not is_identifier(name):
        message = "the name of a column is to be snake_case, of at most 64 characters"
        raise _refused("manifest_field_invalid", message)
    if not isinstance(kind, str) or kind not in COLUMN_TYPE.values():
        known = ", ".join(COLUMN_TYPE.values())
        raise _refused("manifest_field_invalid", f"the type of {name} is to be one of {known}")
    return Column(name, kind)


def _file(value: object) -> File:
    _fields(value, {"name", "rows", "bytes", "sha256"}, "a file of files")
    obj: Mapping[str, Any] = value  # type: ignore[assignment]
    name = obj["name"]
    if not isinstance(name, str) or not _FILE_NAME.fullmatch(name):
        message = (
            "the name of a file is to be letters, digits, '_', '-' and '.', to end in .parquet,"
            " and to name no folder"
        )
        raise _refused("file_name_invalid", message)
    return File(
        name,
        rows=_count(obj["rows"], f"rows of {name}"),
        bytes=_count(obj["bytes"], f"bytes of {name}"),
        sha256=_hex(obj["sha256"], f"sha256 of {name}"),
    )
