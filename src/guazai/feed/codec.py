"""Records as bytes, for the wire, the log and the store.

A record is a key, which names its component, and a value. Every value begins with a MAC of 8 bytes
(`feed.seal`), 12 bytes of rank, big-endian, so that comparing bytes compares age whatever the kind,
and a flag byte (live, passed or denied). The wire form is the key's length in 2 bytes, the key, the
value. What concerns one account begins with its id, so that an ordered store keeps it together.

    config   a aweme_id NUL c surface NUL host   mac:8 epoch:4 version:8 flag  app:1 page:2
                                                 app_id page start_page
    verdict  a aweme_id NUL v                    mac:8 as_of:4 revision:8 flag
    deny     a aweme_id NUL d surface            mac:8 epoch:4 version:8 flag
             d scope:1 surface NUL target        the same, for a wider scope
    program  p surface NUL app_id                mac:8 epoch:4 version:8 flag  JSON

`page` is a piece of the resolver's JSON answer, `start_page` the quoted page of its link: what is
asked for a thousand times a second is not built anew each time.
"""

from __future__ import annotations

import json
import struct
from datetime import date
from typing import NamedTuple
from urllib.parse import quote

from guazai.feed.records import (
    ConfigRecord,
    DenyRecord,
    ProgramRecord,
    Record,
    Scope,
    VerdictRecord,
)
from guazai.feed.seal import MAC_BYTES, EdgeKey

RANK = slice(MAC_BYTES, MAC_BYTES + 12)
FLAG = RANK.stop
HEAD_BYTES = FLAG + 1
ACCOUNT_PREFIX = b"a"
WIDE_DENY_PREFIX = b"d"
PROGRAM_PREFIX = b"p"
VERDICT_SUFFIX = b"\0v"
_RANK_AND_FLAG = struct.Struct(">IQ?")
_PARTS = struct.Struct(">BH")
_CONFIG_PARTS_AT = HEAD_BYTES
_CONFIG_TEXTS_AT = HEAD_BYTES + _PARTS.size
_KEY_LENGTH = struct.Struct(">H")
_WIDE_LETTER = {
    Scope.MINI_PROGRAM: b"m",
    Scope.LEGAL_ENTITY: b"l",
    Scope.GLOBAL: b"g",
}
_WIDE_OF_LETTER = {letter: scope for scope, letter in _WIDE_LETTER.items()}
_PROGRAM_FIELDS = ("entity_id", "app_name", "icon_url", "link")


class CodecError(ValueError):
    """The bytes are not those of a record."""


class Sealed(NamedTuple):
    """A record as bytes: what the log keeps, the wire carries and the store holds."""

    key: bytes
    value: bytes


def config_suffix(surface: str, host: str) -> bytes:
    """Name an account's config; the account's id stands before it."""
    return f"\0c{surface}\0{host}".encode()


def deny_suffix(surface: str) -> bytes:
    """Name the deny on one account; the account's id stands before it."""
    return f"\0d{surface}".encode()


def wide_deny_prefix(scope: Scope, surface: str) -> bytes:
    """Name a deny wider than one account; its target follows."""
    return WIDE_DENY_PREFIX + _WIDE_LETTER[scope] + surface.encode() + b"\0"


def program_prefix(surface: str) -> bytes:
    """Name a mini program of a surface; its id follows."""
    return PROGRAM_PREFIX + surface.encode() + b"\0"


def record_key(record: Record) -> bytes:
    """Name the component that a record speaks of."""
    match record:
        case ConfigRecord():
            suffix = config_suffix(record.surface, record.host)
            return ACCOUNT_PREFIX + record.aweme_id.encode() + suffix
        case VerdictRecord():
            return ACCOUNT_PREFIX + record.aweme_id.encode() + VERDICT_SUFFIX
        case ProgramRecord():
            return program_prefix(record.surface) + record.app_id.encode()
        case DenyRecord(scope=Scope.ACCOUNT):
            return ACCOUNT_PREFIX + record.target.encode() + deny_suffix(record.surface)
        case DenyRecord():
            return wide_deny_prefix(record.scope, record.surface) + record.target.encode()


