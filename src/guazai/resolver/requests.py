"""Reading requests: pure functions from what was sent to what is meant, or a Problem."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

import httptools

from guazai.resolver.problems import FieldError, Problem, bad_request

DEFAULT_SURFACE = "profile_mount"
DEFAULT_HOST = "douyin"
MAX_IDS = 100
MAX_QUERY_LENGTH = 512
MAX_ID_LENGTH = 64
MAX_VERSION = 2**64 - 1
_PARAMETERS = ("surface", "host", "min_version")
_MAX_ECHO = 64
_IDENTIFIER = re.compile(rf"[A-Za-z0-9_.-]{{1,{MAX_ID_LENGTH}}}")
is_identifier = _IDENTIFIER.fullmatch
_RULE = f"must be 1 to {MAX_ID_LENGTH} characters of A-Z a-z 0-9 _ . -"


@dataclass(frozen=True, slots=True)
class Question:
    """Where an entry is asked for; nothing is shown by a node that is behind `min_version`."""

    surface: str = DEFAULT_SURFACE
    host: str = DEFAULT_HOST
    min_version: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """What `POST /v1/entries` asks for."""

    surface: str
    host: str
    min_version: int
    aweme_ids: list[str]


def read_target(target: bytes) -> tuple[str, str]:
    """Take the path, decoded, and the query out of a request target."""
    path, _, query = target.decode("latin-1").partition("?")
    if not path.startswith("/"):
        return _path_of(target), query
    return (unquote(path) if "%" in path else path), query


def _path_of(target: bytes) -> str:
    """Take the path out of a target in another form than the usual: absolute, authority, `*`."""
    try:
        path = httptools.parse_url(target).path
    except httptools.HttpParserInvalidURLError:
        path = None
    return "" if path is None else unquote(path.decode("latin-1"))


def read_aweme_id(aweme_id: str) -> str:
    """Take an account id as it stands in a path; raises Problem `aweme_id_invalid`."""
    if is_identifier(aweme_id) is None:
        raise bad_request("aweme_id_invalid", f"aweme_id {_RULE}", "aweme_id")
    return aweme_id


@lru_cache(maxsize=256)
def read_question(query: str) -> Question:
    """Take what a query string asks for, each parameter at most once; raises Problem."""
    if not query:
        return Question()
    if len(query) > MAX_QUERY_LENGTH:
        raise bad_request("query_too_long", f"the query is over {MAX_QUERY_LENGTH} characters")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError as error:
        raise bad_request("query_malformed", "the query is not name=value pairs") from error
    given: dict[str, str] = {}
    for name, value in pairs:
        if name not in _PARAMETERS:
            known = "only surface, host and min_version are known"
            raise bad_request("parameter_unknown", known, _echo(name))
        if name in given:
            raise bad_request("parameter_duplicate", f"{name} is given more than once", name)
        given[name] = value
    return Question(
        surface=_read_identifier("surface", given.get("surface", DEFAULT_SURFACE)),
        host=_read_identifier("host", given.get("host", DEFAULT_HOST)),
        min_version=_read_version(given.get("min_version", "0")),
    )


def read_batch(body: bytes) -> Batch:
    """Take the body of `POST /v1/entries`; raises Problem naming the field that is wrong."""
    try:
        sent = json.loads(body.decode(), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise bad_request("malformed_json", "the body is not one JSON object in UTF-8") from error
    if not isinstance(sent, dict):
        raise bad_request("wrong_type", "the body must be an object", "body")
    unknown = [_echo(name) for name in sent if name not in {*_PARAMETERS, "aweme_ids"}]
    if unknown:
        errors = [FieldError(name, "unknown_field", "not a known field") for name in unknown[:10]]
        raise Problem(
            HTTPStatus.BAD_REQUEST, "unknown_field", "the body has unknown fields", errors=errors
        )
    if "aweme_ids" not in sent:
        raise bad_request("field_required", "aweme_ids is required", "aweme_ids")
    return Batch(
        surface=_read_identifier("surface", sent.get("surface", DEFAULT_SURFACE)),
        host=_read_identifier("host", sent.get("host", DEFAULT_HOST)),
        min_version=_check_version(sent.get("min_version", 0)),
        aweme_ids=_read_ids(sent["aweme_ids"]),
    )


def _read_ids(sent: object) -> list[str]:
    if not isinstance(sent, list):
        raise bad_request("wrong_type", "aweme_ids must be a list of strings", "aweme_ids")
    if len(sent) > MAX_IDS:
        raise bad_request("too_many_ids", f"at most {MAX_IDS} ids a request", "aweme_ids")
    for position, each in enumerate(sent):
        field = f"aweme_ids[{position}]"
        if not isinstance(each, str):
            raise bad_request("wrong_type", "an aweme_id must be a string", field)
        if is_identifier(each) is None:
            raise bad_request("aweme_id_invalid", f"aweme_id {_RULE}", field)
    return sent


def _read_identifier(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise bad_request("wrong_type", f"{name} must be a string", name)
    if is_identifier(value) is None:
        raise bad_request(f"{name}_invalid", f"{name} {_RULE}", name)
    return value


def _read_version(value: str) -> int:
    return _check_version(int(value) if value.isascii() and value.isdigit() else value)


def _check_version(value: object) -> int:
    if type(value) is not int or not 0 <= value <= MAX_VERSION:
        detail = "min_version must be a whole number of at most 64 bits"
        raise bad_request("min_version_invalid", detail, "min_version")
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field is given twice")
    return found


def _echo(name: str) -> str:
    return name[:_MAX_ECHO]
