"""Records as bytes, for the wire, the log and the store.

A record is a key, which names its component, and a value. Every value begins with a MAC of 8 bytes
(`feed.seal`), 12 bytes of rank, big-endian, so that comparing bytes compares age whatever the kind,
and a flag byte (live, passed or denied). The wire form is the key's length in 2 bytes, the key, the
value. What concerns one account begins with its id, so that an ordered store keeps it together.

    config   a aweme_id NUL c surface NUL host   mac:8 epoch:4 version:8 flag  titled:1
                                                 app:1 piece:2  app_id piece start_page
    verdict  a aweme_id NUL v                    mac:8 as_of:4 revision:8 flag
    deny     a aweme_id NUL d surface            mac:8 epoch:4 version:8 flag
             d scope:1 surface NUL target        the same, for a wider scope
    program  p surface NUL app_id                mac:8 epoch:4 version:8 flag  JSON

`piece` is what of the resolver's JSON answer is the config's own, from its title, where it has one,
or its page, to its query; `start_page` is the page as it is quoted in a link. What is asked for
thousands of times a second is not encoded again each time.
"""

from __future__ import annotations

import json
import struct
from datetime import date
from typing import Any, NamedTuple
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
#: Behind the head of a live config: whether it is titled, and the lengths of app_id and piece.
CONFIG_LENGTHS = struct.Struct(">?BH")
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


def is_verdict(key: bytes) -> bool:
    """Whether a key names an account's verdict."""
    return key.startswith(ACCOUNT_PREFIX) and key.partition(b"\0")[2] == VERDICT_SUFFIX[1:]


def is_same(key: bytes, one: bytes, other: bytes) -> bool:
    """Whether two values of a key say the same: a verdict's rank is of it, others' are not."""
    return one[FLAG:] == other[FLAG:] and (one[RANK] == other[RANK] or not is_verdict(key))


def to_json(value: object) -> bytes:
    """JSON as the resolver writes it: UTF-8, no spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _piece(record: ConfigRecord) -> bytes:
    """The first text, from behind its opening quote, to the last, to before its closing one."""
    texts = {"title": record.title} if record.title else {}
    fields = to_json(texts | {"page_path": record.page_path, "query": record.query})
    return fields[fields.index(b":") + 2 : -2]


def start_page(page_path: str, query: str) -> str:
    """A page with its query, as it stands in a link."""
    return quote(f"{page_path}?{query}" if query else page_path, safe="")


def _content(record: Record) -> bytes:
    """Everything about a record that its key does not say, but for the MAC."""
    match record:
        case ConfigRecord():
            head = _RANK_AND_FLAG.pack(*record.rank, record.live)
            if not record.live:
                return head
            app, piece = record.app_id.encode(), _piece(record)
            lengths = CONFIG_LENGTHS.pack(bool(record.title), len(app), len(piece))
            page = start_page(record.page_path, record.query).encode()
            return b"".join((head, lengths, app, piece, page))
        case ProgramRecord():
            told = {name: getattr(record, name) for name in _PROGRAM_FIELDS}
            return _RANK_AND_FLAG.pack(*record.rank, True) + to_json(told)
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


def _config_texts(value: bytes) -> dict[str, Any]:
    is_titled, app_length, piece_length = CONFIG_LENGTHS.unpack_from(value, HEAD_BYTES)
    app_at = HEAD_BYTES + CONFIG_LENGTHS.size
    piece_at = app_at + app_length
    piece = value[piece_at : piece_at + piece_length]
    first = b"title" if is_titled else b"page_path"
    texts = json.loads(b'{"%b":"%b"}' % (first, piece))
    return {"app_id": value[app_at:piece_at].decode(), **texts}


def _config(aweme_id: str, surface: str, host: str, value: bytes) -> ConfigRecord:
    epoch, version, live = _RANK_AND_FLAG.unpack_from(value, MAC_BYTES)
    place = (surface, host, aweme_id, epoch, version)
    if not live:
        return ConfigRecord(*place, live=False)
    return ConfigRecord(*place, live=True, **_config_texts(value))


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