def to_json(value: object) -> bytes:
    """JSON as the resolver writes it: UTF-8, no spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _page(record: ConfigRecord) -> bytes:
    """The piece of the answer from `title`, where there is one, to `query`."""
    fields = {"title": record.title} if record.title else {}
    fields |= {"page_path": record.page_path, "query": record.query}
    return to_json(fields)[1:-1]


def _start_page(record: ConfigRecord) -> bytes:
    page = f"{record.page_path}?{record.query}" if record.query else record.page_path
    return quote(page, safe="").encode()


def _content(record: Record) -> bytes:
    """Everything about a record that its key does not say, but for the MAC."""
    match record:
        case ConfigRecord():
            head = _RANK_AND_FLAG.pack(*record.rank, record.live)
            if not record.live:
                return head
            app, page = record.app_id.encode(), _page(record)
            return b"".join(
                (head, _PARTS.pack(len(app), len(page)), app, page, _start_page(record))
            )
        case ProgramRecord():
            texts = {name: getattr(record, name) for name in _PROGRAM_FIELDS}
            return _RANK_AND_FLAG.pack(*record.rank, True) + to_json(texts)
        case VerdictRecord():
            return _RANK_AND_FLAG.pack(*record.rank, record.passed)
        case DenyRecord():
            return _RANK_AND_FLAG.pack(*record.rank, record.denied)


def seal(record: Record, edge_key: EdgeKey) -> Sealed:
    """Write a record, with its MAC."""
    key, content = record_key(record), _content(record)
    return Sealed(key, edge_key.mac(key, content) + content)


def is_genuine(sealed: Sealed, edge_key: EdgeKey) -> bool:
    """Whether a record is as somebody who has the key wrote it."""
    return edge_key.is_mac(sealed.value[:MAC_BYTES], sealed.key, sealed.value[MAC_BYTES:])


class ConfigParts(NamedTuple):
    """The texts in a live config's value."""

    app_id: bytes
    page: bytes
    start_page: bytes


def config_parts(value: bytes, at: int = 0) -> ConfigParts:
    """Take apart the value of a live config that begins at `at` and ends where `value` does."""
    app_length, page_length = _PARTS.unpack_from(value, at + _CONFIG_PARTS_AT)
    app_at = at + _CONFIG_TEXTS_AT
    page_at = app_at + app_length
    start_at = page_at + page_length
    if start_at > len(value):
        raise CodecError("the value is cut short")
    return ConfigParts(value[app_at:page_at], value[page_at:start_at], value[start_at:])


def _config(aweme_id: str, surface: str, host: str, value: bytes) -> ConfigRecord:
    epoch, version, live = _RANK_AND_FLAG.unpack_from(value, MAC_BYTES)
    place = (surface, host, aweme_id, epoch, version)
    if not live:
        return ConfigRecord(*place, live=False)
    parts = config_parts(value)
    page = json.loads(b"{" + parts.page + b"}")
    return ConfigRecord(*place, live=True, app_id=parts.app_id.decode(), **page)


def _program(surface: str, app_id: str, value: bytes) -> ProgramRecord:
    epoch, version, _ = _RANK_AND_FLAG.unpack_from(value, MAC_BYTES)
    return ProgramRecord(surface, app_id, epoch, version, **json.loads(value[HEAD_BYTES:]))


def _deny(scope: Scope, surface: str, target: str, value: bytes) -> DenyRecord:
    epoch, version, denied = _RANK_AND_FLAG.unpack_from(value, MAC_BYTES)
    return DenyRecord(scope, surface, target, epoch, version, denied)


def _of_account(aweme_id: str, component: str, value: bytes) -> Record:
    match component[:1], component[1:].split("\0"):
        case "c", [surface, host]:
            return _config(aweme_id, surface, host, value)
        case "v", [""]:
            ordinal, revision, passed = _RANK_AND_FLAG.unpack_from(value, MAC_BYTES)
            return VerdictRecord(aweme_id, date.fromordinal(ordinal), revision, passed)
        case "d", [surface]:
            return _deny(Scope.ACCOUNT, surface, aweme_id, value)
    raise CodecError("the key names no component")


def _read(key: bytes, value: bytes) -> Record:
    if key[:1] == ACCOUNT_PREFIX:
        aweme_id, component = key[1:].decode().split("\0", 1)
        return _of_account(aweme_id, component, value)
    if key[:1] == PROGRAM_PREFIX:
        surface, app_id = key[1:].decode().split("\0")
        return _program(surface, app_id, value)
    if key[:1] == WIDE_DENY_PREFIX:
        surface, target = key[2:].decode().split("\0")
        return _deny(_WIDE_OF_LETTER[key[1:2]], surface, target, value)
    raise CodecError("the key names no component")


def unseal(sealed: Sealed) -> Record:
    """Read a record; its MAC is not looked at. Raises CodecError when the bytes are not one's."""
    try:
        record = _read(*sealed)
    except CodecError:
        raise
    except (ValueError, TypeError, KeyError, OverflowError, struct.error) as error:
        raise CodecError(f"not a record: {error}") from error
    if _content(record) != sealed.value[MAC_BYTES:] or record_key(record) != sealed.key:
        raise CodecError("the record is not in its one written form")
    return record


def encode(sealed: Sealed) -> bytes:
    """Write a sealed record for the wire."""
    return _KEY_LENGTH.pack(len(sealed.key)) + sealed.key + sealed.value


def decode(data: bytes) -> Sealed:
    """Part a record from the wire into key and value. Raises CodecError when it is cut short."""
    if len(data) < _KEY_LENGTH.size:
        raise CodecError("the record is cut short")
    end_of_key = _KEY_LENGTH.size + _KEY_LENGTH.unpack_from(data)[0]
    if len(data) < end_of_key + HEAD_BYTES:
        raise CodecError("the record is cut short")
    return Sealed(data[_KEY_LENGTH.size : end_of_key], data[end_of_key:])
