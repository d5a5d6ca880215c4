"""Records as bytes, for the wire and for the store.

A record is a key, which names its component, and a value. Every value begins with 12 bytes of
rank, big-endian, so that comparing bytes compares age whatever the kind, and a flag byte (live,
passed or denied). The wire form is the key's length in 2 bytes, the key, the value. What concerns
one account begins with its id, so that an ordered store keeps it together.

    config   a aweme_id NUL c surface NUL host   epoch:4 version:8 flag app:1 entity:1
                                                 app_id entity_id body
    verdict  a aweme_id NUL v                    as_of:4 revision:8 flag
    deny     a aweme_id NUL d surface            epoch:4 version:8 flag
             d scope:1 surface NUL target        the same, for a wider scope
"""

from __future__ import annotations

import json
import struct
from datetime import date

from guazai.feed.records import ConfigRecord, DenyRecord, Record, Scope, VerdictRecord

RANK_BYTES = 12
FLAG = RANK_BYTES
ACCOUNT_PREFIX = b"a"
WIDE_DENY_PREFIX = b"d"
VERDICT_SUFFIX = b"\0v"
_HEAD = struct.Struct(">IQ?")
_CONFIG_HEAD = struct.Struct(">IQ?BB")
_CONFIG_START = _CONFIG_HEAD.size
_KEY_LENGTH = struct.Struct(">H")
_WIDE_LETTER = {
    Scope.MINI_PROGRAM: b"m",
    Scope.LEGAL_ENTITY: b"l",
    Scope.GLOBAL: b"g",
}
_WIDE_OF_LETTER = {letter: scope for scope, letter in _WIDE_LETTER.items()}


class CodecError(ValueError):
    """The bytes are not those of a record."""


def config_suffix(surface: str, host: str) -> bytes:
    """Name an account's config; the account's id stands before it."""
    return f"\0c{surface}\0{host}".encode()


def deny_suffix(surface: str) -> bytes:
    """Name the deny on one account; the account's id stands before it."""
    return f"\0d{surface}".encode()


def wide_deny_prefix(scope: Scope, surface: str) -> bytes:
    """Name a deny wider than one account; its target follows."""
    return WIDE_DENY_PREFIX + _WIDE_LETTER[scope] + surface.encode() + b"\0"


def record_key(record: Record) -> bytes:
    """Name the component that a record speaks of."""
    match record:
        case ConfigRecord():
            suffix = config_suffix(record.surface, record.host)
            return ACCOUNT_PREFIX + record.aweme_id.encode() + suffix
        case VerdictRecord():
            return ACCOUNT_PREFIX + record.aweme_id.encode() + VERDICT_SUFFIX
        case DenyRecord(scope=Scope.ACCOUNT):
            return ACCOUNT_PREFIX + record.target.encode() + deny_suffix(record.surface)
        case DenyRecord():
            return wide_deny_prefix(record.scope, record.surface) + record.target.encode()


def record_value(record: Record) -> bytes:
    """Write everything about a record that its key does not say."""
    match record:
        case ConfigRecord():
            app, entity = record.app_id.encode(), record.entity_id.encode()
            head = _CONFIG_HEAD.pack(*record.rank, record.live, len(app), len(entity))
            return head + app + entity + record.body
        case VerdictRecord():
            return _HEAD.pack(*record.rank, record.passed)
        case DenyRecord():
            return _HEAD.pack(*record.rank, record.denied)


def config_body(value: bytes) -> bytes:
    """Take the body out of a config's value."""
    return value[_CONFIG_START + value[FLAG + 1] + value[FLAG + 2] :]


def config_owners(value: bytes) -> tuple[bytes, bytes]:
    """Take `app_id` and `entity_id` out of a config's value."""
    end_of_app = _CONFIG_START + value[FLAG + 1]
    return value[_CONFIG_START:end_of_app], value[end_of_app : end_of_app + value[FLAG + 2]]


def _config(aweme_id: str, surface: str, host: str, value: bytes) -> ConfigRecord:
    epoch, version, live, app_length, entity_length = _CONFIG_HEAD.unpack_from(value)
    if len(value) < _CONFIG_START + app_length + entity_length:
        raise CodecError("the value is cut short")
    app, entity = config_owners(value)
    return ConfigRecord(
        surface=surface,
        host=host,
        aweme_id=aweme_id,
        epoch=epoch,
        version=version,
        live=live,
        app_id=app.decode(),
        entity_id=entity.decode(),
        body=config_body(value),
    )


def _deny(scope: Scope, surface: str, target: str, value: bytes) -> DenyRecord:
    epoch, version, denied = _HEAD.unpack(value)
    return DenyRecord(
        scope=scope,
        surface=surface,
        target=target,
        epoch=epoch,
        version=version,
        denied=denied,
    )


def _of_account(aweme_id: str, component: str, value: bytes) -> Record:
    match component[:1], component[1:].split("\0"):
        case "c", [surface, host]:
            return _config(aweme_id, surface, host, value)
        case "v", [""]:
            ordinal, revision, passed = _HEAD.unpack(value)
            return VerdictRecord(aweme_id, date.fromordinal(ordinal), revision, passed)
        case "d", [surface]:
            return _deny(Scope.ACCOUNT, surface, aweme_id, value)
    raise CodecError("the key names no component")


def _read(key: bytes, value: bytes) -> Record:
    if key[:1] == ACCOUNT_PREFIX:
        aweme_id, component = key[1:].decode().split("\0", 1)
        return _of_account(aweme_id, component, value)
    if key[:1] == WIDE_DENY_PREFIX:
        surface, target = key[2:].decode().split("\0")
        return _deny(_WIDE_OF_LETTER[key[1:2]], surface, target, value)
    raise CodecError("the key names no component")


def read_record(key: bytes, value: bytes) -> Record:
    """Read a record from its key and value. Raises CodecError when they are not one's."""
    try:
        record = _read(key, value)
    except CodecError:
        raise
    except (ValueError, KeyError, OverflowError, struct.error) as error:
        raise CodecError(f"not a record: {error}") from error
    if record_value(record) != value:
        raise CodecError("the value is not in its one written form")
    return record


def encode(record: Record) -> bytes:
    """Write a record for the wire."""
    key = record_key(record)
    return _KEY_LENGTH.pack(len(key)) + key + record_value(record)


def decode(data: bytes) -> Record:
    """Read a record from the wire. Raises CodecError when the bytes are not one record's."""
    if len(data) < _KEY_LENGTH.size:
        raise CodecError("the record is cut short")
    end_of_key = _KEY_LENGTH.size + _KEY_LENGTH.unpack_from(data)[0]
    if len(data) < end_of_key:
        raise CodecError("the key is cut short")
    return read_record(data[_KEY_LENGTH.size : end_of_key], data[end_of_key:])


def entry_body(  # noqa: PLR0913 - the answer's eleven fields, by keyword
    *,
    surface: str,
    host: str,
    aweme_id: str,
    app_id: str,
    app_name: str,
    icon_url: str,
    title: str,
    page_path: str,
    query: str,
    link: str,
    version: int,
) -> bytes:
    """Build the resolver's answer for a shown entry: JSON in one fixed order, UTF-8, no spaces."""
    fields = {
        "surface": surface,
        "host": host,
        "aweme_id": aweme_id,
        "app_id": app_id,
        "app_name": app_name,
        "icon_url": icon_url,
        "title": title,
        "page_path": page_path,
        "query": query,
        "link": link,
        "version": version,
    }
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
